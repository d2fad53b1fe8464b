//! Following TELEMETRY into the rows.

use std::sync::Arc;

use contracts::Hash;
use contracts::ports::{PortError, Records};
use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::tables::{self, Mark};
use super::{RecordRows, fold};
use crate::error::Error;
use crate::following::{self, Ended, Round};

/// Batches that one transaction carries.
const BATCHES: usize = 64;

impl RecordRows {
    /// Reads the stream into the rows until `shutdown`. Trouble never ends it: it pauses and goes
    /// on. Dropping the future loses nothing.
    pub async fn run(&self, records: Arc<dyn Records>, shutdown: CancellationToken) {
        let round = || -> Round<'_> { Box::pin(self.round(&*records, &shutdown)) };
        let look = || self.look().boxed();
        self.following.run(&self.config, &shutdown, round, look).await;
    }

    /// How far another process has read the stream.
    async fn look(&self) -> Result<Option<u64>, Error> {
        Ok(Some(Mark::seen(&self.store).await?.checkpoint))
    }

    async fn round(
        &self,
        records: &dyn Records,
        shutdown: &CancellationToken,
    ) -> Result<Ended, Error> {
        let mut mark = self.begin(records).await?;
        let mut flow = records.follow(mark.checkpoint);
        loop {
            let Some(batch) = following::batch(&mut flow, BATCHES, shutdown).await? else {
                return Ok(Ended::Shutdown);
            };
            let mut tx = self.store.begin().await?;
            if Mark::load(&mut tx).await? != mark {
                return Ok(Ended::Moved);
            }
            fold::fold(&mut tx, &mut mark, &batch).await?;
            mark.save(&mut tx).await?;
            tx.commit().await?;
            self.following.publish(mark.checkpoint);
            self.following.set_trouble(None);
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
        self.following.publish(mark.checkpoint);
        // Rows and stream were both reached, and no batch is to come that would show it.
        if records.entries(mark.checkpoint, 1).await?.is_empty() {
            self.following.set_trouble(None);
        }
        Ok(mark)
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
