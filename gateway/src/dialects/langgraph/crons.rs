//! `/runs/crons`: runs that begin by the clock. Each is a `cron`, whose timer is in the log: it
//! fires after a restart too, and one run makes up for all that were missed meanwhile.

use std::sync::Arc;

use actors::kinds::cron::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::cron::{self, Set};
use contracts::schedule::{Missed, Recurrence};
use contracts::view::At;
use contracts::{ActorId, Address, Refusal, RefusalClass, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::begin::{Said, start_of};
use super::{fits, page_of, question, rows, state};
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::Fields;
use crate::dialects::common::{assistants as asked, images, read};
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::problem::codes;

/// What of a run is noted: which cron began it.
const CRON: &str = "langgraph.cron";

fn unknown() -> Refusal {
    Refusal::not_found("actor_not_found", "there is no such cron")
}

/// The cron, for who may read it; one that was removed is none.
async fn kept(shared: &Shared, asker: &Asker, id: &ActorId) -> Result<State, Refusal> {
    asker.ensure(shared, (&cron::KIND, "read"), Some(id))?;
    let address = Address::new(asker.tenant.clone(), cron::KIND, id.clone());
    let view = shared.kept(&address).await?.ok_or_else(unknown)?;
    let state: State = contracts::read::from_value(view.state)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    Some(state).filter(|state| state.set.is_some()).ok_or_else(unknown)
}

fn told(id: &ActorId, state: &State, now: Timestamp) -> Value {
    let Some(set) = &state.set else { return Value::Null };
    let said = set.notes.clone().unwrap_or_default();
    let enabled = set.enabled && !state.ended;
    let next = set
        .repeat
        .first(now)
        .ok()
        .filter(|next| enabled && set.until.is_none_or(|until| *next <= until));
    json!({
        "cron_id": id, "assistant_id": said["assistant_id"], "thread_id": set.thread,
        "schedule": said["schedule"], "timezone": said["timezone"], "end_time": set.until,
        "enabled": enabled, "metadata": members(&said["metadata"]), "payload": said,
        "on_run_completed": set.thread.is_none().then_some("keep"), "user_id": null,
        "created_at": state.created_at, "updated_at": state.updated_at, "next_run_date": next,
        "last_run": state.run.as_ref().map(|run| {
            json!({ "run_id": run, "thread_id": state.thread, "at": state.fired_at })
        }),
        "last_error": state.failed, "runs": state.fired,
    })
}

fn members(value: &Value) -> Value {
    if value.is_object() { value.clone() } else { json!({}) }
}

/// What a body says of a cron, over what was said before.
async fn set(
    shared: &Shared,
    asker: &Asker,
    (id, thread): (&ActorId, Option<ActorId>),
    said: Map<String, Value>,
) -> Result<Set, Refusal> {
    let notes = Value::Object(said.clone());
    let mut body = Fields::new(Value::Object(said), "")?;
    let (expr, zone) = (body.needed_text("schedule")?, body.text("timezone")?);
    let until = match body.text("end_time")? {
        None => None,
        Some(text) => {
            let wanted = || body.wrong("end_time", "is a time as ISO 8601 writes it");
            Some(instant(&text).ok_or_else(wanted)?)
        }
    };
    let enabled = body.flag("enabled")?.unwrap_or(true);
    let assistant = body.needed_text("assistant_id")?;
    let queue = match body.text("multitask_strategy")?.as_deref() {
        None | Some("reject") => false,
        Some("enqueue") => true,
        Some(_) => return Err(codes::unsupported_parameter("multitask_strategy")),
    };
    body.only("on_run_completed", &[json!("keep")])?;
    body.unsupported(&["interrupt_after", "interrupt_before", "webhook"])?;
    body.ignore(&[
        "checkpoint_during",
        "durability",
        "stream_mode",
        "stream_resumable",
        "stream_subgraphs",
    ]);
    let said = Said {
        input: body.take("input"),
        config: body.take("config"),
        context: body.take("context"),
        metadata: body.take("metadata"),
    };
    body.done()?;
    let mut start = start_of(shared, asker, assistant, said).await?;
    if asked::named(&start.model).is_some() {
        asked::ensure_plain(&start)?;
    }
    start.metadata.insert(CRON.to_owned(), id.to_string());
    start.queue = queue && thread.is_some();
    images::keep(shared, asker, &mut start.turns).await?;
    let zone = zone.unwrap_or_else(|| "UTC".to_owned());
    Ok(Set {
        repeat: Recurrence::cron(expr, zone),
        until,
        enabled,
        missed: Missed::Once,
        thread,
        start: Box::new(start),
        notes: Some(notes),
    })
}

/// An instant; one without an offset is meant in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

async fn say(shared: &Shared, asker: &Asker, id: ActorId, set: &Set) -> Result<Response, Refusal> {
    let body = serde_json::to_value(set).map_err(|error| Refusal::internal(error.to_string()))?;
    order(shared, asker, (id.clone(), "set"), body).await?;
    respond::json(StatusCode::OK, &told(&id, &kept(shared, asker, &id).await?, shared.now()))
}

async fn order(
    shared: &Shared,
    asker: &Asker,
    (id, command): (ActorId, &str),
    body: Value,
) -> Result<(), Refusal> {
    let (kind, key) = (&cron::KIND, asker.key.clone());
    let order = Order { kind, id: Some(id), command, body, key, wait: None };
    asker.order(shared, order).await.map(drop)
}

/// `POST /runs/crons` and `POST /threads/{id}/runs/crons`.
pub async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = read(&shared, &mut call).await?;
    let asker = Asker::of(&call)?;
    drop(call);
    asker.ensure(&shared, (&cron::KIND, "set"), None)?;
    let Value::Object(said) = body else { return Err(unreadable()) };
    let thread = match asker.id.as_str() {
        "" => None,
        named => {
            let thread = ActorId::new(named).map_err(|_| state::unknown())?;
            state::view(&shared, &asker, &thread, At::Latest).await?;
            Some(thread)
        }
    };
    // A request that comes again with its key means the same cron.
    let name = match &asker.key {
        Some(key) => key.command(&asker.tenant, &asker.caller.principal).to_string(),
        None => Uuid::now_v7().to_string(),
    };
    let id = ActorId::new(name).map_err(|_| unknown())?;
    let set = set(&shared, &asker, (&id, thread), said).await?;
    say(&shared, &asker, id, &set).await
}

fn unreadable() -> Refusal {
    crate::dialects::common::fields::wrong("body", "is an object")
}

/// `PATCH /runs/crons/{id}`: what is said counts from now on; the rest stays.
pub async fn update(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = read(&shared, &mut call).await?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    asker.ensure(&shared, (&cron::KIND, "set"), Some(&id))?;
    let Value::Object(more) = body else { return Err(unreadable()) };
    let known = kept(&shared, &asker, &id).await?.set.ok_or_else(unknown)?;
    let Some(Value::Object(mut said)) = known.notes else { return Err(unknown()) };
    said.extend(more);
    said.retain(|_, value| !value.is_null());
    let set = set(&shared, &asker, (&id, known.thread), said).await?;
    say(&shared, &asker, id, &set).await
}

/// `DELETE /runs/crons/{id}`.
pub async fn delete(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    read(&shared, &mut call).await?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    asker.ensure(&shared, (&cron::KIND, "remove"), Some(&id))?;
    order(&shared, &asker, (id, "remove"), json!({})).await?;
    respond::json(StatusCode::OK, &json!({}))
}

async fn matching(shared: &Shared, asker: &Asker, body: &Value) -> Result<Vec<Value>, Refusal> {
    let mut all = Vec::new();
    for id in rows(shared, asker, &cron::KIND).await? {
        let state = match kept(shared, asker, &id).await {
            Ok(state) => state,
            Err(refusal) if refusal.class == RefusalClass::NotFound => continue,
            Err(refusal) => return Err(refusal),
        };
        let told = told(&id, &state, shared.now());
        let same = |name: &str| body[name].is_null() || body[name] == told[name];
        let named = ["assistant_id", "thread_id", "enabled"].into_iter().all(same);
        if named && fits(&told["metadata"], &body["metadata"]) {
            all.push(told);
        }
    }
    Ok(all)
}

/// `POST /runs/crons/search`.
pub async fn search(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (body, asker) = question(&shared, call).await?;
    let all = matching(&shared, &asker, &body).await?;
    respond::json(StatusCode::OK, &page_of(all, &body, "cron_id")?)
}

/// `POST /runs/crons/count`.
pub async fn count(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (body, asker) = question(&shared, call).await?;
    respond::json(StatusCode::OK, &matching(&shared, &asker, &body).await?.len())
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn a_time_without_an_offset_is_meant_in_utc() {
        let meant = instant("2027-01-15T08:00:00Z").expect("a time");
        for text in ["2027-01-15T08:00:00", "2027-01-15T09:00:00+01:00"] {
            assert_eq!(instant(text), Some(meant), "{text}");
        }
        assert_eq!(instant("soon"), None);
    }
}
