//! Rows that follow a stream of their own beside the log: how far they have come, what keeps them
//! from it, and the rounds in which they read.

use std::pin::Pin;
use std::time::Duration;

use contracts::ports::{Flow, PortError};
use contracts::{Refusal, RefusalClass};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::Error;

/// Why a round ended.
pub(crate) enum Ended {
    /// The program ends.
    Shutdown,
    /// The rows are not where this round left them: somebody else has written or swapped them.
    Moved,
}

/// A round of reading, until it ends or fails.
pub(crate) type Round<'a> = Pin<Box<dyn Future<Output = Result<Ended, Error>> + Send + 'a>>;

/// Where rows stand.
pub(crate) struct Following {
    /// What they are called, after "the rows of".
    named: &'static str,
    position: watch::Sender<u64>,
    trouble: watch::Sender<Option<String>>,
}

impl Following {
    /// Rows that have read up to `checkpoint`.
    pub(crate) fn new(named: &'static str, checkpoint: u64) -> Self {
        let (position, trouble) = (watch::Sender::new(checkpoint), watch::Sender::new(None));
        Self { named, position, trouble }
    }

    /// Up to where they have read.
    pub(crate) fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// The positions, as they change.
    pub(crate) fn positions(&self) -> watch::Receiver<u64> {
        self.position.subscribe()
    }

    /// What keeps them from reading; `None` = nothing.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.borrow().clone()
    }

    /// Resolves once they have read `sequence`.
    ///
    /// # Errors
    /// `min_cursor_timeout` when that takes longer than `within`.
    pub(crate) async fn reached(&self, sequence: u64, within: Duration) -> Result<(), Refusal> {
        let mut positions = self.positions();
        let met = tokio::time::timeout(within, positions.wait_for(|at| *at >= sequence)).await;
        match met {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Refusal::new(
                RefusalClass::Timeout,
                "min_cursor_timeout",
                format!("the rows of {} have not read that far in time; try again", self.named),
            )
            .retry_after(1_000)),
        }
    }

    /// They have read up to `checkpoint`.
    pub(crate) fn publish(&self, checkpoint: u64) {
        self.position.send_replace(checkpoint);
    }

    /// They are kept from reading, or are not.
    pub(crate) fn set_trouble(&self, trouble: Option<String>) {
        if let (None, Some(reason)) = (self.trouble.send_replace(trouble.clone()), trouble) {
            tracing::warn!(%reason, "the rows of {} pause; they go on by themselves", self.named);
        }
    }

    /// Shows how far another process has read; `None` = it has made no rows yet.
    pub(crate) fn seen(&self, checkpoint: Result<Option<u64>, Error>) {
        match checkpoint {
            Ok(checkpoint) => {
                checkpoint.into_iter().for_each(|checkpoint| self.publish(checkpoint));
                self.set_trouble(None);
            }
            Err(error) => self.set_trouble(Some(error.to_string())),
        }
    }

    /// Reads in rounds until `shutdown`. Trouble never ends it: it pauses and goes on. While
    /// another process writes, `look` says how far that one has read.
    pub(crate) async fn run<'a>(
        &self,
        config: &Config,
        shutdown: &CancellationToken,
        round: impl Fn() -> Round<'a>,
        look: impl Fn() -> Pin<Box<dyn Future<Output = Result<Option<u64>, Error>> + Send + 'a>>,
    ) {
        let mut failures = 0;
        loop {
            let position = self.position();
            let pause = match round().await {
                Ok(Ended::Shutdown) => return,
                Ok(Ended::Moved) => {
                    failures = 0;
                    continue;
                }
                Err(Error::Elsewhere(_)) => {
                    failures = 0;
                    self.seen(look().await);
                    Duration::from_millis(config.postgres.follow_poll_ms)
                }
                Err(error) => {
                    failures = if self.position() > position { 1 } else { failures + 1 };
                    self.set_trouble(Some(error.to_string()));
                    config.pause(failures)
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// What comes next, and what is there with it, at most `most`; `None` = the program ends.
///
/// # Errors
/// Why the stream cannot be read.
pub(crate) async fn batch<T>(
    flow: &mut Flow<Result<T, PortError>>,
    most: usize,
    shutdown: &CancellationToken,
) -> Result<Option<Vec<T>>, PortError> {
    let first = tokio::select! {
        biased;
        () = shutdown.cancelled() => return Ok(None),
        first = flow.next() => first,
    };
    let away = || PortError::Unavailable("the stream ended".to_owned());
    let mut batch = vec![first.ok_or_else(away)??];
    while batch.len() < most {
        match flow.next().now_or_never() {
            Some(Some(Ok(entry))) => batch.push(entry),
            // Trouble is met again once what is here has been written.
            _ => break,
        }
    }
    Ok(Some(batch))
}
