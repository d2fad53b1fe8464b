//! The limits of starting, watching and stopping the parts.

use serde::{Deserialize, Serialize};

/// How long the parts of the program may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Supervision {
    /// How long the start waits for an operator's broker, and again for a shared database, that
    /// cannot be reached, in milliseconds; 0 = not at all.
    pub start_wait_ms: u64,
    /// How long the start waits for the ledger, and again for the read model of commands, to have
    /// read the log, in milliseconds.
    pub catch_up_ms: u64,
    /// How long the actors, and again the read models, may take to finish when the program stops,
    /// in milliseconds; what they have acknowledged is stored by then in any case.
    pub stop_ms: u64,
    /// How long a reader of the log may lag without moving before it is said to stand still, in
    /// milliseconds.
    pub stalled_ms: u64,
    /// How often that is looked at, in milliseconds.
    pub watch_interval_ms: u64,
    /// How often in a row a part may end by a fault and be started again before the program stops.
    pub restarts_max: u32,
    /// The pause before such a start, in milliseconds; each further one is twice as long.
    pub restart_pause_ms_min: u64,
    /// The longest such pause, in milliseconds.
    pub restart_pause_ms_max: u64,
    /// After so long without a fault they count from none again, in milliseconds.
    pub healthy_after_ms: u64,
    /// How large the process is before it takes pages of 2 MiB, in bytes.
    pub huge_pages_from_bytes: u64,
}

impl Default for Supervision {
    fn default() -> Self {
        Self {
            start_wait_ms: 60_000,
            catch_up_ms: 600_000,
            stop_ms: 30_000,
            stalled_ms: 10_000,
            watch_interval_ms: 1_000,
            restarts_max: 8,
            restart_pause_ms_min: 100,
            restart_pause_ms_max: 10_000,
            healthy_after_ms: 60_000,
            huge_pages_from_bytes: 96 * 1024 * 1024,
        }
    }
}
