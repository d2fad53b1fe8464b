//! One run of the program on the ports of the simulation.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use actors::runtime::{Clock, Credentials, Membership, StartError};
use actors::{Config, Registry, Runtime, World};
use bytes::Bytes;
use cambium_tests::node::Node as TestNode;
use contracts::caller::Identity;
use contracts::node::{NodeRow, Role};
use contracts::ports::{CommandIndex, Feed};
use contracts::{Address, Cursor, Hash, NodeId, Timestamp};
use nats::Memory;
use nats::streams::Bucket;

use super::chaos::Chaos;
use super::courier::Courier;
use super::life::{Life, Phase};
use super::model::{Bill, providers};
use super::ports::{
    SimAsks, SimAudit, SimBlobs, SimDead, SimLeases, SimLive, SimLog, SimNodes, SimPeers, SimQueue,
    SimSnapshots, SimTimers, SimTrees, Wire,
};
use super::trace::Trace;

/// The credential of clients on `ask.`.
pub const KEY: &str = "ck_sim";

/// What outlives every run of the program.
#[derive(Clone)]
pub struct Ground {
    /// The broker.
    pub memory: Memory,
    /// What goes wrong.
    pub chaos: Arc<Chaos>,
    /// What happened.
    pub trace: Trace,
    /// What the model that costs was asked.
    pub bill: Bill,
    /// The read model of commands.
    pub index: Arc<dyn CommandIndex>,
    /// Old copies of snapshots.
    pub first_snapshots: Arc<Mutex<BTreeMap<Address, Bytes>>>,
    /// The limits of the runtime.
    pub config: Config,
    /// Whether programs share the partitions by leases; else each takes all, and the log alone
    /// judges.
    pub shared: bool,
    /// The seed of the simulation.
    pub seed: u64,
}

/// A run of the program.
#[derive(Clone)]
pub struct Node {
    /// Its life.
    pub life: Arc<Life>,
    /// Its runtime.
    pub runtime: Runtime,
    clock: Arc<SkewedClock>,
}

struct SkewedClock {
    memory: Memory,
    offset_ms: AtomicI64,
}

impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        self.memory.now().plus_millis(self.offset_ms.load(Ordering::Relaxed))
    }
}

struct OneKey;

impl Credentials for OneKey {
    fn identify(&self, credential: &str) -> Option<Identity> {
        (credential == KEY).then(Identity::admin)
    }
}

/// The kinds of the simulation.
pub fn registry() -> Registry {
    Registry::standard().with::<Courier>()
}

impl Node {
    /// Starts run `number` of the program.
    ///
    /// # Errors
    /// When the log is away.
    pub async fn start(ground: &Ground, number: u64) -> Result<Self, StartError> {
        let life = Arc::new(Life::new(number));
        let (chaos, trace) = (ground.chaos.clone(), ground.trace.clone());
        let wire = Wire { life: life.clone(), chaos, trace };
        let clock = SkewedClock { memory: ground.memory.clone(), offset_ms: AtomicI64::new(0) };
        let clock = Arc::new(clock);
        let world = world(ground, &wire, clock.clone()).await?;
        let runtime = Runtime::start(world, registry(), ground.config.clone()).await?;
        Ok(Self { life, runtime, clock })
    }

    /// Sets its clock so far from the true time.
    pub fn skew(&self, offset_ms: i64) {
        self.clock.offset_ms.store(offset_ms, Ordering::Relaxed);
    }

    /// Kills it. What it still tries comes to nothing.
    pub fn kill(&self) {
        self.life.enter(Phase::Gone);
        self.clear_away();
    }

    /// Ends the tasks of a killed one.
    pub fn clear_away(&self) {
        let runtime = self.runtime.clone();
        tokio::spawn(async move { runtime.stop().await });
    }
}

/// The ports of the simulation in the place of those that a test's node has.
async fn world(ground: &Ground, wire: &Wire, clock: Arc<SkewedClock>) -> Result<World, StartError> {
    let memory = &ground.memory;
    let log = Arc::new(SimLog { inner: memory.log(), wire: wire.clone() });
    let tail = nats::Tail::start(log.clone(), nats::tail::Config::default()).await?;
    let feed: Arc<dyn Feed> = Arc::new(tail);
    let nonce = [ground.seed.to_string(), wire.life.number.to_string()];
    let wire = || wire.clone();
    let mut world = TestNode::world(memory, providers(&wire(), &ground.bill)).await;
    (world.log, world.feed) = (log, feed);
    world.queue = Arc::new(SimQueue { inner: memory.commands(), wire: wire() });
    world.asks = Arc::new(SimAsks { inner: memory.asks(), wire: wire() });
    world.timers = Arc::new(SimTimers { inner: memory.timers(), wire: wire() });
    let first = ground.first_snapshots.clone();
    world.snapshots = Arc::new(SimSnapshots { inner: memory.snapshots(), wire: wire(), first });
    world.blobs = Arc::new(SimBlobs { inner: memory.blobs(), wire: wire() });
    world.trees = Arc::new(SimTrees { inner: memory.trees(), wire: wire() });
    world.audit = Arc::new(SimAudit { inner: memory.audit(), wire: wire() });
    world.dead = Arc::new(SimDead { inner: memory.dead_letters(), wire: wire() });
    world.live = Arc::new(SimLive { inner: memory.live(), wire: wire() });
    world.index = ground.index.clone();
    world.credentials = Arc::new(OneKey);
    world.clock = clock;
    world.cluster = ground.shared.then(|| membership(memory, &wire()));
    world.nonce = Hash::of_parts("cambium simulated run v1", &[&nonce[0], &nonce[1]]);
    Ok(world)
}

/// One node of several, which meets the others as it meets the broker.
fn membership(memory: &Memory, wire: &Wire) -> Membership {
    let number = wire.life.number;
    let row = NodeRow {
        id: NodeId::new(format!("n{number}")).expect("an id"),
        run: Hash::of(&number.to_be_bytes()),
        roles: Role::ALL.to_vec(),
        version: "0.1.0".to_owned(),
        address: format!("http://127.0.0.1:{number}"),
        started: memory.now(),
        at: memory.now(),
        partitions: Vec::new(),
        directory: Cursor::ZERO,
        draining: false,
        left: false,
        proof: Hash::ZERO,
    };
    Membership {
        row,
        nodes: Arc::new(SimNodes { inner: memory.store(Bucket::Nodes), wire: wire.clone() }),
        leases: Arc::new(SimLeases { inner: memory.leases(), wire: wire.clone() }),
        peers: Arc::new(SimPeers {
            inner: memory.peers(),
            nodes: memory.store(Bucket::Nodes),
            wire: wire.clone(),
        }),
        lease_ttl_ms: nats::Config::default().lease_ttl_ms,
    }
}
