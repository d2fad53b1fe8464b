use super::{Flow, Fut, PortError};
use crate::entry::Entry;
use crate::ids::Cursor;

/// What a subscriber of the feed gets.
pub type FeedItem = Result<Entry, PortError>;

/// The process's one tail of EVENTS: each message decoded once and handed to all who listen.
pub trait Feed: Send + Sync {
    /// All entries after `after`, in order and without gap: from memory where the tail still holds
    /// them, else from the log by a reader of its own that joins the tail when it has caught up.
    fn subscribe(&self, after: Cursor) -> Flow<FeedItem>;

    /// The position of the last entry that the tail has seen.
    fn position(&self) -> Cursor;

    /// Resolves once the tail has seen `cursor`.
    fn reached(&self, cursor: Cursor) -> Fut<'_, ()>;
}
