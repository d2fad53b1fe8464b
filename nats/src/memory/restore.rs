use std::sync::Arc;

use contracts::Cursor;
use contracts::ports::{AppendError, Fut, RESTORE_MESSAGES_MAX, Restore, Restored};

use super::{PAYLOAD_BYTES_MAX, World, done};

/// The port on [`super::log::Events`].
pub(super) struct MemoryRestore(pub(super) Arc<World>);

impl Restore for MemoryRestore {
    fn restore(&self, batch: Vec<Restored>) -> Fut<'_, Result<Cursor, AppendError>> {
        let large = batch.iter().any(|one| one.payload.len() > PAYLOAD_BYTES_MAX);
        if large || batch.len() > RESTORE_MESSAGES_MAX {
            return done(Err(AppendError::Refused("too much at once".to_owned())));
        }
        done(self.0.events.restore(batch))
    }
}
