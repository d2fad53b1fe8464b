//! What the ledger is saved as, so that the next start reads only the tail of the log.

use bytes::Bytes;
use contracts::{Cursor, Hash, codec};
use serde::{Deserialize, Serialize};

use super::ledger::{Kept, Ledger};
use crate::runtime::schedule::Ledger as Timers;
use crate::runtime::shared::Shared;

/// The checkpoint's name.
const NAME: &str = "ledger";
/// Rises when the fold or its shape changes; a checkpoint of another version counts for nothing.
const VERSION: u32 = 1;

/// A commit of the log: how far a fold is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where it stands.
    pub cursor: Cursor,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    version: u32,
    place: Place,
    ledger: Kept,
    timers: Timers,
}

/// What is folded from the log.
#[derive(Default)]
pub struct Folded {
    /// Effects, open commands and limits.
    pub effects: Ledger,
    /// Timers.
    pub timers: Timers,
}

/// The bytes of a checkpoint: BLAKE3 of the rest, and the rest.
fn encode(ledger: Kept, timers: Timers, place: Place) -> Option<Bytes> {
    let checkpoint = Checkpoint { version: VERSION, place, ledger, timers };
    let body = codec::encode(&checkpoint).ok()?;
    let mut bytes = Hash::of(&body).0.to_vec();
    bytes.extend_from_slice(&body);
    Some(bytes.into())
}

fn decode(bytes: &[u8]) -> Option<(Folded, Place)> {
    let (hash, body) = bytes.split_at_checked(32)?;
    if Hash::of(body).0 != hash {
        return None;
    }
    // Its version is looked at before the rest, which may be of another shape.
    let head: Head = codec::decode(body).ok()?;
    if head.version != VERSION {
        return None;
    }
    let checkpoint: Checkpoint = codec::decode(body).ok()?;
    let folded = Folded { effects: checkpoint.ledger.into(), timers: checkpoint.timers };
    Some((folded, checkpoint.place))
}

#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// Saves the ledger as it is at `place`.
pub async fn save(shared: &Shared, bytes: Bytes, place: Place) {
    match shared.world.checkpoints.save(NAME, bytes).await {
        Ok(()) => tracing::debug!(cursor = %place.cursor, "ledger.saved"),
        Err(error) => tracing::warn!(%error, "ledger.unsaved"),
    }
}

/// The bytes to [`save`].
#[must_use]
pub fn bytes(shared: &Shared, place: Place) -> Option<Bytes> {
    let effects = shared.effects.board().ledger.keep();
    encode(effects, shared.timers.keep(), place)
}

/// The ledger as it was saved, when it is whole, of this program's shape, and of this log: the
/// commit up to which it was folded stands where it says.
pub async fn load(shared: &Shared) -> (Folded, Place) {
    let found = match shared.world.checkpoints.load(NAME).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "ledger.unread");
            None
        }
    };
    let Some(bytes) = found else { return Default::default() };
    let Some((folded, place)) = decode(&bytes) else {
        tracing::warn!("ledger.damaged: it is folded from the beginning of the log");
        return Default::default();
    };
    match shared.world.log.get(place.cursor).await {
        Ok(Some(stored)) if Hash::of(&stored.payload) == place.hash => (folded, place),
        Ok(_) => {
            tracing::warn!("ledger.foreign: it is folded from the beginning of the log");
            Default::default()
        }
        Err(error) => {
            tracing::warn!(%error, "ledger.unproved");
            Default::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Cursor, Hash};

    use super::{Ledger, Place, Timers, decode, encode};

    #[test]
    fn a_damaged_checkpoint_counts_for_nothing() {
        let place = Place { cursor: Cursor(7), hash: Hash::of(b"commit") };
        let whole =
            encode(Ledger::default().keep(), Timers::default(), place).expect("encodes").to_vec();
        assert_eq!(decode(&whole).expect("reads").1, place);
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&flipped).is_none(), "bit {bit}");
        }
        for length in 0..whole.len() {
            assert!(decode(&whole[..length]).is_none());
        }
    }
}
