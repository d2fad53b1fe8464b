//! The 64 shares of all actors.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{ActorId, Kind, Tenant};

/// One of [`Partition::COUNT`] shares: the unit of ownership and scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partition(u8);

impl Partition {
    /// How many shares there are; fixed for ever, since stored subjects carry the number.
    pub const COUNT: u8 = 64;

    /// The partition of an actor.
    #[must_use]
    pub fn of(tenant: &Tenant, kind: &Kind, id: &ActorId) -> Self {
        Self::of_tokens([tenant.as_str(), kind.as_str(), id.as_str()])
    }

    /// FNV-1a 32 over three subject tokens without separators, modulo 64. The broker's
    /// `{{partition(64,1,2,3)}}` computes the same, for tokens that are no ids too.
    #[must_use]
    pub fn of_tokens(tokens: [&str; 3]) -> Self {
        let mut hash: u32 = 0x811c_9dc5;
        for token in tokens {
            for byte in token.bytes() {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
        }
        Self((hash % u32::from(Self::COUNT)) as u8)
    }

    /// The partition numbered `number`, or `None` from 64 on.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < Self::COUNT { Some(Self(number)) } else { None }
    }

    /// All partitions in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// Its number, 0 to 63.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
