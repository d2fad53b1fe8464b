//! A look at a broker without changing anything on it.

use std::time::{Duration, Instant};

use crate::config::Config;
use crate::connect::{Connection, Endpoint};
use crate::error::Error;
use crate::monitor::{self, Sync};
use crate::provision::VERSION_MIN;
use crate::streams::EVENTS;

/// What a look at a broker finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its version.
    pub version: String,
    /// Whether an acknowledged message is on disk.
    pub sync: Sync,
    /// How long the way there and back takes.
    pub round_trip: Duration,
    /// How many servers it has.
    pub servers: usize,
    /// How many of them keep the log; 0 = there is no log yet.
    pub replicas: usize,
    /// When the newest message of the log was stored, in nanoseconds since 1970 by its clock.
    pub newest_ns: Option<i64>,
}

/// Looks at the broker at `endpoint`.
///
/// # Errors
/// [`Error::Unreachable`], or [`Error::TooOld`] for an old one or one without JetStream.
pub async fn look(config: &Config, endpoint: &Endpoint) -> Result<Look, Error> {
    let connection = Connection::open(config, endpoint).await?;
    let info = connection.client.server_info();
    if !info.jetstream || !connection.client.is_server_compatible(2, 14, 0) {
        let found = if info.jetstream { info.version } else { "without JetStream".to_owned() };
        return Err(Error::TooOld { found, needed: VERSION_MIN });
    }
    let begun = Instant::now();
    let log = connection.context.get_stream(EVENTS).await.ok();
    let round_trip = begun.elapsed();
    let (mut replicas, mut newest_ns) = (0, None);
    if let Some(log) = log {
        replicas = log.cached_info().config.num_replicas;
        let newest = log.raw_message_builder().last_by_subject(">").send().await.ok();
        newest_ns = newest.and_then(|it| i64::try_from(it.time.unix_timestamp_nanos()).ok());
    }
    let sync = match &endpoint.monitor {
        Some(monitor) => monitor::sync(monitor, connection.timeout()).await,
        None => Sync::Unknown,
    };
    let servers = info.cluster.map_or(1, |_| info.connect_urls.len().max(1));
    Ok(Look { version: info.version, sync, round_trip, servers, replicas, newest_ns })
}
