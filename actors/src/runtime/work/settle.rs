//! Taking outcomes.

use std::time::Duration;

use contracts::effect::Delivery;
use contracts::lifecycle;
use contracts::ports::{CommandBus, Wait};
use contracts::view::Answer;
use contracts::work::{OutcomeInput, Ticket, WorkAnswer, WorkError, WorkStatus};
use contracts::{EffectId, Envelope, Hash, Outcome, OutcomeResult, Refusal, RefusalClass, Tenant};
use serde_json::{Value, json};

use super::board::Step;
use super::lease::{as_millis, mark};
use super::piece::Piece;
use super::terms::{attempts_max, pause_ms};
use super::{lost, past, stopping};
use crate::runtime::Runtime;
use crate::runtime::effects::decide::not_wanted;
use crate::runtime::executor::{Pause, is_retryable};

/// What a worker says came of its work.
pub(super) type Said = Result<Value, WorkError>;

impl Runtime {
    pub(super) async fn conclude_work(
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
        match self.shared.board.begin(&ticket, mark_of(&said)) {
            Step::Again(answer) => Ok(answer),
            Step::Lost => Err(lost()),
            Step::Absent => past::settle(self, &ticket, said).await,
            Step::Go { piece, attempts } => self.settle_now(&piece, attempts, said).await,
        }
    }

    async fn settle_now(
        &self,
        piece: &Piece,
        attempts: u32,
        said: Said,
    ) -> Result<WorkAnswer, Refusal> {
        let config = &self.shared.config;
        let again = said.as_ref().is_err_and(|error| error.retryable)
            && piece.work.delivery == Delivery::Idempotent
            && attempts < attempts_max(piece, config);
        if again {
            return Ok(self.offer_again(piece, attempts, mark_of(&said)));
        }
        let board = &self.shared.board;
        let told = match said {
            Err(WorkError { code, message, retryable: true }) => {
                self.exhaust_work(piece, attempts, Refusal::rejected(code, message)).await.map(Some)
            }
            said => self.bring_said(piece, said, attempts).await,
        };
        match told {
            Ok(answer) => {
                board.withdraw(piece.id);
                match answer {
                    Some(answer) => Ok(answer),
                    None => Err(past::ended_at(self, piece).await?),
                }
            }
            Err(refusal) => {
                board.undo(piece.id, Duration::from_millis(config.work_lease_ms_min));
                Err(refusal)
            }
        }
    }

    /// Brings what a worker said; `None` = the actor did not wait for it any more.
    async fn bring_said(
        &self,
        piece: &Piece,
        said: Said,
        attempts: u32,
    ) -> Result<Option<WorkAnswer>, Refusal> {
        let (status, result) = result_of(said);
        let answer = self.bring_outcome(piece, result, attempts).await?;
        Ok((!is_unneeded(&answer)).then(|| recorded(piece.id, status, &answer)))
    }

    fn offer_again(&self, piece: &Piece, attempts: u32, said: Hash) -> WorkAnswer {
        let config = &self.shared.config;
        let pause = pause_ms(piece, config, attempts);
        let now = self.shared.world.clock.now();
        let answer = WorkAnswer {
            effect_id: piece.id,
            status: WorkStatus::Retrying,
            revision: None,
            cursor: None,
            next_at: Some(now.plus_millis(as_millis(pause))),
        };
        let told = Some((said, answer.clone()));
        self.shared.board.pause(piece.id, Duration::from_millis(pause), told);
        answer
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
        let outcome = Outcome { effect, revision, index, tag, attempts, result };
        let input = serde_json::to_value(outcome);
        let input = input.map_err(|error| Refusal::internal(error.to_string()))?;
        let envelope = piece.envelope(piece.id.outcome_command(), lifecycle::OUTCOME, input);
        self.insist_on(piece, envelope).await
    }

    /// Sends a command until the actor has taken it, or refuses it for good.
    pub(super) async fn insist_on(
        &self,
        piece: &Piece,
        envelope: Envelope,
    ) -> Result<Answer, Refusal> {
        let mut pause = Pause::new(&self.shared.config, piece.id.0);
        loop {
            match self.ask(envelope.clone(), Wait::Accepted).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) if !is_retryable(&refusal) => return Err(refusal),
                Err(refusal) => tracing::warn!(effect = %piece.id, %refusal, "work.untaken"),
            }
            if !pause.wait(&self.shared.stop).await {
                return Err(stopping());
            }
        }
    }
}

/// Whether the actor did not wait for the outcome any more.
fn is_unneeded(answer: &Answer) -> bool {
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
