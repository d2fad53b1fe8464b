//! Keeps what this node owns as it must be: says that it lives, renews leases, takes what is its
//! own, and gives away what is another's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use contracts::node::{NodeRow, owner};
use contracts::ports::{Lease, LeaseError};
use contracts::{NodeId, Partition};
use futures_util::StreamExt as _;
use futures_util::stream::iter;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{Cluster, opening, serve};
use crate::runtime::Runtime;

/// Leases that are asked for, renewed or let go at once.
const LEASES_CONCURRENT: usize = 32;

/// What a task of the keeper has done, for which hold.
pub(super) enum Done {
    /// These may be opened: all that must be known is known.
    Ready(Vec<(Partition, u64)>),
    /// Nothing of it that must end here runs any more.
    Rested(Partition, u64),
    /// Nothing of it is in hand any more.
    Closed(Partition, u64),
}

/// How far a hold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The lease is ours; the partition is not served yet.
    Opening,
    /// It is served.
    Open,
    /// It is being given away.
    Closing,
}

/// A partition whose lease is ours.
struct Held {
    lease: Lease,
    /// By our own clock, from before it was asked for.
    until: Instant,
    stage: Stage,
    /// Tells this hold from earlier ones of the same partition.
    serial: u64,
    /// Ends what listens for it.
    token: CancellationToken,
}

struct Keeper {
    runtime: Runtime,
    held: BTreeMap<Partition, Held>,
    serial: u64,
    done: mpsc::UnboundedReceiver<Done>,
    tell: mpsc::UnboundedSender<Done>,
    /// How many partitions may still be handed to nodes that joined, and since when.
    moves: (f64, Instant),
    /// Nodes with another key that were told of.
    strangers: BTreeSet<NodeId>,
}

/// Begins to be a node, when this process is one of several.
pub fn spawn(runtime: &Runtime) {
    if runtime.shared.cluster.is_none() {
        return;
    }
    serve::spawn(runtime);
    let listening = runtime.clone();
    runtime.shared.tasks.spawn(async move {
        let Some(cluster) = &listening.shared.cluster else { return };
        let news = cluster.members.follow(&cluster.nudge);
        listening.shared.stop.run_until_cancelled(news).await;
    });
    let (tell, done) = mpsc::unbounded_channel();
    let (runtime, tasks) = (runtime.clone(), runtime.shared.tasks.clone());
    tasks.spawn(async move {
        let (held, moves) = (BTreeMap::new(), (0.0, Instant::now()));
        let (serial, strangers) = (0, BTreeSet::new());
        let mut keeper = Keeper { runtime, held, serial, done, tell, moves, strangers };
        let stop = keeper.runtime.shared.stop.clone();
        stop.run_until_cancelled(keeper.run()).await;
        keeper.end().await;
    });
}

impl Keeper {
    fn cluster(&self) -> &Cluster {
        self.runtime.shared.cluster.as_ref().expect("it is spawned only with one")
    }

    async fn run(&mut self) {
        let config = self.runtime.shared.config.cluster.clone();
        let (beat, aim) =
            [config.beat_ms, config.aim_ms].map(|ms| Duration::from_millis(ms.max(1))).into();
        let mut beat_at = Instant::now();
        loop {
            if Instant::now() >= beat_at {
                beat_at = Instant::now() + beat;
                self.beat(beat).await;
            }
            self.lapse();
            self.aim().await;
            let next = beat_at.min(Instant::now() + aim);
            let runtime = self.runtime.clone();
            let nudge = runtime.shared.cluster.as_ref().map(|it| it.nudge.notified());
            let Some(nudged) = nudge else { return };
            tokio::select! {
                biased;
                Some(done) = self.done.recv() => self.take(done).await,
                () = nudged => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    /// Says that this node lives, looks who else does, and renews what is held.
    async fn beat(&mut self, within: Duration) {
        self.lapse();
        let row = self.row(false);
        let runtime = self.runtime.clone();
        let Some(cluster) = &runtime.shared.cluster else { return };
        let most = within.max(Duration::from_millis(cluster.ports.lease_ttl_ms / 2));
        let speak = async {
            let said = cluster.members.say(&row).await;
            cluster.members.look().await?;
            said
        };
        let (spoken, ()) = tokio::join!(timeout(most, speak), self.renew(most));
        match spoken {
            Ok(Ok(alone)) => {
                self.step_aside(!alone);
                self.look_for_strangers();
            }
            Ok(Err(error)) => tracing::warn!(%error, "node.unsaid"),
            Err(_) => tracing::warn!("node.unsaid: the broker does not answer"),
        }
    }

    /// Of two processes under one id, who speaks first is the node. The other steps aside until
    /// that one has been silent for as long as a node may be.
    fn step_aside(&self, aside: bool) {
        let cluster = self.cluster();
        match (cluster.aside.swap(aside, Ordering::SeqCst), aside) {
            (false, true) => {
                let trouble = self.runtime.node_trouble().unwrap_or_default();
                tracing::error!(node = %cluster.id(), "node.aside: {trouble}");
            }
            (true, false) => {
                tracing::info!(node = %cluster.id(), "node.alone: nobody else runs under its id");
            }
            _ => {}
        }
    }

    /// A node with another key can neither ask nor answer this one.
    fn look_for_strangers(&mut self) {
        let cluster = self.cluster();
        let strange = cluster.members.live().into_iter().find(|row| !cluster.knows(row));
        if let Some(row) = strange.filter(|row| self.strangers.insert(row.id.clone())) {
            tracing::error!(
                node = %row.id, address = row.address,
                "a node has another node key: give all nodes the same node.key_file"
            );
        }
    }

    /// What this node says of itself now.
    fn row(&self, left: bool) -> NodeRow {
        let (shared, cluster) = (&self.runtime.shared, self.cluster());
        NodeRow {
            at: shared.world.clock.now(),
            partitions: shared.shares.owned(),
            directory: shared.directory.as_of(),
            draining: *cluster.leaving.borrow() || shared.effects.draining.is_cancelled(),
            left,
            ..cluster.ports.row.clone()
        }
    }

    async fn renew(&mut self, within: Duration) {
        let runtime = self.runtime.clone();
        let Some(cluster) = &runtime.shared.cluster else { return };
        let (leases, begun) = (&cluster.ports.leases, Instant::now());
        let renewals = self.held.iter().map(|(partition, held)| {
            let (partition, lease) = (*partition, held.lease.clone());
            async move { (partition, leases.renew(&lease).await) }
        });
        let renewals: Vec<_> = renewals.collect();
        let renewed = iter(renewals).buffer_unordered(LEASES_CONCURRENT);
        let renewed = renewed.take_until(tokio::time::sleep(within)).collect::<Vec<_>>().await;
        let until = begun + Duration::from_millis(cluster.ports.lease_ttl_ms);
        for (partition, result) in renewed {
            match result {
                Ok(lease) => {
                    let Some(held) = self.held.get_mut(&partition) else { continue };
                    (held.lease, held.until) = (lease, until);
                    // Nobody has had it in between, or it could not be renewed: what its cells know
                    // still stands, even when the share ended for a moment.
                    if held.stage == Stage::Open || runtime.shared.shares.owns(partition) {
                        runtime.shared.shares.hold(partition, until);
                    }
                }
                Err(LeaseError::Lost | LeaseError::Held(_)) => self.lose(partition, "taken"),
                // It may have been renewed: its version is read again when it is taken anew.
                Err(LeaseError::Port(error)) => {
                    tracing::debug!(%partition, %error, "lease.unrenewed");
                }
            }
        }
    }

    /// Lets go of what was not renewed for a term beyond its own; its share has ended before.
    fn lapse(&mut self) {
        let term = Duration::from_millis(self.cluster().ports.lease_ttl_ms);
        let now = Instant::now();
        let over = self.held.iter().filter(|(_, held)| held.until + term <= now);
        let over: Vec<Partition> = over.map(|(partition, _)| *partition).collect();
        for partition in over {
            self.lose(partition, "not renewed in time");
        }
    }

    /// The lease is another's, or nobody's: nothing here decides for it any more.
    fn lose(&mut self, partition: Partition, why: &str) {
        let Some(held) = self.held.remove(&partition) else { return };
        tracing::warn!(%partition, why, "partition.lost");
        self.shut(partition, &held.token);
        tokio::spawn(opening::retire(self.runtime.clone(), partition));
    }

    /// From now on commands for it go to another node, and nothing of it is performed here.
    fn shut(&self, partition: Partition, token: &CancellationToken) {
        let shared = &self.runtime.shared;
        shared.shares.drop(partition);
        token.cancel();
        shared.effects.board().let_go(partition);
        self.runtime.let_go_of_work(partition);
    }

    /// Takes what is this node's, and begins to give away what is another's.
    async fn aim(&mut self) {
        let owners = self.cluster().owners();
        let own = self.cluster().id().clone();
        let mine = |partition| owner(partition, &owners) == Some(&own);
        let wanted: Vec<Partition> =
            Partition::all().filter(|it| mine(*it) && !self.held.contains_key(it)).collect();
        let others = self.held.iter().filter(|(it, held)| held.stage == Stage::Open && !mine(**it));
        let others: Vec<Partition> = others.map(|(partition, _)| *partition).collect();
        let leaving = *self.cluster().leaving.borrow();
        let at_once = leaving || self.cluster().is_aside();
        for partition in others {
            if at_once || self.may_move() {
                self.give_away(partition);
            }
        }
        self.acquire(wanted).await;
        let empty = self.held.is_empty() && leaving;
        self.cluster().empty.send_if_modified(|now| std::mem::replace(now, empty) != empty);
    }

    /// Whether one more may be handed to a node that joined.
    fn may_move(&mut self) -> bool {
        let most = f64::from(self.runtime.shared.config.cluster.moves_per_second_max.max(1));
        let (left, since) = self.moves;
        let left = since.elapsed().as_secs_f64().mul_add(most, left).min(most / 4.0 + 1.0);
        let may = left >= 1.0;
        self.moves = (if may { left - 1.0 } else { left }, Instant::now());
        may
    }

    async fn acquire(&mut self, wanted: Vec<Partition>) {
        if wanted.is_empty() {
            return;
        }
        let runtime = self.runtime.clone();
        let Some(cluster) = &runtime.shared.cluster else { return };
        let (leases, own, begun) = (&cluster.ports.leases, cluster.id().as_str(), Instant::now());
        let asked: Vec<_> =
            wanted.into_iter().map(|it| async move { leases.acquire(it, own).await }).collect();
        let within = Duration::from_millis(cluster.ports.lease_ttl_ms / 2);
        let taken = iter(asked).buffer_unordered(LEASES_CONCURRENT);
        let taken = taken.take_until(tokio::time::sleep(within)).collect::<Vec<_>>().await;
        let until = begun + Duration::from_millis(cluster.ports.lease_ttl_ms);
        let mut ready = Vec::new();
        for lease in taken {
            match lease {
                Ok(lease) => {
                    self.serial += 1;
                    let (partition, serial) = (lease.partition, self.serial);
                    let token = runtime.shared.stop.child_token();
                    let stage = Stage::Opening;
                    self.held.insert(partition, Held { lease, until, stage, serial, token });
                    ready.push((partition, serial));
                }
                Err(LeaseError::Held(_) | LeaseError::Lost) => {}
                Err(LeaseError::Port(error)) => tracing::debug!(%error, "lease.untaken"),
            }
        }
        if !ready.is_empty() {
            let opening = opening::prepare(runtime.clone(), ready, self.tell.clone());
            runtime.shared.tasks.spawn(opening);
        }
    }

    /// Lets what is in hand end, and then hands it over.
    fn give_away(&mut self, partition: Partition) {
        let Some(held) = self.held.get_mut(&partition) else { return };
        held.stage = Stage::Closing;
        let resting =
            opening::rest(self.runtime.clone(), (partition, held.serial), self.tell.clone());
        self.runtime.shared.tasks.spawn(resting);
    }

    async fn take(&mut self, done: Done) {
        match done {
            Done::Ready(ready) => self.open(&ready),
            Done::Rested(partition, serial) => {
                let held = self.held.get(&partition).filter(|it| it.serial == serial);
                let Some(token) = held.map(|held| held.token.clone()) else { return };
                self.shut(partition, &token);
                let (runtime, tell) = (self.runtime.clone(), self.tell.clone());
                self.runtime.shared.tasks.spawn(async move {
                    opening::retire(runtime, partition).await;
                    let _ = tell.send(Done::Closed(partition, serial));
                });
            }
            Done::Closed(partition, serial) => {
                if self.held.get(&partition).is_some_and(|it| it.serial == serial) {
                    self.release(partition).await;
                }
            }
        }
    }

    /// Serves what may be served.
    fn open(&mut self, ready: &[(Partition, u64)]) {
        let shared = &self.runtime.shared;
        let mut opened = Vec::new();
        for (partition, serial) in ready {
            let held = self.held.get_mut(partition).filter(|it| it.serial == *serial);
            let Some(held) = held else { continue };
            held.stage = Stage::Open;
            shared.shares.hold(*partition, held.until);
            opened.push((*partition, held.token.clone()));
        }
        tracing::info!(partitions = opened.len(), held = self.held.len(), "partitions.taken");
        opening::serve(&self.runtime, opened);
    }

    /// Lets another have it, and tells it so.
    async fn release(&mut self, partition: Partition) {
        let Some(held) = self.held.remove(&partition) else { return };
        let released = self.cluster().ports.leases.release(&held.lease).await;
        match released {
            Ok(()) => {}
            Err(error) => tracing::debug!(%partition, %error, "lease.unreleased"),
        }
        let next: Option<NodeId> = owner(partition, &self.cluster().owners()).cloned();
        if let Some(next) = next.filter(|next| next != self.cluster().id()) {
            self.runtime.nudge(next);
        }
    }

    /// A last word, and nothing more is held.
    async fn end(&mut self) {
        let row = self.row(true);
        let within = Duration::from_millis(self.cluster().ports.lease_ttl_ms);
        let last = async {
            for held in self.held.values() {
                let _ = self.cluster().ports.leases.release(&held.lease).await;
            }
            self.cluster().members.say(&row).await
        };
        if !matches!(timeout(within, last).await, Ok(Ok(_))) {
            tracing::debug!("node.unsaid: the last word");
        }
    }
}
