use contracts::canonical::to_canonical;
use contracts::{Cursor, Hash, Timestamp};
use nats::copy::{Kept, Section};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Error;

/// The version of the layout of a backup.
pub const FORMAT_VERSION: u16 = 2;

/// The last version whose seals prove nothing: they were hashes of no bytes.
const UNSEALED_VERSION: u16 = 1;

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
    /// When the broker stored the first, in nanoseconds since 1970: as a text, since such numbers
    /// are beyond those that JSON tells alike everywhere.
    #[serde(with = "nanoseconds")]
    pub first_ns: i64,
}

/// A number as a text.
mod nanoseconds {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    pub fn serialize<S: Serializer>(ns: &i64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(ns)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
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
    ///
    /// # Panics
    /// Never: its numbers are below 2^53, as places and sizes are.
    #[must_use]
    pub fn seal(&self) -> Hash {
        seal(&self.value()).expect("places and sizes have a canonical form")
    }

    /// The text of its file.
    ///
    /// # Panics
    /// As [`Manifest::seal`].
    #[must_use]
    pub fn text(&self) -> String {
        let sealed = Sealed { blake3: self.seal(), backup: self.value() };
        serde_json::to_string(&sealed).expect("it is JSON") + "\n"
    }

    fn value(&self) -> Value {
        serde_json::to_value(self).expect("it is JSON")
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
        if version <= u64::from(UNSEALED_VERSION) {
            let why = "its seal proves nothing, as those of an early build: take another backup";
            return Err(broken(&why));
        }
        let seal = seal(&sealed.backup).map_err(|error| broken(&error))?;
        if seal != sealed.blake3 {
            return Err(broken(&"it is not what was sealed"));
        }
        contracts::read::from_value(sealed.backup).map_err(|error| broken(&error))
    }
}

fn seal(backup: &Value) -> Result<Hash, impl std::fmt::Display + std::fmt::Debug + use<>> {
    to_canonical(backup).map(|bytes| Hash::of(&bytes))
}

#[cfg(test)]
mod tests {
    use contracts::{Cursor, Hash, Timestamp};
    use nats::copy::Section;

    use super::{Blobs, Chunk, FORMAT_VERSION, Key, Manifest, Mark, Part};

    fn manifest(number: u64) -> Manifest {
        let chunk = Chunk {
            hash: Hash::of(b"chunk"),
            bytes: 4_096,
            messages: 12,
            first: 1,
            last: 12,
            first_ns: 1_795_000_000_123_456_789,
        };
        Manifest {
            v: FORMAT_VERSION,
            number,
            program: "0.1.0".to_owned(),
            begun_at: Timestamp::from_millis(1_795_000_000_000),
            ended_at: Timestamp::from_millis(1_795_000_001_000),
            log: Mark { until: Cursor(12), hash: Hash::of(b"last") },
            parts: vec![Part { section: Section::ALL[0], last: 12, chunks: vec![chunk] }],
            blobs: Blobs { count: 1, damaged: 0, index: vec![Hash::of(b"index")] },
            keys: vec![Key { name: "master.key".to_owned(), mark: Hash::of(b"key"), file: None }],
            before: Hash::ZERO,
        }
    }

    #[test]
    fn a_seal_is_of_what_it_seals() {
        let (one, other) = (manifest(1), manifest(2));
        assert_ne!(one.seal(), other.seal());
        assert_ne!(one.seal(), Hash::of(b""));
        assert_eq!(Manifest::read("one", one.text().as_bytes()).expect("it is whole"), one);
        let mut later = one.clone();
        later.parts[0].chunks[0].first_ns += 1;
        assert_ne!(one.seal(), later.seal(), "to the nanosecond");
    }

    #[test]
    fn every_changed_byte_of_a_manifest_is_told() {
        let text = manifest(1).text().into_bytes();
        // The last one ends the line.
        for place in 0..text.len() - 1 {
            let mut changed = text.clone();
            changed[place] ^= 1;
            let read = Manifest::read("changed", &changed);
            assert!(read.is_err(), "byte {place}: {}", String::from_utf8_lossy(&changed));
        }
    }
}
