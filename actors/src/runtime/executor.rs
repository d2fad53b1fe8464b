//! Performs effects after their commit is acknowledged, and brings their outcomes back as
//! commands.

use std::sync::Arc;
use std::time::Duration;

use contracts::effect::{Delivery, Effect, EffectClass, Llm, Send, Timer};
use contracts::envelope::Cause;
use contracts::lifecycle::{self, Attempt};
use contracts::ports::{CommandBus, TimerId, Wait};
use contracts::view::{Answer, Status};
use contracts::{
    Address, Caller, CommandId, CommandName, Envelope, Hash, Origin, Outcome, OutcomeResult,
    Refusal, RefusalClass, Signal, state_hash,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::Runtime;
use super::ledger::Due;
use super::shared::Counters;
use super::turns::{Turn, Turns};
use super::work::Piece;
use crate::config::Config;

/// Performs effects, each class within its own limit. What an actor sends is accepted in the order
/// of its commits, and a timer is set and cancelled in that order; nothing else waits for another.
pub struct Executor {
    runtime: Runtime,
    llm: Arc<Semaphore>,
    send: Arc<Semaphore>,
    timer: Arc<Semaphore>,
    turns: Turns,
}

/// A pause that doubles, with jitter.
pub struct Pause {
    next_ms: u64,
    max_ms: u64,
    jitter_percent: u64,
}

impl Pause {
    /// The pause between attempts of something called `seed`, which spreads retries of many.
    #[must_use]
    pub const fn new(config: &Config, seed: Hash) -> Self {
        let (next_ms, max_ms) = (config.effect_retry_ms_min, config.effect_retry_ms_max);
        Self { next_ms, max_ms, jitter_percent: seed.0[0] as u64 % 32 }
    }

    /// Waits, then doubles; false when the runtime stops meanwhile.
    pub async fn wait(&mut self, stop: &CancellationToken) -> bool {
        let jitter = self.next_ms * self.jitter_percent / 100;
        let pause = Duration::from_millis(self.next_ms + jitter);
        self.next_ms = (self.next_ms * 2).min(self.max_ms);
        stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some()
    }
}

impl Executor {
    /// An executor that brings outcomes to `runtime`.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        let config = &runtime.shared.config;
        let llm = Arc::new(Semaphore::new(config.llm_concurrent_max));
        let send = Arc::new(Semaphore::new(config.send_concurrent_max));
        let timer = Arc::new(Semaphore::new(config.timer_concurrent_max));
        Self { runtime, llm, send, timer, turns: Turns::default() }
    }

    /// Performs an effect that was left over: one that may be attempted only once and was, has an
    /// unknown outcome.
    pub fn take_over(&self, due: Due) {
        if let Some(piece) = piece(&due) {
            return self.runtime.offer_work(piece, due.attempts);
        }
        let once =
            due.effect.as_ref().is_ok_and(|effect| effect.delivery() == Delivery::AtMostOnce);
        if once && due.attempts > 0 {
            let task = Task { runtime: self.runtime.clone(), due, turn: None };
            self.spawn(async move { task.bring(OutcomeResult::Unknown, task.due.attempts).await });
        } else {
            self.perform(due);
        }
    }

    /// Performs an effect.
    pub fn perform(&self, due: Due) {
        if let Some(piece) = piece(&due) {
            // A worker performs it.
            return self.runtime.offer_work(piece, due.attempts);
        }
        let class = match due.effect.as_ref().map(Effect::class) {
            Ok(EffectClass::Llm) => self.llm.clone(),
            Ok(EffectClass::Timer) => self.timer.clone(),
            // Offered above: a worker performs it.
            Ok(EffectClass::Work) => return,
            Ok(EffectClass::Send) | Err(_) => self.send.clone(),
        };
        // The turn is taken here, in order: tasks begin in any.
        let turn = due.effect.as_ref().ok().map(|effect| self.turns.take(&due.address, effect));
        let mut task = Task { runtime: self.runtime.clone(), due, turn };
        self.spawn(async move {
            if let Some(turn) = &mut task.turn {
                turn.come().await;
            }
            let Ok(_place) = class.acquire_owned().await else { return };
            task.run().await;
        });
    }

    fn spawn(&self, work: impl Future<Output = ()> + std::marker::Send + 'static) {
        let stop = self.runtime.shared.stop.clone();
        self.runtime.shared.tasks.spawn(async move {
            // An effect that is cut off here has no outcome, and is taken over at the next start.
            stop.run_until_cancelled(work).await;
        });
    }
}

/// The work that an effect asks, when it asks work.
fn piece(due: &Due) -> Option<Piece> {
    let Ok(Effect::Work(work)) = &due.effect else { return None };
    Some(Piece {
        id: due.id,
        address: due.address.clone(),
        revision: due.revision,
        index: due.index,
        cursor: due.cursor,
        work: work.clone(),
        principal: due.principal.clone(),
        trace: due.trace.clone(),
        correlation: due.correlation.clone(),
    })
}

/// One effect being performed.
struct Task {
    runtime: Runtime,
    due: Due,
    turn: Option<Turn>,
}

impl Task {
    async fn run(self) {
        let effect = match &self.due.effect {
            Ok(effect) => effect.clone(),
            Err(reason) => {
                // A newer program asked for it, so it is left to a newer program.
                tracing::error!(effect = %self.due.id, reason, "effect.unknown_class");
                return;
            }
        };
        let (result, attempts) = match effect.delivery() {
            Delivery::AtMostOnce => {
                if !self.commit_attempt(&effect).await {
                    return;
                }
                (self.attempt(&effect).await, 1)
            }
            Delivery::Idempotent => self.attempt_until_done(&effect).await,
        };
        let result = result.unwrap_or_else(OutcomeResult::Failed);
        self.bring(result, attempts).await;
        Counters::add(&self.runtime.shared.counters.effects);
    }

    async fn attempt_until_done(&self, effect: &Effect) -> (Result<OutcomeResult, Refusal>, u32) {
        let config = &self.runtime.shared.config;
        let mut pause = Pause::new(config, self.due.id.0);
        let mut attempt = 1;
        loop {
            let result = self.attempt(effect).await;
            match &result {
                Err(refusal) if is_retryable(refusal) && attempt < config.effect_attempts_max => {
                    tracing::warn!(effect = %self.due.id, attempt, %refusal, "effect.retried");
                }
                _ => return (result, attempt),
            }
            if !pause.wait(&self.runtime.shared.stop).await {
                return (result, attempt);
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, effect: &Effect) -> Result<OutcomeResult, Refusal> {
        let timeout = Duration::from_millis(self.runtime.shared.config.effect_timeout_ms);
        let work = async {
            match effect {
                Effect::Llm(llm) => self.ask_model(llm).await,
                Effect::Send(send) => self.send(send).await,
                Effect::Timer(timer) => self.set_timer(timer).await,
                Effect::Work(_) => Err(Refusal::internal("work is done by workers")),
            }
        };
        tokio::time::timeout(timeout, work).await.unwrap_or_else(|_| {
            Err(Refusal::new(
                RefusalClass::Timeout,
                "effect_timeout",
                "the effect took longer than it may",
            ))
        })
    }

    async fn ask_model(&self, llm: &Llm) -> Result<OutcomeResult, Refusal> {
        let world = &self.runtime.shared.world;
        let (sender, mut deltas) = tokio::sync::mpsc::unbounded_channel::<String>();
        let delta = move |text: &str| {
            let _ = sender.send(text.to_owned());
        };
        let provider = world.providers.find(&llm.request)?;
        if !llm.stream {
            return provider.complete(&llm.request, &|_| {}).await.map(OutcomeResult::Llm);
        }
        let show = async {
            let mut index = 0_u64;
            while let Some(text) = deltas.recv().await {
                let data = json!({
                    "effect": self.due.id, "index": index, "text": text, "tag": llm.tag,
                });
                index += 1;
                let signal = Signal { r#type: "delta".to_owned(), data };
                if let Err(error) = world.live.publish(&self.due.address, &signal).await {
                    tracing::debug!(%error, "delta.unshown");
                }
            }
        };
        let complete = async move {
            let delta = delta;
            provider.complete(&llm.request, &delta).await
        };
        let (response, ()) = tokio::join!(complete, show);
        response.map(OutcomeResult::Llm)
    }

    async fn send(&self, send: &Send) -> Result<OutcomeResult, Refusal> {
        let Address { tenant, .. } = self.due.address.clone();
        let to = Address::new(tenant, send.kind.clone(), send.id.clone());
        let id = CommandId::derived("cambium sent command v1", &[&self.due.id.to_string()]);
        let envelope = self.envelope(id, to, send.name.clone(), send.input.clone());
        let patience = Duration::from_millis(self.runtime.shared.config.effect_timeout_ms);
        let mut answer = self.runtime.ask(envelope.clone(), Wait::Accepted).await?;
        // Whatever is sent next comes after it, and need not wait for its answer.
        if let Some(turn) = &self.turn {
            turn.pass();
        }
        if answer.status == Status::Accepted {
            answer = self.runtime.ask(envelope, Wait::Completed(patience)).await?;
        }
        match answer.status {
            Status::Completed => {
                Ok(OutcomeResult::Sent { revision: answer.revision, reply: answer.reply })
            }
            // Its final answer, which asking again does not change.
            Status::Failed => Ok(OutcomeResult::Failed(
                serde_json::from_value(answer.reply)
                    .unwrap_or_else(|_| Refusal::internal("the command failed")),
            )),
            _ => Err(Refusal::new(
                RefusalClass::Timeout,
                "effect_timeout",
                "the other actor has not answered yet",
            )),
        }
    }

    async fn set_timer(&self, timer: &Timer) -> Result<OutcomeResult, Refusal> {
        let id = TimerId { address: self.due.address.clone(), name: timer.name.clone() };
        // Cancelling all is done for each of them by the desk, which knows which they are.
        if !timer.all {
            self.runtime.shared.desk.settle(id).await?;
        }
        Ok(OutcomeResult::TimerSet)
    }

    /// Commits that the effect is about to be attempted; false when somebody else has, or the
    /// runtime stops.
    async fn commit_attempt(&self, effect: &Effect) -> bool {
        let value = serde_json::to_value(effect).unwrap_or_default();
        let Ok(request_hash) = state_hash(&value) else { return false };
        let attempt = Attempt { effect: self.due.id, attempt: 1, request_hash };
        // The id is this runtime's own, so that of two runtimes only one is told that it may.
        let parts = [self.due.id.to_string(), self.runtime.shared.world.nonce.to_string()];
        let id = CommandId::derived("cambium attempt command v1", &[&parts[0], &parts[1]]);
        let input = serde_json::to_value(attempt).unwrap_or_default();
        let to = self.due.address.clone();
        let answer = self.insist(self.envelope(id, to, lifecycle::ATTEMPT, input)).await;
        answer.is_ok_and(|answer| answer.reply["attempted"] == true)
    }

    /// Brings the outcome to the actor. One that the actor can never take, such as an answer too
    /// large for a commit, is told as a failure; when that is refused too, the effect is left to
    /// the next start.
    async fn bring(&self, result: OutcomeResult, attempts: u32) {
        if let Err(Some(refusal)) = self.tell(result, attempts).await
            && let Err(Some(refusal)) = self.tell(OutcomeResult::Failed(refusal), attempts).await
        {
            tracing::error!(effect = %self.due.id, %refusal, "effect.outcome_lost");
        }
    }

    async fn tell(&self, result: OutcomeResult, attempts: u32) -> Result<Answer, Option<Refusal>> {
        let Due { id, revision, index, .. } = self.due;
        let tag = self.due.effect.as_ref().map(Effect::tag).unwrap_or_default();
        let outcome = Outcome { effect: id, revision, index, tag, attempts, result };
        let input = serde_json::to_value(outcome);
        let input = input.map_err(|error| Some(Refusal::internal(error.to_string())))?;
        let to = self.due.address.clone();
        self.insist(self.envelope(id.outcome_command(), to, lifecycle::OUTCOME, input)).await
    }

    /// Sends a command of the runtime until the actor has taken it.
    ///
    /// # Errors
    /// `None` when the runtime stops; the refusal when another attempt meets it again.
    async fn insist(&self, envelope: Envelope) -> Result<Answer, Option<Refusal>> {
        let mut pause = Pause::new(&self.runtime.shared.config, self.due.id.0);
        loop {
            match self.runtime.ask(envelope.clone(), Wait::Accepted).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => {
                    tracing::warn!(effect = %self.due.id, %refusal, "effect.command_refused");
                    if !is_retryable(&refusal) {
                        return Err(Some(refusal));
                    }
                }
            }
            if !pause.wait(&self.runtime.shared.stop).await {
                return Err(None);
            }
        }
    }

    /// A command in the name of whoever caused the effect.
    fn envelope(&self, id: CommandId, to: Address, name: CommandName, input: Value) -> Envelope {
        let by = Caller::new(self.due.principal.clone(), Origin::Runtime);
        let mut envelope = Envelope::new(id, to, name, input, by);
        envelope.cause = Some(Cause::Effect(self.due.id));
        envelope.correlation = self.due.correlation.clone();
        envelope.trace = self.due.trace.clone();
        envelope
    }
}

/// Whether trying again may help.
pub fn is_retryable(refusal: &Refusal) -> bool {
    refusal.retry_after_ms.is_some()
        || matches!(
            refusal.class,
            RefusalClass::Unavailable | RefusalClass::Overloaded | RefusalClass::Timeout
        )
}
