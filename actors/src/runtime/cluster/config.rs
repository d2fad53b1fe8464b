//! The limits of sharing partitions with other nodes.

use serde::{Deserialize, Serialize};

/// How nodes find each other and hand partitions over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How often a node says that it lives and renews its leases, in milliseconds; well below
    /// `nats.lease_ttl_ms`.
    pub beat_ms: u64,
    /// How often it tries to take what it is to own and another had, in milliseconds.
    pub aim_ms: u64,
    /// A node that has said nothing for so long is taken for dead, in milliseconds.
    pub node_ttl_ms: u64,
    /// Partitions handed to nodes that have joined, in a second at most.
    pub moves_per_second_max: u32,
    /// How long what is in hand of a partition may take to end before it is handed over, in
    /// milliseconds; what is left then is concluded by the log.
    pub handover_ms: u64,
    /// How long a command waits for its partition to have an owner, in milliseconds; then it is
    /// answered `partition_unowned`.
    pub unowned_wait_ms: u64,
    /// How long another node may take to answer before it is asked again, in milliseconds.
    pub call_timeout_ms: u64,
    /// How often other nodes are asked for work while a worker waits, in milliseconds.
    pub work_poll_ms: u64,
    /// Calls of other nodes under way at once; more are answered `overloaded`.
    pub calls_concurrent_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            beat_ms: 400,
            aim_ms: 100,
            node_ttl_ms: 1_500,
            moves_per_second_max: 24,
            handover_ms: 10_000,
            unowned_wait_ms: 8_000,
            call_timeout_ms: 1_000,
            work_poll_ms: 500,
            calls_concurrent_max: 16_384,
        }
    }
}
