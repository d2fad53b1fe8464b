//! Whom a program can ask, and how it asks them: in turn, with what stands between a call and its
//! provider, and others in its place where the settings say so.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use contracts::model::{
    CircuitView, Degraded, ModelAttempt, ModelRequest, ModelResponse, ModelView,
};
use contracts::ports::Models;
use contracts::{ActorId, Refusal, RefusalClass};
use tokio::time::Instant;

use super::account::{Account, Accounts};
use super::config::{ModelsConfig, ProviderConfig};
use super::delta::{Delta, Deltas};
use super::done::Done;
use super::embed::{EmbedRequest, Embedded};
use super::hash::request_hash;
use super::local::{Local, LocalConfig};
use super::provider::Provider;
use super::resilience::{Bulkhead, Circuit, Retry};
use super::telling;

/// What stands between calls and one provider.
struct Shield {
    circuit: Circuit,
    bulkhead: Bulkhead,
    retry: Retry,
}

#[derive(Clone)]
pub(super) struct Member {
    pub(super) provider: Arc<dyn Provider>,
    shield: Option<Arc<Shield>>,
    fallbacks: Vec<String>,
    /// Whose account it is asked by; `None` = that of the settings.
    account: Option<ActorId>,
}

/// The providers of a program, by name. What is not added here is not asked. Clones are the same
/// providers: one that is found later is there for all.
#[derive(Clone, Default)]
pub struct Providers {
    members: Arc<RwLock<BTreeMap<String, Member>>>,
    fallbacks: Arc<BTreeMap<String, Vec<String>>>,
    /// What the settings say, for accounts with the same providers.
    pub(super) config: Arc<ModelsConfig>,
    /// The accounts that were used of late.
    pub(super) accounts: Accounts,
    /// The accounts of whoever asks: they come before the providers of the settings.
    over: Arc<BTreeMap<String, Account>>,
}

/// A call and all attempts at it so far.
struct Tries<'a> {
    attempts: Vec<ModelAttempt>,
    deltas: Option<Deltas<'a>>,
    /// Whether somebody has seen a piece: another attempt would begin the answer anew.
    shown: AtomicBool,
}

impl Providers {
    /// The built-in provider alone: needs no key and no network.
    #[must_use]
    pub fn standard() -> Self {
        Self::default().with(Arc::new(Local::new(LocalConfig::default())))
    }

    /// Adds a provider, in place of one of the same name: asked once and as it is.
    #[must_use]
    pub fn with(self, provider: Arc<dyn Provider>) -> Self {
        self.put(Member { provider, shield: None, fallbacks: Vec::new(), account: None });
        self
    }

    /// Adds a provider behind its circuit, its bulkhead and its retries, in place of one of the
    /// same name.
    pub fn guard(&self, provider: Arc<dyn Provider>, config: &ProviderConfig) {
        self.put(Member::guarded(provider, config, None));
    }

    /// The same providers, with what the settings say of them.
    #[must_use]
    pub(super) fn saying(mut self, config: &ModelsConfig) -> Self {
        self.config = Arc::new(config.clone());
        self
    }

    /// The same providers for somebody who has accounts of his own with some.
    #[must_use]
    pub fn over(&self, accounts: impl IntoIterator<Item = Account>) -> Self {
        let over = accounts.into_iter().map(|account| (account.provider.clone(), account));
        Self { over: Arc::new(over.collect()), ..self.clone() }
    }

    /// Whose account is asked for a provider; `None` = that of the settings.
    #[must_use]
    pub fn account_of(&self, provider: &str) -> Option<&ActorId> {
        self.over.get(provider)?.member.account.as_ref()
    }

    /// Says which models are asked in the place of others, by `provider/model` or by provider.
    #[must_use]
    pub fn falling_back(mut self, fallbacks: BTreeMap<String, Vec<String>>) -> Self {
        self.fallbacks = Arc::new(fallbacks);
        self
    }

    fn put(&self, member: Member) {
        let name = member.provider.name().to_owned();
        self.members.write().unwrap_or_else(PoisonError::into_inner).insert(name, member);
    }

    fn member(&self, name: &str) -> Option<Member> {
        if let Some(account) = self.over.get(name) {
            return Some(account.member.clone());
        }
        self.members.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The names of the providers, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let members = self.members.read().unwrap_or_else(PoisonError::into_inner);
        members.keys().cloned().collect()
    }

    /// Whether there is a provider of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    fn find(&self, provider: &str, model: &str) -> Result<Member, Refusal> {
        self.member(provider).ok_or_else(|| {
            Refusal::new(
                RefusalClass::Rejected,
                "model_unknown",
                format!("there is no provider of {model}; known: {}", self.names().join(", ")),
            )
        })
    }

    /// Answers a request, or says why nobody did. Another attempt is made only where the last one
    /// did nothing for certain; another model is asked only where the settings name it and the last
    /// one is known to have failed, and the answer then says `degraded`.
    ///
    /// # Errors
    /// `model_unknown` when there is no provider of that name; otherwise what the model that was
    /// asked is refused with.
    pub async fn complete(
        &self,
        request: &ModelRequest,
        deltas: Option<Deltas<'_>>,
    ) -> Result<ModelResponse, Refusal> {
        let asked = self.find(request.provider(), &request.model)?;
        let mut tries = Tries { attempts: Vec::new(), deltas, shown: AtomicBool::new(false) };
        let first = match asked.answer(request, &mut tries).await {
            Ok(response) => return Ok(finished(response, tries.attempts)),
            Err(refusal) => refusal,
        };
        let mut last = first.clone();
        for model in self.instead_of(request, &asked) {
            if !may_fall_back(&last) || tries.shown.load(Ordering::SeqCst) {
                break;
            }
            let instead = ModelRequest { model, ..request.clone() };
            let Some(member) = self.member(instead.provider()) else { continue };
            tracing::warn!(
                asked = %request.model, instead = %instead.model, code = %last.code,
                "model.fallen_back"
            );
            match member.answer(&instead, &mut tries).await {
                Ok(mut response) => {
                    response.request_hash = request_hash(request)?;
                    let code = first.code.to_string();
                    response.degraded = Some(Degraded { asked: request.model.clone(), code });
                    return Ok(finished(response, tries.attempts));
                }
                Err(refusal) => last = refusal,
            }
        }
        // What nobody knows of the last one outweighs why the first one failed.
        Err(if Done::of(&last) == Done::Unknown { last } else { first })
    }

    /// The models that may answer `request` in place of the one that is asked.
    #[must_use]
    pub fn stand_ins(&self, request: &ModelRequest) -> Vec<String> {
        let asked = self.member(request.provider());
        asked.map_or_else(Vec::new, |asked| self.instead_of(request, &asked))
    }

    fn instead_of(&self, request: &ModelRequest, asked: &Member) -> Vec<String> {
        let named = self.fallbacks.get(&request.model);
        let named = named.or_else(|| self.fallbacks.get(request.provider()));
        let mut models = named.cloned().unwrap_or_else(|| asked.fallbacks.clone());
        models.retain(|model| *model != request.model);
        models
    }

    /// Embeds texts.
    ///
    /// # Errors
    /// `model_unknown`; otherwise what the provider refuses it with.
    pub async fn embed(&self, request: &EmbedRequest) -> Result<Embedded, Refusal> {
        let member = self.find(request.provider(), &request.model)?;
        let Some(shield) = &member.shield else { return member.provider.embed(request).await };
        let mut round = 1;
        loop {
            let place = shield.bulkhead.enter(request.provider()).await?;
            let pass = shield.circuit.enter(request.provider())?;
            let embedded = member.provider.embed(request).await;
            pass.tell(embedded.as_ref().err());
            drop(place);
            let Err(refusal) = embedded else { return embedded };
            let Some(ms) = shield.retry.pause_ms(round, &refusal) else { return Err(refusal) };
            tokio::time::sleep(Duration::from_millis(ms)).await;
            round += 1;
        }
    }
}

impl Member {
    /// A provider behind its circuit, its bulkhead and its retries.
    pub(super) fn guarded(
        provider: Arc<dyn Provider>,
        config: &ProviderConfig,
        account: Option<ActorId>,
    ) -> Self {
        let shield = Shield {
            circuit: Circuit::new(config.circuit),
            bulkhead: Bulkhead::new(config.concurrency_max, config.queue_calls_max),
            retry: Retry::of(config),
        };
        let (shield, fallbacks) = (Some(Arc::new(shield)), config.fallbacks.clone());
        Self { provider, shield, fallbacks, account }
    }

    /// How its circuit stands, under `name`.
    pub(super) fn circuit(&self, name: &str) -> Option<CircuitView> {
        self.shield.as_ref().map(|shield| shield.circuit.view(name))
    }

    /// Closes its circuit.
    pub(super) fn reset(&self) {
        if let Some(shield) = &self.shield {
            shield.circuit.reset();
        }
    }

    /// Asks the provider until it answers, or until asking again is of no use.
    async fn answer(
        &self,
        request: &ModelRequest,
        tries: &mut Tries<'_>,
    ) -> Result<ModelResponse, Refusal> {
        let mut round = 1;
        loop {
            let (begun, mut span) = (Instant::now(), telling::attempt(&request.model));
            let answered = self.once(request, tries).await;
            let code = answered.as_ref().err().map(|refusal| refusal.code.to_string());
            if let (Some(span), Some(code)) = (&mut span, &code) {
                span.fail(code.clone());
            }
            drop(span);
            let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            tries.attempts.push(ModelAttempt { model: request.model.clone(), ms, code });
            let refusal = match answered {
                Ok(mut response) => {
                    response.connector.clone_from(&self.account);
                    return Ok(response);
                }
                Err(refusal) => refusal,
            };
            let retry = self.shield.as_ref().map(|shield| shield.retry);
            let pause = retry.and_then(|retry| retry.pause_ms(round, &refusal));
            let Some(ms) = pause.filter(|_| !tries.shown.load(Ordering::SeqCst)) else {
                return Err(refusal);
            };
            tracing::info!(model = %request.model, code = %refusal.code, ms, "model.asked_again");
            tokio::time::sleep(Duration::from_millis(ms)).await;
            round += 1;
        }
    }

    async fn once(
        &self,
        request: &ModelRequest,
        tries: &Tries<'_>,
    ) -> Result<ModelResponse, Refusal> {
        let show = |piece: Delta<'_>| {
            tries.shown.store(true, Ordering::SeqCst);
            if let Some(deltas) = tries.deltas {
                deltas(piece);
            }
        };
        let deltas: Option<Deltas<'_>> = tries.deltas.is_some().then_some(&show);
        let Some(shield) = &self.shield else {
            return self.provider.complete(request, deltas).await;
        };
        let _place = shield.bulkhead.enter(request.provider()).await?;
        // Asked last, so that who waits for a place does not try what has failed meanwhile.
        let pass = shield.circuit.enter(request.provider())?;
        let answered = self.provider.complete(request, deltas).await;
        pass.tell(answered.as_ref().err());
        answered
    }
}

/// Whether another model may be asked: not after silence, which may have cost money, and not where
/// the request or the settings are at fault, which somebody must hear of.
fn may_fall_back(refusal: &Refusal) -> bool {
    let passing = matches!(
        refusal.class,
        RefusalClass::Overloaded | RefusalClass::Unavailable | RefusalClass::Timeout
    );
    Done::of(refusal) != Done::Unknown && (passing || refusal.code == "model_quota")
}

fn finished(mut response: ModelResponse, attempts: Vec<ModelAttempt>) -> ModelResponse {
    if attempts.len() > 1 {
        response.attempts = attempts;
    }
    response
}

impl Models for Providers {
    fn list(&self) -> Vec<ModelView> {
        let members = self.members.read().unwrap_or_else(PoisonError::into_inner);
        members.values().flat_map(|member| member.provider.models()).collect()
    }

    fn circuits(&self) -> Vec<CircuitView> {
        let members = self.members.read().unwrap_or_else(PoisonError::into_inner);
        let view = |(name, member): (&String, &Member)| {
            member.shield.as_ref().map(|shield| shield.circuit.view(name))
        };
        members.iter().filter_map(view).collect()
    }

    fn reset_circuit(&self, provider: &str) -> Option<CircuitView> {
        let shield = self.member(provider)?.shield?;
        shield.circuit.reset();
        tracing::info!(provider, "model.circuit_reset");
        Some(shield.circuit.view(provider))
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
