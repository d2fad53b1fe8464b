//! A log that differs from another in what a test says of it.

use std::sync::Arc;

use contracts::entry::{Stored, Unowned};
use contracts::ports::{Append, AppendError, Flow, Fut, Log, Look, PortError};
use contracts::{Address, Cursor, Kind};

/// In what a log differs; by default in nothing.
pub trait Alter: Send + Sync {
    /// As [`Log::append`].
    fn append<'a>(
        &self,
        log: &'a dyn Log,
        append: Append,
    ) -> Fut<'a, Result<Vec<Cursor>, AppendError>> {
        log.append(append)
    }

    /// What a message that stands in the log is read as.
    fn seen(&self, stored: Stored) -> Stored {
        stored
    }

    /// As [`Log::head`].
    fn head<'a>(&self, log: &'a dyn Log) -> Fut<'a, Result<Cursor, PortError>> {
        log.head()
    }

    /// As [`Log::follow`].
    fn follow(
        &self,
        log: &dyn Log,
        after: Cursor,
    ) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        log.follow(after)
    }
}

/// A log, and in what it differs.
pub struct Altered<A>(pub Arc<dyn Log>, pub A);

impl<A: Alter> Log for Altered<A> {
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>> {
        self.1.append(&*self.0, append)
    }

    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>> {
        let read = self.0.read(address, after, limit);
        Box::pin(async move { Ok(read.await?.into_iter().map(|it| self.1.seen(it)).collect()) })
    }

    fn look<'a>(
        &'a self,
        address: &'a Address,
        limit: usize,
        short: usize,
    ) -> Fut<'a, Result<Look, PortError>> {
        self.0.look(address, limit, short)
    }

    fn newest<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let found = self.0.newest(address);
        Box::pin(async move { Ok(found.await?.map(|it| self.1.seen(it))) })
    }

    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let found = self.0.first_after(address, after);
        Box::pin(async move { Ok(found.await?.map(|it| self.1.seen(it))) })
    }

    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let found = self.0.last(address);
        Box::pin(async move { Ok(found.await?.map(|it| self.1.seen(it))) })
    }

    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>> {
        let found = self.0.get(cursor);
        Box::pin(async move { Ok(found.await?.map(|it| self.1.seen(it))) })
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        self.1.head(&*self.0)
    }

    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        self.1.follow(&*self.0, after)
    }

    fn read_kinds(
        &self,
        kinds: &[Kind],
        after: Cursor,
        upto: Cursor,
    ) -> Flow<Result<Stored, PortError>> {
        self.0.read_kinds(kinds, after, upto)
    }
}
