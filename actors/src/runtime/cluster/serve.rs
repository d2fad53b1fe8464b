//! Answering other nodes.

use std::sync::Arc;

use contracts::ports::{Flow, PeerCall, PeerName, PortError};
use contracts::{Partition, Refusal, RefusalClass};
use futures_util::StreamExt as _;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::calls::{self, Call, Told};
use crate::runtime::Runtime;

/// Answers what is asked of this node by its name, until the runtime stops.
pub(super) fn spawn(runtime: &Runtime) {
    let Some(cluster) = &runtime.shared.cluster else { return };
    let calls = cluster.ports.peers.serve(PeerName::Node(cluster.id().clone()));
    listen(runtime, calls, runtime.shared.stop.clone());
}

/// Answers what is asked of the owner of a partition, until `until`.
pub(super) fn spawn_owner(runtime: &Runtime, partition: Partition, until: CancellationToken) {
    let Some(cluster) = &runtime.shared.cluster else { return };
    listen(runtime, cluster.ports.peers.serve(PeerName::Owner(partition)), until);
}

fn listen(runtime: &Runtime, calls: Flow<Result<PeerCall, PortError>>, until: CancellationToken) {
    let runtime = runtime.clone();
    let tasks = runtime.shared.tasks.clone();
    tasks.clone().spawn(async move {
        let places = runtime.shared.calls.clone();
        let mut calls = calls.take_until(runtime.heard_out(until));
        while let Some(item) = calls.next().await {
            match item {
                Ok(call) => answer(&runtime, call, &places).await,
                Err(error) => tracing::error!(%error, "peers.interrupted"),
            }
        }
    });
}

/// Answers beside, so that nobody waits for another's answer.
async fn answer(runtime: &Runtime, call: PeerCall, places: &Arc<Semaphore>) {
    let key = &runtime.shared.world.node_key;
    let Some((question, code)) = calls::asked(key, &call.payload) else {
        tracing::warn!("a call was dropped: it does not come from a node of this system");
        return;
    };
    // Whoever owns it has heard it too, perhaps: this node has no say, be it ever so busy.
    if is_anothers(runtime, &question) {
        return send(runtime, &call, code, &Told::NotMine).await;
    }
    let Ok(place) = places.clone().try_acquire_owned() else {
        let message = "too many calls of other nodes are under way at once; try again";
        let refusal = Refusal::new(RefusalClass::Overloaded, "overloaded", message);
        return send(runtime, &call, code, &Told::Refused(Box::new(refusal.retry_after(100))))
            .await;
    };
    // Put at once, so that the order of the road is the order of the actor.
    let answering = runtime.clone();
    let told = begin(runtime, question);
    runtime.shared.tasks.spawn(async move {
        let told = told.await;
        send(&answering, &call, code, &told).await;
        drop(place);
    });
}

/// Whether a command is another node's to decide.
fn is_anothers(runtime: &Runtime, question: &Call) -> bool {
    let Call::Ask(envelope, _) = question else { return false };
    !runtime.shared.shares.owns(envelope.to.partition())
}

async fn send(runtime: &Runtime, call: &PeerCall, code: contracts::Hash, told: &Told) {
    match calls::tell(&runtime.shared.world.node_key, code, told) {
        Ok(payload) => {
            if let Err(error) = call.answer.send(payload).await {
                tracing::debug!(%error, "peers.unanswered");
            }
        }
        Err(refusal) => tracing::error!(%refusal, "peers.unanswered"),
    }
}

/// What is to be answered; a command is in its mailbox when this returns.
fn begin(
    runtime: &Runtime,
    question: Call,
) -> std::pin::Pin<Box<dyn Future<Output = Told> + Send>> {
    let runtime = runtime.clone();
    if let Call::Ask(envelope, passage) = question {
        let shared = &runtime.shared;
        if shared.registry.get(&envelope.to.kind).is_none() {
            let message = format!("this node has no kind {}", envelope.to.kind);
            let refusal = Refusal::not_found("unknown_kind", message);
            return Box::pin(std::future::ready(Told::Refused(Box::new(refusal))));
        }
        let committing = runtime.put_by(*envelope, passage);
        return Box::pin(async move {
            match runtime.committed(committing).await {
                Ok(answer) => Told::Answered(Box::new(answer)),
                Err(refusal) if refusal.decided => Told::Decided(Box::new(refusal)),
                Err(refusal) => Told::Refused(Box::new(refusal)),
            }
        });
    }
    Box::pin(async move { other(&runtime, question).await })
}

async fn other(runtime: &Runtime, question: Call) -> Told {
    let shared = &runtime.shared;
    match question {
        Call::Ask(..) => Told::NotMine,
        Call::Drain(actor) => {
            if shared.shares.owns(actor.partition()) {
                shared.drains.want(&actor);
            }
            Told::Done
        }
        Call::Reach(cursor) => {
            shared.directory.reached(cursor).await;
            Told::Done
        }
        Call::Look => {
            if let Some(cluster) = &shared.cluster {
                cluster.nudge.notify_one();
            }
            Told::Done
        }
        Call::Leave => {
            runtime.leave();
            Told::Done
        }
        Call::Peek(effect) => Told::Text(shared.effects.growing.peek(effect)),
        Call::Timers => match runtime.reconcile_timers().await {
            Ok(found) => Told::Timers(found),
            Err(error) => Told::Refused(Box::new(error.into())),
        },
        Call::Lease(_) | Call::Conclude(..) | Call::Extend(..) => {
            super::work::answer(runtime, question).await
        }
    }
}
