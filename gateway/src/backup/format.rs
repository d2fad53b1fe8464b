use contracts::canonical::to_canonical;
use contracts::{Cursor, Hash, Timestamp};
use nats::copy::{Kept, Section};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Error;

/// The version of the layout of a backup.
pub const FORMAT_VERSION: u16 = 1;

/// What a backup is: everything that was acknowledged before `begun_at`, and perhaps more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout version, [`FORMAT_VERSION`].
    pub v: u16,
    /// Which backup of its directory, from 1.
    pub number: u64,
    /// The version of the program that made it.
    pub program: String,
    /// When it was begun: what was acknowledged before is in it.
    pub begun_at: Timestamp,
    /// When it was whole.
    pub ended_at: Timestamp,
    /// How far its log goes.
    pub log: Mark,
    /// Its sections.
    pub parts: Vec<Part>,
    /// Its large contents.
    pub blobs: Blobs,
    /// Which keys its system had.
    #[serde(default)]
    pub keys: Vec<Key>,
    /// The seal of the backup before it; zero for the first.
    pub before: Hash,
}

/// A place of the log, and what stands there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The last message's place.
    pub until: Cursor,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
}

/// The messages of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    pub section: Section,
    /// The last place that was ever given in it.
    pub last: u64,
    /// Where its messages are, in order.
    pub chunks: Vec<Chunk>,
}

/// Some messages of a section, in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// BLAKE3 of the file, which is its name.
    pub hash: Hash,
    /// How long the file is, in bytes.
    pub bytes: u64,
    /// How many messages.
    pub messages: u64,
    /// The place of the first.
    pub first: u64,
    /// The place of the last.
    pub last: u64,
    /// When the broker stored the first, in nanoseconds since 1970.
    pub first_ns: i64,
}

impl Chunk {
    /// What stands in the file of `kept`.
    #[must_use]
    pub fn of(kept: &[Kept], file: &[u8]) -> Option<Self> {
        let (first, last) = (kept.first()?, kept.last()?);
        Some(Self {
            hash: Hash::of(file),
            bytes: file.len() as u64,
            messages: kept.len() as u64,
            first: first.sequence,
            last: last.sequence,
            first_ns: first.stored_ns,
        })
    }
}

/// The large contents that a backup has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blobs {
    /// How many.
    pub count: u64,
    /// How many had another hash than their name, and stayed away.
    #[serde(default)]
    pub damaged: u64,
    /// Files of lines `<tenant> <hash>`.
    pub index: Vec<Hash>,
}

/// A key file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Such as `master.key`.
    pub name: String,
    /// By what it is known again: a hash that tells nothing of it.
    pub mark: Hash,
    /// The file itself, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Hash>,
}

/// A manifest as it stands in its file.
#[derive(Serialize, Deserialize)]
struct Sealed {
    backup: Value,
    blake3: Hash,
}

impl Manifest {
    /// The part of a section.
    #[must_use]
    pub fn part(&self, section: Section) -> Option<&Part> {
        self.parts.iter().find(|part| part.section == section)
    }

    /// How many messages it has.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.parts.iter().flat_map(|part| &part.chunks).map(|chunk| chunk.messages).sum()
    }

    /// How many bytes they take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.parts.iter().flat_map(|part| &part.chunks).map(|chunk| chunk.bytes).sum()
    }

    /// BLAKE3 of its canonical JSON: what the next one names.
    #[must_use]
    pub fn seal(&self) -> Hash {
        seal(&serde_json::to_value(self).unwrap_or_default())
    }

    /// The text of its file.
    #[must_use]
    pub fn text(&self) -> String {
        let backup = serde_json::to_value(self).unwrap_or_default();
        let sealed = Sealed { blake3: seal(&backup), backup };
        serde_json::to_string(&sealed).unwrap_or_default() + "\n"
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`Error::Newer`] for one of a newer program, [`Error::Broken`] when its seal does not hold.
    pub fn read(name: &str, text: &[u8]) -> Result<Self, Error> {
        let broken = |why: &dyn std::fmt::Display| Error::Broken(format!("{name}: {why}"));
        let sealed: Sealed = contracts::read::from_slice(text).map_err(|error| broken(&error))?;
        let version = sealed.backup["v"].as_u64().unwrap_or(0);
        if version > u64::from(FORMAT_VERSION) {
            return Err(Error::Newer(u16::try_from(version).unwrap_or(u16::MAX)));
        }
        if seal(&sealed.backup) != sealed.blake3 {
            return Err(broken(&"it is not what was sealed"));
        }
        contracts::read::from_value(sealed.backup).map_err(|error| broken(&error))
    }
}

fn seal(backup: &Value) -> Hash {
    // Its numbers are whole and its texts are plain: it always has a canonical form.
    Hash::of(&to_canonical(backup).unwrap_or_default())
}
