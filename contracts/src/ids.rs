//! Every identifier of the system, one newtype per meaning.
//!
//! String ids are NATS subject tokens: `[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}`. Anything else is
//! refused when it is parsed, so that no address can smuggle a wildcard into a subject.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::hash::Hash;

/// The longest string id, in bytes.
pub const ID_BYTES_MAX: usize = 128;

/// A string that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must match [A-Za-z0-9][A-Za-z0-9_:@-]{{0,127}}")]
pub struct InvalidId {
    /// Which id was meant, such as `tenant`.
    pub what: &'static str,
}

/// Whether `text` may be one token of a subject.
#[must_use]
pub const fn is_token(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > ID_BYTES_MAX || !bytes[0].is_ascii_alphanumeric() {
        return false;
    }
    let mut at = 1;
    while at < bytes.len() {
        let byte = bytes[at];
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'@' | b'-')) {
            return false;
        }
        at += 1;
    }
    true
}

/// Reads a text without a copy of it, and makes of it what the function says.
struct Text<T>(fn(&str) -> Result<T, InvalidId>);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        self.0(text).map_err(E::custom)
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<T, E> {
        match str::from_utf8(bytes) {
            Ok(text) => self.visit_str(text),
            Err(_) => Err(E::invalid_value(Unexpected::Bytes(bytes), &self)),
        }
    }
}

macro_rules! string_ids {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// An id known at compile time.
            ///
            /// # Panics
            /// At compile time, when the text is not a token.
            #[must_use]
            pub const fn from_static(text: &'static str) -> Self {
                assert!(is_token(text), "not a valid id");
                Self(SmolStr::new_static(text))
            }

            /// Parses an id.
            ///
            /// # Errors
            /// When the text is not one subject token.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let text = text.as_ref();
                if is_token(text) {
                    Ok(Self(SmolStr::new(text)))
                } else {
                    Err(InvalidId { what: $what })
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                d.deserialize_str(Text(|text| Self::new(text)))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}$"
                })
            }
        }
    )*};
}

string_ids! {
    /// The name of one actor within its tenant and kind.
    ActorId = "actor id";
    /// A command's name: imperative, snake case, such as `draft`.
    CommandName = "command name";
    /// What ties all commands of one errand together.
    Correlation = "correlation id";
    /// A key or a session of a principal; never a secret.
    CredentialId = "credential id";
    /// A sort of actor, such as `conversation`.
    Kind = "kind";
    /// What effects share a rate, a concurrency and a pause by.
    LimitKey = "limit key";
    /// One process of the system.
    NodeId = "node id";
    /// Who acts: a user, an agent, a service, or the runtime itself.
    Principal = "principal";
    /// Where work waits for workers.
    Queue = "queue";
    /// What a sealed secret of a tenant is called.
    SecretName = "secret name";
    /// One customer's share of the system.
    Tenant = "tenant";
}

macro_rules! number_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// Before the first.
            pub const ZERO: Self = Self(0);

            /// The one after this.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

number_ids! {
    /// The number of an actor's commit, from 1; 0 before its first.
    Revision;
}

/// A position in the log: today the stream sequence; callers treat its text as opaque.
///
/// JSON carries it as a string, MessagePack as a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(pub u64);

impl Cursor {
    /// Before the first commit.
    pub const ZERO: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(&self.0) } else { s.serialize_u64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
        } else {
            u64::deserialize(d).map(Self)
        }
    }
}

impl schemars::JsonSchema for Cursor {
    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(0|[1-9][0-9]{0,17})$" })
    }
}

/// A command's id: a UUID, version 7 when made fresh, version 8 when derived from a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub uuid::Uuid);

impl CommandId {
    /// The id that `parts` always lead to: the first 16 bytes of a BLAKE3 over the length-prefixed
    /// parts, marked as UUID version 8.
    #[must_use]
    pub fn derived(context: &'static str, parts: &[&str]) -> Self {
        let hash = Hash::of_parts(context, parts);
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&hash.0[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The id that a caller's own key leads to: a UUID as it is, other text within (tenant,
    /// principal), so that nobody meets another's.
    #[must_use]
    pub fn from_key(tenant: &Tenant, principal: &Principal, key: &str) -> Self {
        key.parse().unwrap_or_else(|_| {
            let parts = [tenant.as_str(), principal.as_str(), key];
            Self::derived("cambium command key v1", &parts)
        })
    }

    /// Milliseconds since the epoch at which a version 7 id was made; `None` for others.
    #[must_use]
    pub fn made_at_ms(&self) -> Option<i64> {
        let stamp = (self.0.get_version_num() == 7).then(|| self.0.get_timestamp()).flatten()?;
        let (seconds, nanos) = stamp.to_unix();
        i64::try_from(seconds * 1_000 + u64::from(nanos) / 1_000_000).ok()
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CommandId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl schemars::JsonSchema for CommandId {
    fn schema_name() -> Cow<'static, str> {
        "CommandId".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";
        schemars::json_schema!({ "type": "string", "format": "uuid", "pattern": pattern })
    }
}

/// The id of one effect: BLAKE3 over (tenant, kind, id, revision, index), so that it survives
/// export, import and restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[derive(schemars::JsonSchema)]
pub struct EffectId(pub Hash);

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EffectId {
    type Err = crate::hash::NotAHash;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
