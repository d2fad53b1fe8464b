//! On which terms work is tried again, and what happens when that is used up.

use contracts::effect::{Exhausted, Hold, Jitter, OnExhausted, OnUnknown, Pause, Retry};
use contracts::work::{WorkAnswer, WorkStatus};
use contracts::{
    Caller, CommandId, CommandName, Envelope, Hash, OutcomeResult, Refusal, lifecycle,
};
use serde_json::Value;

use super::piece::Piece;
use super::settle::recorded;
use crate::config::Config;
use crate::runtime::Runtime;

fn retry(piece: &Piece) -> Retry {
    piece.work.terms.retry.clone().unwrap_or_default()
}

/// How many times work may be handed out.
pub fn attempts_max(piece: &Piece, config: &Config) -> u32 {
    retry(piece).attempts_max.unwrap_or(config.effect_attempts_max).max(1)
}

/// The pause before the attempt after `attempts`, in milliseconds.
pub fn pause_ms(piece: &Piece, config: &Config, attempts: u32) -> u64 {
    let retry = retry(piece);
    let min = retry.backoff_ms_min.unwrap_or(config.effect_retry_ms_min);
    let max = retry.backoff_ms_max.unwrap_or(config.effect_retry_ms_max);
    let doubled = 1_u64.checked_shl(attempts.saturating_sub(1)).unwrap_or(u64::MAX);
    let whole = min.saturating_mul(doubled).min(max);
    match retry.jitter {
        Jitter::None => whole,
        Jitter::Full => {
            let parts = [piece.id.to_string(), attempts.to_string()];
            let chance = Hash::of_parts("cambium work pause v1", &[&parts[0], &parts[1]]);
            let share = u64::from(u16::from_be_bytes([chance.0[0], chance.0[1]]));
            whole.saturating_mul(share) / u64::from(u16::MAX)
        }
    }
}

impl Runtime {
    /// Work has failed and is not tried again: its actor is told, or it waits, as its terms say.
    pub(super) async fn exhaust_work(
        &self,
        piece: &Piece,
        attempts: u32,
        refusal: Refusal,
    ) -> Result<WorkAnswer, Refusal> {
        let on = retry(piece).on_exhausted;
        if on == OnExhausted::Fail {
            let result = OutcomeResult::Failed(refusal);
            let answer = self.bring_outcome(piece, result, attempts).await?;
            return Ok(recorded(piece.id, WorkStatus::Failed, &answer));
        }
        let tell = (on == OnExhausted::PauseAndTell).then(|| piece.work.tag.clone());
        let reason = format!("its {attempts} attempts are used up: {}", refusal.message);
        let exhausted = Some(Exhausted { attempts, refusal, tell });
        let input = Pause { effect: piece.id, reason, exhausted };
        let input = serde_json::to_value(input).unwrap_or_default();
        let answer = self.insist_by_runtime(piece, lifecycle::PAUSE, input).await?;
        Ok(recorded(piece.id, WorkStatus::Paused, &answer))
    }

    /// Nobody knows what came of work that may be handed out once.
    pub(super) async fn work_unknown(&self, piece: &Piece, attempts: u32) -> Result<(), Refusal> {
        match piece.work.terms.on_unknown {
            OnUnknown::Tell => {
                self.bring_outcome(piece, OutcomeResult::Unknown, attempts).await.map(drop)
            }
            OnUnknown::Hold => {
                let input = Hold { effect: piece.id, attempts };
                let input = serde_json::to_value(input).unwrap_or_default();
                self.insist_by_runtime(piece, lifecycle::HOLD, input).await.map(drop)
            }
        }
    }

    /// Sends a command of the runtime itself until the actor has taken it.
    async fn insist_by_runtime(
        &self,
        piece: &Piece,
        name: CommandName,
        input: Value,
    ) -> Result<contracts::view::Answer, Refusal> {
        let text = input.to_string();
        let parts = [piece.id.to_string(), name.to_string(), text];
        let id = CommandId::derived("cambium work command v1", &[&parts[0], &parts[1], &parts[2]]);
        let to = piece.address.clone();
        self.insist_on(piece, Envelope::new(id, to, name, input, Caller::runtime())).await
    }
}
