//! Following TELEMETRY into the rows.

use std::sync::Arc;
use std::time::Duration;

use contracts::Hash;
use contracts::ports::{PortError, Records};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio_util::sync::CancellationToken;

use super::tables::{self, Mark};
use super::{RecordRows, fold};
use crate::error::Error;

/// Batches that one transaction carries.
const BATCHES: usize = 64;

/// Why a round ended.
enum Ended {
    /// The program ends.
    Shutdown,
    /// Somebody else has written.
    Moved,
}

impl RecordRows {
    /// Reads the stream into the rows until `shutdown`. Trouble never ends it: it pauses and goes
    /// on. Dropping the future loses nothing.
    pub async fn run(&self, records: Arc<dyn Records>, shutdown: CancellationToken) {
        let mut failures = 0;
        loop {
            let position = self.position();
            let pause = match self.round(&*records, &shutdown).await {
                Ok(Ended::Shutdown) => return,
                Ok(Ended::Moved) => {
                    failures = 0;
                    continue;
                }
                Err(Error::Elsewhere(_)) => {
                    failures = 0;
                    self.look().await;
                    Duration::from_millis(self.config.postgres.follow_poll_ms)
                }
                Err(error) => {
                    failures = if self.position() > position { 1 } else { failures + 1 };
                    self.set_trouble(Some(error.to_string()));
                    self.config.pause(failures)
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Shows how far another process has read the stream.
    async fn look(&self) {
        match Mark::seen(&self.store).await {
            Ok(mark) => {
                self.publish(mark.checkpoint);
                self.set_trouble(None);
            }
            Err(error) => self.set_trouble(Some(error.to_string())),
        }
    }

    async fn round(
        &self,
        records: &dyn Records,
        shutdown: &CancellationToken,
    ) -> Result<Ended, Error> {
        let mut mark = self.begin(records).await?;
        let mut flow = records.follow(mark.checkpoint);
        loop {
            let first = tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(Ended::Shutdown),
                first = flow.next() => first,
            };
            let away = || PortError::Unavailable("the stream ended".to_owned());
            let mut batch = vec![first.ok_or_else(away)??];
            while batch.len() < BATCHES {
                match flow.next().now_or_never() {
                    Some(Some(Ok(entry))) => batch.push(entry),
                    // Trouble is met again once what is here has been written.
                    _ => break,
                }
            }
            let mut tx = self.store.begin().await?;
            if Mark::load(&mut tx).await? != mark {
                return Ok(Ended::Moved);
            }
            fold::fold(&mut tx, &mut mark, &batch).await?;
            mark.save(&mut tx).await?;
            tx.commit().await?;
            self.publish(mark.checkpoint);
            self.set_trouble(None);
        }
    }

    /// Where to go on: at the beginning when the stream is not the one that was read.
    async fn begin(&self, records: &dyn Records) -> Result<Mark, Error> {
        let mut tx = self.store.begin().await?;
        tables::ensure(&mut tx).await?;
        let mut mark = Mark::load(&mut tx).await?;
        if mark.checkpoint > 0 && !is_same(records, mark).await? {
            tracing::error!("TELEMETRY is not the stream that was read; its rows are built again");
            tables::empty(&mut tx).await?;
            mark = Mark::default();
        }
        tx.commit().await?;
        self.publish(mark.checkpoint);
        Ok(mark)
    }

    fn publish(&self, checkpoint: u64) {
        self.position.send_replace(checkpoint);
    }

    fn set_trouble(&self, trouble: Option<String>) {
        if let (None, Some(reason)) = (self.trouble.send_replace(trouble.clone()), trouble) {
            tracing::warn!(%reason, "the rows of telemetry pause; they go on by themselves");
        }
    }
}

/// Whether the stream still holds what was read: the batch at the mark, unless it was purged.
async fn is_same(records: &dyn Records, mark: Mark) -> Result<bool, PortError> {
    if records.head().await? < mark.checkpoint {
        return Ok(false);
    }
    let at = records.entries(mark.checkpoint - 1, 1).await?;
    let there = at.first().filter(|entry| entry.sequence == mark.checkpoint);
    Ok(there.is_none_or(|entry| Hash::of(&entry.payload) == mark.anchor))
}
