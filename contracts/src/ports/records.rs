use bytes::Bytes;

use super::{Flow, Fut, PortError};
use crate::records::{Batch, RecordPlace};

/// A batch as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEntry {
    /// Where it stands among all batches, from 1, with holes where others were purged.
    pub sequence: u64,
    /// On whose subject.
    pub place: RecordPlace,
    /// Its bytes.
    pub payload: Bytes,
}

impl RecordEntry {
    /// What it says.
    ///
    /// # Errors
    /// `Damaged` when it is no batch.
    pub fn batch(&self) -> Result<Batch, PortError> {
        crate::codec::decode(&self.payload).map_err(|error| PortError::Damaged(error.to_string()))
    }
}

/// TELEMETRY: what programs of tenants tell of themselves.
pub trait Records: Send + Sync {
    /// Stores a batch; resolves once it is durable, with where it stands.
    fn put<'a>(&'a self, place: &'a RecordPlace, payload: Bytes)
    -> Fut<'a, Result<u64, PortError>>;

    /// Batches as they are stored, oldest first, after position `after`, at most `limit`.
    fn entries(&self, after: u64, limit: usize) -> Fut<'_, Result<Vec<RecordEntry>, PortError>>;

    /// All batches after position `after`, and those to come, in order. After an error it goes on
    /// behind the last one that was told.
    fn follow(&self, after: u64) -> Flow<Result<RecordEntry, PortError>>;

    /// Where the newest batch stands; 0 = there has never been one.
    fn head(&self) -> Fut<'_, Result<u64, PortError>>;

    /// Forgets the batches of a place up to position `until`, which included. How many there were.
    fn purge<'a>(&'a self, place: &'a RecordPlace, until: u64) -> Fut<'a, Result<u64, PortError>>;
}
