use bytes::Bytes;

use super::{Flow, Fut, PortError};
use crate::address::Address;
use crate::entry::{Stored, Unowned};
use crate::ids::{Cursor, Kind};

/// The most messages of one [`Append`].
pub const RUN_COMMITS_MAX: usize = 64;

/// A run: messages to be appended to one actor's subject, one after another, whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Whose subject.
    pub address: Address,
    /// The bytes of each message in order: 1 to [`RUN_COMMITS_MAX`], or the log refuses.
    pub payloads: Vec<Bytes>,
    /// The position of the subject's last message before the run; zero = there is none. The log
    /// refuses the whole run when it is another.
    pub expected: Cursor,
}

impl Append {
    /// A run of one message.
    #[must_use]
    pub fn one(address: Address, payload: Bytes, expected: Cursor) -> Self {
        Self { address, payloads: vec![payload], expected }
    }
}

/// Why an append was not acknowledged. Each is said of the whole run: no error leaves a part of it
/// stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The subject's last message is another than expected. Nothing was stored by this attempt.
    #[error("the actor has moved on")]
    Conflict,
    /// No acknowledgement came: all of it may be stored, now or in a moment, or nothing. Only the
    /// log can tell: append the same run with the same expectation again. Success = stored now;
    /// [`AppendError::Conflict`] = read the first message after the expectation: the run's own
    /// first message means that the whole run is stored, and its messages are the actor's first
    /// after the expectation; any other means that nothing of it is stored or ever will be.
    #[error("in doubt: {0}")]
    InDoubt(String),
    /// The log refuses for a reason that another attempt meets again: too large, disk full.
    #[error("refused: {0}")]
    Refused(String),
    /// Surely not stored: the log was not reached.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// How an actor's history begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The first messages, in order.
    pub first: Vec<Stored>,
    /// How many follow them, at least.
    pub more: usize,
}

/// EVENTS: an append-only log of messages with a compare-and-set per actor.
pub trait Log: Send + Sync {
    /// Appends a run and returns the positions of its messages once all are durable: as many as
    /// it has payloads, one directly after another. No other message of any actor stands between.
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>>;

    /// An actor's messages after `after`, in order, at most `limit`. May lag behind the leader by a
    /// moment.
    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>>;

    /// An actor's first messages, at most `limit`, and whether a long history follows them. May lag
    /// as [`Log::read`].
    ///
    /// A log that cannot count messages without reading them reads up to `short` of them.
    fn look<'a>(
        &'a self,
        address: &'a Address,
        limit: usize,
        short: usize,
    ) -> Fut<'a, Result<Look, PortError>> {
        Box::pin(async move {
            let mut first = self.read(address, Cursor::ZERO, limit.max(short)).await?;
            let all = first.len();
            first.truncate(limit);
            let more = all - first.len();
            Ok(Look { first, more })
        })
    }

    /// An actor's last message. May lag as [`Log::read`], and costs the same however long the log
    /// is.
    fn newest<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        self.last(address)
    }

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
    /// yields each message once; it ends only with an error that cannot be mended. A position at
    /// which no actor's message stands is yielded as [`Unowned`], told apart: a message on a
    /// subject that is no actor's, and a message that the log has lost.
    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Unowned>, PortError>>;

    /// The messages of all actors of `kinds`, in order, that stand after `after` and not after
    /// `upto`; ends then, or with an error after which the rest can be asked for anew. `upto` is
    /// no later than a head that the log has told.
    fn read_kinds(
        &self,
        kinds: &[Kind],
        after: Cursor,
        upto: Cursor,
    ) -> Flow<Result<Stored, PortError>>;
}
