//! The limits of the audit trail.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How the audit trail is written, signed and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// How long a record may take to be written, in milliseconds; what needs one is then refused.
    pub write_ms: u64,
    /// How many records may be on their way at once; further ones fail at once.
    pub writes_concurrent_max: usize,
    /// How often heads of the chains are signed, where there is anything new, in milliseconds.
    pub head_interval_ms: u64,
    /// How often it is looked for records that have been kept long enough, in milliseconds.
    pub retention_interval_ms: u64,
    /// For how many days records of a class are kept; a class that is not named is kept for ever,
    /// unless its tenant says otherwise.
    pub retention_days: BTreeMap<String, u32>,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            write_ms: 5_000,
            writes_concurrent_max: 1_024,
            head_interval_ms: 60_000,
            retention_interval_ms: 3_600_000,
            retention_days: BTreeMap::new(),
        }
    }
}
