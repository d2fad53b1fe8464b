//! The ports on a real broker, as the composition root takes them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use contracts::ports::{
    Asks, Audit, Blobs, Checkpoints, CommandQueue, DeadLetters, Gossip, Leases, Live, Log, Peers,
    PortError, Records, Restore, Snapshots, Store, Timers, TreeHeads, WorkCalls,
};
use tokio_util::task::AbortOnDropHandle;

use crate::config::Config;
use crate::connect::{Connection, Endpoint};
use crate::error::Error;
use crate::jetstream::{
    appender::Appender, asks::NatsAsks, audit::NatsAudit, blobs::NatsBlobs,
    checkpoints::NatsCheckpoints, commands::NatsCommands, dead::NatsDead, forward,
    gossip::NatsGossip, hub::Hub, leases::NatsLeases, live::NatsLive, log::NatsLog,
    peers::NatsPeers, records::NatsRecords, restore::NatsRestore, snapshots::NatsSnapshots, status,
    store::NatsStore, timers::NatsTimers, trees::NatsTrees, work::NatsWork,
};
use crate::provision::{self, Report};
use crate::streams::{Bucket, COMMANDS, EVENTS};
use crate::turning;

pub use crate::jetstream::appender::{Appends, BATCH_MESSAGES, Config as AppendConfig};
pub use crate::jetstream::status::{ConsumerStatus, PeerStatus, Status, StreamStatus};

/// A connected broker whose streams stand.
pub struct Broker {
    connection: Connection,
    report: Report,
    log: Arc<NatsLog>,
    commands: Arc<NatsCommands>,
    blobs: Arc<NatsBlobs>,
    leases: Arc<NatsLeases>,
    hub: Arc<Hub>,
    stores: Vec<Arc<NatsStore>>,
    /// Where our own server stores, and the room that it needs, in bytes.
    store: OnceLock<(PathBuf, u64)>,
    _forwarder: AbortOnDropHandle<()>,
    _turning: AbortOnDropHandle<()>,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").field("report", &self.report).finish_non_exhaustive()
    }
}

impl Broker {
    /// Connects to `endpoint` and makes the streams agree with the design.
    ///
    /// # Errors
    /// When the broker cannot be reached, is too old, or holds a stream that cannot be used.
    pub async fn connect(config: &Config, endpoint: &Endpoint) -> Result<Self, Error> {
        let connection = Connection::open(config, endpoint).await?;
        let report = provision::reconcile(&connection, endpoint).await?;
        let api = |error: PortError| Error::Api(error.to_string());
        Ok(Self {
            log: Arc::new(NatsLog::new(connection.clone(), report.sync).await.map_err(api)?),
            commands: Arc::new(NatsCommands {
                appender: Appender::start(connection.clone(), COMMANDS, report.sync),
                connection: connection.clone(),
            }),
            blobs: Arc::new(NatsBlobs::new(&connection).await.map_err(api)?),
            hub: Arc::new(Hub::new(connection.client.new_inbox(), config.live_signals_max)),
            leases: Arc::new(NatsLeases::new(&connection).await.map_err(api)?),
            stores: NatsStore::all(&connection).await.map_err(api)?,
            store: OnceLock::new(),
            _forwarder: forward::start(connection.clone()).await?,
            _turning: AbortOnDropHandle::new(tokio::spawn(turning::watch(connection.clone()))),
            connection,
            report,
        })
    }

    /// What the reconciler found and did at the start.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The connection itself, for measurements and tests.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The state of the streams and their consumers.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn status(&self) -> Result<Status, PortError> {
        status::read(&self.connection).await
    }

    /// What was appended to EVENTS and to COMMANDS since the start, and how.
    #[must_use]
    pub fn appends(&self) -> [Appends; 2] {
        [self.log.appends(), self.commands.appends()]
    }

    /// Says that the broker stages batches in memory, so that fewer messages are worth one.
    pub fn stages_in_memory(&self) {
        self.log.stages_in_memory();
        self.commands.appender.stages_in_memory();
    }

    /// The stream that acknowledges nothing on a live connection for longer than it may
    /// (`append.unanswered_ms`), and for how long. New appends to it are refused meanwhile.
    #[must_use]
    pub fn stands_still(&self) -> Option<(&'static str, Duration)> {
        let log = self.log.stands_still().map(|silent| (EVENTS, silent));
        log.or_else(|| Some((COMMANDS, self.commands.appender.stands_still()?)))
    }

    /// What stands still, why as far as that is known, and what helps.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let (stream, silent) = self.stands_still()?;
        let what = format!("{stream} acknowledged nothing for {} s", silent.as_secs());
        let Some((dir, needed)) = self.store.get() else {
            let remedy = "free its disk, then restart it: a stream that failed to write stays so";
            return Some(format!("{what}, though the broker answers; see its log; {remedy}"));
        };
        match crate::server::room(dir) {
            Ok(free) if free < *needed => Some(format!(
                "{what}: the disk of the broker is full: {free} bytes are free, {needed} are \
                 needed; make room, and the broker is restarted by itself"
            )),
            Ok(_) => Some(format!("{what}, though there is room; the broker is being restarted")),
            Err(error) => Some(format!("{what}; its directory cannot be asked for room: {error}")),
        }
    }

    /// Our own server stores there and needs so much room.
    pub(crate) fn stores_in(&self, dir: &Path, room_bytes_min: u64) {
        let _ = self.store.set((dir.to_owned(), room_bytes_min));
    }

    /// A round trip to the broker; resolves within `timeout`.
    ///
    /// # Errors
    /// When the broker is away.
    pub async fn ping(&self, timeout: Duration) -> Result<(), PortError> {
        let away = |reason: &str| PortError::Unavailable(reason.to_owned());
        if !self.connection.is_up() {
            return Err(away("the broker is not connected"));
        }
        let account = self.connection.context.query_account();
        match tokio::time::timeout(timeout, account).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(away(&error.to_string())),
            Err(_) => Err(away("the broker does not answer")),
        }
    }

    /// EVENTS.
    #[must_use]
    pub fn log(&self) -> Arc<dyn Log> {
        Arc::clone(&self.log) as Arc<dyn Log>
    }

    /// EVENTS as an import writes it.
    #[must_use]
    pub fn restore(&self) -> Arc<dyn Restore> {
        Arc::new(NatsRestore { connection: self.connection.clone() })
    }

    /// What nodes tell each other.
    #[must_use]
    pub fn gossip(&self) -> Arc<dyn Gossip> {
        Arc::new(NatsGossip { connection: self.connection.clone() })
    }

    /// TREES.
    #[must_use]
    pub fn trees(&self) -> Arc<dyn TreeHeads> {
        Arc::new(NatsTrees { connection: self.connection.clone() })
    }

    /// CHECKPOINTS.
    #[must_use]
    pub fn checkpoints(&self) -> Arc<dyn Checkpoints> {
        Arc::new(NatsCheckpoints { connection: self.connection.clone() })
    }

    /// COMMANDS.
    #[must_use]
    pub fn commands(&self) -> Arc<dyn CommandQueue> {
        Arc::clone(&self.commands) as Arc<dyn CommandQueue>
    }

    /// Requests of clients.
    #[must_use]
    pub fn asks(&self) -> Arc<dyn Asks> {
        Arc::new(NatsAsks { connection: self.connection.clone() })
    }

    /// How nodes ask each other.
    #[must_use]
    pub fn peers(&self) -> Arc<dyn Peers> {
        Arc::new(NatsPeers { connection: self.connection.clone() })
    }

    /// Requests of workers.
    #[must_use]
    pub fn work(&self) -> Arc<dyn WorkCalls> {
        Arc::new(NatsWork { connection: self.connection.clone() })
    }

    /// One-shot schedules.
    #[must_use]
    pub fn timers(&self) -> Arc<dyn Timers> {
        Arc::new(NatsTimers { connection: self.connection.clone() })
    }

    /// SNAPSHOTS.
    #[must_use]
    pub fn snapshots(&self) -> Arc<dyn Snapshots> {
        Arc::new(NatsSnapshots { connection: self.connection.clone() })
    }

    /// BLOBS.
    #[must_use]
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs) as Arc<dyn Blobs>
    }

    /// LEASES.
    #[must_use]
    pub fn leases(&self) -> Arc<dyn Leases> {
        Arc::clone(&self.leases) as Arc<dyn Leases>
    }

    /// A bucket of small values.
    #[must_use]
    pub fn store(&self, bucket: Bucket) -> Arc<dyn Store> {
        Arc::clone(&self.stores[bucket as usize]) as Arc<dyn Store>
    }

    /// AUDIT.
    #[must_use]
    pub fn audit(&self) -> Arc<dyn Audit> {
        Arc::new(NatsAudit { connection: self.connection.clone() })
    }

    /// TELEMETRY.
    #[must_use]
    pub fn records(&self) -> Arc<dyn Records> {
        Arc::new(NatsRecords { connection: self.connection.clone() })
    }

    /// DEAD.
    #[must_use]
    pub fn dead_letters(&self) -> Arc<dyn DeadLetters> {
        let (connection, blobs) = (self.connection.clone(), Arc::clone(&self.blobs));
        Arc::new(NatsDead { connection, blobs })
    }

    /// Signals.
    #[must_use]
    pub fn live(&self) -> Arc<dyn Live> {
        let (connection, hub) = (self.connection.clone(), Arc::clone(&self.hub));
        Arc::new(NatsLive { connection, hub })
    }
}
