//! Checking tokens of outside issuers: their keys, fetched with bounds and kept, and whom their
//! tokens are about.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use contracts::caller::{Caller, Identity};
use contracts::kinds::principal;
use contracts::ports::{CommandBus, Guard, History, Wait};
use contracts::view::At;
use contracts::{
    ActorId, Address, CommandId, CommandName, Cursor, Envelope, Hash, Principal, Refusal, Timestamp,
};
use futures_util::StreamExt as _;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::config::Config;
use super::fault::Fault;
use super::issuers::{self, Issuer};
use super::jws;
use super::signing::VerifyingKey;

/// How long registering somebody may take.
const REGISTER_WAIT: Duration = Duration::from_secs(10);
/// How old keys may be that cannot be fetched anew.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How many tokens are remembered as dealt with.
const SEEN_MAX: usize = 10_000;

/// The keys of an issuer, as they were fetched.
#[derive(Default)]
struct Fetched {
    keys: Vec<(Option<String>, VerifyingKey)>,
    at: Option<Instant>,
}

struct Known {
    issuer: Issuer,
    keys: RwLock<Arc<Fetched>>,
    /// One fetches; the others wait for it.
    fetching: tokio::sync::Mutex<Option<Instant>>,
}

/// Who beyond us may say who somebody is.
pub struct Outside {
    known: Vec<Known>,
    http: reqwest::Client,
    guard: Arc<dyn Guard>,
    bus: Arc<dyn CommandBus>,
    history: Arc<dyn History>,
    skew_s: i64,
    bytes_max: usize,
    document_bytes_max: usize,
    keys_max: usize,
    keep: Duration,
    again: Duration,
    /// Tokens whose principal is as they say, and until when that was looked at.
    seen: Mutex<HashMap<Hash, i64>>,
}

/// A token whose signature is good, from an issuer that counts, for us.
struct Good<'a> {
    known: &'a Known,
    claims: Map<String, Value>,
}

impl Outside {
    /// The issuers of `config`.
    ///
    /// # Errors
    /// When no connection can be made at all.
    pub fn new(
        config: &Config,
        guard: Arc<dyn Guard>,
        bus: Arc<dyn CommandBus>,
        history: Arc<dyn History>,
    ) -> Result<Self, Refusal> {
        // Somebody may have installed one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let timeout = Duration::from_millis(config.issuer_timeout_ms);
        let http = reqwest::Client::builder()
            .user_agent(concat!("cambium/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .connect_timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Refusal::internal(error.to_string()))?;
        let known = config.issuers.iter().map(|issuer| Known {
            issuer: issuer.clone(),
            keys: RwLock::default(),
            fetching: tokio::sync::Mutex::default(),
        });
        Ok(Self {
            known: known.collect(),
            http,
            guard,
            bus,
            history,
            skew_s: config.clock_skew_s.into(),
            bytes_max: config.token_bytes_max,
            document_bytes_max: config.issuer_bytes_max,
            keys_max: config.issuer_keys_max,
            keep: Duration::from_secs(config.issuer_keys_s.into()),
            again: Duration::from_secs(config.issuer_again_s.into()),
            seen: Mutex::default(),
        })
    }

    /// Whether a token says that it is from one of them. Nothing is checked yet.
    #[must_use]
    pub fn is_from_one(&self, text: &str) -> bool {
        !self.known.is_empty() && !self.said(text).is_empty()
    }

    /// The issuers that a token says it is from; the same one may be there for several audiences.
    fn said(&self, text: &str) -> Vec<&Known> {
        let Ok(compact) = jws::parse(text, self.bytes_max) else { return Vec::new() };
        let Ok(claims) = jws::object(&compact.claims) else { return Vec::new() };
        let iss = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
        self.known.iter().filter(|known| known.issuer.issuer == iss).collect()
    }

    /// Who presents a token, by the keys that are known.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn judge(&self, text: &str, now: Timestamp) -> Result<Identity, Fault> {
        if self.said(text).iter().any(|known| self.is_due(known)) {
            return Err(Fault::Key);
        }
        let good = self.good(text, now)?;
        let identity = identity(&good)?;
        // A token that was not looked into yet may mean other roles than the last one.
        if self.seen().contains_key(&Hash::of(text.as_bytes())) && self.guard.stands(&identity, now)
        {
            return Ok(identity);
        }
        let tenant = &good.known.issuer.tenant;
        let is_there = self.guard.enter(&identity, tenant, now).is_some();
        Err(if is_there { Fault::Revoked } else { Fault::Stranger })
    }

    /// Whether an issuer's keys have to be fetched before anything is judged by them. Where that
    /// fails the old ones count on for a while.
    fn is_due(&self, known: &Known) -> bool {
        let keys = known.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(at) = keys.at else { return true };
        let tried = known.fetching.try_lock().ok().and_then(|last| *last);
        let tried = tried.is_some_and(|tried| tried.elapsed() < self.again);
        at.elapsed() > OLDEST || (at.elapsed() > self.keep && !tried)
    }

    fn good(&self, text: &str, now: Timestamp) -> Result<Good<'_>, Fault> {
        let compact = jws::parse(text, self.bytes_max)?;
        if compact.algorithm.eq_ignore_ascii_case("none") {
            return Err(Fault::Algorithm);
        }
        let claims = jws::object(&compact.claims)?;
        let said = self.said(text);
        let first = said.first().ok_or(Fault::Issuer)?;
        let keys = first.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let named = |kid: &Option<String>| compact.key.is_none() || *kid == compact.key;
        let mut candidates = keys.keys.iter().filter(|(kid, _)| named(kid)).peekable();
        if candidates.peek().is_none() {
            return Err(Fault::Key);
        }
        let tried = candidates.map(|(_, key)| {
            key.verify(&compact.algorithm, compact.signed.as_bytes(), &compact.signature)
        });
        tried.reduce(|one, other| one.or(other)).unwrap_or(Err(Fault::Key))?;
        let typ = compact.r#type.as_deref();
        if typ.is_some_and(|typ| !matches!(typ, "jwt" | "at+jwt")) {
            return Err(Fault::Type);
        }
        let known = said.into_iter().find(|known| known.issuer.is_for_us(&claims));
        let known = known.ok_or(Fault::Audience)?;
        let number = |name: &str| claims.get(name).and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "seconds of this age are exact in a double")]
        let (now_s, skew) = (now.as_millis() as f64 / 1_000.0, self.skew_s as f64);
        // What has no end is no token for us.
        if number("exp").is_none_or(|exp| exp + skew <= now_s) {
            return Err(Fault::Expired);
        }
        let early = |name| number(name).is_some_and(|at| at - skew > now_s);
        if early("nbf") || early("iat") {
            return Err(Fault::Early);
        }
        Ok(Good { known, claims })
    }

    /// Fetches keys that are missing or old, and registers whom a good token is about where that is
    /// allowed; its roles are then as the token says.
    pub async fn prepare(&self, text: &str, now: Timestamp) {
        for known in self.said(text) {
            self.refresh(known, false).await;
        }
        // A token that names no key may be of one that is new.
        if matches!(self.good(text, now), Err(Fault::Key | Fault::Signature)) {
            for known in self.said(text) {
                self.refresh(known, true).await;
            }
        }
        let Ok(good) = self.good(text, now) else { return };
        let hash = Hash::of(text.as_bytes());
        let Ok(identity) = identity(&good) else { return };
        let is_seen = self.seen().contains_key(&hash);
        if is_seen && self.guard.stands(&identity, now) {
            return;
        }
        match self.align(&good, &identity, now).await {
            Ok(()) => {
                let mut seen = self.seen();
                if seen.len() >= SEEN_MAX {
                    seen.clear();
                }
                seen.insert(hash, now.as_millis());
            }
            Err(refusal) => tracing::warn!(
                issuer = %good.known.issuer.issuer, principal = %identity.principal,
                code = %refusal.code, error = %refusal.message, "outside.not_aligned"
            ),
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<Hash, i64>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers the principal, or gives and takes the roles that the issuer decides about.
    async fn align(
        &self,
        good: &Good<'_>,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let issuer = &good.known.issuer;
        let wanted = issuer.mapped(&good.claims);
        let to = address(issuer, &identity.principal)?;
        let there = self.guard.enter(identity, &issuer.tenant, now).is_some();
        if !there {
            if !issuer.register {
                return Ok(());
            }
            let text = |name: &str| {
                let told = good.claims.get(name).and_then(Value::as_str);
                told.filter(|told| !told.is_empty() && told.len() <= principal::TEXT_BYTES_MAX)
            };
            let verified = good.claims.get("email_verified") == Some(&Value::Bool(true));
            let mut roles = issuer.roles.clone();
            roles.extend(wanted);
            roles.sort_unstable();
            roles.dedup();
            let mut input = json!({ "sort": "user", "roles": roles });
            if let Some(name) = text("name") {
                input["display"] = json!(name);
            }
            if let Some(email) = text("email").filter(|_| verified) {
                input["email"] = json!(email);
            }
            let done = self.order(&to, "register", input).await;
            return match done {
                // Another node was faster, or a registration of a moment ago.
                Err(refusal) if refusal.code == "principal_exists" => Ok(()),
                other => other.map(drop),
            };
        }
        if issuer.role_map.is_empty() {
            return Ok(());
        }
        let state = self.history.state(&to, At::Latest).await?.state;
        let held = state["access"]["roles"].as_array().cloned().unwrap_or_default();
        let holds = |role: &str| held.iter().any(|it| it["role"] == role);
        for role in &wanted {
            if !holds(role.as_str()) {
                self.order(&to, "assign", json!({ "role": role })).await?;
            }
        }
        let decided = issuer.role_map.values().flatten();
        let lost = decided.filter(|role| !wanted.contains(role) && !issuer.roles.contains(role));
        for role in lost.filter(|role| holds(role.as_str())) {
            self.order(&to, "unassign", json!({ "role": role })).await?;
        }
        Ok(())
    }

    async fn order(&self, to: &Address, name: &str, input: Value) -> Result<Cursor, Refusal> {
        let name = CommandName::new(name).map_err(|error| Refusal::internal(error.to_string()))?;
        let id = CommandId(Uuid::now_v7());
        let envelope = Envelope::new(id, to.clone(), name, input, Caller::runtime());
        let answer = self.bus.ask(envelope, Wait::Completed(REGISTER_WAIT)).await?;
        let _ = tokio::time::timeout(REGISTER_WAIT, self.guard.reached(answer.cursor)).await;
        Ok(answer.cursor)
    }

    /// Fetches an issuer's keys when they are old, or when a token names one that is not among
    /// them; not again before a while has passed.
    async fn refresh(&self, known: &Known, missing: bool) {
        let fresh = || {
            let keys = known.keys.read().unwrap_or_else(PoisonError::into_inner);
            keys.at.is_some_and(|at| at.elapsed() < self.keep)
        };
        if fresh() && !missing {
            return;
        }
        let mut last = known.fetching.lock().await;
        // A flood of tokens with keys that nobody has must not become a flood of requests.
        if last.is_some_and(|at| at.elapsed() < self.again) || (fresh() && !missing) {
            return;
        }
        *last = Some(Instant::now());
        match self.fetch(&known.issuer).await {
            Ok(keys) => {
                let fetched = Fetched { keys, at: Some(Instant::now()) };
                *known.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fetched);
            }
            Err(reason) => tracing::warn!(
                issuer = %known.issuer.issuer, reason, "outside.keys_unfetched"
            ),
        }
    }

    async fn fetch(&self, issuer: &Issuer) -> Result<Vec<(Option<String>, VerifyingKey)>, String> {
        let url = match &issuer.jwks_url {
            Some(url) => url.clone(),
            None => {
                let base = issuer.issuer.trim_end_matches('/');
                let told = self.get(&format!("{base}/.well-known/openid-configuration")).await?;
                if told["issuer"].as_str() != Some(&issuer.issuer) {
                    return Err("its discovery document is of another issuer".to_owned());
                }
                told["jwks_uri"].as_str().ok_or("it names no jwks_uri")?.to_owned()
            }
        };
        if !issuers::is_safe(&url) {
            return Err("its keys are not at an https URL".to_owned());
        }
        let told = self.get(&url).await?;
        let all = told["keys"].as_array().ok_or("it has no keys")?;
        let keys = all.iter().filter_map(|jwk| {
            let kid = jwk["kid"].as_str().map(str::to_owned);
            Some((kid, VerifyingKey::of_jwk(jwk)?))
        });
        Ok(keys.take(self.keys_max).collect())
    }

    async fn get(&self, url: &str) -> Result<Value, String> {
        let response = self.http.get(url).header("accept", "application/json").send().await;
        let response = response.map_err(|error| error.without_url().to_string())?;
        if !response.status().is_success() {
            return Err(format!("it answers {}", response.status()));
        }
        let (mut bytes, mut chunks) = (Vec::new(), response.bytes_stream());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| error.without_url().to_string())?;
            if bytes.len() + chunk.len() > self.document_bytes_max {
                return Err("its document is too long".to_owned());
            }
            bytes.extend_from_slice(&chunk);
        }
        contracts::read::from_slice(&bytes).map_err(|error| error.to_string())
    }
}

fn identity(good: &Good<'_>) -> Result<Identity, Fault> {
    let issuer = &good.known.issuer;
    let principal: Principal = issuer.principal(&good.claims).ok_or(Fault::Stranger)?;
    Ok(Identity::of(issuer.tenant.clone(), principal, None))
}

fn address(issuer: &Issuer, principal: &Principal) -> Result<Address, Refusal> {
    let id = ActorId::new(principal.as_str());
    let id = id.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Address::new(issuer.tenant.clone(), principal::KIND, id))
}
