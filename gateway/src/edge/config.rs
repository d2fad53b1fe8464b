//! The edge's limits and defaults.

use std::time::Duration;

use contracts::Tenant;
use serde::{Deserialize, Serialize};

use super::{limits, records, safety, tls};
use crate::dialects::mcp;

/// What an operator may set about the edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The tenant of requests that name none.
    pub tenant: Tenant,
    /// Whether `/metrics`, the descriptions and the error pages are told without a credential.
    pub public_metadata: bool,
    /// The longest body, in bytes.
    pub body_bytes_max: usize,
    /// The longest body of an import, in bytes: room for the largest single line.
    pub import_chunk_bytes_max: usize,
    /// The longest upload of a file with its form, in bytes.
    pub upload_bytes_max: usize,
    /// How long a body may take to arrive, in milliseconds.
    pub body_timeout_ms: u64,
    /// How much of a body that nobody wanted is read so that its connection can be used again, in
    /// bytes; above that the connection ends with the answer.
    pub unread_bytes_max: usize,
    /// How long that may take, in milliseconds.
    pub unread_timeout_ms: u64,
    /// The most header lines of a request.
    pub headers_max: usize,
    /// The longest header line of a request, in bytes.
    pub header_bytes_max: usize,
    /// The longest path with query, in bytes.
    pub uri_bytes_max: usize,
    /// The most connections at once; further ones wait to be accepted.
    pub connections_max: usize,
    /// The most connections that the system holds until they are accepted; it has a bound of its
    /// own (`net.core.somaxconn`). Who comes beyond it tries again after seconds.
    pub accept_queue_max: u32,
    /// How long a connection may take to send the head of a request, in milliseconds: also how
    /// long an idle one is kept.
    pub head_timeout_ms: u64,
    /// How long the other side of a connection may take nothing of what is written to it, in
    /// milliseconds.
    pub write_stall_ms: u64,
    /// The most requests that are answered at once; streams do not count once they flow. When half
    /// of these places are taken, each tenant has an equal share.
    pub requests_concurrent_max: usize,
    /// The most requests of one tenant that are answered at once.
    pub tenant_requests_concurrent_max: usize,
    /// The most event streams and sockets at once, shared among tenants in the same way.
    pub streams_concurrent_max: usize,
    /// The most event streams and sockets of one tenant at once.
    pub tenant_streams_concurrent_max: usize,
    /// How long a request may take beside the wait that it asks for, in milliseconds.
    pub request_timeout_ms: u64,
    /// How long looking back may take (fork, diff, verify, replay, rebuild), in milliseconds.
    pub history_timeout_ms: u64,
    /// How long a command is waited for when the caller does not say, in milliseconds.
    pub wait_default_ms: u64,
    /// How long a command is waited for at most, in milliseconds.
    pub wait_max_ms: u64,
    /// How long a read waits for `min_cursor`, in milliseconds.
    pub read_wait_ms: u64,
    /// Items of a page when the caller does not say.
    pub page_items_default: usize,
    /// The most items of a page.
    pub page_items_max: usize,
    /// How many commits of the log one page of `/v1/events` looks at.
    pub page_scan_max: usize,
    /// The model that answers whoever asks the program as an agent and names neither a model nor an
    /// assistant: `provider/model`.
    pub agent_model: String,
    /// How often a silent event stream says that it lives, in milliseconds.
    pub sse_heartbeat_ms: u64,
    /// How long a stream whose model has been asked waits for its first words, or for why there
    /// will be none, before its headers go out.
    pub stream_headers_ms: u64,
    /// After what time a client of an event stream should come again, in milliseconds.
    pub sse_retry_ms: u64,
    /// How long one event may wait for a slow reader of an event stream, in milliseconds, before it
    /// is told where to resume and sent away.
    pub sse_stall_ms: u64,
    /// Rate limits.
    pub limits: limits::Config,
    /// Who is believed, under which names, and what browsers are told.
    pub http: safety::Config,
    /// TLS on the listener.
    pub tls: tls::Config,
    /// What programs of tenants tell of themselves.
    pub records: records::Config,
    /// The Model Context Protocol.
    pub mcp: mcp::Config,
    /// Wrong credentials that are written into the audit trail per window; the others are only
    /// counted. 0 = all are written.
    pub audit_denials_max: u32,
    /// That window, in seconds.
    pub audit_denials_window_s: u32,
    /// After how long it is written again that somebody enters another's tenant by the system's
    /// own right, in seconds.
    pub audit_crossings_window_s: u32,
    /// How many crossings are remembered at once.
    pub audit_crossings_max: usize,
    /// How long a ticket is good at most, in milliseconds.
    pub ticket_ttl_ms_max: u32,
    /// How long a socket may take to authenticate itself, in milliseconds.
    pub ws_auth_timeout_ms: u64,
    /// The longest frame of a client, in bytes.
    pub ws_frame_bytes_max: usize,
    /// The most subscriptions of a socket.
    pub ws_subscriptions_max: usize,
    /// The most unanswered commands of a socket.
    pub ws_commands_max: usize,
    /// How many frames wait for a slow reader.
    pub ws_queue_frames_max: usize,
    /// How many bytes of frames wait for a slow reader; one frame always fits.
    pub ws_queue_bytes_max: usize,
    /// How long a frame waits for a place among them before the reader is sent away, in
    /// milliseconds.
    pub ws_stall_ms: u64,
    /// How long the last frame of a socket may take to leave, in milliseconds.
    pub ws_close_timeout_ms: u64,
    /// How often a socket is pinged, in milliseconds.
    pub ws_ping_ms: u64,
    /// How long a node of several goes on answering after it was told to stop, in milliseconds:
    /// each answer asks its caller to come back elsewhere, and `/readyz` says no.
    pub leave_ms: u64,
    /// How long it goes on beyond that, in milliseconds, while there are connections on which
    /// nothing has been asked since: whoever asks is told.
    pub leave_idle_ms: u64,
    /// How long requests may go on after that, in milliseconds.
    pub drain_timeout_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tenant: Tenant::from_static("main"),
            public_metadata: false,
            body_bytes_max: contracts::limits::INPUT_BYTES_MAX,
            import_chunk_bytes_max: 32 * 1024 * 1024,
            upload_bytes_max: 32 * 1024 * 1024,
            body_timeout_ms: 30_000,
            unread_bytes_max: 256 * 1024,
            unread_timeout_ms: 500,
            headers_max: 64,
            header_bytes_max: 8 * 1024,
            uri_bytes_max: 8 * 1024,
            connections_max: 30_000,
            accept_queue_max: 4_096,
            head_timeout_ms: 30_000,
            write_stall_ms: 30_000,
            requests_concurrent_max: 8_192,
            tenant_requests_concurrent_max: 4_096,
            streams_concurrent_max: 20_000,
            tenant_streams_concurrent_max: 10_000,
            request_timeout_ms: 30_000,
            history_timeout_ms: 600_000,
            wait_default_ms: 30_000,
            wait_max_ms: 300_000,
            read_wait_ms: 5_000,
            page_items_default: 50,
            page_items_max: 500,
            page_scan_max: 10_000,
            agent_model: "local/rules".to_owned(),
            sse_heartbeat_ms: 15_000,
            stream_headers_ms: 1_000,
            sse_retry_ms: 2_000,
            sse_stall_ms: 20_000,
            limits: limits::Config::default(),
            http: safety::Config::default(),
            tls: tls::Config::default(),
            records: records::Config::default(),
            mcp: mcp::Config::default(),
            audit_denials_max: 60,
            audit_denials_window_s: 60,
            audit_crossings_window_s: 600,
            audit_crossings_max: 10_000,
            ticket_ttl_ms_max: 60_000,
            ws_auth_timeout_ms: 5_000,
            ws_frame_bytes_max: contracts::limits::INPUT_BYTES_MAX,
            ws_subscriptions_max: 64,
            ws_commands_max: 64,
            ws_queue_frames_max: 1_024,
            ws_queue_bytes_max: 4 * 1024 * 1024,
            ws_stall_ms: 10_000,
            ws_close_timeout_ms: 5_000,
            ws_ping_ms: 20_000,
            leave_ms: 500,
            leave_idle_ms: 2_000,
            drain_timeout_ms: 10_000,
        }
    }
}

impl Config {
    /// The wait that a caller gets who asks for `seconds`, or for nothing.
    #[must_use]
    pub fn wait(&self, seconds: Option<u64>) -> Duration {
        let ms = seconds.map_or(self.wait_default_ms, |asked| asked.saturating_mul(1_000));
        Duration::from_millis(ms.min(self.wait_max_ms))
    }
}
