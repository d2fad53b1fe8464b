//! Taking outcomes.

use contracts::lifecycle;
use contracts::view::Answer;
use contracts::work::{OutcomeInput, Ticket, WorkAnswer, WorkError, WorkStatus};
use contracts::{EffectId, Hash, Outcome, OutcomeResult, Refusal, RefusalClass, Tenant};
use serde_json::{Value, json};

use super::lease::{as_millis, mark};
use super::leases::Holder;
use super::piece::Piece;
use super::{past, stopping};
use crate::runtime::Runtime;
use crate::runtime::effects::decide::not_wanted;
use crate::runtime::effects::insist::insist;
use crate::runtime::effects::policy::is_retryable;
use crate::runtime::effects::{Before, Leased, Settled};

/// What a worker says came of its work.
pub(super) type Said = Result<Value, WorkError>;

impl Runtime {
    pub(super) async fn conclude_work(
        &self,
        tenant: &Tenant,
        effect: EffectId,
        outcome: OutcomeInput,
    ) -> Result<WorkAnswer, Refusal> {
        let partition = self.ticket(tenant, effect, &outcome.lease)?.address.partition();
        if self.shared.shares.owns(partition) {
            return self.conclude_here(tenant, effect, outcome).await;
        }
        self.conclude_elsewhere(partition, (tenant, effect), outcome).await
    }

    /// Takes the outcome of work of this node's partitions.
    pub(in crate::runtime) async fn conclude_here(
        &self,
        tenant: &Tenant,
        effect: EffectId,
        outcome: OutcomeInput,
    ) -> Result<WorkAnswer, Refusal> {
        let ticket = self.ticket(tenant, effect, &outcome.lease)?;
        let said = outcome.read()?;
        let most = self.shared.config.work_output_bytes_max;
        if let Ok(output) = &said
            && output.to_string().len() > most
        {
            let message = format!("an output has at most {most} bytes; keep it elsewhere");
            return Err(Refusal::new(RefusalClass::TooLarge, "work_output_too_large", message));
        }
        if self.shared.stop.is_cancelled() {
            return Err(stopping());
        }
        // Goes on when its caller leaves: what a worker said is not forgotten with its socket.
        let (runtime, tasks) = (self.clone(), self.shared.tasks.clone());
        let settling = tasks.spawn(async move { runtime.settle(ticket, said).await });
        settling.await.unwrap_or_else(|_| Err(Refusal::internal("an outcome was not settled")))
    }

    async fn settle(&self, ticket: Ticket, said: Said) -> Result<WorkAnswer, Refusal> {
        let before = |own| Before { effect: ticket.effect(), attempt: ticket.attempt, own };
        let leased = match self.shared.leases.take(&ticket, mark_of(&said)) {
            Holder::Told(answer) => return Ok(answer),
            Holder::Lost => return past::told_again(self, &ticket, result_of(said)).await,
            Holder::Now(start) => Leased::of(self, *start),
            Holder::Before { own } => self.adopt_work(before(own)),
        };
        match leased {
            Some(leased) => self.settle_now(leased, ticket, said).await,
            None => past::settle(self, &ticket, said).await,
        }
    }

    async fn settle_now(
        &self,
        leased: Leased,
        ticket: Ticket,
        said: Said,
    ) -> Result<WorkAnswer, Refusal> {
        let (effect, said_mark) = (ticket.effect(), mark_of(&said));
        let (status, settled) = match said.clone() {
            Ok(output) => (WorkStatus::Done, leased.done(OutcomeResult::Worked(output)).await),
            Err(WorkError { code, message, retryable }) => {
                let refusal = Refusal::rejected(code, message);
                (WorkStatus::Failed, leased.failed(refusal, retryable).await)
            }
        };
        match settled {
            Settled::Retried(ms) => {
                let now = self.shared.world.clock.now();
                let answer = WorkAnswer {
                    effect_id: effect,
                    status: WorkStatus::Retrying,
                    revision: None,
                    cursor: None,
                    next_at: Some(now.plus_millis(as_millis(ms))),
                };
                self.shared.leases.told(effect, said_mark, answer.clone());
                Ok(answer)
            }
            Settled::Paused(answer) => Ok(recorded(effect, WorkStatus::Paused, &answer)),
            Settled::Recorded(answer) if !is_unneeded(&answer) => {
                Ok(recorded(effect, status, &answer))
            }
            Settled::Refused(refusal) => Err(refusal),
            // It left the board meanwhile, as when its partition went to another node: the log says
            // what became of it.
            Settled::Recorded(_) | Settled::Cut => {
                let settled = past::settle(self, &ticket, said).await;
                let stopped = self.shared.stop.is_cancelled();
                settled.map_err(|refusal| if stopped { stopping() } else { refusal })
            }
        }
    }

    /// Tells the actor, or waits, as the terms of work say whose worker did not answer in time.
    pub(super) async fn give_up(&self, leased: Leased) {
        let (id, attempts) = (leased.due().id, leased.attempt());
        tracing::warn!(effect = %id, attempts, "work.abandoned");
        if let Settled::Refused(refusal) = leased.expire().await {
            tracing::error!(effect = %id, %refusal, "work.outcome_lost");
        }
    }

    /// Brings an outcome to its actor, tried until the actor has taken it. One that the actor can
    /// never take, such as one too large for its commit, is told as a failure.
    pub(super) async fn bring_outcome(
        &self,
        piece: &Piece,
        result: OutcomeResult,
        attempts: u32,
    ) -> Result<Answer, Refusal> {
        match self.tell_outcome(piece, result, attempts).await {
            Err(refusal) if !is_retryable(&refusal) => {
                self.tell_outcome(piece, OutcomeResult::Failed(refusal), attempts).await
            }
            result => result,
        }
    }

    async fn tell_outcome(
        &self,
        piece: &Piece,
        result: OutcomeResult,
        attempts: u32,
    ) -> Result<Answer, Refusal> {
        let Piece { id: effect, revision, index, .. } = *piece;
        let tag = piece.work.tag.clone();
        let outcome = Outcome { effect, revision, index, tag, attempts, result, metered: None };
        let input = serde_json::to_value(outcome);
        let input = input.map_err(|error| Refusal::internal(error.to_string()))?;
        let envelope = piece.envelope(piece.id.outcome_command(), lifecycle::OUTCOME, input);
        let untaken = |refusal: &Refusal| {
            tracing::warn!(effect = %piece.id, %refusal, "work.untaken");
        };
        let told = insist(self, envelope, piece.id.0, &untaken).await;
        told.map_err(|refusal| refusal.unwrap_or_else(stopping))
    }
}

/// Whether the actor did not wait for the outcome any more.
pub(super) fn is_unneeded(answer: &Answer) -> bool {
    answer.reply == not_wanted()
}

/// What the log says of what a worker said.
pub(super) fn result_of(said: Said) -> (WorkStatus, OutcomeResult) {
    match said {
        Ok(output) => (WorkStatus::Done, OutcomeResult::Worked(output)),
        Err(error) => {
            let refusal = Refusal::rejected(error.code, error.message);
            (WorkStatus::Failed, OutcomeResult::Failed(refusal))
        }
    }
}

pub(super) fn recorded(effect_id: EffectId, status: WorkStatus, answer: &Answer) -> WorkAnswer {
    let (revision, cursor) = (Some(answer.revision), Some(answer.cursor));
    WorkAnswer { effect_id, status, revision, cursor, next_at: None }
}

fn mark_of(said: &Said) -> Hash {
    match said {
        Ok(output) => mark(&json!({ "output": output })),
        Err(error) => mark(&json!({ "error": error })),
    }
}
