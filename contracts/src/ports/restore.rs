use bytes::Bytes;

use super::{AppendError, Fut};
use crate::address::Address;
use crate::ids::Cursor;

/// Messages that one call of [`Restore::restore`] takes at most.
pub const RESTORE_MESSAGES_MAX: usize = 500;

/// Bytes of payload that one call of [`Restore::restore`] takes at most, beside its first message.
pub const RESTORE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One message that an import brings from another log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Whose subject.
    pub address: Address,
    /// The bytes, as they stood there.
    pub payload: Bytes,
    /// The position of the subject's last message before this call; zero = there is none. Looked at
    /// for the first message of each actor only.
    pub expected: Cursor,
}

/// EVENTS as an import writes it: messages of many actors in one step, marked as imported.
pub trait Restore: Send + Sync {
    /// Stores `batch` in its order, whole or not at all, and returns the position of its last
    /// message once all are durable. What is read back says `imported`.
    ///
    /// [`AppendError::Conflict`]: an actor's last message is another than expected.
    /// [`AppendError::InDoubt`]: stored whole or not at all; the log can tell.
    fn restore(&self, batch: Vec<Restored>) -> Fut<'_, Result<Cursor, AppendError>>;
}
