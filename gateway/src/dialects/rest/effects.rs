//! Effects and limits: what waits, why, and what may be done about it.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::effect::{
    EffectClass, EffectPhase, EffectQuery, EffectRecorded, EffectRow, EffectRowQuery, EffectVerb,
    EffectView, LimitView, Resolution,
};
use contracts::kinds::limit::SYSTEM;
use contracts::{ActorId, Address, Cursor, EffectId, Kind, LimitKey, Refusal, RefusalClass};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::params::{AFTER, KIND, LIMIT, MIN_CURSOR};
use super::reads::{limit, min_cursor, seen};
use super::respond::{self, JSON};
use super::work::effect;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Handler, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

const fn param(name: &'static str, about: &'static str) -> Param {
    Param { name, about }
}

const STATUSES: &str = "is queued, running, retrying, leased, paused, unknown, muted, pending, \
                        attempted, done, failed or cancelled";

const STATUS: &str = "Only those: `queued`, `running`, `retrying`, `leased`, `paused`, `unknown` \
                      or `muted`, as this node sees them now, the first asked first; or `pending`, \
                      `attempted`, `done`, `failed` or `cancelled`, as the log tells them, the \
                      last asked first.";

const fn post(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    handler: Handler,
) -> Route {
    let (method, access, query) = (Method::Post, Access::Key, &[]);
    let needs = Needs::Tenant(Capability::new("effects", "control"));
    Route { method, path, name, about, access, needs, offers: JSON, query, handler }
}

const fn get(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    query: &'static [Param],
    handler: Handler,
) -> Route {
    let (method, access, offers) = (Method::Get, Access::Key, JSON);
    let needs = Needs::Tenant(Capability::read("effects"));
    Route { method, path, name, about, access, needs, offers, query, handler }
}

/// The rows of effects.
pub const ROUTES: &[Route] = &[
    get(
        "/v1/effects",
        "effects",
        "Lists what actors have asked of the world, and what holds it.",
        &[
            AFTER,
            LIMIT,
            MIN_CURSOR,
            KIND,
            param("status", STATUS),
            param("id", "Only of this actor."),
            param("class", "Only of this: `fetch`, `llm`, `send`, `timer`, `tool` or `work`."),
            param("key", "Only under this limit key."),
        ],
        |shared, call| Box::pin(list(shared, call)),
    ),
    get("/v1/effects/{id}", "effect", "Shows an effect.", &[MIN_CURSOR], |shared, call| {
        Box::pin(show(shared, call))
    }),
    post(
        "/v1/effects/{id}/pause",
        "effect_pause",
        "Keeps an effect from starting until it is resumed; one that runs goes on.",
        |shared, call| Box::pin(pause(shared, call)),
    ),
    post(
        "/v1/effects/{id}/resume",
        "effect_resume",
        "Lets a paused effect start.",
        |shared, call| Box::pin(resume(shared, call)),
    ),
    post(
        "/v1/effects/{id}/cancel",
        "effect_cancel",
        "Gives an effect up; one that runs is cut off where that can be.",
        |shared, call| Box::pin(cancel(shared, call)),
    ),
    post(
        "/v1/effects/{id}/resolve",
        "effect_resolve",
        "Says what came of an effect that is unknown or paused.",
        |shared, call| Box::pin(resolve(shared, call)),
    ),
    get(
        "/v1/limits",
        "limits",
        "Lists the limits that are set, what the effects under each do, and what holds them.",
        &[],
        |shared, call| Box::pin(limits(shared, call)),
    ),
];

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let token = "is one token";
    let (kind, actor) = (call.kind_wanted(&shared)?, call.query.parsed("id", token)?);
    let (class, key) = (call.query.owned("class"), call.query.parsed("key", token)?);
    let classes = EffectClass::ALL.map(EffectClass::as_str);
    if class.as_deref().is_some_and(|class| !classes.contains(&class)) {
        return Err(codes::query_invalid("class", format!("is one of {}", classes.join(", "))));
    }
    let limit = limit(&shared, &call)?;
    seen(&shared, min_cursor(&call)?).await?;
    let recorded = match call.query.text("status") {
        None => None,
        Some(text) => match (EffectPhase::named(text), EffectRecorded::named(text)) {
            (Some(status), _) => {
                let wanted = Wanted { kind, actor, class, key, limit };
                return now(&shared, &call, status, wanted);
            }
            (None, Some(status)) => Some(status),
            (None, None) => return Err(codes::query_invalid("status", STATUSES)),
        },
    };
    let query = EffectRowQuery {
        tenant: call.tenant.clone(),
        kind,
        actor,
        class,
        limit: key,
        status: recorded,
        after: call.query.owned("after"),
        items_max: Some(limit),
    };
    let page = shared.edge.reading.effects(query).await?;
    let merge = |row: &EffectRow| whole(Some(row), alive(&shared, &call, row).as_ref());
    let items: Vec<_> = page.items.iter().map(merge).collect();
    respond::json(StatusCode::OK, &json!({ "items": items, "next": page.next }))
}

struct Wanted {
    kind: Option<Kind>,
    actor: Option<ActorId>,
    class: Option<String>,
    key: Option<LimitKey>,
    limit: usize,
}

/// Those that do `status` at this moment.
fn now(
    shared: &Shared,
    call: &Call,
    status: EffectPhase,
    wanted: Wanted,
) -> Result<Response, Refusal> {
    let after = call.query.text("after").map(place).transpose()?;
    let Wanted { kind, actor, class, key, limit } = wanted;
    let query = EffectQuery {
        tenant: Some(call.tenant.clone()),
        kind,
        actor,
        class,
        limit: key,
        status: Some(status),
        after,
        items_max: limit + 1,
    };
    let mut views = shared.edge.effects.list(&query);
    let more = views.len() > limit;
    views.truncate(limit);
    let last = views.last().filter(|_| more);
    let next = last.map(|view| format!("{}-{}", view.cursor, view.index));
    let items: Vec<_> = views.iter().map(|view| whole(None, Some(view))).collect();
    respond::json(StatusCode::OK, &json!({ "items": items, "next": next }))
}

fn place(text: &str) -> Result<(Cursor, u32), Refusal> {
    let read = text
        .split_once('-')
        .and_then(|(cursor, index)| Some((Cursor(cursor.parse().ok()?), index.parse().ok()?)));
    read.ok_or_else(|| codes::query_invalid("after", "is `next` of a page of the same listing"))
}

/// What this node does about an effect of the caller's tenant.
fn view_of(shared: &Shared, call: &Call, id: EffectId) -> Option<EffectView> {
    shared.edge.effects.get(id).filter(|view| view.address.tenant == call.tenant)
}

fn alive(shared: &Shared, call: &Call, row: &EffectRow) -> Option<EffectView> {
    let open = row.concluded_at.is_none();
    open.then(|| view_of(shared, call, row.id)).flatten()
}

async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let id = effect(&call)?;
    seen(&shared, min_cursor(&call)?).await?;
    let row = shared.edge.reading.effect(&call.tenant, id).await?;
    let concluded = row.as_ref().is_some_and(|row| row.concluded_at.is_some());
    let view = view_of(&shared, &call, id).filter(|_| !concluded);
    if row.is_none() && view.is_none() {
        return Err(unknown(id));
    }
    respond::json(StatusCode::OK, &whole(row.as_ref(), view.as_ref()))
}

fn unknown(id: EffectId) -> Refusal {
    Refusal::not_found("effect_not_found", format!("there is no effect {id}"))
}

/// `{id, kind, actor, revision, index, class, limit, queue, status, why, hold, attempts, asked_at,
/// concluded_at, next_at, code, reason, by, last}`: what the log says, and over it what this node
/// does at this moment.
fn whole(row: Option<&EffectRow>, view: Option<&EffectView>) -> Value {
    let mut all = match (row, view) {
        (Some(row), _) => json!({
            "id": row.id, "kind": row.kind, "actor": row.actor, "revision": row.revision,
            "index": row.index, "class": row.class, "limit": row.limit, "queue": row.queue,
            "status": row.status, "attempts": row.attempts, "asked_at": row.asked_at,
        }),
        (None, Some(view)) => json!({
            "id": view.id, "kind": view.address.kind, "actor": view.address.id,
            "revision": view.revision, "index": view.index, "class": view.class,
            "limit": view.limit, "queue": view.queue, "asked_at": view.asked_at,
        }),
        (None, None) => json!({}),
    };
    for (name, value) in [
        ("concluded_at", json!(row.and_then(|row| row.concluded_at))),
        ("code", json!(row.and_then(|row| row.code.as_ref()))),
        ("reason", json!(row.and_then(|row| row.reason.as_ref()))),
        ("by", json!(row.and_then(|row| row.by.as_ref()))),
        ("why", json!(view.and_then(|view| view.why.as_ref()).map(ToString::to_string))),
        ("hold", json!(view.and_then(|view| view.why.as_ref()))),
        ("next_at", json!(view.and_then(|view| view.next_at))),
        ("last", json!(view.and_then(|view| view.last.as_ref()))),
    ] {
        all[name] = value;
    }
    if let Some(view) = view {
        all["status"] = json!(view.status);
        all["attempts"] = json!(view.attempts);
    }
    all
}

/// Body of a pause.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseInput {
    /// Why, for people.
    #[serde(default)]
    pub reason: String,
}

/// Body of a cancellation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelInput {
    /// Why, for people.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Body of a resolution: what somebody who has looked says of the effect.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
pub enum ResolveInput {
    /// It was done, and this came of it: of a model its answer (a text, or the whole response), of
    /// a command sent `{revision, reply}`, of work its output, of a timer nothing.
    Done {
        /// What came of it.
        #[serde(default)]
        value: Value,
    },
    /// It was not done, and is not to be.
    Failed {
        /// A stable code: lower-case letters, digits and underscores.
        code: String,
        /// The same in a sentence.
        message: String,
    },
    /// It may be attempted again.
    Retry {},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

async fn pause(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let PauseInput { reason } = body(&shared, &mut call, "{reason?}").await?;
    control(&shared, call, EffectVerb::Pause { reason }).await
}

async fn resume(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = body(&shared, &mut call, "{}").await?;
    control(&shared, call, EffectVerb::Resume).await
}

async fn cancel(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let CancelInput { reason } = body(&shared, &mut call, "{reason?}").await?;
    control(&shared, call, EffectVerb::Cancel { reason }).await
}

async fn resolve(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let wanted = "{as: done, value} or {as: failed, code, message} or {as: retry}";
    let resolution = match body(&shared, &mut call, wanted).await? {
        ResolveInput::Done { value } => Resolution::Done(value),
        ResolveInput::Failed { code, message } => {
            Resolution::Failed(Refusal::rejected(code, message))
        }
        ResolveInput::Retry {} => Resolution::Retry,
    };
    control(&shared, call, EffectVerb::Resolve(resolution)).await
}

pub(super) async fn body<T: DeserializeOwned>(
    shared: &Shared,
    call: &mut Call,
    wanted: &str,
) -> Result<T, Refusal> {
    let body = call.json(shared).await?;
    contracts::read::from_value(body).map_err(|error| {
        let message = format!("the input is {wanted}");
        Refusal::new(RefusalClass::Malformed, "invalid_input", message)
            .field("input", error.to_string())
    })
}

async fn control(shared: &Shared, call: Call, verb: EffectVerb) -> Result<Response, Refusal> {
    let (id, by) = (effect(&call)?, call.caller()?);
    let view = view_of(shared, &call, id);
    let tenant = call.tenant.clone();
    drop(call);
    let address = match view {
        Some(view) => view.address,
        None => {
            let row = shared.edge.reading.effect(&tenant, id).await?;
            let EffectRow { kind, actor, .. } = row.ok_or_else(|| unknown(id))?;
            Address::new(tenant, kind, actor)
        }
    };
    let answer = shared.edge.effects.control(&address, id, verb, by).await?;
    let told = json!({
        "id": id, "kind": address.kind, "actor": address.id, "status": answer.reply["status"],
        "revision": answer.revision, "cursor": answer.cursor,
    });
    respond::json(StatusCode::OK, &told)
}

async fn limits(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let mut views = shared.edge.effects.limits(Some(&call.tenant));
    // What holds for all tenants is for those only who may enter all of them.
    if call.operator(&shared).is_ok() && call.tenant != SYSTEM {
        views.extend(shared.edge.effects.limits(Some(&SYSTEM)));
    }
    let items: Vec<_> = views.iter().map(limit_item).collect();
    respond::json(StatusCode::OK, &json!({ "items": items }))
}

/// `{tenant, scope, limits, paused, queued, running, retrying, leased, held, unknown, muted, why,
/// next_at}`; `held` counts those that were paused one by one.
fn limit_item(view: &LimitView) -> Value {
    let counts = view.counts;
    json!({
        "tenant": view.tenant, "scope": view.scope.to_string(), "limits": view.limits,
        "paused": view.paused, "queued": counts.queued, "running": counts.running,
        "retrying": counts.retrying, "leased": counts.leased, "held": counts.paused,
        "unknown": counts.unknown, "muted": counts.muted,
        "why": view.holds.map(|what| format!("it {what}")), "next_at": view.next_at,
    })
}
