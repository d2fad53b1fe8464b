use serde::{Deserialize, Serialize};

use super::guard::{Allowed, Guard};

/// The limits of requests to HTTP servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What requests may reach though it is not public: networks (`10.0.0.0/8`), addresses
    /// (`127.0.0.1`) and names (`intranet.example`), each with or without a port
    /// (`127.0.0.1:8080`).
    pub allow: Vec<Allowed>,
    /// Requests at once.
    pub concurrent_max: usize,
    /// How long a connection may take to be made.
    pub connect_timeout_ms: u64,
    /// How long a name may take to be resolved.
    pub resolve_timeout_ms: u64,
    /// The most that is read of an answer's body, whatever is asked.
    pub response_bytes_max: u32,
    /// The most of a body that stands in the log itself; a larger one is kept as a blob.
    pub inline_bytes_max: u32,
    /// The largest body that is sent.
    pub request_bytes_max: u32,
    /// The most redirects that are followed, whatever is asked.
    pub redirects_max: u8,
    /// Servers to which connections are kept for the next request.
    pub servers_kept_max: usize,
    /// How long such a connection is kept.
    pub connection_kept_ms: u64,
    /// The longest that a server may ask to be left alone.
    pub retry_after_ms_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            concurrent_max: 64,
            connect_timeout_ms: 5_000,
            resolve_timeout_ms: 5_000,
            response_bytes_max: 4 * 1024 * 1024,
            inline_bytes_max: 16 * 1024,
            request_bytes_max: 8 * 1024 * 1024,
            redirects_max: 10,
            servers_kept_max: 64,
            connection_kept_ms: 30_000,
            retry_after_ms_max: 24 * 60 * 60 * 1_000,
        }
    }
}

impl Config {
    /// The guard that these settings ask for.
    #[must_use]
    pub fn guard(&self) -> Guard {
        Guard::new(self.allow.clone())
    }
}
