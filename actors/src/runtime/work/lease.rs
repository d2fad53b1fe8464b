//! Handing work out.

use std::time::Duration;

use contracts::work::{ExtendInput, LeaseRequest, Ticket, WorkExtended, WorkItem, millis};
use contracts::{ActorId, EffectId, Hash, Refusal, Tenant, state_hash};
use tokio::time::Instant;

use super::{past, stopping};
use crate::runtime::Runtime;
use crate::runtime::effects::{Before, Leased};

impl Runtime {
    pub(super) async fn lease_work(&self, request: LeaseRequest) -> Result<Vec<WorkItem>, Refusal> {
        let leases = &self.shared.leases;
        let bell = leases.bell(&request.tenant, &request.queue);
        let leased = self.wait_for_work(&request, &bell).await;
        leases.leave(&request.tenant, &request.queue, bell);
        leased
    }

    async fn wait_for_work(
        &self,
        request: &LeaseRequest,
        bell: &tokio::sync::Notify,
    ) -> Result<Vec<WorkItem>, Refusal> {
        let shared = &self.shared;
        let until = Instant::now() + Duration::from_millis(request.wait_ms);
        loop {
            if shared.stop.is_cancelled() || shared.effects.draining.is_cancelled() {
                return Err(stopping());
            }
            let rung = bell.notified();
            let mut items = self.lease_here(request).await?;
            if items.is_empty() {
                items = self.lease_elsewhere(request).await;
            }
            if !items.is_empty() {
                return Ok(items);
            }
            let poll = shared.cluster.as_ref().map_or(request.wait_ms, |_| {
                // Another node may have work again of which nothing new is said in the log.
                shared.config.cluster.work_poll_ms
            });
            tokio::select! {
                biased;
                () = shared.stop.cancelled() => return Err(stopping()),
                () = rung => {}
                () = tokio::time::sleep_until(until) => return Ok(Vec::new()),
                () = tokio::time::sleep(Duration::from_millis(poll.max(1))) => {}
            }
        }
    }

    /// Work of this node's partitions that may start now.
    pub(in crate::runtime) async fn lease_here(
        &self,
        request: &LeaseRequest,
    ) -> Result<Vec<WorkItem>, Refusal> {
        let shared = &self.shared;
        if shared.stop.is_cancelled() || shared.effects.draining.is_cancelled() {
            return Err(stopping());
        }
        // What is dropped on the way goes back.
        let mut taken = Vec::new();
        while taken.len() < request.items_max {
            let Some(one) = self.take_work(&request.tenant, &request.queue).await else {
                break;
            };
            taken.push(one);
        }
        let give = |leased| self.give(leased, request.worker.clone(), request.lease_ms);
        let mut items: Vec<WorkItem> = taken.into_iter().filter_map(give).collect();
        for item in &mut items {
            // A worker does what was asked in plain words.
            let input = std::mem::take(&mut item.input);
            item.input = shared.opened(&request.tenant, input).await;
        }
        Ok(items)
    }

    fn give(&self, leased: Leased, worker: Option<ActorId>, lease_ms: u64) -> Option<WorkItem> {
        let world = &self.shared.world;
        let work = leased.work()?.clone();
        let (due, attempt) = (leased.due().clone(), leased.attempt());
        let time = Duration::from_millis(lease_ms);
        let lease = self.shared.leases.grant(leased.leave(), worker, time, world.nonce);
        let ticket = Ticket {
            address: due.address.clone(),
            revision: due.revision,
            index: due.index,
            cursor: due.cursor,
            attempt,
            lease,
        };
        Some(WorkItem {
            effect_id: due.id,
            lease: ticket.seal(&world.node_key)?,
            queue: work.queue,
            input: work.input,
            attempt,
            kind: due.address.kind,
            actor: due.address.id,
            revision: due.revision,
            lease_until: world.clock.now().plus_millis(as_millis(lease_ms)),
            trace: due.trace,
        })
    }

    pub(super) async fn extend_work(
        &self,
        tenant: &Tenant,
        effect: EffectId,
        input: ExtendInput,
    ) -> Result<WorkExtended, Refusal> {
        let partition = self.ticket(tenant, effect, &input.lease)?.address.partition();
        if self.shared.shares.owns(partition) {
            return self.extend_here(tenant, effect, input).await;
        }
        self.extend_elsewhere(partition, (tenant, effect), input).await
    }

    /// Lengthens a lease of work of this node's partitions.
    pub(in crate::runtime) async fn extend_here(
        &self,
        tenant: &Tenant,
        effect: EffectId,
        input: ExtendInput,
    ) -> Result<WorkExtended, Refusal> {
        let config = &self.shared.config;
        let (min, max) = (config.work_lease_ms_min, config.work_lease_ms_max);
        let lease_ms = millis("lease_s", input.lease_s, min, max)?;
        let ticket = self.ticket(tenant, effect, &input.lease)?;
        let time = Duration::from_millis(lease_ms);
        if !self.shared.leases.extend(&ticket, time) && !self.lease_again(&ticket, time) {
            return Err(past::ended(self, &ticket).await?);
        }
        let lease_until = self.shared.world.clock.now().plus_millis(as_millis(lease_ms));
        Ok(WorkExtended { effect_id: effect, lease_until })
    }

    /// Gives a worker back what nobody else has had since its lease ran out, or the program was
    /// started anew.
    fn lease_again(&self, ticket: &Ticket, time: Duration) -> bool {
        let Some(own) = self.shared.leases.own(ticket) else { return false };
        let before = Before { effect: ticket.effect(), attempt: ticket.attempt, own };
        let Some(leased) = self.adopt_work(before) else { return false };
        self.shared.leases.restore(leased.leave(), ticket, time);
        true
    }
}

pub(super) fn as_millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// What tells one outcome of a worker from another.
pub(super) fn mark(value: &serde_json::Value) -> Hash {
    state_hash(value).unwrap_or(Hash::ZERO)
}
