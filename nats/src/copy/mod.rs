//! What the broker holds, message by message, out of one broker and into another: for backups.
//! Nobody but the writer writes to a broker that is being filled.

mod read;
mod write;

use bytes::Bytes;
use contracts::Cursor;
use contracts::entry::Stored;
use contracts::tree::SignedTreeHead;
use serde::{Deserialize, Serialize};

pub use read::Reader;
pub use write::{WRITE_BYTES, WRITE_MESSAGES, WriteError, Writer};

use crate::jetstream::restore::IMPORTED;
use crate::streams::{AUDIT_TRAIL, Bucket, COMMANDS, DEAD_LETTERS, EVENTS, TREES};
use crate::subjects::{self, EVENT};

/// What a message of a bucket says that is no value.
const OPERATION: &str = "KV-Operation";

/// A part of what the broker holds. Caches, leases and who there is are no part of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// Commands that wait for their actor. Timers are told by the log.
    Commands,
    /// All commits.
    Events,
    /// The audit trail.
    Audit,
    /// What was put aside.
    Dead,
    /// Signed tree heads.
    Trees,
    /// Sealed secrets and signing keys, under the master key.
    Secrets,
    /// The wrapped keys of persons.
    SubjectKeys,
    /// Tickets that are good for one use.
    Tickets,
}

impl Section {
    /// All of them, in the order in which they are read: a command that is dealt with meanwhile is
    /// then in the log, and what a commit refers to is read after it.
    pub const ALL: [Self; 8] = [
        Self::Commands,
        Self::Events,
        Self::Audit,
        Self::Dead,
        Self::Trees,
        Self::Secrets,
        Self::SubjectKeys,
        Self::Tickets,
    ];

    /// Whether messages only ever come at its end, so that a later backup needs only those.
    #[must_use]
    pub const fn only_grows(self) -> bool {
        matches!(self, Self::Events | Self::Audit)
    }

    /// Whether others name its messages by their place, which therefore stays what it is.
    #[must_use]
    pub const fn keeps_places(self) -> bool {
        matches!(self, Self::Events | Self::Audit | Self::Dead)
    }

    /// Its stream.
    pub(crate) fn stream(self) -> String {
        match self {
            Self::Commands => COMMANDS.to_owned(),
            Self::Events => EVENTS.to_owned(),
            Self::Audit => AUDIT_TRAIL.to_owned(),
            Self::Dead => DEAD_LETTERS.to_owned(),
            Self::Trees => TREES.to_owned(),
            Self::Secrets => format!("KV_{}", Bucket::Secrets.name()),
            Self::SubjectKeys => format!("KV_{}", Bucket::SubjectKeys.name()),
            Self::Tickets => format!("KV_{}", Bucket::Tickets.name()),
        }
    }

    /// The subjects of it that are copied.
    pub(crate) fn filter(self) -> String {
        match self {
            Self::Commands => format!("{}.>", subjects::COMMAND),
            Self::Trees => subjects::tree_head("*"),
            _ => ">".to_owned(),
        }
    }

    /// A subject of it that is nobody's: what stands there keeps a place for a moment.
    pub(crate) const fn filler(self) -> &'static str {
        match self {
            Self::Events => "evt.0.restore.restore.restore",
            Self::Audit => "aud.restore.restore",
            _ => "dead.restore.restore.restore.restore",
        }
    }
}

/// One message, with all that is needed to write it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it stands in its stream.
    pub sequence: u64,
    /// When the broker stored it, in nanoseconds since 1970.
    pub stored_ns: i64,
    /// Its subject.
    pub subject: String,
    /// Its header lines without the broker's own.
    pub headers: Vec<(String, String)>,
    /// For how many seconds after `stored_ns` it is kept; 0 = without end.
    pub ttl_s: u64,
    /// Its body.
    pub payload: Bytes,
}

impl Kept {
    /// The message of EVENTS as the log gives it; `None` when its subject is no actor's.
    #[must_use]
    pub fn stored(&self) -> Option<Stored> {
        let address = subjects::parse_stored(EVENT, &self.subject)?;
        let imported = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(IMPORTED));
        let (cursor, payload) = (Cursor(self.sequence), self.payload.clone());
        Some(Stored { cursor, address, payload, imported })
    }

    /// The message of TREES as a tree head; `None` when it is none.
    #[must_use]
    pub fn tree_head(&self) -> Option<SignedTreeHead> {
        contracts::read::from_slice(&self.payload).ok()
    }

    /// Whether it is a value, and not the word that one is gone.
    #[must_use]
    pub fn is_value(&self) -> bool {
        self.headers.iter().all(|(name, value)| name != OPERATION || value == "PUT")
    }

    /// Marks what its commit asked of the world as nothing to ask again.
    pub fn mute(&mut self) {
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(IMPORTED)) {
            self.headers.push((IMPORTED.to_owned(), "1".to_owned()));
        }
    }
}

/// Where a section begins and ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// The place of its last message, deleted ones among them: no later message has it.
    pub last: u64,
    /// The place of its last message that is there; 0 = it has none.
    pub end: u64,
}
