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
    /// BLAKE3 of all the rest, so that a damaged snapshot is not taken for the truth.
    #[serde(default)]
    digest: crate::Hash,
}

impl Snapshot {
    /// A snapshot taken at the head of a chain.
    #[must_use]
    pub fn new(state_version: u32, head: Head, body: Vec<u8>) -> Self {
        let Head { revision, hash, cursor } = head;
        let digest = crate::Hash::ZERO;
        let snapshot = Self { state_version, revision, hash, cursor, body, digest };
        Self { digest: snapshot.rest(), ..snapshot }
    }

    /// Whether it is as it was taken.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.digest == self.rest()
    }

    fn rest(&self) -> crate::Hash {
        let mut bytes = self.state_version.to_le_bytes().to_vec();
        bytes.extend_from_slice(&self.revision.0.to_le_bytes());
        bytes.extend_from_slice(&self.hash.0);
        bytes.extend_from_slice(&self.cursor.0.to_le_bytes());
        bytes.extend_from_slice(&self.body);
        crate::Hash::of(&bytes)
    }

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

#[cfg(test)]
mod tests {
    use super::Snapshot;
    use crate::chain::Head;
    use crate::{Cursor, Hash, Revision, codec};

    /// Whatever single bit of the stored bytes is flipped: another snapshot, or none at all.
    #[test]
    fn a_flipped_bit_is_never_taken_for_the_truth() {
        let head = Head { revision: Revision(21), hash: Hash::of(b"commit"), cursor: Cursor(300) };
        let taken = Snapshot::new(3, head, br#"{"value":1234}"#.to_vec());
        assert!(taken.is_whole());
        let stored = codec::encode(&taken).expect("encodes");
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let read = codec::decode::<Snapshot>(&flipped);
            assert!(!read.is_ok_and(|read| read.is_whole()), "bit {bit}");
        }
    }
}
