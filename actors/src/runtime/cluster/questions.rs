//! Asking other nodes: the owner of a partition, and what every node must know.

use std::time::Duration;

use contracts::effect::EffectText;
use contracts::node::NodeRow;
use contracts::ports::{PeerError, PeerName};
use contracts::{Address, Cursor, EffectId, NodeId, Partition, Refusal, RefusalClass};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::calls::{self, Call, Told};
use super::delivery::is_passing_by;
use crate::runtime::Runtime;
use crate::runtime::schedule::Reconciled;

/// The pause before a partition without an owner is looked at again, in milliseconds.
pub(super) const UNOWNED_MS: u64 = 25;

/// What came of asking a node.
pub(super) enum Heard {
    /// An answer.
    Told(Told),
    /// Surely nobody got the question.
    Nobody,
    /// Somebody may have got it.
    Silent,
}

impl Runtime {
    /// Asks a node once.
    pub(super) async fn ask_peer(&self, name: PeerName, call: &Call) -> Result<Heard, Refusal> {
        let Some(cluster) = &self.shared.cluster else { return Ok(Heard::Nobody) };
        let key = &self.shared.world.node_key;
        let (payload, code) = calls::ask(key, call)?;
        let patience = Duration::from_millis(self.shared.config.cluster.call_timeout_ms);
        Ok(match cluster.ports.peers.call(name, payload, patience).await {
            Ok(answer) => calls::told(key, code, &answer).map_or(Heard::Silent, Heard::Told),
            Err(PeerError::Nobody) => Heard::Nobody,
            Err(PeerError::Silent) => Heard::Silent,
            Err(PeerError::Port(error)) => return Err(error.into()),
        })
    }

    /// Asks the owner of a partition, waiting while there is none. What is asked may be done twice.
    ///
    /// # Errors
    /// What it is refused with; `partition_unowned`.
    pub(super) async fn ask_owner(
        &self,
        partition: Partition,
        call: &Call,
    ) -> Result<Told, Refusal> {
        let wait = Duration::from_millis(self.shared.config.cluster.unowned_wait_ms);
        let until = Instant::now() + wait;
        loop {
            match self.ask_peer(PeerName::Owner(partition), call).await? {
                Heard::Told(Told::Refused(refusal)) if is_passing_by(&refusal) => {}
                Heard::Told(Told::Refused(refusal)) => return Err(*refusal),
                Heard::Told(Told::NotMine) | Heard::Nobody | Heard::Silent => {}
                Heard::Told(told) => return Ok(told),
            }
            if Instant::now() >= until {
                return Err(unowned(partition));
            }
            let pause = tokio::time::sleep(Duration::from_millis(UNOWNED_MS));
            if self.shared.stop.run_until_cancelled(pause).await.is_none() {
                return Err(stopping());
            }
        }
    }

    /// Waits until every node that lives has read the log up to `cursor`, as far as it goes on
    /// reading: who does not is refused commands by its own gate, and is dead when it says nothing.
    pub(in crate::runtime) async fn reached_everywhere(&self, cursor: Cursor) {
        let Some(cluster) = &self.shared.cluster else { return };
        let config = &self.shared.config;
        let most = config.cluster.node_ttl_ms.saturating_add(config.directory_stale_ms);
        let asked = cluster.others().into_iter().map(|row| self.reached_by(row, cursor));
        if tokio::time::timeout(Duration::from_millis(most), join_all(asked)).await.is_err() {
            tracing::warn!(%cursor, "a node has not read what changes who may do what");
        }
    }

    async fn reached_by(&self, row: NodeRow, cursor: Cursor) {
        let Some(cluster) = &self.shared.cluster else { return };
        while cluster.members.live().iter().any(|live| live.id == row.id) {
            let asked = self.ask_peer(PeerName::Node(row.id.clone()), &Call::Reach(cursor)).await;
            if matches!(asked, Ok(Heard::Told(Told::Done))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(UNOWNED_MS)).await;
        }
    }

    /// Makes the broker's schedules agree with the log on every node, each for the actors that are
    /// its own: what each found, by its name. A node without a name is alone.
    ///
    /// # Errors
    /// When this node cannot ask the broker. What another one says, or that it says nothing, is
    /// told of it.
    pub async fn reconcile_timers_everywhere(
        &self,
    ) -> Result<Vec<(Option<NodeId>, Result<Reconciled, Refusal>)>, Refusal> {
        let own = self.reconcile_timers().await?;
        let Some(cluster) = &self.shared.cluster else { return Ok(vec![(None, Ok(own))]) };
        let asked = cluster.others().into_iter().map(|row| async move {
            let told = match self.ask_peer(PeerName::Node(row.id.clone()), &Call::Timers).await {
                Ok(Heard::Told(Told::Timers(found))) => Ok(found),
                Ok(Heard::Told(Told::Refused(refusal))) => Err(*refusal),
                Ok(_) => Err(silent(&row.id)),
                Err(refusal) => Err(refusal),
            };
            (Some(row.id), told)
        });
        let mut all = join_all(asked).await;
        all.push((Some(cluster.id().clone()), Ok(own)));
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(all)
    }

    /// How far an answer has come that another node is asked for.
    pub(in crate::runtime) async fn peek_elsewhere(&self, effect: EffectId) -> Option<EffectText> {
        self.shared.cluster.as_ref()?;
        let address = self.shared.effects.board().ledger.get(effect)?.address.clone();
        let partition = address.partition();
        if self.shared.shares.owns(partition) {
            return None;
        }
        match self.ask_peer(PeerName::Owner(partition), &Call::Peek(effect)).await {
            Ok(Heard::Told(Told::Text(text))) => text,
            _ => None,
        }
    }

    /// Lets whoever owns an actor decide what waits for it in DEAD.
    pub(in crate::runtime) fn want_letters(&self, actor: &Address) {
        if self.shared.shares.owns(actor.partition()) {
            return self.shared.drains.want(actor);
        }
        let (runtime, actor) = (self.clone(), actor.clone());
        self.shared.tasks.spawn(async move {
            let name = PeerName::Owner(actor.partition());
            // Who takes the partition next looks by itself.
            let _ = runtime.ask_peer(name, &Call::Drain(actor)).await;
        });
    }

    pub(super) async fn tell_to_leave(&self, node: &NodeId) -> Result<(), Refusal> {
        match self.ask_peer(PeerName::Node(node.clone()), &Call::Leave).await? {
            Heard::Told(Told::Done) => Ok(()),
            _ => Err(silent(node)),
        }
    }

    /// Lets a node look what is its own now; whether it hears is no matter.
    pub(super) fn nudge(&self, node: NodeId) {
        let runtime = self.clone();
        self.shared.tasks.spawn(async move {
            let _ = runtime.ask_peer(PeerName::Node(node), &Call::Look).await;
        });
    }
}

pub(super) fn unowned(partition: Partition) -> Refusal {
    let message =
        format!("no node owns partition {partition} at this moment; nothing was stored, try again");
    Refusal::new(RefusalClass::Unavailable, "partition_unowned", message).retry_after(1_000)
}

pub(super) fn stopping() -> Refusal {
    Refusal::unavailable("stopping", "this node is stopping; try again")
}

fn silent(node: &NodeId) -> Refusal {
    Refusal::unavailable("node_silent", format!("{node} does not answer"))
}
