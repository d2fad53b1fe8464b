//! What a model call costs: reserved in the budgets that are about it before it is made, settled
//! after it, and told with its outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use contracts::audit::{AuditRecord, classes};
use contracts::effect::{Delivery, Effect, Llm, Metered, OutcomeResult};
use contracts::envelope::Cause;
use contracts::kinds::budget::{HOLD_MS_DEFAULT, HOLD_MS_MAX, Spender};
use contracts::model::{Degraded, ModelRequest, ModelResponse, Usage};
use contracts::{ActorId, Address, Caller, Origin, Refusal, RefusalClass};
use serde_json::json;

use super::decide::cancelled;
use super::job::Ended;
use super::task::Task;
use crate::model::{Delta, Done, count_tokens, prompt_tokens};
use crate::runtime::gate::Refused;
use crate::runtime::meter::{Call, Meter, Spent, Unreserved};

/// How many models may stand in for one another, budget after budget.
const FALLBACKS_MAX: usize = 4;
/// What a reservation outlives a call by, in milliseconds: it must still be there to be settled.
const HOLD_BEYOND_MS: u64 = 60_000;
/// What a provider says that has done nothing: it looked at the request and no further.
const UNDONE: &[&str] = &[
    "model_auth",
    "model_content_filter",
    "model_not_found",
    "model_quota",
    "model_rate_limit",
    "model_unknown",
    "model_validation",
    "keys_unavailable",
    // What was to be asked could not be put together.
    "forbidden",
    "history_not_found",
    "history_too_deep",
    "history_too_large",
    "history_unfinished",
    "log_unavailable",
    "tool_source_away",
    "tool_unknown",
];

/// What an attempt came to, and what its answer has grown to.
#[derive(Default)]
pub struct Tab {
    metered: Mutex<Option<Box<Metered>>>,
    /// Tokens of the answer that were seen so far.
    seen: AtomicU32,
}

impl Tab {
    /// More of the answer was seen.
    pub fn see(&self, piece: &Delta<'_>) {
        let tokens = match piece {
            Delta::Text(text) | Delta::Reasoning(text) => count_tokens(text),
            Delta::ToolCall { name, arguments, .. } => {
                count_tokens(name.unwrap_or_default()).saturating_add(count_tokens(arguments))
            }
        };
        // Whoever reads it does so after the answer has ended.
        let _ = self.seen.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |seen| {
            Some(seen.saturating_add(tokens))
        });
    }

    fn put(&self, metered: Metered) {
        *self.metered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(metered));
    }

    /// What the attempt came to.
    pub fn take(&self) -> Option<Box<Metered>> {
        self.metered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An attempt for which something was set aside.
pub struct Spending {
    /// What is performed: what was asked, or the same of another model.
    pub effect: Arc<Effect>,
    /// What was set aside; `None` = it costs nothing that is counted.
    meter: Option<Meter>,
    /// Why another model is asked.
    degraded: Option<Degraded>,
}

impl Spending {
    /// Whether another model is asked than was asked for.
    #[must_use]
    pub const fn is_degraded(&self) -> bool {
        self.degraded.is_some()
    }
}

impl Task {
    /// Sets aside what the effect may cost.
    ///
    /// # Errors
    /// How the attempt ended before it began.
    pub(super) async fn reserve(
        &self,
        effect: &Arc<Effect>,
        attempt: u32,
    ) -> Result<Spending, Ended> {
        let Effect::Llm(llm) = &**effect else {
            return Ok(Spending { effect: effect.clone(), meter: None, degraded: None });
        };
        let mut call = self.call(llm, attempt);
        call.input_tokens = match self.prompt(llm).await {
            Ok(tokens) => tokens,
            Err(refusal) => return Err(self.retried(effect, refusal, attempt).await),
        };
        let (mut asked, mut degraded) = (effect.clone(), None);
        for _ in 0..=FALLBACKS_MAX {
            match self.runtime.reserve(call.clone()).await {
                Ok(meter) => return Ok(Spending { effect: asked, meter: Some(meter), degraded }),
                Err(Unreserved::Stopped) => return Err(Ended::Cut),
                Err(Unreserved::Refused { refusal, budget, fallback }) => {
                    let Some(model) = fallback.filter(|model| *model != call.model) else {
                        return Err(self.denied(refusal, &budget, attempt).await);
                    };
                    let (from, code) = (llm.request.model.clone(), refusal.code.to_string());
                    degraded = Some(Degraded { asked: from, code });
                    call.model.clone_from(&model);
                    let request = ModelRequest { model, ..llm.request.clone() };
                    call.stand_ins = self.runtime.shared.world.providers.stand_ins(&request);
                    asked = Arc::new(Effect::Llm(Box::new(Llm { request, ..(**llm).clone() })));
                }
            }
        }
        let message = "the budgets refer to one model after another, and none may be asked";
        let refusal = Refusal::rejected("budget_exceeded", message);
        let budget = self.due().address.clone();
        Err(self.denied(refusal, &budget, attempt).await)
    }

    /// The call that the effect is, before its prompt is counted.
    fn call(&self, llm: &Llm, attempt: u32) -> Call {
        let due = self.due();
        let Address { tenant, kind, id } = due.address.clone();
        let spender = Spender {
            tenant,
            principal: due.principal.clone(),
            credential: due.credential.clone(),
            kind,
            actor: id,
        };
        let timeout_ms = llm.terms.retry.as_ref().and_then(|retry| retry.timeout_ms);
        let hold_ms = timeout_ms.map(|ms| ms.saturating_add(HOLD_BEYOND_MS).min(HOLD_MS_MAX));
        let name = match attempt {
            0 | 1 => due.id.to_string(),
            more => format!("{}:{more}", due.id),
        };
        Call {
            reservation: name,
            spender,
            model: llm.request.model.clone(),
            stand_ins: self.runtime.shared.world.providers.stand_ins(&llm.request),
            input_tokens: 0,
            output_tokens: llm.request.max_tokens,
            hold_ms: hold_ms.filter(|ms| *ms > HOLD_MS_DEFAULT),
            cause: Some(Cause::Effect(due.id)),
            correlation: due.correlation.clone(),
            trace: due.trace.clone(),
        }
    }

    /// How many tokens the prompt has, what it refers to read and its protected words opened.
    async fn prompt(&self, llm: &Llm) -> Result<u32, Refusal> {
        let due = self.due();
        // Words that nobody counts need not be opened for it.
        if !self.runtime.is_metered(&self.call(llm, due.attempts).spender) {
            return Ok(prompt_tokens(&llm.request));
        }
        let (tenant, shared) = (&due.address.tenant, &self.runtime.shared);
        let by = Caller::new(due.principal.clone(), Origin::Runtime).with(due.credential.clone());
        let prompt = shared.prompt((&due.address, &by), &llm.request, &[]).await?;
        let opened = shared.open_request(tenant, &prompt.request).await?;
        Ok(prompt_tokens(&opened.request))
    }

    async fn retried(&self, effect: &Effect, refusal: Refusal, attempt: u32) -> Ended {
        self.conclude(effect, Err(refusal), (attempt, attempt)).await
    }

    /// A budget says no: the actor is told, and it is written down.
    async fn denied(&self, refusal: Refusal, budget: &Address, attempt: u32) -> Ended {
        let (shared, due) = (&self.runtime.shared, self.due());
        let Address { tenant, kind, id } = &due.address;
        let by = Caller::new(due.principal.clone(), Origin::Runtime).with(due.credential.clone());
        let (now, said) = (shared.world.clock.now(), refusal.message.clone());
        let mut record = AuditRecord::new(tenant.clone(), classes::REFUSED, now, said)
            .by(&by)
            .refused(&refusal)
            .action("budget.reserve")
            .details(json!({ "effect": due.id, "asked": refusal.details }));
        if budget.tenant == *tenant {
            record.add("budget", json!(budget.id));
        }
        record.actor = Some(format!("{kind}/{id}"));
        record.trace_id = due.trace.as_ref().and_then(|trace| trace.id());
        Refused::keep(shared, record);
        self.bring(OutcomeResult::Failed(refusal), attempt).await
    }

    /// The attempt ended before it began. What is set aside for one that nobody waits for is given
    /// back; what another process attempts, that one settles.
    pub(super) async fn unspent(&self, spending: &Spending, ended: &Ended) {
        if let (Some(meter), Ended::NotOwed) = (&spending.meter, ended) {
            self.runtime.close(meter, Spent::Nothing).await;
        }
    }

    /// The attempt was made: settles what it came to, and says so in its answer.
    pub(super) async fn spent(
        &self,
        spending: &Spending,
        result: Result<OutcomeResult, Refusal>,
    ) -> Result<OutcomeResult, Refusal> {
        let Some(meter) = &spending.meter else { return result };
        match result {
            Ok(OutcomeResult::Llm(mut response)) => {
                let answered = answered(&response, &meter.call.model);
                let cost = self.runtime.shared.world.prices.cost(&answered, &response.usage);
                let micro_usd = cost.as_ref().map(|cost| cost.micro_usd);
                let spent = Spent::of(&response.usage, micro_usd);
                self.runtime.answered(meter, &answered, spent).await;
                if let Some(degraded) = &spending.degraded {
                    // It answers for the one that was asked first, whatever came after.
                    response.degraded = Some(degraded.clone());
                }
                if !is_local(&answered) {
                    response.cost.clone_from(&cost);
                }
                let (usage, degraded) = (response.usage, response.degraded.is_some());
                let (budgets, connector) = (meter.charges(), response.connector.clone());
                let metered =
                    Metered { model: answered, usage, cost, degraded, ..Metered::default() };
                self.tab.put(Metered { connector, budgets, ..metered });
                Ok(OutcomeResult::Llm(response))
            }
            Ok(other) => {
                self.runtime.close(meter, Spent::Unknown).await;
                Ok(other)
            }
            Err(refusal) => {
                self.failed(meter, spending, &refusal).await;
                Err(refusal)
            }
        }
    }

    /// The attempt was cut off in its middle: settles what was seen of its answer, and keeps it for
    /// whoever tells the actor.
    pub(super) async fn cut_short(&self, spending: &Spending) {
        let Some(meter) = &spending.meter else { return };
        self.failed(meter, spending, &cancelled()).await;
        self.keep_metered();
    }

    /// Keeps what the attempt came to for whoever tells the actor, which is somebody else.
    pub(super) fn keep_metered(&self) {
        if let Some(metered) = self.tab.take() {
            self.runtime.shared.effects.growing.keep(self.due().id, metered);
        }
    }

    /// Whose account is asked for a model, as far as that is known now.
    fn account(&self, model: &str) -> Option<ActorId> {
        let (due, provider) = (self.due(), model.split_once('/')?.0);
        let providers = self.runtime.shared.providers_of(&due.address.tenant, &due.principal);
        providers.ok()?.account_of(provider).cloned()
    }

    async fn failed(&self, meter: &Meter, spending: &Spending, refusal: &Refusal) {
        let once = spending.effect.delivery() == Delivery::AtMostOnce;
        if !once || did_nothing(refusal) {
            return self.runtime.close(meter, Spent::Nothing).await;
        }
        let seen = self.tab.seen.load(Ordering::Relaxed);
        let (input_tokens, model) = (meter.call.input_tokens, meter.call.model.clone());
        let silent = refusal.class == RefusalClass::Timeout;
        // Whoever was cut short was still paid for what was seen; of whoever fell silent nobody
        // knows how long it went on.
        let unknown = seen == 0 || silent;
        let output_tokens = if unknown { meter.call.output_tokens } else { seen };
        let usage = Usage { input_tokens, output_tokens, estimated: true, ..Usage::default() };
        let cost = self.runtime.shared.world.prices.cost(&model, &usage);
        let micro_usd = cost.as_ref().map(|cost| cost.micro_usd);
        let spent = if unknown { Spent::Unknown } else { Spent::of(&usage, micro_usd) };
        self.runtime.close(meter, spent).await;
        let (degraded, budgets) = (spending.degraded.is_some(), meter.charges());
        let connector = self.account(&model);
        self.tab.put(Metered { model, usage, cost, unknown, degraded, connector, budgets });
    }

    /// What came of the effect is not for this process to say: it was given up, somebody else says
    /// it, or its attempt ended with its process. What was set aside for an attempt of which nobody
    /// knows is spent; what was set aside for none is given back.
    pub(super) async fn spent_unseen(&self, effect: &Effect) {
        let (Effect::Llm(llm), due) = (effect, self.due()) else { return };
        let once = effect.delivery() == Delivery::AtMostOnce;
        if let Some(metered) = self.runtime.shared.effects.growing.kept(due.id) {
            self.tab.put(*metered);
        } else if once && due.is_doubtful() {
            let mut call = self.call(llm, due.attempts);
            self.runtime.close_unseen(&call, Spent::Unknown).await;
            call.input_tokens = prompt_tokens(&llm.request);
            let (input_tokens, output_tokens) = (call.input_tokens, call.output_tokens);
            let usage = Usage { input_tokens, output_tokens, estimated: true, ..Usage::default() };
            let cost = self.runtime.shared.world.prices.cost(&call.model, &usage);
            let (connector, model) = (self.account(&call.model), call.model);
            let metered = Metered { model, usage, cost, connector, ..Metered::default() };
            self.tab.put(Metered { unknown: true, ..metered });
        }
        let next = self.call(llm, due.attempts + 1);
        self.runtime.close_unseen(&next, Spent::Nothing).await;
    }
}

/// Who answered, as it was asked: the model that was, unless another stood in for it. What a
/// provider calls its answer's model (a dated name) is not what prices and budgets are about.
pub(super) fn answered(response: &ModelResponse, asked: &str) -> String {
    let stood_in = response.attempts.last().filter(|_| response.degraded.is_some());
    stood_in.map_or_else(|| asked.to_owned(), |attempt| attempt.model.clone())
}

pub(super) fn is_local(model: &str) -> bool {
    model.split_once('/').is_some_and(|(provider, _)| provider == contracts::model::LOCAL_PROVIDER)
}

/// Whether a refusal says that nothing was done. What says nothing of that may have cost something.
fn did_nothing(refusal: &Refusal) -> bool {
    match Done::of(refusal) {
        Done::Nothing => true,
        Done::Unknown => false,
        Done::Failed => {
            refusal.class == RefusalClass::Overloaded || UNDONE.contains(&&*refusal.code)
        }
    }
}
