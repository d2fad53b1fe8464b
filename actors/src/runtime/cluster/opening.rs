//! What happens around taking and giving away a partition.

use std::time::Duration;

use contracts::{Cursor, Partition};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::keeper::Done;
use super::serve;
use crate::runtime::Runtime;
use crate::runtime::{effects, roads};

/// The pause before something is looked at again, in milliseconds.
const PAUSE_MS: u64 = 5;

/// Between two attempts to learn where the log ends, in milliseconds.
const HEAD_PAUSE_MS: u64 = 50;

/// Waits until all is known that the owner of these must know: who may what, and what effects,
/// timers and deadlines the log has left, up to where it stood when they were taken.
pub(super) async fn prepare(
    runtime: Runtime,
    taken: Vec<(Partition, u64)>,
    tell: UnboundedSender<Done>,
) {
    let stop = runtime.shared.stop.clone();
    let known = async {
        let head = head(&runtime).await;
        runtime.shared.directory.reached(head).await;
        let mut ledger = runtime.ledger.clone();
        let _ = ledger.wait_for(|it| it.complete && it.at >= head).await;
        for (partition, _) in &taken {
            retire(runtime.clone(), *partition).await;
        }
    };
    if stop.run_until_cancelled(known).await.is_some() {
        let _ = tell.send(Done::Ready(taken));
    }
}

/// Where the log ends, as far as it can be read.
async fn head(runtime: &Runtime) -> Cursor {
    loop {
        match runtime.shared.world.log.head().await {
            Ok(head) => return effects::readable(&runtime.shared, Cursor::ZERO, head).await,
            Err(error) => tracing::warn!(%error, "partition.waits_for_the_log"),
        }
        tokio::time::sleep(Duration::from_millis(HEAD_PAUSE_MS)).await;
    }
}

/// Takes up all that is to be done for partitions that were taken.
pub(super) fn serve(runtime: &Runtime, taken: Vec<(Partition, CancellationToken)>) {
    if taken.is_empty() {
        return;
    }
    let shared = &runtime.shared;
    let now = shared.world.clock.now();
    {
        let mut board = shared.effects.board();
        for (partition, _) in &taken {
            board.take_over(*partition, now);
        }
    }
    shared.effects.changed.notify_one();
    for (partition, token) in taken {
        serve::spawn_owner(runtime, partition, token.clone());
        let listening = runtime.clone();
        shared.tasks.spawn(async move {
            let Some(cluster) = &listening.shared.cluster else { return };
            let mut roads = cluster.roads.subscribe();
            let open = token.run_until_cancelled(roads.wait_for(|open| *open)).await;
            if matches!(open, Some(Ok(_))) {
                roads::listen_to(&listening, partition, &token);
            }
        });
    }
    let looking = runtime.clone();
    shared.tasks.spawn(async move {
        let stop = looking.shared.stop.clone();
        let looked = async {
            looking.look_for_letters().await;
            if let Err(error) = looking.reconcile_timers().await {
                tracing::warn!(%error, "timers.unreconciled");
            }
        };
        stop.run_until_cancelled(looked).await;
    });
}

/// Lets calls that may be made only once end while their outcomes can still be recorded here;
/// nothing more of the partition starts.
pub(super) async fn rest(
    runtime: Runtime,
    (partition, serial): (Partition, u64),
    tell: UnboundedSender<Done>,
) {
    let effects = &runtime.shared.effects;
    effects.board().rest(partition);
    let quiet = async {
        loop {
            let changed = effects.changed.notified();
            if effects.board().once_running_of(partition) == 0 {
                return;
            }
            // Others listen to the same bell, so it is looked again before long.
            let _ = tokio::time::timeout(Duration::from_millis(PAUSE_MS * 10), changed).await;
        }
    };
    let most = Duration::from_millis(runtime.shared.config.effect_drain_ms);
    if tokio::time::timeout(most, quiet).await.is_err() {
        tracing::warn!(%partition, "effects.cut_off: they are unknown to the next owner");
    }
    let _ = tell.send(Done::Rested(partition, serial));
}

/// Puts the cells of a partition to sleep, each when it has done what it was given; those that
/// take too long are left, and read the log again before they decide anything.
pub(super) async fn retire(runtime: Runtime, partition: Partition) {
    let cells = &runtime.shared.cells;
    let most = Duration::from_millis(runtime.shared.config.cluster.handover_ms);
    let asleep = async {
        while cells.retire_all(partition) > 0 {
            tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
        }
    };
    if tokio::time::timeout(most, asleep).await.is_err() {
        tracing::warn!(%partition, "cells still decide; what they store is judged by the log");
        cells.doubt_all(partition);
    }
}
