use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::canonical::to_canonical;
use crate::hash::Hash;
use crate::ids::Cursor;
use crate::time::Timestamp;

/// The version of a tree head's layout.
pub const TREE_HEAD_VERSION: u16 = 1;

/// What is signed, after this line: the canonical JSON (RFC 8785) of the head.
const DOMAIN: &[u8] = b"cambium tree head v1\n";

/// The root over all chain heads at a position of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHead {
    /// Layout version, [`TREE_HEAD_VERSION`].
    pub v: u16,
    /// Which head, from 1.
    pub number: u64,
    /// When it was made.
    pub at: Timestamp,
    /// It covers all commits up to here.
    pub cursor: Cursor,
    /// The root of the tree.
    pub root: Hash,
    /// The hash of the head before it; zero for the first.
    pub prev: Hash,
}

impl TreeHead {
    /// The bytes that are signed.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut message = DOMAIN.to_vec();
        // Its numbers are small and its texts are plain: it always has a canonical form.
        message.extend(to_canonical(&value).unwrap_or_default());
        message
    }

    /// BLAKE3 of the bytes that are signed.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.message())
    }
}

/// A tree head with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTreeHead {
    /// What it says.
    #[serde(flatten)]
    pub head: TreeHead,
    /// BLAKE3 of the bytes that are signed: what the next head links to.
    pub hash: Hash,
    /// The ed25519 key that checks the signature. Trust the one that you were given, not this one.
    pub public_key: PublicKey,
    /// The ed25519 signature.
    pub signature: Signature,
}

impl SignedTreeHead {
    /// Whether `hash` is the head's own. The signature is checked where ed25519 is at hand.
    #[must_use]
    pub fn hash_holds(&self) -> bool {
        self.head.hash() == self.hash
    }
}

macro_rules! bytes_as_hex {
    ($($(#[$doc:meta])* $name:ident = $bytes:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub [u8; $bytes]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotHex;
            fn from_str(text: &str) -> Result<Self, NotHex> {
                let mut bytes = [0; $bytes];
                read_hex(text, &mut bytes)?;
                Ok(Self(bytes))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let pattern = format!("^[0-9a-f]{{{}}}$", 2 * $bytes);
                schemars::json_schema!({ "type": "string", "pattern": pattern })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

bytes_as_hex! {
    /// An ed25519 public key; as text 64 hexadecimal digits.
    PublicKey = 32;
    /// An ed25519 signature; as text 128 hexadecimal digits.
    Signature = 64;
}

/// Text that is not the right number of hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is 64 and a signature 128 hexadecimal digits")]
pub struct NotHex;

fn read_hex(text: &str, bytes: &mut [u8]) -> Result<(), NotHex> {
    if text.len() != 2 * bytes.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(NotHex);
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| NotHex)?;
    }
    Ok(())
}
