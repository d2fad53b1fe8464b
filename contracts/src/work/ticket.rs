use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::codec;
use crate::envelope::NodeKey;
use crate::hash::Hash;
use crate::ids::{Cursor, EffectId, Revision};

/// What a lease says to us: which work, and which attempt at it. To the worker it is opaque. It
/// carries the node's message authentication code, so that an outcome finds its actor, and proves
/// that the work was handed out, after a restart too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Whose work.
    pub address: Address,
    /// In which commit it was asked.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// Where that commit stands.
    pub cursor: Cursor,
    /// The how-manyeth attempt, from 1.
    pub attempt: u32,
    /// Tells this lease from every other.
    pub lease: Hash,
}

/// Keeps codes of leases apart from others that are made with the same key.
const DOMAIN: &[u8] = b"cambium work lease v1\0";
/// Bytes of the code that stand in a lease.
const CODE_BYTES: usize = 16;
/// The longest lease that is looked at, in bytes of text.
const TEXT_BYTES_MAX: usize = 4_096;

impl Ticket {
    /// The lease as handed out; `None` when it has no stored form, which no ticket is without.
    #[must_use]
    pub fn seal(&self, key: &NodeKey) -> Option<String> {
        let mut bytes = codec::encode(self).ok()?;
        let code = code(key, &bytes);
        bytes.extend_from_slice(&code);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The ticket in a lease that was handed out with this key; `None` for any other text.
    #[must_use]
    pub fn open(key: &NodeKey, text: &str) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, told) = bytes.split_at_checked(bytes.len().checked_sub(CODE_BYTES)?)?;
        // Whole digests are compared, since those are compared in constant time.
        let same = Hash::of(&code(key, body)).same(&Hash::of(told));
        same.then(|| codec::decode(body).ok()).flatten()
    }

    /// The effect that it is about.
    #[must_use]
    pub fn effect(&self) -> EffectId {
        EffectId::of(&self.address, self.revision, self.index)
    }
}

fn code(key: &NodeKey, body: &[u8]) -> [u8; CODE_BYTES] {
    let whole = Hash::keyed(&key.0, &[DOMAIN, body].concat());
    let mut code = [0; CODE_BYTES];
    code.copy_from_slice(&whole.0[..CODE_BYTES]);
    code
}

#[cfg(test)]
mod tests {
    use super::Ticket;
    use crate::envelope::NodeKey;
    use crate::hash::Hash;
    use crate::ids::{Cursor, Revision};

    #[test]
    fn a_lease_is_opened_by_the_key_that_made_it_alone() {
        let ticket = Ticket {
            address: "main/job/a".parse().unwrap(),
            revision: Revision(3),
            index: 1,
            cursor: Cursor(99),
            attempt: 2,
            lease: Hash::of(b"lease"),
        };
        let key = NodeKey([1; 32]);
        let text = ticket.seal(&key).unwrap();
        assert_eq!(Ticket::open(&key, &text), Some(ticket));
        assert_eq!(Ticket::open(&NodeKey([2; 32]), &text), None);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(bytes).unwrap();
            assert_eq!(Ticket::open(&key, &other), None, "changed at {at}");
        }
        for garbage in ["", "A", "!", &"A".repeat(10_000)] {
            assert_eq!(Ticket::open(&key, garbage), None);
        }
    }
}
