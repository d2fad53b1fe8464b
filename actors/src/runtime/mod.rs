//! The runtime: hosts that own partitions, cells that decide, the ledger of effects and their
//! executor, and the roads by which commands come in.

mod append;
mod bus;
mod cell;
mod cells;
mod cluster;
mod connectors;
mod decide;
mod directory;
mod effects;
mod gate;
mod header;
mod history;
mod hooks;
mod host;
mod hydrate;
mod inbox;
mod letters;
mod living;
mod meter;
mod parked;
mod parking;
mod parse;
mod patience;
mod places;
mod privacy;
mod proofs;
mod reply;
mod roads;
mod schedule;
mod search;
mod shared;
mod telling;
mod tickets;
mod told;
mod toolbox;
mod trials;
mod waiters;
mod work;
mod world;

use std::sync::Arc;

use contracts::ports::{Guard, Intake, PortError};
use contracts::{Cursor, Entry, Envelope, Partition, Refusal, Revision, Timestamp};
use futures_util::StreamExt;
use ractor::ActorRef;
use tokio::sync::watch;

pub use cluster::{Config as ClusterConfig, Membership, Node};
pub use directory::Footprint;
pub use history::{AnyArchive, AnyHistory};
pub use schedule::Reconciled;
pub use shared::Counters;
pub use world::{Clock, Credentials, SystemClock, World, run_nonce};

use crate::config::Config;
use crate::registry::Registry;
use host::{Host, HostMessage};
use shared::Shared;

/// A running runtime. Cheap to clone; [`Runtime::stop`] ends it for all.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
    hosts: Arc<[ActorRef<HostMessage>]>,
    ledger: watch::Receiver<effects::Progress>,
    archive: history::Desk,
}

/// Why a runtime did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The log is away.
    #[error(transparent)]
    Port(#[from] PortError),
    /// A host could not be spawned.
    #[error("a host could not be spawned: {0}")]
    Host(String),
    /// A node that lives is in the way.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// How far a runtime is with what it does in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Whether the ledger of effects has read the log up to where it stood at the start.
    pub ledger_complete: bool,
    /// From where it has read: its checkpoint, or the beginning when there is none to trust.
    pub ledger_from: Cursor,
    /// Up to where it has read.
    pub ledger_at: Cursor,
    /// For how long something has been due that the executor has not seen to, in milliseconds; 0 =
    /// nothing is overdue.
    pub effects_overdue_ms: u64,
}

impl Runtime {
    /// As [`Runtime::prepare`], and listens on all roads at once.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn start(
        world: World,
        registry: Registry,
        config: Config,
    ) -> Result<Self, StartError> {
        let runtime = Self::prepare(world, registry, config).await?;
        runtime.open_roads();
        Ok(runtime)
    }

    /// Takes all partitions, or begins to take its share of them where there are other nodes, and
    /// begins to rebuild the ledger of effects from the log. No message
    /// is taken from a road before [`Runtime::open_roads`].
    ///
    /// # Errors
    /// When the log cannot be reached; `node_id_in_use` and `node_key_differs` when a node that
    /// lives is in the way.
    pub async fn prepare(
        world: World,
        registry: Registry,
        config: Config,
    ) -> Result<Self, StartError> {
        let head = world.log.head().await?;
        // Whoever takes a partition decides who may what: first it must know.
        let opened = directory::open(&*world.log, head).await?;
        let shared = Shared::new(world, registry, config, opened.directory.clone());
        if let Some(cluster) = &shared.cluster {
            cluster.arrive(&shared.config.cluster).await?;
            shared.effects.board().own_nothing();
        }
        directory::spawn(&shared, opened);
        let mut hosts = Vec::new();
        for partition in Partition::all() {
            let (host, _) = ractor::Actor::spawn(None, Host, (shared.clone(), partition))
                .await
                .map_err(|error| StartError::Host(error.to_string()))?;
            hosts.push(host);
        }
        let (progress, ledger) = watch::channel(effects::Progress::default());
        let archive = history::Desk::open(&shared);
        let runtime = Self { shared, hosts: hosts.into(), ledger, archive };
        runtime.listen_for_answers();
        effects::spawn(runtime.clone(), head, progress);
        proofs::spawn(runtime.clone());
        letters::spawn(runtime.clone());
        schedule::desk::spawn(&runtime);
        work::spawn(&runtime);
        gate::spawn(&runtime);
        hooks::spawn(&runtime);
        cluster::spawn(&runtime);
        for source in runtime.shared.sources.all() {
            runtime.shared.tasks.spawn(source.clone().keep());
        }
        let (keys, stop) = (runtime.shared.keys.clone(), runtime.shared.stop.clone());
        runtime.shared.tasks.spawn(keys.follow(stop));
        Ok(runtime)
    }

    /// Says who takes what programs of tenants tell of themselves; once, before
    /// [`Runtime::open_roads`].
    pub fn told_to(&self, intake: Arc<dyn Intake>) {
        let _first_counts = self.shared.intake.set(intake);
    }

    /// Listens on all roads. Called once, by whoever prepared the runtime, when commands may come.
    pub fn open_roads(&self) {
        roads::spawn(self);
        work::listen(self);
    }

    /// Stops: partitions are handed to other nodes, no new command is taken, those under way and
    /// calls that may be made only once are finished, then everything ends.
    pub async fn stop(&self) {
        self.hand_over().await;
        self.shared.effects.draining.cancel();
        self.shared.effects.drained.cancelled().await;
        for cell in self.shared.cells.retire(self.shared.config.snapshot_stop_cells_max) {
            // It has nothing to wait for: what it keeps is written by a task, waited for below.
            let _ = cell.wait(None).await;
        }
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        for host in self.hosts.iter() {
            host.stop_children_and_wait(None, None).await;
            let _ = host.stop_and_wait(None, None).await;
        }
    }

    /// Who there is, and what each may.
    #[must_use]
    pub fn guard(&self) -> Arc<dyn Guard> {
        self.shared.directory.clone()
    }

    /// Whether the gate lets a command through at this moment. Nothing is sent.
    ///
    /// # Errors
    /// What the command would be refused with for want of a right.
    pub fn check(&self, envelope: &Envelope) -> Result<(), Refusal> {
        self.shared.gate.check(envelope, Revision::ZERO, self.shared.world.clock.now()).map(drop)
    }

    /// Up to where the directory has read the log, and how many principals it knows.
    #[must_use]
    pub fn directory(&self) -> (Cursor, usize) {
        let directory = &self.shared.directory;
        (directory.as_of(), directory.snapshot().principals())
    }

    /// Which models there are, and how their providers stand.
    #[must_use]
    pub fn models(&self) -> Arc<dyn contracts::ports::Models> {
        Arc::new(self.shared.world.providers.clone())
    }

    /// What is counted.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// How many partitions are this node's now.
    #[must_use]
    pub fn partitions_owned(&self) -> usize {
        self.shared.shares.owned().len()
    }

    /// When the oldest effect was asked for that has no outcome.
    #[must_use]
    pub fn oldest_effect(&self) -> Option<Timestamp> {
        self.shared.effects.board().oldest()
    }

    /// How far the background work is.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let progress = *self.ledger.borrow();
        let now = self.shared.world.clock.now().as_millis();
        let wake = self.shared.effects.board().next_wake();
        let overdue = wake.map_or(0, |wake| now.saturating_sub(wake.as_millis()).max(0));
        Readiness {
            ledger_complete: progress.complete,
            ledger_from: progress.from,
            ledger_at: progress.at,
            effects_overdue_ms: overdue.unsigned_abs(),
        }
    }

    /// Wakes those who wait for answers, commit by commit.
    fn listen_for_answers(&self) {
        let shared = self.shared.clone();
        let mut feed = shared.world.feed.subscribe(shared.world.feed.position());
        self.shared.tasks.spawn(async move {
            while let Some(item) = shared.stop.run_until_cancelled(feed.next()).await.flatten() {
                match item {
                    Ok(Entry::Commit(recorded)) => shared.waiters.tell(&recorded),
                    Ok(Entry::Foreign(foreign)) => {
                        tracing::error!(cursor = %foreign.cursor, foreign.reason, "log.foreign");
                    }
                    Err(error) => tracing::error!(%error, "answers.lost"),
                }
            }
        });
    }
}
