//! Work for any language: effects that are leased to workers over HTTP and NATS. What may start is
//! for the board of effects to say; who has what, until when, is kept here.

mod lease;
mod leases;
mod past;
mod piece;
mod road;
mod settle;

use contracts::ports::{Fut, WorkBoard};
use contracts::work::{
    ExtendInput, LeaseInput, LeaseRequest, OutcomeInput, Ticket, WorkAnswer, WorkExtended,
    WorkItem, millis,
};
use contracts::{EffectId, Partition, Queue, Recorded, Refusal, RefusalClass, Tenant};
use tokio::time::Instant;

pub use leases::Leases;

use super::Runtime;
use super::effects::Leased;

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
            let next = shared.leases.next_at();
            let due = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = shared.stop.cancelled() => return,
                () = shared.leases.changed.notified() => {}
                () = due => runtime.look_after_work(),
            }
        }
    });
}

impl Runtime {
    fn look_after_work(&self) {
        for start in self.shared.leases.expire(Instant::now()) {
            let Some(leased) = Leased::of(self, start) else { continue };
            let runtime = self.clone();
            self.shared.tasks.spawn(async move { runtime.give_up(leased).await });
        }
    }

    /// Takes from workers what a commit concludes, or wants done no longer.
    pub(super) fn see_work(&self, recorded: &Recorded) {
        for start in self.shared.leases.see(recorded) {
            if let Some(leased) = Leased::of(self, start) {
                leased.cut();
            }
        }
    }

    /// The work of a partition is another node's from now on.
    pub(super) fn let_go_of_work(&self, partition: Partition) {
        for start in self.shared.leases.let_go(partition) {
            if let Some(leased) = Leased::of(self, start) {
                leased.cut();
            }
        }
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
