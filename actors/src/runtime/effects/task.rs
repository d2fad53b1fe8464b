//! One effect being performed: its actor is asked whether it still waits, the attempt is committed
//! where it may be made only once, and the outcome is brought until it is taken.

use std::sync::Arc;

use contracts::effect::{
    Delivery, Effect, EffectClass, Exhausted, Hold, OnExhausted, OnUnknown, Outcome, OutcomeResult,
    Pause,
};
use contracts::envelope::{Cause, Trace};
use contracts::lifecycle::{self, Attempt};
use contracts::ports::{CommandBus, Wait};
use contracts::view::Answer;
use contracts::{Address, Caller, CommandId, CommandName, Envelope, Origin, Refusal, state_hash};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument as _;

use super::decide::cancelled;
use super::due::Due;
use super::insist::insist;
use super::job::{Ended, Start, What};
use super::owed::{Owed, owed};
use super::pending::Standing;
use super::policy::Policy;
use super::spend::{Spending, Tab};
use super::told::Telling;
use crate::model::Done;
use crate::runtime::Runtime;
use crate::runtime::decide::written;
use crate::runtime::shared::Counters;

/// The pause before another look is taken at an actor that lies behind.
pub(super) const BEHIND_MS: u64 = 50;

/// One effect that this process is at work on. Dropped, it says that it was cut off, or, when it
/// was taken for a worker, that it never reached one.
pub struct Task {
    pub(super) runtime: Runtime,
    pub(super) start: Start,
    /// What it came to, once that is known.
    pub(super) tab: Tab,
    /// What is told of the attempt.
    pub(super) telling: Telling,
    ended: bool,
}

impl Drop for Task {
    fn drop(&mut self) {
        let work = self.start.due.class() == Some(EffectClass::Work);
        let leased = work && matches!(self.start.what, What::Perform { .. });
        self.end(if leased { Ended::Back } else { Ended::Cut });
    }
}

impl Task {
    /// A task about what is to be done.
    #[must_use]
    pub fn new(runtime: Runtime, start: Start) -> Self {
        let telling = Telling::of(&runtime, &start);
        Self { runtime, start, tab: Tab::default(), telling, ended: false }
    }

    /// Does it, unless the program ends or it is cut off. Lines of the log say to which trace they
    /// belong.
    pub async fn run(self) {
        let trace = self.start.due.trace.as_ref().and_then(Trace::id);
        let span = trace.map(|id| tracing::info_span!("effect", trace.id = %id));
        self.until_ended().instrument(span.unwrap_or_else(tracing::Span::none)).await;
    }

    async fn until_ended(mut self) {
        let stop = self.runtime.shared.stop.clone();
        let ended = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            ended = self.go() => ended,
        };
        self.end(ended.unwrap_or(Ended::Cut));
    }

    /// What comes of `doing`, unless it is cut off.
    async fn unless_cut<T>(&self, doing: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.start.cut.cancelled() => None,
            done = doing => Some(done),
        }
    }

    /// Says how it ended, the first time.
    pub(super) fn end(&mut self, how: Ended) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let shared = &self.runtime.shared;
        self.telling.end(&shared.world.telemetry, &self.start.due, &how);
        if matches!(how, Ended::Later(..)) {
            shared.effects.board().unattempted(self.start.due.id);
        }
        shared.effects.ended(self.start.due.id, how, shared.world.clock.now());
    }

    /// Says nothing when it is dropped: whoever keeps what was started says how it ends.
    pub(super) fn leave(mut self) -> Start {
        self.ended = true;
        self.start.clone()
    }

    /// The effect.
    #[must_use]
    pub const fn due(&self) -> &Due {
        &self.start.due
    }

    /// How it ended; `None` = it was cut off.
    async fn go(&self) -> Option<Ended> {
        let effect = self.start.due.asked.effect().cloned();
        let Some(effect) = effect else { return Some(Ended::NotOwed) };
        let What::Perform { attempt, round } = self.start.what else {
            return self.unless_cut(self.settle(&effect)).await;
        };
        let policy = self.policy(&effect);
        let spending = match self.unless_cut(self.prepare(&effect, attempt)).await? {
            Ok(spending) => spending,
            Err(ended) => return Some(ended),
        };
        let result = self.unless_cut(self.attempt(&spending.effect, &policy)).await;
        let Some(result) = result else {
            self.cut_short(&spending).await;
            return None;
        };
        self.telling.attempted(&result);
        let told = async {
            let result = self.spent(&spending, result).await;
            self.conclude(&effect, result, (attempt, round)).await
        };
        let Some(ended) = self.unless_cut(told).await else {
            self.keep_metered();
            return None;
        };
        if matches!(ended, Ended::Told(_)) {
            Counters::add(&self.runtime.shared.counters.effects);
        }
        Some(ended)
    }

    /// The policy of the effect.
    pub(super) fn policy(&self, effect: &Effect) -> Policy {
        Policy::of(effect, &self.runtime.shared.config)
    }

    /// As [`Task::begin`], with what the effect may cost set aside once no policy objects.
    ///
    /// # Errors
    /// How the attempt ended before it began.
    async fn prepare(&self, effect: &Arc<Effect>, attempt: u32) -> Result<Spending, Ended> {
        self.ensure_allowed(effect).await?;
        let spending = self.reserve(effect, attempt).await?;
        let begun = async {
            if spending.is_degraded() {
                self.ensure_allowed(&spending.effect).await?;
            }
            self.ensure_once(effect, attempt).await
        };
        if let Err(ended) = begun.await {
            self.unspent(&spending, &ended).await;
            return Err(ended);
        }
        Ok(spending)
    }

    /// Makes sure that the actor waits for the attempt, and commits it where it may be made once.
    ///
    /// # Errors
    /// How the attempt ended before it began.
    pub(super) async fn begin(&self, effect: &Effect, attempt: u32) -> Result<(), Ended> {
        self.ensure_allowed(effect).await?;
        self.ensure_once(effect, attempt).await
    }

    async fn ensure_once(&self, effect: &Effect, attempt: u32) -> Result<(), Ended> {
        if effect.delivery() == Delivery::AtMostOnce && self.commit_attempt(effect, attempt).await?
        {
            return Ok(());
        }
        match self.ensure_owed().await {
            Ok(()) if effect.delivery() == Delivery::Idempotent => Ok(()),
            // Of two nodes, the log lets only one of them attempt it.
            Ok(()) => Err(Ended::Elsewhere),
            Err(ended) => Err(ended),
        }
    }

    /// Makes sure that its actor waits for it.
    ///
    /// # Errors
    /// How it ended since the actor does not, or cannot say so yet.
    pub(super) async fn ensure_owed(&self) -> Result<(), Ended> {
        let ended = match owed(&self.runtime, &self.start.due).await {
            Owed::Yes => return Ok(()),
            Owed::No => {
                tracing::error!(
                    effect = %self.start.due.id, actor = %self.start.due.address,
                    "effect.not_owed: its actor does not wait for it, so it is not performed"
                );
                Ended::NotOwed
            }
            Owed::Behind(refusal) => Ended::Later(refusal, BEHIND_MS),
        };
        Err(ended)
    }

    /// Commits that the effect is about to be attempted; false when the actor says no.
    async fn commit_attempt(&self, effect: &Effect, attempt: u32) -> Result<bool, Ended> {
        let value = written(effect).map_err(Ended::Refused)?;
        let hash = state_hash(&value)
            .map_err(|error| Ended::Refused(Refusal::internal(error.to_string())))?;
        let id = self.start.due.id;
        let attempt = Attempt { effect: id, attempt, request_hash: hash };
        // The id is this runtime's own, so that of two runtimes only one is told that it may.
        let nonce = self.runtime.shared.world.nonce.to_string();
        let parts = [id.to_string(), nonce, attempt.attempt.to_string()];
        let parts = parts.each_ref().map(|part| &**part);
        let command = CommandId::derived("cambium attempt command v2", &parts);
        let input = written(&attempt).map_err(Ended::Refused)?;
        match self.say(command, lifecycle::ATTEMPT, input).await {
            Ok(answer) => Ok(answer.reply["attempted"] == true),
            Err(Some(refusal)) => Err(Ended::Refused(refusal)),
            Err(None) => Err(Ended::Cut),
        }
    }

    async fn attempt(
        &self,
        effect: &Arc<Effect>,
        policy: &Policy,
    ) -> Result<OutcomeResult, Refusal> {
        if let Effect::Send(send) = &**effect {
            return self.send(send, policy.timeout).await;
        }
        let work = self.perform(effect);
        tokio::time::timeout(policy.timeout, work).await.unwrap_or_else(|_| Err(late()))
    }

    /// What becomes of an attempt: its actor is told, or it is attempted again, or it waits.
    pub(super) async fn conclude(
        &self,
        effect: &Effect,
        result: Result<OutcomeResult, Refusal>,
        (attempt, round): (u32, u32),
    ) -> Ended {
        let refusal = match result {
            Ok(result) => return self.bring(result, attempt).await,
            Err(refusal) => refusal,
        };
        if is_unknown(effect, &refusal) {
            let id = self.start.due.id;
            tracing::warn!(effect = %id, attempt, %refusal, "effect.unknown");
            return self.unknown(effect, attempt).await;
        }
        let again = self.policy(effect).may_help(&refusal);
        self.refused(effect, refusal, again, (attempt, round)).await
    }

    /// What becomes of an attempt that was refused; `again` says whether another may help.
    pub(super) async fn refused(
        &self,
        effect: &Effect,
        refusal: Refusal,
        again: bool,
        (attempt, round): (u32, u32),
    ) -> Ended {
        let policy = self.policy(effect);
        if !again {
            return self.bring(OutcomeResult::Failed(refusal), attempt).await;
        }
        if round < policy.attempts_max {
            let id = self.start.due.id;
            tracing::warn!(effect = %id, attempt, %refusal, "effect.retried");
            let ms = policy.pause_ms(id, round, &refusal);
            return Ended::Retry(refusal, ms);
        }
        match policy.on_exhausted {
            OnExhausted::Fail => self.bring(OutcomeResult::Failed(refusal), attempt).await,
            OnExhausted::Pause => self.pause(refusal, attempt, None).await,
            OnExhausted::PauseAndTell => self.pause(refusal, attempt, Some(effect.tag())).await,
        }
    }

    /// Its attempts are used up: it waits, and says so in the log.
    async fn pause(&self, refusal: Refusal, attempts: u32, tell: Option<Value>) -> Ended {
        let effect = self.start.due.id;
        let reason = format!("{attempts} attempts, the last one: {refusal}");
        let pause = Pause {
            effect,
            reason,
            exhausted: Some(Exhausted { attempts, refusal, tell }),
            awaits: None,
        };
        let parts = [effect.to_string(), attempts.to_string()];
        let id = CommandId::derived("cambium exhausted command v1", &[&parts[0], &parts[1]]);
        self.tell(id, lifecycle::PAUSE, &pause).await
    }

    /// Tells the actor what was said of the effect, or that nobody knows what came of it.
    async fn settle(&self, effect: &Effect) -> Ended {
        let due = &self.start.due;
        self.spent_unseen(effect).await;
        match &due.standing {
            Standing::Cancelled => {
                self.bring(OutcomeResult::Failed(cancelled()), due.attempts).await
            }
            Standing::Refused(refusal) => {
                self.bring(OutcomeResult::Failed(refusal.clone()), due.attempts).await
            }
            Standing::Resolved(resolution) => match resolution.result(due.class_name()) {
                Ok(Some(result)) => self.bring(result, due.attempts).await,
                Ok(None) => Ended::Told(None),
                Err(refusal) => self.bring(OutcomeResult::Failed(refusal), due.attempts).await,
            },
            Standing::Due | Standing::Paused { .. } | Standing::Unknown => {
                self.unknown(effect, due.attempts).await
            }
        }
    }

    /// Nobody knows what came of the attempt.
    pub(super) async fn unknown(&self, effect: &Effect, attempts: u32) -> Ended {
        match effect.terms().on_unknown {
            OnUnknown::Tell => self.bring(OutcomeResult::Unknown, attempts).await,
            OnUnknown::Hold => {
                let effect = self.start.due.id;
                let parts = [effect.to_string(), attempts.to_string()];
                let id = CommandId::derived("cambium hold command v1", &[&parts[0], &parts[1]]);
                self.tell(id, lifecycle::HOLD, &Hold { effect, attempts }).await
            }
        }
    }

    /// Brings the outcome to the actor. One that the actor can never take, such as an answer too
    /// large for a commit, is told as a failure; when that is refused too, the effect is left to
    /// the next start.
    pub(super) async fn bring(&self, result: OutcomeResult, attempts: u32) -> Ended {
        match self.outcome(result, attempts).await {
            Ended::Refused(refusal) => {
                let ended = self.outcome(OutcomeResult::Failed(refusal), attempts).await;
                if let Ended::Refused(refusal) = &ended {
                    tracing::error!(effect = %self.start.due.id, %refusal, "effect.outcome_lost");
                }
                ended
            }
            ended => ended,
        }
    }

    async fn outcome(&self, result: OutcomeResult, attempts: u32) -> Ended {
        let Due { id, revision, index, .. } = self.start.due;
        let tag = self.start.due.asked.effect().map(|it| it.tag()).unwrap_or_default();
        let metered = self.tab.take();
        let outcome = Outcome { effect: id, revision, index, tag, attempts, result, metered };
        self.tell(id.outcome_command(), lifecycle::OUTCOME, &outcome).await
    }

    pub(super) async fn tell(
        &self,
        id: CommandId,
        name: CommandName,
        input: &impl Serialize,
    ) -> Ended {
        let input = match written(input) {
            Ok(input) => input,
            Err(refusal) => return Ended::Refused(refusal),
        };
        match self.say(id, name, input).await {
            Ok(answer) => Ended::Told(Some(Box::new(answer))),
            Err(Some(refusal)) => Ended::Refused(refusal),
            Err(None) => Ended::Cut,
        }
    }

    /// Sends a command of the runtime until the actor has taken it.
    ///
    /// # Errors
    /// `None` when the runtime stops; the refusal when another attempt meets it again.
    pub(super) async fn say(
        &self,
        id: CommandId,
        name: CommandName,
        input: Value,
    ) -> Result<Answer, Option<Refusal>> {
        let envelope = self.envelope(id, self.start.due.address.clone(), name, input);
        let effect = self.start.due.id;
        insist(&self.runtime, envelope, effect.0, &|refusal| {
            tracing::warn!(%effect, %refusal, "effect.command_refused");
        })
        .await
    }

    /// A command in the name of whoever caused the effect.
    pub(super) fn envelope(
        &self,
        id: CommandId,
        to: Address,
        name: CommandName,
        input: Value,
    ) -> Envelope {
        let due = &self.start.due;
        // What the runtime itself says of an effect is nobody's word but its own.
        let own = name == lifecycle::PAUSE || name == lifecycle::HOLD || name == lifecycle::CANCEL;
        let by = if own {
            Caller::runtime()
        } else {
            Caller::new(due.principal.clone(), Origin::Runtime).with(due.credential.clone())
        };
        let mut envelope = Envelope::new(id, to, name, input, by);
        envelope.cause = Some(Cause::Effect(due.id));
        envelope.correlation = due.correlation.clone();
        // What comes back to the actor that asked belongs where the question stands.
        envelope.hops = due.hops;
        envelope.trace = self.telling.trace().or_else(|| due.trace.clone());
        envelope
    }

    /// Asks another actor.
    pub(super) async fn ask(&self, envelope: Envelope, wait: Wait) -> Result<Answer, Refusal> {
        self.runtime.ask(envelope, wait).await
    }
}

/// Whether nobody knows what a call that may be made only once has done: it was sent, and what came
/// back is silence, or half of an answer.
fn is_unknown(effect: &Effect, refusal: &Refusal) -> bool {
    let once = effect.delivery() == Delivery::AtMostOnce;
    let silent = refusal.code == EFFECT_TIMEOUT || Done::of(refusal) == Done::Unknown;
    matches!(effect, Effect::Llm(_)) && once && silent
}

/// The code of an attempt that took too long.
const EFFECT_TIMEOUT: &str = "effect_timeout";

/// An attempt has taken longer than it may.
pub(super) fn late() -> Refusal {
    Refusal::new(
        contracts::RefusalClass::Timeout,
        EFFECT_TIMEOUT,
        "the effect took longer than it may",
    )
}
