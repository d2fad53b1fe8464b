//! What stands in the log, read back.

use std::sync::Arc;

use base64::Engine as _;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::address::Address;
use crate::commit::Commit;
use crate::hash::Hash;
use crate::ids::Cursor;

/// One stored message before anybody has looked into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where it stands in the log.
    pub cursor: Cursor,
    /// Whose subject it stands on.
    pub address: Address,
    /// The bytes.
    pub payload: Bytes,
    /// Whether it was brought from another log by an import.
    pub imported: bool,
}

/// A commit with its place and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Where it stands in the log.
    pub cursor: Cursor,
    /// BLAKE3 of the stored bytes.
    pub hash: Hash,
    /// What it says.
    pub commit: Commit,
    /// The stored bytes.
    pub raw: Bytes,
    /// Whether it was brought from another log by an import: the world is not asked again for what
    /// it asks. No part of the bytes, so that hashes survive.
    pub imported: bool,
}

/// One message of the log, decoded once.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A commit, on the subject of its own actor.
    Commit(Arc<Recorded>),
    /// A message that is not a commit of the actor on whose subject it stands.
    Foreign(Foreign),
}

/// A position of the log at which no message of an actor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unowned {
    /// A message stands there, on a subject that is no actor's: somebody else has published it.
    Stray {
        /// Where.
        cursor: Cursor,
        /// Its subject.
        subject: String,
        /// BLAKE3 of its bytes.
        hash: Hash,
    },
    /// Nothing can be read there any more: the log has lost a message.
    Lost {
        /// Where.
        cursor: Cursor,
    },
}

impl Unowned {
    /// Where.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        let (Self::Stray { cursor, .. } | Self::Lost { cursor }) = self;
        *cursor
    }
}

/// Why an entry of the log is no commit, as a stable code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignCode {
    /// It stands on an actor's subject and is no commit of that actor.
    #[default]
    MessageForeign,
    /// It stands on a subject that is no actor's.
    MessageStray,
    /// The log has lost the message that stood there.
    MessageLost,
}

impl ForeignCode {
    /// The code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessageForeign => "message_foreign",
            Self::MessageStray => "message_stray",
            Self::MessageLost => "message_lost",
        }
    }
}

/// A message on an `evt.` subject that was not written by us, or was damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreign {
    /// Where it stands in the log.
    pub cursor: Cursor,
    /// What sort of thing is wrong.
    #[serde(default)]
    pub code: ForeignCode,
    /// Whose subject it stands on; `None` when the subject is none of ours.
    pub address: Option<Address>,
    /// BLAKE3 of its bytes, by which a skip names it; zero where the bytes were not read.
    #[serde(default = "no_hash")]
    pub hash: Hash,
    /// What is wrong with it.
    pub reason: String,
}

const fn no_hash() -> Hash {
    Hash::ZERO
}

impl Entry {
    /// Where it stands in the log.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        match self {
            Self::Commit(recorded) => recorded.cursor,
            Self::Foreign(foreign) => foreign.cursor,
        }
    }

    /// BLAKE3 of its bytes.
    #[must_use]
    pub fn hash(&self) -> Hash {
        match self {
            Self::Commit(recorded) => recorded.hash,
            Self::Foreign(foreign) => foreign.hash,
        }
    }
}

impl From<Stored> for Entry {
    fn from(stored: Stored) -> Self {
        let Stored { cursor, address, payload, imported } = stored;
        let hash = Hash::of(&payload);
        let foreign = |reason: String, address| {
            let code = ForeignCode::MessageForeign;
            Self::Foreign(Foreign { cursor, code, address: Some(address), hash, reason })
        };
        match Commit::decode(&payload) {
            Ok(commit) if commit.is_of(&address) => {
                Self::Commit(Arc::new(Recorded { cursor, hash, commit, raw: payload, imported }))
            }
            Ok(commit) => foreign(format!("it says it belongs to {}", commit.address()), address),
            Err(error) => foreign(error.to_string(), address),
        }
    }
}

impl From<Unowned> for Entry {
    fn from(unowned: Unowned) -> Self {
        let cursor = unowned.cursor();
        let (code, hash, reason) = match unowned {
            Unowned::Stray { subject, hash, .. } => {
                let reason = format!("it stands on {subject}, which is no actor's subject");
                (ForeignCode::MessageStray, hash, reason)
            }
            Unowned::Lost { .. } => {
                let reason = "the broker has lost the message that stood there".to_owned();
                (ForeignCode::MessageLost, Hash::ZERO, reason)
            }
        };
        Self::Foreign(Foreign { cursor, code, address: None, hash, reason })
    }
}

impl Recorded {
    /// The commit as clients see it; with `raw`, the stored bytes as base64 too.
    ///
    /// Shape: `{cursor, tenant, kind, id, revision, at, prev, hash, command{…}, gate{…}, events[],
    /// effects[], completions[]}`.
    #[must_use]
    pub fn to_json(&self, raw: bool) -> Value {
        let mut value = serde_json::to_value(&self.commit).unwrap_or_default();
        value["cursor"] = json!(self.cursor);
        value["hash"] = json!(self.hash);
        if raw {
            value["raw"] = json!(base64::engine::general_purpose::STANDARD.encode(&self.raw));
        }
        value
    }
}

/// Serde for byte strings: `bin` in MessagePack, base64 in JSON.
pub mod bytes_or_base64 {
    use base64::Engine as _;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes bytes.
    ///
    /// # Errors
    /// The serializer's own.
    pub fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.serialize_str(&base64::engine::general_purpose::STANDARD.encode(bytes))
        } else {
            s.serialize_bytes(bytes)
        }
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// When the text is not base64, or the deserializer's own.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        if d.is_human_readable() {
            base64::engine::general_purpose::STANDARD
                .decode(String::deserialize(d)?)
                .map_err(serde::de::Error::custom)
        } else {
            bytes::Bytes::deserialize(d).map(|bytes| bytes.to_vec())
        }
    }
}
