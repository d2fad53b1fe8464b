//! Nodes that share one log: who there is, who owns which partition, and how they ask each other.
//!
//! Ownership is for speed: the log's expected positions are the safety. What ownership must be is
//! exclusive in time, so that a command is decided by one cell, and gone by itself when its node
//! stands still.

mod arrival;
mod calls;
mod config;
mod delivery;
mod keeper;
mod members;
mod opening;
mod questions;
mod serve;
mod shares;
mod work;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contracts::node::NodeRow;
use contracts::ports::{Fut, Leases, Peers, Store};
use contracts::{NodeId, Partition, Refusal};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use config::Config;
pub use keeper::spawn;
pub use members::Members;
pub use shares::Shares;

use super::Runtime;

/// How long a former owner of a partition still answers what was on its way to it.
const HEARD_OUT: Duration = Duration::from_millis(100);

/// What makes this process one node of several.
#[derive(Clone)]
pub struct Membership {
    /// What it says of itself; the runtime fills in what changes.
    pub row: NodeRow,
    /// NODES.
    pub nodes: Arc<dyn Store>,
    /// LEASES.
    pub leases: Arc<dyn Leases>,
    /// `peer.`.
    pub peers: Arc<dyn Peers>,
    /// How long a lease lasts, in milliseconds.
    pub lease_ttl_ms: u64,
}

/// This process as one node of several.
pub struct Cluster {
    ports: Membership,
    members: Members,
    /// Said when something may have changed that the keeper need not wait to see.
    nudge: Notify,
    /// Whether everything is to be given away.
    leaving: watch::Sender<bool>,
    /// Whether nothing is held any more.
    empty: watch::Sender<bool>,
    /// Whether the roads of clients are open.
    roads: watch::Sender<bool>,
    /// Whether another run is the node of this id: this one owns nothing while that one lives.
    aside: AtomicBool,
}

impl Cluster {
    /// A node that knows nobody yet.
    #[must_use]
    pub fn new(ports: Membership, config: &Config) -> Self {
        let ttl = Duration::from_millis(config.node_ttl_ms);
        let (store, row) = (ports.nodes.clone(), &ports.row);
        let members = Members::new(store, row.id.clone(), row.run, ttl);
        let (leaving, empty, roads) = Default::default();
        let aside = AtomicBool::new(false);
        Self { ports, members, nudge: Notify::new(), leaving, empty, roads, aside }
    }

    /// Which node this is.
    #[must_use]
    pub const fn id(&self) -> &NodeId {
        &self.ports.row.id
    }

    /// Who may own partitions, this node too: whom this node can ask, since what another one owns
    /// is reached by its owner alone.
    fn owners(&self) -> BTreeSet<NodeId> {
        let live = self.members.live().into_iter().filter(|row| row.may_own() && self.knows(row));
        let mut owners: BTreeSet<NodeId> = live.map(|row| row.id).collect();
        if self.ports.row.may_own() && !*self.leaving.borrow() && !self.is_aside() {
            owners.insert(self.id().clone());
        } else {
            owners.remove(self.id());
        }
        owners
    }

    /// The others that live and can be asked.
    fn others(&self) -> Vec<NodeRow> {
        let is_other = |row: &NodeRow| row.id != *self.id() && self.knows(row);
        self.members.live().into_iter().filter(is_other).collect()
    }

    /// Whether this node and that one have the same node key: else neither hears the other.
    fn knows(&self, row: &NodeRow) -> bool {
        row.proof == self.ports.row.proof
    }

    fn is_aside(&self) -> bool {
        self.aside.load(Ordering::SeqCst)
    }

    /// The roads of clients may be listened to.
    pub fn open_roads(&self) {
        self.roads.send_replace(true);
    }
}

/// A node and whether it lives.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it said of itself last.
    pub row: NodeRow,
    /// Whether it said so lately.
    pub live: bool,
    /// Whether it is the one that is asked.
    pub this: bool,
    /// Whether it has the node key of the one that is asked; the two hear each other.
    pub is_known: bool,
}

impl Runtime {
    /// Whether this process does what only one node does.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.shared.shares.leads()
    }

    /// The nodes that are known, in order; none where this process is alone by its settings.
    #[must_use]
    pub fn nodes(&self) -> Vec<Node> {
        let Some(cluster) = &self.shared.cluster else { return Vec::new() };
        let own = cluster.id();
        let all = cluster.members.all().into_iter();
        let told = all.map(|(row, live)| {
            let (this, is_known) = (row.id == *own, cluster.knows(&row));
            Node { row, live, this, is_known }
        });
        told.collect()
    }

    /// What keeps this process from being the node that it is told to be; `None` = nothing, or it
    /// is alone by its settings.
    #[must_use]
    pub fn node_trouble(&self) -> Option<String> {
        let cluster = self.shared.cluster.as_ref().filter(|it| it.is_aside())?;
        let address = cluster.members.standing().map(|row| row.address).unwrap_or_default();
        let id = cluster.id();
        Some(format!(
            "another process runs as {id}, at {address}: this one owns no partitions while that \
             one lives; give each a node.id of its own"
        ))
    }

    /// Who holds each partition; `None` = this process holds all by its settings.
    ///
    /// # Errors
    /// When the leases cannot be read.
    pub async fn owners(&self) -> Result<Option<Vec<(Partition, String)>>, Refusal> {
        let Some(cluster) = &self.shared.cluster else { return Ok(None) };
        let held = cluster.ports.leases.held().await?;
        Ok(Some(held.into_iter().map(|lease| (lease.partition, lease.holder)).collect()))
    }

    /// Lets a node give all its partitions away; it takes none until it is started anew.
    ///
    /// # Errors
    /// `node_not_found`; `node_silent` when it does not answer.
    pub async fn drain_node(&self, node: &NodeId) -> Result<(), Refusal> {
        let missing = || Refusal::not_found("node_not_found", format!("there is no node {node}"));
        let cluster = self.shared.cluster.as_ref().ok_or_else(missing)?;
        if node == cluster.id() {
            self.leave();
            return Ok(());
        }
        let live = cluster.members.live();
        live.iter().find(|row| row.id == *node).ok_or_else(missing)?;
        self.tell_to_leave(node).await
    }

    /// Resolves a moment after `until`: what was on its way to a former owner is not left
    /// unanswered.
    pub(in crate::runtime) fn heard_out(&self, until: CancellationToken) -> Fut<'static, ()> {
        let (alone, stop) = (self.shared.cluster.is_none(), self.shared.stop.clone());
        Box::pin(async move {
            until.cancelled().await;
            if !alone {
                stop.run_until_cancelled(tokio::time::sleep(HEARD_OUT)).await;
            }
        })
    }

    /// Gives all partitions away and takes none any more.
    pub(in crate::runtime) fn leave(&self) {
        if let Some(cluster) = &self.shared.cluster {
            cluster.leaving.send_replace(true);
            cluster.nudge.notify_one();
        }
    }

    /// As [`Runtime::leave`], and waits until others have them, within the limits of handing over.
    pub(in crate::runtime) async fn hand_over(&self) {
        let Some(cluster) = &self.shared.cluster else { return };
        self.leave();
        let config = &self.shared.config;
        let most = config.cluster.handover_ms.saturating_add(config.effect_drain_ms);
        let mut empty = cluster.empty.subscribe();
        let gone = empty.wait_for(|empty| *empty);
        if tokio::time::timeout(Duration::from_millis(most), gone).await.is_err() {
            tracing::warn!("not all partitions were handed over in time; their leases run out");
        }
    }
}
