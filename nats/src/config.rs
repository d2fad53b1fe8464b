//! The limits and settings of this crate.

use std::fmt;

use contracts::Secret;
use serde::{Deserialize, Serialize};

/// How the broker is reached and used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// An operator's broker, such as `nats://host:4222`; none = our own child.
    pub url: Option<Url>,
    /// The user of that broker.
    pub user: Option<String>,
    /// The password of that user.
    pub password: Option<Secret>,
    /// What inboxes of this process begin with.
    pub inbox_prefix: String,
    /// Servers that keep each stream: 1, 3 or 5; 0 = 3 where the broker is a cluster of three or
    /// more, else 1, and never fewer than keep the log now.
    pub replicas: usize,
    /// The monitoring address of that broker, such as `http://host:8222`: it tells whether
    /// acknowledged messages are synced.
    pub monitor: Option<String>,
    /// How long an append, an enqueue or a request to the broker may take, in milliseconds.
    pub request_timeout_ms: u64,
    /// How long a server may take until it has greeted, in milliseconds; then another is tried.
    pub connect_timeout_ms: u64,
    /// A server that answers nothing about the log for so long is left for another, in
    /// milliseconds.
    pub server_silent_ms: u64,
    /// The longest pause between two attempts to reconnect, in milliseconds.
    pub reconnect_delay_ms_max: u64,
    /// Past this without settlement a command is delivered again, in milliseconds.
    pub ack_wait_ms: u64,
    /// Commands of one partition that may be delivered and unsettled.
    pub ack_pending_max: u32,
    /// The broker says this often that a consumer lives, in milliseconds.
    pub heartbeat_ms: u64,
    /// A lease that is not renewed for so long is free, in milliseconds.
    pub lease_ttl_ms: u64,
    /// Snapshots are forgotten after so many days; 0 = never.
    pub snapshot_ttl_days: u32,
    /// Dead letters are forgotten after so many days; 0 = never.
    pub dead_ttl_days: u32,
    /// A single-use ticket is remembered for so many hours, so that a message which was delivered
    /// before and comes again is told from another; 0 = for ever.
    pub ticket_ttl_hours: u32,
    /// Signals by which a listener in this process may lie behind before it misses some.
    pub live_signals_max: usize,
    /// When appends go alone and when together.
    pub append: crate::broker::AppendConfig,
    /// The process's one tail of EVENTS.
    pub tail: crate::tail::Config,
    /// The child server, where no operator's broker is named.
    pub server: crate::server::ServerConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: None,
            user: None,
            password: None,
            inbox_prefix: "_INBOX".to_owned(),
            replicas: 0,
            monitor: None,
            request_timeout_ms: 5_000,
            connect_timeout_ms: 2_000,
            server_silent_ms: 4_000,
            reconnect_delay_ms_max: 500,
            ack_wait_ms: 2_000,
            ack_pending_max: 256,
            heartbeat_ms: 1_000,
            lease_ttl_ms: 1_500,
            snapshot_ttl_days: 90,
            dead_ttl_days: 0,
            ticket_ttl_hours: 24,
            live_signals_max: 4_096,
            append: crate::broker::AppendConfig::default(),
            tail: crate::tail::Config::default(),
            server: crate::server::ServerConfig::default(),
        }
    }
}

/// Where a broker is: read from configuration, and shown without the password that it may hold.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Url(String);

impl Url {
    /// The whole of it; for the connection only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn shown(&self) -> String {
        let urls = self.0.split(',').map(|url| match (url.find("://"), url.rfind('@')) {
            (Some(scheme), Some(at)) if at > scheme => {
                format!("{}://********{}", &url[..scheme], &url[at..])
            }
            (None, Some(at)) => format!("********{}", &url[at..]),
            _ => url.to_owned(),
        });
        urls.collect::<Vec<_>>().join(",")
    }
}

impl From<&str> for Url {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::ops::Deref for Url {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Serialize for Url {
    /// Writes asterisks in the place of user and password.
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Secret};

    #[test]
    fn a_password_is_read_and_never_shown() {
        let config: Config = serde_json::from_str(
            r#"{"user":"ann","password":"hunter2","url":"nats://x:hunter2@h:1,nats://h:2"}"#,
        )
        .unwrap();
        assert_eq!(config.password.as_ref().map(Secret::reveal), Some("hunter2"));
        let shown = format!("{config:?}{}", serde_json::to_string(&config).unwrap());
        assert!(!shown.contains("hunter2") && shown.contains("ann"), "{shown}");
    }

    #[test]
    fn defaults_fill_in_and_strangers_are_refused() {
        let config: Config = serde_json::from_str(r#"{"tail":{"entries_max":7}}"#).unwrap();
        assert_eq!((config.tail.entries_max, config.ack_wait_ms), (7, 2_000));
        assert!(serde_json::from_str::<Config>(r#"{"ack_wait":1}"#).is_err());
    }
}
