//! Proof that snapshots equal the replay of the log: each one that is kept is checked in the
//! background, as far as the share of time given to it goes, and thrown away when it does not.

use std::sync::Mutex;
use std::time::Duration;

use contracts::Address;
use contracts::view::At;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::Instant;

use super::Runtime;
use super::host::CellMessage;
use super::hydrate::HydrateError;
use super::living::Living;
use super::shared::Counters;

/// Snapshots that may wait for their proof; more are left for the next time that they are taken.
const WAITING_MAX: usize = 256;

/// Which snapshots wait for their proof.
pub struct Proofs {
    wanted: Sender<Address>,
    waiting: Mutex<Option<Receiver<Address>>>,
}

impl Default for Proofs {
    fn default() -> Self {
        let (wanted, waiting) = mpsc::channel(WAITING_MAX);
        Self { wanted, waiting: Mutex::new(Some(waiting)) }
    }
}

impl Proofs {
    /// Asks for the proof of an actor's snapshot.
    pub fn want(&self, address: Address) {
        // One that finds no place is checked after it was taken the next time.
        let _ = self.wanted.try_send(address);
    }
}

/// What came of comparing a snapshot with the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Equal,
    Differs,
    /// There is no snapshot any more, or none of today's shape.
    Void,
}

/// Checks snapshots until the runtime stops.
pub fn spawn(runtime: Runtime) {
    let shared = runtime.shared.clone();
    let waiting = shared.proofs.waiting.lock().ok().and_then(|mut waiting| waiting.take());
    let Some(mut waiting) = waiting else { return };
    let tracker = shared.tasks.clone();
    tracker.spawn(async move {
        while let Some(address) = shared.stop.run_until_cancelled(waiting.recv()).await.flatten() {
            let begun = Instant::now();
            match prove(&runtime, &address).await {
                Ok(Proof::Equal) => Counters::add(&shared.counters.snapshots_proved),
                Ok(Proof::Differs) => refute(&runtime, &address).await,
                Ok(Proof::Void) => {}
                Err(error) => tracing::debug!(actor = %address, %error, "snapshot.unproved"),
            }
            let share = f64::from(shared.config.snapshot_proof_percent.clamp(1, 100));
            let pause = begun.elapsed().mul_f64((100.0 - share) / share);
            let pause = tokio::time::sleep(pause.max(Duration::from_millis(1)));
            if shared.stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    });
}

async fn prove(runtime: &Runtime, address: &Address) -> Result<Proof, HydrateError> {
    let hydrator = &runtime.shared.hydrator;
    let Some(bytes) = hydrator.snapshots.load(address).await? else { return Ok(Proof::Void) };
    let machine = hydrator.fresh(address)?.machine;
    let Some(kept) = Living::from_snapshot(machine, &bytes) else { return Ok(Proof::Void) };
    let folded = hydrator.fold(address, At::Revision(kept.head.revision).into()).await?;
    Ok(if kept.equals(&folded) { Proof::Equal } else { Proof::Differs })
}

/// Throws a wrong snapshot away, and lets a cell that was woken from it read the log again.
async fn refute(runtime: &Runtime, address: &Address) {
    Counters::add(&runtime.shared.counters.snapshots_refuted);
    tracing::error!(actor = %address, "snapshot.refuted");
    if let Err(error) = runtime.shared.world.snapshots.forget(address).await {
        tracing::error!(actor = %address, %error, "snapshot.unforgotten");
    }
    if let Some(cell) = runtime.shared.cells.find(address) {
        let _ = cell.cast(CellMessage::Doubt);
    }
}
