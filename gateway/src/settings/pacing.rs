//! The limits within which commands wait for the read models.

use serde::{Deserialize, Serialize};

/// How far the read models may fall behind before appending waits for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pacing {
    /// How far behind the log the rows that this node reads may be under load, in milliseconds; 0 =
    /// nothing waits for them.
    pub lag_ms: u64,
    /// How long one append waits for them at most, in milliseconds; then it goes on.
    pub wait_ms_max: u64,
    /// How long they may stand where they stand before nothing waits for them any more until they
    /// move, in milliseconds.
    pub stand_ms: u64,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { lag_ms: 400, wait_ms_max: 5_000, stand_ms: 3_000 }
    }
}
