//! `work.`: the work board for workers that speak NATS.

use std::sync::Arc;

use contracts::access::{Act, Capability};
use contracts::audit::{AuditRecord, classes};
use contracts::ports::{Guard as _, WorkBoard as _, WorkCall, WorkVerb};
use contracts::work::read;
use contracts::{Origin, Queue, Refusal, RefusalClass, Tenant};
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::runtime::Runtime;
use crate::runtime::gate::Refused;
use crate::runtime::letters::UNADDRESSED;
use crate::runtime::parse;
use crate::runtime::reply::{self, Way};

/// What a worker must be allowed, for the queue that it works at.
const LEASE: Capability<'static> = Capability::new("work", "lease");

/// Answers workers until the runtime stops.
pub fn spawn(runtime: Runtime) {
    let most = runtime.shared.config.work_calls_max.clamp(1, Semaphore::MAX_PERMITS);
    let places = Arc::new(Semaphore::new(most));
    let tasks = runtime.shared.tasks.clone();
    tasks.clone().spawn(async move {
        let mut calls = runtime.shared.world.work.serve();
        let stop = runtime.shared.stop.clone();
        while let Some(item) = stop.run_until_cancelled(calls.next()).await.flatten() {
            let call = match item {
                Ok(call) => call,
                Err(error) => {
                    tracing::error!(%error, "road.interrupted");
                    continue;
                }
            };
            let Ok(permit) = places.clone().try_acquire_owned() else {
                let message = "too many workers wait at once; try again";
                let refusal = Refusal::new(RefusalClass::Overloaded, "overloaded", message);
                reply(&runtime, &call, Err(refusal.retry_after(100))).await;
                continue;
            };
            let runtime = runtime.clone();
            tasks.spawn(async move {
                let answer = answer(&runtime, &call).await;
                if let Err(refusal) = &answer {
                    write_down(&runtime, &call, refusal);
                }
                reply(&runtime, &call, answer).await;
                drop(permit);
            });
        }
    });
}

async fn answer(runtime: &Runtime, call: &WorkCall) -> Result<Value, Refusal> {
    let (tenant, queue, verb) = call.to.as_ref().map_err(|subject| {
        let message = format!("{subject} is no subject of the work board");
        Refusal::new(RefusalClass::Malformed, "invalid_subject", message)
    })?;
    let identity = parse::identify(&runtime.shared, credential(call))?;
    let now = runtime.shared.world.clock.now();
    let entrance = runtime.shared.directory.enter(&identity, tenant, now);
    let entrance =
        entrance.ok_or_else(|| Refusal::not_found("effect_not_found", "there is no such work"))?;
    let act = Act { capability: LEASE, id: Some(queue.as_str()), road: Origin::Nats, now };
    if !entrance.rights.may(&act) {
        let message = format!("this takes {LEASE}, which {} has not", entrance.principal);
        return Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message));
    }
    let body = parse::body(&call.payload)?;
    contracts::input::check(&body)?;
    perform(runtime, tenant, queue, verb, body).await
}

/// What the call presents.
fn credential(call: &WorkCall) -> Option<&str> {
    let bearer = call.header("authorization").and_then(|line| line.strip_prefix("Bearer "));
    call.header(parse::KEY).or(bearer)
}

async fn perform(
    runtime: &Runtime,
    tenant: &Tenant,
    queue: &Queue,
    verb: &WorkVerb,
    body: Value,
) -> Result<Value, Refusal> {
    match verb {
        WorkVerb::Lease => {
            let request = runtime.request(tenant.clone(), queue.clone(), read(body)?)?;
            Ok(json!({ "items": runtime.lease(request).await? }))
        }
        WorkVerb::Outcome(effect) => told(&runtime.conclude(tenant, *effect, read(body)?).await?),
        WorkVerb::Extend(effect) => told(&runtime.extend(tenant, *effect, read(body)?).await?),
    }
}

/// Writes down who was refused for want of a right, or came with a credential that is nobody's.
fn write_down(runtime: &Runtime, call: &WorkCall, refusal: &Refusal) {
    let class = match refusal.class {
        RefusalClass::Unauthenticated => classes::DENIED,
        RefusalClass::Forbidden => classes::REFUSED,
        _ => return,
    };
    let shared = &runtime.shared;
    let tenant = call.tenant().unwrap_or(UNADDRESSED);
    let (now, said) = (shared.world.clock.now(), refusal.message.clone());
    let record = AuditRecord::new(tenant, class, now, said).refused(refusal).details(facts(call));
    let identity = parse::identify(shared, credential(call)).ok();
    Refused::keep(
        shared,
        AuditRecord {
            principal: identity.as_ref().map(|identity| identity.principal.to_string()),
            credential: identity.and_then(|identity| identity.credential),
            road: Some("work".to_owned()),
            action: Some(LEASE.to_string()),
            ..record
        },
    );
}

fn told<T: Serialize>(answer: &T) -> Result<Value, Refusal> {
    serde_json::to_value(answer).map_err(|error| Refusal::internal(error.to_string()))
}

async fn reply(runtime: &Runtime, call: &WorkCall, answer: Result<Value, Refusal>) {
    let Some(subject) = &call.reply_to else { return };
    let body = match answer {
        Ok(mut value) => {
            value["ok"] = json!(true);
            value
        }
        Err(refusal) => json!({ "ok": false, "error": refusal }),
    };
    let tenant = call.tenant();
    let way = Way { subject, tenant: tenant.as_ref(), is_brokers: true, settle: &*call.settle };
    reply::send(&runtime.shared, way, &body, || facts(call)).await;
}

/// What AUDIT is told of a call.
fn facts(call: &WorkCall) -> Value {
    match &call.to {
        Ok((_, queue, WorkVerb::Lease)) => json!({ "road": "work", "queue": queue }),
        Ok((_, queue, WorkVerb::Outcome(effect) | WorkVerb::Extend(effect))) => {
            json!({ "road": "work", "queue": queue, "effect": effect })
        }
        Err(subject) => json!({ "road": "work", "subject": subject }),
    }
}
