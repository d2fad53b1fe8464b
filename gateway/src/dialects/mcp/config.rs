//! The limits of MCP's language.

use serde::{Deserialize, Serialize};

/// What an operator may set about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The most sessions of clients of 2025 on this node; the longest idle one makes room.
    pub sessions_max: usize,
    /// The most sessions of one principal on this node; its own longest idle one makes room.
    pub principal_sessions_max: usize,
    /// How long a session may be idle before it ends, in milliseconds.
    pub session_idle_ms: u64,
    /// The most requests of one session that are answered at once.
    pub session_requests_max: usize,
    /// Streams of a session that can be resumed after their end.
    pub session_streams_max: usize,
    /// Messages of a stream that wait for a reader, and can be read again; older ones go first.
    pub stream_messages_max: usize,
    /// How long an answer may take before it becomes a stream, in milliseconds.
    pub stream_after_ms: u64,
    /// How long a client may take to answer what it is asked, in milliseconds.
    pub client_answer_ms_max: u64,
    /// The most resources that a session or a stream watches.
    pub subscriptions_max: usize,
    /// Tools, resources or prompts of a page, at most.
    pub page_items_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sessions_max: 10_000,
            principal_sessions_max: 1_000,
            session_idle_ms: 1_800_000,
            session_requests_max: 64,
            session_streams_max: 16,
            stream_messages_max: 1_024,
            stream_after_ms: 500,
            client_answer_ms_max: 300_000,
            subscriptions_max: 256,
            page_items_max: 500,
        }
    }
}
