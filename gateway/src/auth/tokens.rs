//! Access and refresh tokens: what they say, and what they are worth at this moment.
//!
//! A token names its session (or the key that it was made of), and the directory knows whether that
//! goes on: so it is worth nothing from the moment at which the session ends, whatever its own end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::caller::Identity;
use contracts::ports::Guard;
use contracts::{CredentialId, Cursor, Hash, Principal, Refusal, Tenant, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::config::Config;
use super::fault::Fault;
use super::jws;
use super::signing::SigningKeys;

/// What sort of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// Shown with every request (RFC 9068).
    #[serde(rename = "at+jwt")]
    Access,
    /// Shown once, for the next two.
    #[serde(rename = "rt+jwt")]
    Refresh,
}

impl Sort {
    /// Its media type without `application/`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Refresh => "rt+jwt",
        }
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who it is from.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// Whom it is about, by the name at home.
    pub sub: Principal,
    /// Where that is at home.
    pub tenant: Tenant,
    /// The session, or the key, that it lives as long as.
    pub sid: CredentialId,
    /// What sort it is.
    pub typ: Sort,
    /// What it is called.
    pub jti: String,
    /// When it was made, in seconds.
    pub iat: i64,
    /// From when on it counts, in seconds.
    pub nbf: i64,
    /// Until when, in seconds.
    pub exp: i64,
    /// Where the log stood when its session began: a node that has not read so far waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cur: Option<Cursor>,
}

impl Claims {
    /// Who presents it.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::of(self.tenant.clone(), self.sub.clone(), Some(self.sid.clone()))
    }
}

/// Whom a token is made for.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Where he is at home.
    pub tenant: Tenant,
    /// What he is called there.
    pub principal: Principal,
    /// The session, or the key.
    pub credential: CredentialId,
}

/// A token that was made.
pub struct Made {
    /// The token, for its holder alone.
    pub text: String,
    /// What it is called.
    pub id: String,
    /// Until when it counts.
    pub expires_at: Timestamp,
}

/// Makes and checks tokens.
pub struct Tokens {
    /// The keys.
    pub keys: Arc<SigningKeys>,
    guard: Arc<dyn Guard>,
    issuer: String,
    audience: String,
    access_s: i64,
    refresh_s: i64,
    skew_s: i64,
    bytes_max: usize,
    wait: Duration,
    checked_max: usize,
    /// Tokens whose signature was good, by their hash, and the key that it was made with.
    checked: Mutex<HashMap<Hash, (String, Arc<Claims>)>>,
}

impl Tokens {
    /// Tokens from `issuer`.
    #[must_use]
    pub fn new(
        config: &Config,
        issuer: String,
        keys: Arc<SigningKeys>,
        guard: Arc<dyn Guard>,
    ) -> Self {
        Self {
            keys,
            guard,
            issuer,
            audience: config.audience.clone(),
            access_s: config.access_s.into(),
            refresh_s: config.refresh_s.into(),
            skew_s: config.clock_skew_s.into(),
            bytes_max: config.token_bytes_max,
            wait: Duration::from_millis(config.session_wait_ms),
            checked_max: config.checked_tokens_max,
            checked: Mutex::default(),
        }
    }

    /// Who tokens are from.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// How long an access token counts, in seconds.
    #[must_use]
    pub const fn access_s(&self) -> i64 {
        self.access_s
    }

    /// Until when a refresh token counts that is made at `now`.
    #[must_use]
    pub fn refresh_end(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(self.refresh_s * 1_000)
    }

    /// Makes a token of `sort` for `subject`. `cursor` is where its session stands in the log.
    ///
    /// # Errors
    /// `internal` when no key signs.
    pub fn make(
        &self,
        sort: Sort,
        subject: &Subject,
        cursor: Option<Cursor>,
        now: Timestamp,
    ) -> Result<Made, Refusal> {
        let lasts_s = match sort {
            Sort::Access => self.access_s,
            Sort::Refresh => self.refresh_s,
        };
        let iat = now.as_millis().div_euclid(1_000);
        let id = Uuid::now_v7().to_string();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject.principal.clone(),
            tenant: subject.tenant.clone(),
            sid: subject.credential.clone(),
            typ: sort,
            jti: id.clone(),
            iat,
            nbf: iat,
            exp: iat + lasts_s,
            cur: cursor,
        };
        let ring = self.keys.ring();
        let key = ring.signer(self.keys.algorithm(), now);
        let key = key.ok_or_else(|| Refusal::internal("no key signs tokens"))?;
        let unsigned = jws::unsigned(key.algorithm.name(), &key.kid, sort.as_str(), &claims);
        let unsigned = unsigned.map_err(|error| Refusal::internal(error.to_string()))?;
        let text = jws::signed(&unsigned, &key.sign(unsigned.as_bytes())?);
        let expires_at = Timestamp::from_millis(claims.exp.saturating_mul(1_000));
        Ok(Made { text, id, expires_at })
    }

    /// What a token of `sort` says, when it is ours, for us, and counts at `now`. Says nothing of
    /// its session.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&self, text: &str, sort: Sort, now: Timestamp) -> Result<Arc<Claims>, Fault> {
        let claims = self.signed(text)?;
        if claims.typ != sort {
            return Err(Fault::Type);
        }
        let now_s = now.as_millis().div_euclid(1_000);
        if claims.exp <= now_s {
            return Err(Fault::Expired);
        }
        // Another node may have made it, whose clock goes a little ahead.
        if claims.nbf > now_s + self.skew_s {
            return Err(Fault::Early);
        }
        Ok(claims)
    }

    /// What a token says whose signature is good, wherever it comes from in time.
    fn signed(&self, text: &str) -> Result<Arc<Claims>, Fault> {
        if text.len() > self.bytes_max {
            return Err(Fault::TooLong(self.bytes_max));
        }
        let (hash, ring) = (Hash::of(text.as_bytes()), self.keys.ring());
        let known = self.checked().get(&hash).cloned();
        if let Some((_, claims)) = known.filter(|(kid, _)| ring.named(kid).is_some()) {
            return Ok(claims);
        }
        let compact = jws::parse(text, self.bytes_max)?;
        if compact.algorithm.eq_ignore_ascii_case("none") {
            return Err(Fault::Algorithm);
        }
        let kid = compact.key.ok_or(Fault::Key)?;
        let key = ring.named(&kid).ok_or(Fault::Key)?;
        key.verify(&compact.algorithm, compact.signed.as_bytes(), &compact.signature)?;
        let said = jws::object(&compact.claims)?;
        if said.get("iss").and_then(|iss| iss.as_str()) != Some(self.issuer.as_str()) {
            return Err(Fault::Issuer);
        }
        if said.get("aud").and_then(|aud| aud.as_str()) != Some(self.audience.as_str()) {
            return Err(Fault::Audience);
        }
        let typ = said.get("typ").and_then(|typ| typ.as_str());
        let known = [Sort::Access, Sort::Refresh].map(Sort::as_str);
        if typ != compact.r#type.as_deref() || typ.is_none_or(|typ| !known.contains(&typ)) {
            return Err(Fault::Type);
        }
        let claims: Arc<Claims> = Arc::new(jws::claims(&compact.claims)?);
        let mut checked = self.checked();
        if checked.len() >= self.checked_max {
            checked.clear();
        }
        checked.insert(hash, (kid, claims.clone()));
        Ok(claims)
    }

    fn checked(&self) -> std::sync::MutexGuard<'_, HashMap<Hash, (String, Arc<Claims>)>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who presents an access token.
    ///
    /// # Errors
    /// What is wrong with it; [`Fault::Revoked`] when its session has ended.
    pub fn judge(&self, text: &str, now: Timestamp) -> Result<Identity, Fault> {
        let claims = self.read(text, Sort::Access, now)?;
        let identity = claims.identity();
        if self.guard.stands(&identity, now) { Ok(identity) } else { Err(Fault::Revoked) }
    }

    /// Waits until this node has heard of the session that a good token names: another node may
    /// have begun it a moment ago.
    pub async fn prepare(&self, text: &str, now: Timestamp) {
        let Ok(claims) = self.read(text, Sort::Access, now) else { return };
        let Some(cursor) = claims.cur else { return };
        if !self.guard.stands(&claims.identity(), now) {
            // What comes too late is judged by what is known.
            let _ = tokio::time::timeout(self.wait, self.guard.reached(cursor)).await;
        }
    }
}
