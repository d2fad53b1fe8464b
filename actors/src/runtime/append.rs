//! Appending a commit, until the log itself has said what became of it.

use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{Append, AppendError, Log, PortError};
use contracts::{Address, Cursor, Refusal, RefusalClass};

use tokio_util::sync::CancellationToken;

use super::bus::in_doubt;
use super::patience::Patience;
use crate::config::Config;

/// What became of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Its commits are stored there.
    Stored(Vec<Cursor>),
    /// Another writer was faster, with the message that stands there where that is known; nothing
    /// was stored.
    Conflict(Option<Cursor>),
}

/// A commit on its way into the log.
pub struct Appending<'a> {
    /// Where it goes.
    pub log: &'a dyn Log,
    /// The pauses.
    pub config: &'a Config,
    /// Whose commit.
    pub address: &'a Address,
    /// The bytes of its commits; they carry the commands' ids, so equal bytes are these very
    /// commits.
    pub payloads: &'a [Bytes],
    /// The position of the actor's last message.
    pub expected: Cursor,
    /// How long it is tried again while the log is away.
    pub patience: &'a Patience,
    /// Said when the runtime stops: doubt then stays doubt.
    pub stop: &'a CancellationToken,
}

impl Appending<'_> {
    /// Appends, and appends the same bytes with the same expectation again for as long as it is in
    /// doubt. While the log is away, so that surely nothing is stored, it is tried for a while.
    ///
    /// # Errors
    /// `log_unavailable` or `log_refused` when it is surely not stored, `in_doubt` when the runtime
    /// stops before the log has said.
    pub async fn run(self) -> Result<Appended, Refusal> {
        let (mut doubt, mut unexplained, mut absent) = (false, false, 0);
        let mut pause = self.config.append_retry_ms_min;
        let mut waiting = self.patience.begin();
        loop {
            let append = Append {
                address: self.address.clone(),
                payloads: self.payloads.to_vec(),
                expected: self.expected,
            };
            match self.log.append(append).await {
                Ok(cursors) => {
                    self.patience.over();
                    return Ok(Appended::Stored(cursors));
                }
                // Of a log that several servers keep, one that lies behind may have said so, while
                // another stored it: what stands there tells.
                Err(AppendError::Conflict) => {
                    unexplained = true;
                    match self.conclude().await {
                        Ok(Some(appended)) => return Ok(appended),
                        Ok(None) if !doubt && absent >= self.config.conflict_retries_max => {
                            return Ok(Appended::Conflict(None));
                        }
                        Ok(None) => absent += 1,
                        Err(_) => {}
                    }
                }
                Err(AppendError::Unavailable(reason)) if !doubt && !unexplained => {
                    if waiting.again().await {
                        continue;
                    }
                    tracing::warn!(actor = %self.address, reason, "append.unavailable");
                    return Err(Refusal::unavailable(
                        "log_unavailable",
                        "the log cannot be reached; nothing was stored",
                    ));
                }
                Err(AppendError::Refused(reason)) if !doubt && !unexplained => {
                    return Err(refused(&reason));
                }
                Err(AppendError::Refused(_)) => {
                    if let Ok(Some(appended)) = self.conclude().await {
                        return Ok(appended);
                    }
                }
                Err(AppendError::InDoubt(reason)) => {
                    tracing::warn!(actor = %self.address, reason, "append.in_doubt");
                    doubt = true;
                }
                Err(AppendError::Unavailable(_)) => {}
            }
            let pausing = tokio::time::sleep(Duration::from_millis(pause));
            if self.stop.run_until_cancelled(pausing).await.is_none() {
                return Err(in_doubt());
            }
            pause = (pause * 2).min(self.config.append_retry_ms_max);
        }
    }

    /// Asks the leader what stands after the expectation. `None` = nothing does.
    async fn conclude(&self) -> Result<Option<Appended>, PortError> {
        let first = self.log.first_after(self.address, self.expected).await?;
        let Some(first) = first else { return Ok(None) };
        if self.payloads.first() != Some(&first.payload) {
            return Ok(Some(Appended::Conflict(Some(first.cursor))));
        }
        // A run is stored whole, its messages one directly after another.
        let cursors = (first.cursor.0..).map(Cursor).take(self.payloads.len());
        Ok(Some(Appended::Stored(cursors.collect())))
    }
}

fn refused(reason: &str) -> Refusal {
    tracing::error!(reason, "append.refused");
    Refusal::new(
        RefusalClass::Unavailable,
        "log_refused",
        "the log refuses to store the commit; nothing was stored",
    )
    .retry_after(5_000)
}
