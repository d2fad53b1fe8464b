//! Work for any language: effects that are leased to workers over HTTP and NATS.

mod board;
mod item;
mod lease;
mod line;
mod past;
mod piece;
mod road;
mod settle;
mod terms;

use std::time::Duration;

use contracts::lifecycle::Event;
use contracts::ports::{Fut, WorkBoard};
use contracts::work::{
    ExtendInput, LeaseInput, LeaseRequest, OutcomeInput, Ticket, WorkAnswer, WorkExtended,
    WorkItem, millis,
};
use contracts::{EffectId, Queue, Recorded, Refusal, RefusalClass, Tenant};
use tokio::time::Instant;

pub use board::Board;
pub use item::State;
pub use piece::Piece;

use super::Runtime;
use board::Overdue;

/// Listens to workers that speak NATS.
pub fn listen(runtime: &Runtime) {
    road::spawn(runtime.clone());
}

/// Begins to look after leases.
pub fn spawn(runtime: &Runtime) {
    let (runtime, tasks) = (runtime.clone(), runtime.shared.tasks.clone());
    tasks.spawn(async move {
        let shared = runtime.shared.clone();
        loop {
            let next = shared.board.next_at();
            let due = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = shared.stop.cancelled() => return,
                () = shared.board.changed.notified() => {}
                () = due => runtime.look_after_work(),
            }
        }
    });
}

impl Runtime {
    /// Offers the work of an effect that has no outcome yet.
    pub(super) fn offer_work(&self, piece: Piece, attempts: u32) {
        let grace = Duration::from_millis(self.shared.config.work_grace_ms);
        self.shared.board.offer(piece, attempts, grace);
    }

    fn look_after_work(&self) {
        for overdue in self.shared.board.expire(Instant::now(), &self.shared.config) {
            let (runtime, tasks) = (self.clone(), self.shared.tasks.clone());
            tasks.spawn(async move { runtime.give_up(overdue).await });
        }
    }

    /// Tells the actor that nobody answered.
    async fn give_up(&self, overdue: Overdue) {
        let Overdue { piece, attempts, once } = overdue;
        tracing::warn!(effect = %piece.id, attempts, "work.abandoned");
        let told = if once {
            self.work_unknown(&piece, attempts).await
        } else {
            let refusal = Refusal::new(
                RefusalClass::Timeout,
                "work_abandoned",
                format!("{attempts} workers took the work, and none of them answered in time"),
            );
            self.exhaust_work(&piece, attempts, refusal).await.map(drop)
        };
        match told {
            Ok(()) => {
                self.shared.board.withdraw(piece.id);
            }
            Err(refusal) => {
                // Nobody holds it; it is looked at again.
                tracing::error!(effect = %piece.id, %refusal, "work.outcome_lost");
                let again = Duration::from_millis(self.shared.config.effect_retry_ms_max);
                self.shared.board.undo(piece.id, again);
            }
        }
    }

    /// What a piece of work does at this moment, and what it waits for; `None` = it is not offered.
    pub(super) fn work_standing(&self, effect: EffectId) -> Option<(&'static str, String)> {
        let item = self.shared.board.get(effect)?;
        let queue = &item.piece.work.queue;
        let who = |worker: Option<contracts::ActorId>| {
            worker.map_or_else(|| "a worker".to_owned(), |worker| format!("the worker {worker}"))
        };
        Some(match item.state {
            State::Offered => ("queued", format!("no worker has asked for work of {queue}")),
            State::Leased { worker, .. } => ("leased", format!("{} has it", who(worker))),
            State::Pausing { .. } => {
                ("retrying", format!("it is offered again after the {} attempt(s)", item.attempts))
            }
            State::Orphaned { .. } => ("leased", "a worker had it before a restart".to_owned()),
            State::Settling => ("running", "its outcome is being recorded".to_owned()),
        })
    }

    /// The ticket in a worker's lease.
    fn ticket(&self, tenant: &Tenant, effect: EffectId, lease: &str) -> Result<Ticket, Refusal> {
        let ticket = Ticket::open(&self.shared.world.node_key, lease);
        let own = ticket.filter(|it| it.address.tenant == *tenant && it.effect() == effect);
        own.ok_or_else(|| {
            Refusal::not_found("effect_not_found", "there is no such work under this lease")
        })
    }
}

impl Board {
    /// Takes away what a commit concludes, or wants done no longer.
    pub fn see(&self, recorded: &Recorded) {
        if self.is_empty() {
            return;
        }
        for event in recorded.commit.events.iter().filter_map(Event::from_record) {
            match event {
                Event::EffectConcluded { effect, .. }
                | Event::EffectCancelled { effect, .. }
                | Event::EffectPaused { effect, .. }
                | Event::EffectUnknown { effect, .. } => self.withdraw(effect),
                _ => continue,
            };
        }
    }
}

/// Somebody else has the work, or it has an outcome.
fn lost() -> Refusal {
    Refusal::new(
        RefusalClass::Conflict,
        "lease_lost",
        "the work was given to another since, or was concluded; nothing was changed",
    )
}

fn stopping() -> Refusal {
    Refusal::unavailable("stopping", "this node is stopping; try again")
}

impl WorkBoard for Runtime {
    fn request(
        &self,
        tenant: Tenant,
        queue: Queue,
        input: LeaseInput,
    ) -> Result<LeaseRequest, Refusal> {
        let config = &self.shared.config;
        let LeaseInput { max, wait_s, lease_s, worker } = input;
        let most = config.work_lease_items_max;
        if !(1..=most).contains(&max) {
            return Err(contracts::work::invalid("max", &format!("is 1 to {most}")));
        }
        let wait_ms = millis("wait_s", wait_s, 0, config.work_wait_ms_max)?;
        let (min, max_ms) = (config.work_lease_ms_min, config.work_lease_ms_max);
        let lease_ms = millis("lease_s", lease_s, min, max_ms)?;
        Ok(LeaseRequest { tenant, queue, items_max: max, wait_ms, lease_ms, worker })
    }

    fn lease(&self, request: LeaseRequest) -> Fut<'_, Result<Vec<WorkItem>, Refusal>> {
        Box::pin(self.lease_work(request))
    }

    fn conclude<'a>(
        &'a self,
        tenant: &'a Tenant,
        effect: EffectId,
        outcome: OutcomeInput,
    ) -> Fut<'a, Result<WorkAnswer, Refusal>> {
        Box::pin(self.conclude_work(tenant, effect, outcome))
    }

    fn extend<'a>(
        &'a self,
        tenant: &'a Tenant,
        effect: EffectId,
        input: ExtendInput,
    ) -> Fut<'a, Result<WorkExtended, Refusal>> {
        Box::pin(self.extend_work(tenant, effect, input))
    }
}
