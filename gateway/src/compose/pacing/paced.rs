//! The log, appended to no faster than the read models read.

use std::sync::Arc;

use contracts::entry::{Stored, Unowned};
use contracts::ports::{Append, AppendError, Flow, Fut, Log, Look, PortError};
use contracts::{Address, Cursor, Kind};

use super::Pacing;

/// A log whose appends wait until they may pass; all else goes straight to it.
pub struct PacedLog {
    log: Arc<dyn Log>,
    pacing: Pacing,
}

impl PacedLog {
    /// `log`, at the pace of `pacing`.
    #[must_use]
    pub fn over(log: Arc<dyn Log>, pacing: Pacing) -> Arc<dyn Log> {
        Arc::new(Self { log, pacing })
    }
}

impl Log for PacedLog {
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>> {
        Box::pin(async move {
            let passed = self.pacing.pass(append.payloads.len()).await;
            let appended = self.log.append(append).await;
            drop(passed);
            appended
        })
    }

    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>> {
        self.log.read(address, after, limit)
    }

    fn look<'a>(
        &'a self,
        address: &'a Address,
        limit: usize,
        short: usize,
    ) -> Fut<'a, Result<Look, PortError>> {
        self.log.look(address, limit, short)
    }

    fn newest<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        self.log.newest(address)
    }

    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>> {
        self.log.first_after(address, after)
    }

    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        self.log.last(address)
    }

    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>> {
        self.log.get(cursor)
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        self.log.head()
    }

    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        self.log.follow(after)
    }

    fn read_kinds(
        &self,
        kinds: &[Kind],
        after: Cursor,
        upto: Cursor,
    ) -> Flow<Result<Stored, PortError>> {
        self.log.read_kinds(kinds, after, upto)
    }
}
