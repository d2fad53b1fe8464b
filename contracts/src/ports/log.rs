use bytes::Bytes;

use super::{Flow, Fut, PortError};
use crate::address::Address;
use crate::entry::Stored;
use crate::ids::Cursor;

/// One message to be appended to an actor's subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Whose subject.
    pub address: Address,
    /// The bytes.
    pub payload: Bytes,
    /// The position of the subject's last message; zero = there is none. The log refuses when it
    /// is another.
    pub expected: Cursor,
}

/// Why an append was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The subject's last message is another than expected. Nothing was stored by this attempt.
    #[error("the actor has moved on")]
    Conflict,
    /// No acknowledgement came: it may be stored or not. Only the log can tell.
    #[error("in doubt: {0}")]
    InDoubt(String),
    /// The log refuses for a reason that another attempt meets again: too large, disk full.
    #[error("refused: {0}")]
    Refused(String),
    /// Surely not stored: the log was not reached.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// EVENTS: an append-only log of messages with a compare-and-set per actor.
pub trait Log: Send + Sync {
    /// Appends a message and returns its position once it is durable.
    fn append(&self, append: Append) -> Fut<'_, Result<Cursor, AppendError>>;

    /// An actor's messages after `after`, in order, at most `limit`. May lag behind the leader by a
    /// moment.
    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>>;

    /// An actor's first message after `after`, read from the leader: the truth of this moment.
    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>>;

    /// An actor's last message, read from the leader.
    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>>;

    /// The message at a position; `None` when there is none or it stands on no actor's subject.
    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>>;

    /// The position of the log's last message; zero when it is empty.
    fn head(&self) -> Fut<'_, Result<Cursor, PortError>>;

    /// All actors' messages after `after`, in order, without end. It survives reconnections and
    /// yields each message once; it ends only with an error that cannot be mended. A message on a
    /// subject that is no actor's is yielded as [`super::FeedItem`] `Foreign` by the tail and is
    /// `Err(Cursor)` here.
    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Cursor>, PortError>>;
}
