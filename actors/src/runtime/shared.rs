//! What all parts of one runtime share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use contracts::CommandId;
use contracts::ports::Intake;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cells::Cells;
use super::cluster::{Cluster, Shares};
use super::directory::Directory;
use super::effects;
use super::gate::{Gate, Refused};
use super::hydrate::Hydrator;
use super::letters::Drains;
use super::patience::{Patience, PatientLog};
use super::places::Places;
use super::proofs::Proofs;
use super::schedule::Desk as Timers;
use super::search::VectorCache;
use super::trials::Trials;
use super::waiters::Waiters;
use super::work::Leases;
use super::world::World;
use crate::config::Config;
use crate::convert::Converter;
use crate::fetch::Fetcher;
use crate::privacy::Keys;
use crate::registry::Registry;
use crate::tools::Sources;

/// The runtime's own belongings; never handed out.
pub struct Shared {
    /// The ports.
    pub world: World,
    /// The kinds.
    pub registry: Registry,
    /// The limits.
    pub config: Config,
    /// Who there is, and what each may.
    pub directory: Arc<Directory>,
    /// The policy enforcement point.
    pub gate: Gate,
    /// What is written down of its refusals.
    pub refused: Refused,
    /// Sends requests to HTTP servers.
    pub fetcher: Fetcher,
    /// Converts files.
    pub converter: Converter,
    /// Where tools come from beside the program itself.
    pub sources: Sources,
    /// The keys of personal data.
    pub keys: Arc<Keys>,
    /// Vectors that were read lately.
    pub vectors: VectorCache,
    /// Reads actors.
    pub hydrator: Hydrator,
    /// Where commits stand that are read one by one.
    pub places: Places,
    /// Which partitions are this process's.
    pub shares: Shares,
    /// The other nodes; `None` = there are none.
    pub cluster: Option<Cluster>,
    /// Places for calls of other nodes.
    pub calls: Arc<Semaphore>,
    /// Places for requests of NATS clients.
    pub asks: Arc<Semaphore>,
    /// How long a log that is away is waited for.
    pub patience: Arc<Patience>,
    /// The cells that are awake.
    pub cells: Cells,
    /// Which snapshots are to be proved.
    pub proofs: Proofs,
    /// Which actors' letters are to be decided.
    pub drains: Drains,
    /// Timers, and whether the broker holds them.
    pub timers: Arc<Timers>,
    /// The work that workers have.
    pub leases: Leases,
    /// Which effects wait, and what this process does about each.
    pub effects: effects::Desk,
    /// Which durable commands may be what ends the program.
    pub trials: Trials,
    /// Who waits for which command.
    pub waiters: Waiters,
    /// Who takes what programs of tenants tell of themselves; nobody until it is said.
    pub intake: OnceLock<Arc<dyn Intake>>,
    /// What is counted.
    pub counters: Counters,
    /// Ids that this run has made.
    serial: AtomicU64,
    /// Tasks that a stop waits for.
    pub tasks: TaskTracker,
    /// Said once, when the runtime stops.
    pub stop: CancellationToken,
}

/// What the runtime counts, for `/metrics` and `admin`.
#[derive(Debug, Default)]
pub struct Counters {
    /// Commands committed or answered.
    pub commands: AtomicU64,
    /// Commands refused.
    pub refusals: AtomicU64,
    /// Cells awake now.
    pub cells: AtomicU64,
    /// Effects performed.
    pub effects: AtomicU64,
    /// Effects waiting or running now.
    pub effects_pending: AtomicU64,
    /// Snapshots that were found to equal the log.
    pub snapshots_proved: AtomicU64,
    /// Snapshots that did not, and were thrown away.
    pub snapshots_refuted: AtomicU64,
    /// Messages put into DEAD.
    pub dead: AtomicU64,
}

impl Counters {
    /// Counts one.
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Reads one.
    #[must_use]
    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// A command id that nobody has had.
    #[must_use]
    pub fn fresh_id(&self) -> CommandId {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed).to_string();
        CommandId::derived("cambium fresh command v1", &[&self.world.nonce.to_string(), &serial])
    }

    /// Puts the belongings together.
    #[must_use]
    pub fn new(
        mut world: World,
        registry: Registry,
        config: Config,
        directory: Arc<Directory>,
    ) -> Arc<Self> {
        let stale_after = Duration::from_millis(config.directory_stale_ms);
        let stop = CancellationToken::new();
        let patience = Patience::new(Duration::from_millis(config.log_wait_ms), stop.clone());
        world.log = PatientLog::over(world.log, patience.clone());
        let hydrator = Hydrator {
            log: world.log.clone(),
            snapshots: world.snapshots.clone(),
            registry: registry.clone(),
            read_commits_max: config.read_commits_max,
            shared_log: world.cluster.is_some(),
        };
        let keys = Keys::new(
            world.subject_keys.clone(),
            world.wrap.clone(),
            config.subject_keys_cached_max,
            Duration::from_millis(config.subject_keys_cached_ms),
        );
        let places = |most: usize| Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
        let cluster = world.cluster.clone().map(|it| Cluster::new(it, &config.cluster));
        let shares = if cluster.is_some() { Shares::nothing() } else { Shares::everything() };
        Arc::new(Self {
            shares,
            cluster,
            calls: places(config.cluster.calls_concurrent_max),
            asks: places(config.asks_concurrent_max),
            sources: Sources::new(&config.tools, &world.secrets, &stop),
            fetcher: Fetcher::new(&config.fetch, None),
            converter: Converter::new(&config.convert),
            keys: Arc::new(keys),
            effects: effects::Desk::new(&config),
            registry,
            config,
            gate: Gate::new(directory.clone(), stale_after, world.node_key.clone()),
            directory,
            refused: Refused::default(),
            world,
            vectors: VectorCache::default(),
            hydrator,
            places: Places::default(),
            patience,
            cells: Cells::default(),
            proofs: Proofs::default(),
            drains: Drains::default(),
            timers: Arc::default(),
            serial: AtomicU64::new(0),
            leases: Leases::default(),
            trials: Trials::default(),
            waiters: Waiters::default(),
            intake: OnceLock::new(),
            counters: Counters::default(),
            tasks: TaskTracker::new(),
            stop,
        })
    }
}
