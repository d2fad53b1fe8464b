//! What the suite needs of a world beside its ports, and helpers that the cases share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{
    Append, AppendError, Asks, Audit, Blobs, Checkpoints, CommandQueue, DeadLetters, Flow, Fut,
    Gossip, Inbound, Leases, Live, Log, Peers, PortError, Records, Restore, Snapshots, Store,
    Timers, TreeHeads, WorkCalls,
};
use contracts::{Address, Cursor, Hash, Tenant, Timestamp};
use futures_util::StreamExt as _;

use crate::config::Config;
use crate::connect::{Connection, Endpoint};
use crate::streams::{EVENTS, FORMAT_KEY};

/// The limits that worlds under test are made with: short spans, so that cases that wait are quick.
#[must_use]
pub fn config() -> Config {
    Config { ack_wait_ms: 400, lease_ttl_ms: 500, ..Config::default() }
}

/// A broker under test: its ports, and what somebody else may do to it.
pub trait World: Send + Sync {
    /// EVENTS.
    fn log(&self) -> Arc<dyn Log>;
    /// COMMANDS.
    fn commands(&self) -> Arc<dyn CommandQueue>;
    /// Requests.
    fn asks(&self) -> Arc<dyn Asks>;
    /// Requests of workers.
    fn work(&self) -> Arc<dyn WorkCalls>;
    /// Schedules.
    fn timers(&self) -> Arc<dyn Timers>;
    /// SNAPSHOTS.
    fn snapshots(&self) -> Arc<dyn Snapshots>;
    /// BLOBS.
    fn blobs(&self) -> Arc<dyn Blobs>;
    /// LEASES.
    fn leases(&self) -> Arc<dyn Leases>;
    /// AUDIT.
    fn audit(&self) -> Arc<dyn Audit>;
    /// TELEMETRY.
    fn records(&self) -> Arc<dyn Records>;
    /// DEAD.
    fn dead_letters(&self) -> Arc<dyn DeadLetters>;
    /// What nodes tell each other.
    fn gossip(&self) -> Arc<dyn Gossip>;
    /// How nodes ask each other.
    fn peers(&self) -> Arc<dyn Peers>;
    /// Signals.
    fn live(&self) -> Arc<dyn Live>;
    /// EVENTS as an import writes it.
    fn restore(&self) -> Arc<dyn Restore>;
    /// TREES.
    fn trees(&self) -> Arc<dyn TreeHeads>;
    /// CHECKPOINTS.
    fn checkpoints(&self) -> Arc<dyn Checkpoints>;
    /// A bucket of small values.
    fn store(&self) -> Arc<dyn Store>;
    /// The largest payload, in bytes.
    fn payload_bytes_max(&self) -> usize;
    /// The time of this world.
    fn now(&self) -> Timestamp;
    /// Publishes as any client; resolves when the broker has it.
    fn publish(
        &self,
        subject: String,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, ()>;
    /// Asks as any client; `None` when there is no answer.
    fn request(
        &self,
        subject: String,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, Option<Bytes>>;
    /// Listens as any client.
    fn listen(&self, filter: String) -> Fut<'_, Flow<(String, Bytes)>>;
    /// Changes a kept blob behind the port's back.
    fn damage_blob(&self, tenant: Tenant, hash: Hash) -> Fut<'_, ()>;
    /// Takes the broker away as a crash would, and brings it back.
    fn interrupt(&self) -> Fut<'_, ()>;
    /// How many commands are stored and not settled, timers apart.
    fn commands_pending(&self) -> Fut<'_, usize>;
}

/// The actor `id` of the suite.
#[must_use]
pub fn actor(id: &str) -> Address {
    format!("acme/counter/{id}").parse().expect("the suite's ids are valid")
}

/// An append of `text` after `expected`.
#[must_use]
pub fn append(to: &Address, text: &str, expected: Cursor) -> Append {
    let payload = Bytes::copy_from_slice(text.as_bytes());
    Append::one(to.clone(), payload, expected)
}

/// A run after `expected` whose messages are the numbers of `range`.
#[must_use]
pub fn run(to: &Address, range: std::ops::Range<usize>, expected: Cursor) -> Append {
    let payloads = range.map(|n| Bytes::from(n.to_string())).collect();
    Append { address: to.clone(), payloads, expected }
}

/// Appends `text` however often the log is away, as a cell does: doubt is concluded by appending
/// the same with the same expectation, and by the log.
pub async fn append_surely(log: &dyn Log, to: &Address, text: &str, expected: Cursor) -> Cursor {
    loop {
        match log.append(append(to, text, expected)).await {
            Ok(cursors) => return cursors[0],
            Err(AppendError::Conflict) => {
                let first = eventually(|| log.first_after(to, expected)).await;
                let mine = first.expect("a conflict has a reason");
                assert_eq!(mine.payload, text.as_bytes(), "nobody else writes here");
                return mine.cursor;
            }
            Err(AppendError::Refused(reason)) => panic!("refused: {reason}"),
            Err(AppendError::InDoubt(_) | AppendError::Unavailable(_)) => pause().await,
        }
    }
}

/// What `ask` answers once its part of the world is there again.
pub async fn eventually<'a, T>(ask: impl Fn() -> Fut<'a, Result<T, PortError>>) -> T {
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(PortError::Unavailable(_)) => pause().await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Between two attempts while the world is away.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// The next delivery of a consumer or server.
pub async fn next(inbound: &mut Flow<Result<Inbound, PortError>>) -> Inbound {
    inbound.next().await.expect("it has no end").expect("it has no error")
}

/// Nothing comes within `span`.
pub async fn nothing_for<T: std::fmt::Debug>(span: Duration, flow: &mut Flow<T>) {
    if let Ok(item) = tokio::time::timeout(span, flow.next()).await {
        panic!("nothing was to come, and this came: {item:?}");
    }
}

/// The first `count` items.
pub async fn take<T>(flow: &mut Flow<T>, count: usize) -> Vec<T> {
    flow.take(count).collect().await
}

/// Says in the log of the broker at `endpoint` that it is laid out as `version`.
pub async fn lay_out(endpoint: &Endpoint, version: u32) {
    let connection = Connection::open(&Config::default(), endpoint).await.expect("it connects");
    let log = connection.context.get_stream(EVENTS).await.expect("there is a log");
    let mut config = log.cached_info().config.clone();
    config.metadata.insert(FORMAT_KEY.to_owned(), version.to_string());
    connection.context.update_stream(&config).await.expect("it is changed");
}
