//! What programs of tenants tell of themselves, as rows: folded from TELEMETRY in the order in
//! which it is stored.
//!
//! It is a read model like the others (rows and mark change in one transaction) over another
//! source. What is old is deleted from both: first the rows, then the stream's beginning, so that
//! rows that are built anew have nothing that was deleted.

mod aggregate;
mod analysis;
mod fold;
mod map;
mod query;
mod retain;
mod run;
mod tables;
#[cfg(test)]
mod tests;
mod tree;

use std::sync::Arc;
use std::time::Duration;

use contracts::records::Batch;
use contracts::{Cursor, Refusal};
use tokio::sync::watch;

use crate::config::Config;
use crate::error::Error;
use crate::following::Following;
use crate::store::Store;
use tables::Mark;

/// The rows of what tenants' programs tell. Clones share everything.
#[derive(Clone)]
pub struct RecordRows {
    store: Store,
    config: Config,
    following: Arc<Following>,
    /// The most rows that one question may look at.
    scan_rows_max: usize,
}

/// Where a record stands: the position of its batch, and behind it its own in the batch.
fn place(sequence: u64, index: usize) -> i64 {
    let whole = sequence.saturating_mul(Batch::RECORDS_MAX as u64).saturating_add(index as u64);
    i64::try_from(whole).unwrap_or(i64::MAX)
}

/// The batch that a record is of.
const fn sequence(place: u64) -> u64 {
    place / Batch::RECORDS_MAX as u64
}

impl RecordRows {
    /// The rows in `store`, its tables made when there are none and this process writes.
    pub(crate) async fn open(
        store: Store,
        config: Config,
        scan_rows_max: usize,
    ) -> Result<Self, Error> {
        let mark = match store.begin().await {
            Ok(mut tx) => {
                tables::ensure(&mut tx).await?;
                let mark = Mark::load(&mut tx).await?;
                tx.commit().await?;
                mark
            }
            // Whoever writes makes the tables, or has made them.
            Err(Error::Elsewhere(_)) => match Mark::seen(&store).await {
                Err(error) if error.is_swapped() => Mark::default(),
                seen => seen?,
            },
            Err(error) => return Err(error),
        };
        let following = Arc::new(Following::new("telemetry", mark.checkpoint));
        Ok(Self { store, config, following, scan_rows_max })
    }

    /// Up to which batch the rows have read the stream.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.following.position()
    }

    /// The positions, as they change.
    #[must_use]
    pub fn positions(&self) -> watch::Receiver<u64> {
        self.following.positions()
    }

    /// The cursor behind everything that is in the rows.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Self::cursor_at(self.position())
    }

    /// The cursor behind everything up to the batch at `sequence`.
    #[must_use]
    pub fn cursor_at(sequence: u64) -> Cursor {
        let last = place(sequence, Batch::RECORDS_MAX - 1);
        Cursor(u64::try_from(last).unwrap_or_default())
    }

    /// The batch that a record at `cursor` is of.
    #[must_use]
    pub const fn sequence_of(cursor: Cursor) -> u64 {
        sequence(cursor.0)
    }

    /// What keeps the rows from following the stream; `None` = nothing.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.following.trouble()
    }

    /// Resolves once the rows have read the batch at `sequence`.
    ///
    /// # Errors
    /// `min_cursor_timeout` when that takes longer than `within`.
    pub async fn reached(&self, sequence: u64, within: Duration) -> Result<(), Refusal> {
        self.following.reached(sequence, within).await
    }
}
