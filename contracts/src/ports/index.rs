use super::{Fut, PortError};
use crate::address::Address;
use crate::hash::Hash;
use crate::ids::{CommandId, Cursor, Revision, Tenant};

/// Where a command was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandPlace {
    /// By which actor.
    pub address: Address,
    /// In which commit.
    pub revision: Revision,
    /// Where that stands.
    pub cursor: Cursor,
    /// BLAKE3 of the canonical JSON of its input.
    pub input_hash: Hash,
}

/// The read model `commands` as the runtime asks it: what happened to a command long ago.
pub trait CommandIndex: Send + Sync {
    /// Up to where the index has read the log.
    fn position(&self) -> Cursor;

    /// Where a command was committed; `None` when it was not, up to [`CommandIndex::position`].
    fn find<'a>(
        &'a self,
        tenant: &'a Tenant,
        command: CommandId,
    ) -> Fut<'a, Result<Option<CommandPlace>, PortError>>;
}
