//! Sending a command of the runtime until its actor has taken it.

use std::time::Duration;

use contracts::ports::{CommandBus, Wait};
use contracts::view::Answer;
use contracts::{Envelope, Hash, Refusal};
use tokio_util::sync::CancellationToken;

use super::policy::is_retryable;
use crate::config::Config;
use crate::runtime::Runtime;

/// A pause that doubles, with jitter.
pub struct Backoff {
    next_ms: u64,
    max_ms: u64,
    jitter_percent: u64,
}

impl Backoff {
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

/// Sends a command until the actor has taken it.
///
/// # Errors
/// `None` when the runtime stops; the refusal when another attempt meets it again.
pub async fn insist(
    runtime: &Runtime,
    envelope: Envelope,
    seed: Hash,
    refused: &(dyn Fn(&Refusal) + Send + Sync),
) -> Result<Answer, Option<Refusal>> {
    let mut backoff = Backoff::new(&runtime.shared.config, seed);
    loop {
        match runtime.ask(envelope.clone(), Wait::Accepted).await {
            Ok(answer) => return Ok(answer),
            Err(refusal) => {
                refused(&refusal);
                if !is_retryable(&refusal) {
                    return Err(Some(refusal));
                }
            }
        }
        if !backoff.wait(&runtime.shared.stop).await {
            return Err(None);
        }
    }
}
