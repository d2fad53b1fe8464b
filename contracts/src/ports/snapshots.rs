use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Fut, PortError};
use crate::address::Address;
use crate::chain::Head;
use crate::entry::bytes_or_base64;

/// A cell's state as of one commit. A cache: any doubt about it means a full replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The version of the state's shape.
    pub state_version: u32,
    /// The commit it was taken after: revision, hash and position.
    pub revision: crate::Revision,
    /// BLAKE3 of that commit's bytes.
    pub hash: crate::Hash,
    /// Where that commit stands.
    pub cursor: crate::Cursor,
    /// MessagePack of header state and kind state.
    #[serde(with = "bytes_or_base64")]
    pub body: Vec<u8>,
}

impl Snapshot {
    /// The head of the chain that the snapshot stands for.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { revision: self.revision, hash: self.hash, cursor: self.cursor }
    }
}

/// SNAPSHOTS: the last snapshot of each actor.
pub trait Snapshots: Send + Sync {
    /// Keeps a snapshot in place of the last one. Best effort.
    fn save<'a>(&'a self, address: &'a Address, payload: Bytes) -> Fut<'a, Result<(), PortError>>;

    /// The last snapshot's bytes.
    fn load<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Bytes>, PortError>>;

    /// Forgets an actor's snapshot.
    fn forget<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<(), PortError>>;
}
