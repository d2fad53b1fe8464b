use serde::{Deserialize, Serialize};

use super::record::Record;
use super::signal::Signal;
use crate::hash::Hash;
use crate::ids::Tenant;
use crate::time::Timestamp;

/// The version of a stored batch.
const VERSION: u16 = 1;

/// Whose records, and of which sort: what is kept and purged together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordPlace {
    /// Whose.
    pub tenant: Tenant,
    /// Of which sort; `None` = what the tenant says of how long they are kept.
    pub signal: Option<Signal>,
}

/// What tells a batch from all others of its tenant: the hash of what its sender calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub Hash);

impl BatchId {
    /// The id of the part `part` of what a sender calls `name`.
    #[must_use]
    pub fn of(signal: Signal, name: &[u8], part: usize) -> Self {
        let part = (part as u64).to_be_bytes();
        let whole = [signal.as_str().as_bytes(), &[0], &part, name].concat();
        Self(Hash::of(&whole))
    }
}

/// Records that came together and are stored as one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The version of the layout.
    pub v: u16,
    /// What it is called: a second one with the same id changes nothing.
    pub id: BatchId,
    /// When it came.
    pub at: Timestamp,
    /// Who brought it.
    pub by: String,
    /// The records.
    pub records: Vec<Record>,
    /// What the tenant says of how long records are kept; then there are no records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl Batch {
    /// The most records of one batch: where one stands in it is told in twelve bits.
    pub const RECORDS_MAX: usize = 1 << 12;

    /// A batch of records.
    #[must_use]
    pub fn new(id: BatchId, at: Timestamp, by: impl Into<String>, records: Vec<Record>) -> Self {
        Self { v: VERSION, id, at, by: by.into(), records, rule: None }
    }

    /// A batch that says for how long records are kept.
    #[must_use]
    pub fn ruling(at: Timestamp, by: impl Into<String>, rule: Rule) -> Self {
        let id = BatchId(Hash::ZERO);
        Self { v: VERSION, id, at, by: by.into(), records: Vec::new(), rule: Some(rule) }
    }

    /// BLAKE3 of what the records say: by it a repeat is told from something else under its id.
    #[must_use]
    pub fn content(&self) -> Hash {
        Hash::of(&serde_json::to_vec(&self.records).unwrap_or_default())
    }
}

/// A batch on its way: what it says and its bytes.
#[derive(Debug, Clone)]
pub struct BatchPart {
    /// What it is called.
    pub id: BatchId,
    /// BLAKE3 of what its records say.
    pub content: Hash,
    /// How many records.
    pub records: usize,
    /// The bytes to store.
    pub payload: bytes::Bytes,
}

/// For how long a tenant wants records of a sort kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Of which sort.
    pub signal: Signal,
    /// For how many days; absent = as the program is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}
