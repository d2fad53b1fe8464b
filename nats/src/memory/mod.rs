//! The ports in memory: one [`Memory`] is one broker. Deterministic: no thread, no socket, no real
//! time; timers, leases and redeliveries follow tokio's clock, which a test can pause and advance.
//!
//! Every port is a handle on the same world, so two "nodes" of a test share one by cloning it.

mod asks;
mod audit;
mod blobs;
mod checkpoints;
mod clock;
mod commands;
mod dead;
mod faults;
mod gossip;
mod leases;
mod live;
mod log;
mod peers;
mod queue;
mod records;
mod restore;
mod snapshots;
mod store;
#[cfg(test)]
mod tests;
mod timers;
mod trees;
mod wire;
mod work;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::ports::{
    Asks, Audit, Blobs, Checkpoints, CommandQueue, DeadLetters, Fut, Gossip, Leases, Live, Log,
    Peers, PortError, Records, Restore, Snapshots, Store, Timers, TreeHeads, WorkCalls,
};
use contracts::{Hash, Tenant, Timestamp};

pub use self::faults::Faults;
use crate::config::Config;
use crate::headers;
use crate::streams::Bucket;

/// A broker in memory. Cloning it gives another handle on the same one.
#[derive(Clone)]
pub struct Memory {
    world: Arc<World>,
}

/// What the ports share, a part per port.
struct World {
    config: Config,
    clock: clock::Clock,
    faults: Mutex<faults::Plan>,
    events: log::Events,
    commands: Mutex<queue::Queues>,
    commands_changed: tokio::sync::Notify,
    wire: wire::Wire,
    servers: asks::Servers,
    workers: work::Servers,
    peers: peers::Served,
    snapshots: Mutex<snapshots::Kept>,
    blobs: Mutex<blobs::Kept>,
    leases: Mutex<leases::Kept>,
    audit: Mutex<audit::Kept>,
    records: Mutex<records::Kept>,
    dead: Mutex<dead::Kept>,
    trees: Mutex<trees::Kept>,
    checkpoints: Mutex<checkpoints::Kept>,
    stores: [Mutex<store::Kept>; Bucket::ALL.len()],
}

/// The largest payload that the broker takes, in bytes: the default of the real one.
pub const PAYLOAD_BYTES_MAX: usize = 1024 * 1024;

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    /// An empty broker with default limits whose clock starts at the system's time.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Config::default(), clock::Clock::from_system())
    }

    /// An empty broker with limits of its own whose clock starts at `now`; for simulation.
    #[must_use]
    pub fn starting_at(now: Timestamp, config: Config) -> Self {
        Self::with(config, clock::Clock::starting_at(now))
    }

    fn with(config: Config, clock: clock::Clock) -> Self {
        let world = World {
            config,
            clock,
            faults: Mutex::default(),
            events: log::Events::default(),
            commands: Mutex::default(),
            commands_changed: tokio::sync::Notify::new(),
            wire: wire::Wire::default(),
            servers: asks::Servers::default(),
            workers: work::Servers::default(),
            peers: peers::Served::default(),
            snapshots: Mutex::default(),
            blobs: Mutex::default(),
            leases: Mutex::default(),
            audit: Mutex::default(),
            records: Mutex::default(),
            dead: Mutex::default(),
            trees: Mutex::default(),
            checkpoints: Mutex::default(),
            stores: Default::default(),
        };
        Self { world: Arc::new(world) }
    }

    /// From now on things go wrong as `faults` says; counting starts again at 1.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.world.faults) = faults::Plan::new(faults);
    }

    /// How many appends were tried since [`Memory::set_faults`].
    #[must_use]
    pub fn appends(&self) -> u64 {
        lock(&self.world.faults).appends()
    }

    /// The time of this world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// EVENTS as an import writes it.
    #[must_use]
    pub fn restore(&self) -> Arc<dyn Restore> {
        Arc::new(restore::MemoryRestore(Arc::clone(&self.world)))
    }

    /// What nodes tell each other.
    #[must_use]
    pub fn gossip(&self) -> Arc<dyn Gossip> {
        Arc::new(gossip::MemoryGossip(Arc::clone(&self.world)))
    }

    /// TREES.
    #[must_use]
    pub fn trees(&self) -> Arc<dyn TreeHeads> {
        Arc::new(trees::MemoryTrees(Arc::clone(&self.world)))
    }

    /// CHECKPOINTS.
    #[must_use]
    pub fn checkpoints(&self) -> Arc<dyn Checkpoints> {
        Arc::new(checkpoints::MemoryCheckpoints(Arc::clone(&self.world)))
    }

    /// A bucket of small values.
    #[must_use]
    pub fn store(&self, bucket: Bucket) -> Arc<dyn Store> {
        Arc::new(store::MemoryStore { world: Arc::clone(&self.world), bucket })
    }

    /// EVENTS.
    #[must_use]
    pub fn log(&self) -> Arc<dyn Log> {
        Arc::new(log::MemoryLog(Arc::clone(&self.world)))
    }

    /// COMMANDS.
    #[must_use]
    pub fn commands(&self) -> Arc<dyn CommandQueue> {
        Arc::new(commands::MemoryCommands(Arc::clone(&self.world)))
    }

    /// Requests of clients.
    #[must_use]
    pub fn asks(&self) -> Arc<dyn Asks> {
        Arc::new(asks::MemoryAsks(Arc::clone(&self.world)))
    }

    /// How nodes ask each other.
    #[must_use]
    pub fn peers(&self) -> Arc<dyn Peers> {
        Arc::new(peers::MemoryPeers(Arc::clone(&self.world)))
    }

    /// Requests of workers.
    #[must_use]
    pub fn work(&self) -> Arc<dyn WorkCalls> {
        Arc::new(work::MemoryWork(Arc::clone(&self.world)))
    }

    /// One-shot schedules.
    #[must_use]
    pub fn timers(&self) -> Arc<dyn Timers> {
        Arc::new(timers::MemoryTimers(Arc::clone(&self.world)))
    }

    /// SNAPSHOTS.
    #[must_use]
    pub fn snapshots(&self) -> Arc<dyn Snapshots> {
        Arc::new(snapshots::MemorySnapshots(Arc::clone(&self.world)))
    }

    /// BLOBS.
    #[must_use]
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::new(blobs::MemoryBlobs(Arc::clone(&self.world)))
    }

    /// LEASES.
    #[must_use]
    pub fn leases(&self) -> Arc<dyn Leases> {
        Arc::new(leases::MemoryLeases(Arc::clone(&self.world)))
    }

    /// AUDIT.
    #[must_use]
    pub fn audit(&self) -> Arc<dyn Audit> {
        Arc::new(audit::MemoryAudit(Arc::clone(&self.world)))
    }

    /// TELEMETRY.
    #[must_use]
    pub fn records(&self) -> Arc<dyn Records> {
        Arc::new(records::MemoryRecords(Arc::clone(&self.world)))
    }

    /// DEAD.
    #[must_use]
    pub fn dead_letters(&self) -> Arc<dyn DeadLetters> {
        Arc::new(dead::MemoryDead(Arc::clone(&self.world)))
    }

    /// Signals.
    #[must_use]
    pub fn live(&self) -> Arc<dyn Live> {
        Arc::new(live::MemoryLive(Arc::clone(&self.world)))
    }

    /// Changes the kept records of AUDIT behind the ports' back.
    pub fn tamper_audit(
        &self,
        with: impl FnOnce(&mut std::collections::BTreeMap<u64, contracts::ports::AuditEntry>),
    ) {
        with(&mut lock(&self.world.audit).entries);
    }

    /// Changes a kept blob behind the ports' back, so that it no longer has its hash.
    pub fn damage_blob(&self, tenant: &Tenant, hash: Hash) {
        blobs::damage(&self.world, tenant, hash);
    }

    /// Messages in COMMANDS that are not settled yet, timers apart.
    #[must_use]
    pub fn commands_pending(&self) -> usize {
        lock(&self.world.commands).pending()
    }
}

/// Locks; a panic of another thread leaves our plain data sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A future that is done already.
fn done<'a, T: Send + 'a>(value: T) -> Fut<'a, T> {
    Box::pin(std::future::ready(value))
}

/// Header lines as a reader will see them; refuses what the real port refuses.
fn sendable(
    headers: Vec<(String, String)>,
    payload: &[u8],
) -> Result<Vec<(String, String)>, PortError> {
    check_size(payload)?;
    Ok(headers::from_map(Some(&headers::to_map(headers)?)))
}

/// Refuses what the real broker would refuse.
fn check_size(payload: &[u8]) -> Result<(), PortError> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(PortError::Refused(format!(
            "{} bytes are more than {PAYLOAD_BYTES_MAX}",
            payload.len()
        )));
    }
    Ok(())
}
