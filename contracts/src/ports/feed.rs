use super::{Flow, Fut, PortError};
use crate::address::Address;
use crate::commit::Commit;
use crate::entry::{Entry, Stored};
use crate::hash::Hash;
use crate::ids::Cursor;

/// What a subscriber of the feed gets.
pub type FeedItem = Result<Entry, PortError>;

/// The process's one tail of EVENTS: each message decoded once and handed to all who listen.
pub trait Feed: Send + Sync {
    /// All entries after `after`, in order and without gap: from memory where the tail still holds
    /// them, else from the log by a reader of its own that joins the tail when it has caught up.
    fn subscribe(&self, after: Cursor) -> Flow<FeedItem>;

    /// An actor's own entries after `after`, in order, at most `limit`, past or not yet seen by the
    /// tail. A feed that is only a stream of entries has none to give.
    fn of_actor<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Entry>, PortError>> {
        let _none_is_given = (address, after, limit);
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The position of the last entry that the tail has seen.
    fn position(&self) -> Cursor;

    /// Where the log itself ends now: at least where it ended when this was asked. Whoever was told
    /// of a commit may ask before the tail has seen it. A feed that is only a stream of entries
    /// ends where it stands.
    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        let position = self.position();
        Box::pin(async move { Ok(position) })
    }

    /// A commit that this process is about to append, and the BLAKE3 of its bytes: when they come
    /// by, they need not be decoded. Only a hint; nothing happens when it is not taken.
    fn offer(&self, hash: Hash, commit: Commit) {
        drop((hash, commit));
    }

    /// The log has told this process that what it appended stands there: the tail need not wait
    /// until it comes by. Only a hint; nothing happens when it is not taken.
    fn stored(&self, stored: Stored) {
        drop(stored);
    }

    /// Resolves once the tail has seen `cursor`.
    fn reached(&self, cursor: Cursor) -> Fut<'_, ()>;
}
