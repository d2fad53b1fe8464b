//! Dead letters and quarantined actors, for operators.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use contracts::access::Capability;
use contracts::chain::Skip;
use contracts::ports::{LetterDone, LetterFilter, LetterQuery, LetterVerb};
use contracts::{ActorId, Address, CommandName, Kind, Refusal, RefusalClass, Tenant, Timestamp};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::archive::{NDJSON, stream};
use super::params::{AFTER, LIMIT};
use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Handler, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

const fn param(name: &'static str, about: &'static str) -> Param {
    Param { name, about }
}

const LIST: &[Param] = &[
    AFTER,
    LIMIT,
    param("tenant", "Only to actors of this tenant."),
    param("kind", "Only to actors of this kind."),
    param("id", "Only to actors of this id."),
    param("code", "Only those put aside with this code."),
    param("before", "Only those put aside before this RFC 3339 instant."),
];

const fn get(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    query: &'static [Param],
    handler: Handler,
) -> Route {
    let (method, access, offers) = (Method::Get, Access::Key, JSON);
    let needs = Needs::System(Capability::read("dead"));
    Route { method, path, name, about, access, needs, offers, query, handler }
}

const fn post(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    offers: &'static [&'static str],
    handler: Handler,
) -> Route {
    let (method, access) = (Method::Post, Access::Key);
    let needs = Needs::System(Capability::new("dead", "settle"));
    Route { method, path, name, about, access, needs, offers, query: &[], handler }
}

/// The rows for dead letters.
pub const ROUTES: &[Route] = &[
    get(
        "/v1/dead",
        "dead",
        "Lists the messages that were put aside, oldest first.",
        LIST,
        |shared, call| Box::pin(list(shared, call)),
    ),
    get("/v1/dead/{letter}", "dead_letter", "Shows a dead letter.", &[], |shared, call| {
        Box::pin(show(shared, call))
    }),
    post(
        "/v1/dead/{letter}/retry",
        "dead_retry",
        "Decides a dead letter again; what waits behind it follows in order.",
        JSON,
        |shared, call| Box::pin(retry(shared, call)),
    ),
    post(
        "/v1/dead/{letter}/edit",
        "dead_edit",
        "Decides a dead letter with another input: `{input, command?}`.",
        JSON,
        |shared, call| Box::pin(edit(shared, call)),
    ),
    post(
        "/v1/dead/{letter}/skip",
        "dead_skip",
        "Drops a dead letter; that is recorded, and what waits behind it follows in order.",
        JSON,
        |shared, call| Box::pin(skip(shared, call)),
    ),
    post(
        "/v1/dead/bulk",
        "dead_bulk",
        "Deals with many letters and streams its progress: `{action, tenant?, kind?, id?, code?, \
         before?}`.",
        NDJSON,
        |shared, call| Box::pin(bulk(shared, call)),
    ),
    get(
        "/v1/admin/quarantine",
        "quarantine",
        "Lists the messages that quarantine an actor.",
        &[param("kind", "The actor's kind."), param("id", "The actor.")],
        |shared, call| Box::pin(quarantine(shared, call)),
    ),
    post(
        "/v1/admin/quarantine/skip",
        "quarantine_skip",
        "Goes on behind exactly these messages: `{kind, id, messages}`.",
        JSON,
        |shared, call| Box::pin(skip_foreign(shared, call)),
    ),
];

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let config = &shared.edge.config;
    let limit = call.query.limit(config.page_items_default, config.page_items_max)?;
    let after = call.query.parsed::<u64>("after", "is `next` of an earlier page")?;
    // A letter may be to a kind that there is not: that is why it was put aside.
    let whose = LetterFilter {
        tenant: call.query.parsed::<Tenant>("tenant", "is a tenant")?,
        kind: call.query.parsed::<Kind>("kind", "is a kind")?,
        id: call.query.parsed::<ActorId>("id", "is an actor's id")?,
    };
    let before = call.query.parsed::<Timestamp>("before", "is a time as RFC 3339")?;
    let query = LetterQuery { whose, code: call.query.owned("code"), before };
    let page = shared.edge.letters.list(query, after.unwrap_or_default(), limit).await?;
    let next = page.next.map(|next| next.to_string());
    respond::json(StatusCode::OK, &json!({ "items": page.items, "next": next }))
}

async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let letter = shared.edge.letters.show(letter(&call)?).await?;
    respond::json(StatusCode::OK, &letter)
}

async fn retry(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = body(&shared, &mut call, "retry has no input").await?;
    settle(&shared, call, LetterVerb::Retry).await
}

async fn skip(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = body(&shared, &mut call, "skip has no input").await?;
    settle(&shared, call, LetterVerb::Skip).await
}

async fn edit(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let wanted = "the input of edit is {input, command?}";
    let Edit { input, command } = body(&shared, &mut call, wanted).await?;
    settle(&shared, call, LetterVerb::Edit { input, name: command }).await
}

async fn settle(shared: &Arc<Shared>, call: Call, verb: LetterVerb) -> Result<Response, Refusal> {
    let (id, by) = (letter(&call)?, call.caller()?);
    drop(call);
    let done = shared.edge.letters.settle(id, verb, by).await?;
    respond::json(StatusCode::OK, &told(&done))
}

/// `{letter, action, status, command_id, revision, cursor, output, refusal}`.
fn told(done: &LetterDone) -> Value {
    let answer = done.answer.as_ref();
    let status = match (&done.answer, &done.refusal) {
        (Some(answer), _) => answer.status.as_str(),
        (None, Some(_)) => "rejected",
        (None, None) => "skipped",
    };
    json!({
        "letter": done.id,
        "action": done.action,
        "status": status,
        "command_id": answer.map(|answer| answer.command),
        "revision": answer.map(|answer| answer.revision),
        "cursor": answer.map(|answer| answer.cursor),
        "output": answer.map(|answer| &answer.reply),
        "refusal": done.refusal,
    })
}

async fn bulk(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let wanted =
        "the input of bulk is {action: retry or skip, tenant?, kind?, id?, code?, before?}";
    let Bulk { action, tenant, kind, id, code, before } = body(&shared, &mut call, wanted).await?;
    let by = call.caller()?;
    let verb = match action {
        BulkAction::Retry => LetterVerb::Retry,
        BulkAction::Skip => LetterVerb::Skip,
    };
    let query = LetterQuery { whose: LetterFilter { tenant, kind, id }, code, before };
    let permit = call.open_stream(&shared)?;
    let lines = shared.edge.letters.bulk(query, verb, by);
    let lines = lines.map(|line| line.map(|line| Bytes::from(json!(line).to_string())));
    Ok(stream(&shared, Box::pin(lines), permit))
}

async fn quarantine(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let needed = |name: &str| codes::query_invalid(name, "is needed");
    let kind = call.query.parsed::<Kind>("kind", "is a kind")?.ok_or_else(|| needed("kind"))?;
    let id = call.query.parsed::<ActorId>("id", "is an actor's id")?;
    let id = id.ok_or_else(|| needed("id"))?;
    let actor = address(&shared, &call, kind, id)?;
    let items = shared.edge.letters.foreign(&actor).await?;
    respond::json(StatusCode::OK, &json!({ "items": items }))
}

async fn skip_foreign(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let wanted = "the input is {kind, id, messages: [{cursor, hash}]}";
    let Foreign { kind, id, messages } = body(&shared, &mut call, wanted).await?;
    let (actor, by) = (address(&shared, &call, kind, id)?, call.caller()?);
    let answer = shared.edge.letters.skip_foreign(&actor, messages, by).await?;
    let told = json!({
        "kind": actor.kind, "id": actor.id, "revision": answer.revision, "cursor": answer.cursor,
    });
    respond::json(StatusCode::OK, &told)
}

fn address(shared: &Shared, call: &Call, kind: Kind, id: ActorId) -> Result<Address, Refusal> {
    shared.edge.pages.get(&kind).ok_or_else(codes::unknown_kind)?;
    Ok(Address::new(call.tenant.clone(), kind, id))
}

fn letter(call: &Call) -> Result<u64, Refusal> {
    let text = call.param("letter");
    text.parse().map_err(|_| {
        Refusal::not_found("letter_not_found", "a dead letter's id is a number from the list")
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    input: Value,
    #[serde(default)]
    command: Option<CommandName>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum BulkAction {
    Retry,
    Skip,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bulk {
    action: BulkAction,
    #[serde(default)]
    tenant: Option<Tenant>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    id: Option<ActorId>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    before: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreign {
    kind: Kind,
    id: ActorId,
    messages: Vec<Skip>,
}

/// The body of an operator's request.
async fn body<T: DeserializeOwned>(
    shared: &Shared,
    call: &mut Call,
    wanted: &'static str,
) -> Result<T, Refusal> {
    let body = call.json(shared).await?;
    contracts::read::from_value(body).map_err(|error| {
        Refusal::new(RefusalClass::Malformed, "invalid_input", wanted)
            .field("input", error.to_string())
    })
}
