//! The work of the small world: one piece, always leased, in the queue `pictures`.

use contracts::ports::{Fut, WorkBoard};
use contracts::work::{
    ExtendInput, LeaseInput, LeaseRequest, OutcomeInput, WorkAnswer, WorkExtended, WorkItem,
    WorkStatus, millis,
};
use contracts::{
    Cursor, EffectId, Hash, Queue, Refusal, RefusalClass, Revision, Tenant, Timestamp,
};
use serde_json::json;

use super::world::World;

/// The lease that holds.
pub const LEASE: &str = "a-lease";

/// The one piece of work.
pub fn effect() -> EffectId {
    EffectId(Hash::of(b"work"))
}

fn held(tenant: &Tenant, effect_id: EffectId, lease: &str) -> Result<(), Refusal> {
    if tenant.as_str() != "main" || effect_id != effect() {
        return Err(Refusal::not_found("effect_not_found", "there is no such work"));
    }
    if lease == LEASE {
        return Ok(());
    }
    Err(Refusal::new(RefusalClass::Conflict, "lease_lost", "somebody else has it"))
}

impl WorkBoard for World {
    fn request(
        &self,
        tenant: Tenant,
        queue: Queue,
        input: LeaseInput,
    ) -> Result<LeaseRequest, Refusal> {
        let wait_ms = millis("wait_s", input.wait_s, 0, 30_000)?;
        let lease_ms = millis("lease_s", input.lease_s, 1_000, 60_000)?;
        let (items_max, worker) = (input.max, input.worker);
        Ok(LeaseRequest { tenant, queue, items_max, wait_ms, lease_ms, worker })
    }

    fn lease(&self, request: LeaseRequest) -> Fut<'_, Result<Vec<WorkItem>, Refusal>> {
        let own = request.tenant.as_str() == "main" && request.queue.as_str() == "pictures";
        let item = WorkItem {
            effect_id: effect(),
            lease: LEASE.to_owned(),
            queue: request.queue,
            input: json!({ "picture": "cat.png" }),
            attempt: 1,
            kind: "job".parse().unwrap(),
            actor: "a".parse().unwrap(),
            revision: Revision(1),
            lease_until: Timestamp::from_millis(1_763_700_000_000),
            trace: None,
        };
        Box::pin(async move { Ok(if own { vec![item] } else { Vec::new() }) })
    }

    fn conclude<'a>(
        &'a self,
        tenant: &'a Tenant,
        effect_id: EffectId,
        outcome: OutcomeInput,
    ) -> Fut<'a, Result<WorkAnswer, Refusal>> {
        Box::pin(async move {
            held(tenant, effect_id, &outcome.lease)?;
            let status = match outcome.read()? {
                Ok(_) => WorkStatus::Done,
                Err(_) => WorkStatus::Failed,
            };
            let (revision, cursor) = (Some(Revision(2)), Some(Cursor(9)));
            Ok(WorkAnswer { effect_id, status, revision, cursor, next_at: None })
        })
    }

    fn extend<'a>(
        &'a self,
        tenant: &'a Tenant,
        effect_id: EffectId,
        input: ExtendInput,
    ) -> Fut<'a, Result<WorkExtended, Refusal>> {
        Box::pin(async move {
            held(tenant, effect_id, &input.lease)?;
            let lease_until = Timestamp::from_millis(1_763_700_060_000);
            Ok(WorkExtended { effect_id, lease_until })
        })
    }
}
