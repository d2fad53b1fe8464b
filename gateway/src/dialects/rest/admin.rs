//! The parts of a running system, for operators.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::chain::Skip;
use contracts::kinds::check::Check;
use contracts::{NodeId, Refusal, RefusalClass};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::params::{AFTER, LIMIT};
use super::respond::{self, JSON};
use crate::edge::admin::Rebuild;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::logging;
use crate::problem::codes;

/// The most that may be said about an acknowledged message.
const NOTE_BYTES_MAX: usize = 1_024;

const fn row(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    query: &'static [Param],
    handler: crate::edge::routes::Handler,
) -> Route {
    Route {
        method: Method::Get,
        path,
        name,
        about,
        access: Access::Key,
        needs: Needs::System(Capability::read("admin")),
        offers: JSON,
        query,
        handler,
    }
}

const fn post(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    verb: &'static str,
    handler: crate::edge::routes::Handler,
) -> Route {
    let (method, access) = (Method::Post, Access::Key);
    let needs = Needs::System(Capability::new("admin", verb));
    Route { method, path, name, about, access, needs, offers: JSON, query: &[], handler }
}

/// The rows for operators.
pub const ROUTES: &[Route] = &[
    row(
        "/v1/admin/streams",
        "admin_streams",
        "Tells the streams of the log.",
        &[],
        |shared, call| Box::pin(streams(shared, call)),
    ),
    row(
        "/v1/admin/peers",
        "admin_peers",
        "Tells the servers that keep each stream, and how far they are behind.",
        &[],
        |shared, call| Box::pin(peers(shared, call)),
    ),
    row(
        "/v1/admin/lag",
        "admin_lag",
        "Tells how far each reader is behind.",
        &[],
        |shared, call| Box::pin(lag(shared, call)),
    ),
    row(
        "/v1/admin/partitions",
        "admin_partitions",
        "Tells which node owns which partitions.",
        &[],
        |shared, call| Box::pin(partitions(shared, call)),
    ),
    row(
        "/v1/admin/nodes",
        "admin_nodes",
        "Tells the nodes that share the log.",
        &[],
        |shared, call| Box::pin(nodes(shared, call)),
    ),
    post(
        "/v1/admin/drain",
        "admin_drain",
        "Lets a node give its partitions to others and take none any more.",
        "drain",
        |shared, call| Box::pin(drain(shared, call)),
    ),
    row("/v1/admin/models", "admin_models", "Tells the read models.", &[], |shared, call| {
        Box::pin(models(shared, call))
    }),
    Route {
        method: Method::Post,
        path: "/v1/admin/rebuild",
        name: "admin_rebuild",
        about: "Builds read models anew and swaps them in; with `check`, only compares.",
        access: Access::Key,
        needs: Needs::System(Capability::new("admin", "rebuild")),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(rebuild(shared, call)),
    },
    row(
        "/v1/admin/rebuild",
        "admin_rebuilds",
        "Tells how far the rebuilds are, and how the last one of each read model ended.",
        &[],
        |shared, call| Box::pin(rebuilds(shared, call)),
    ),
    post(
        "/v1/admin/rebuild/roll_back",
        "admin_roll_back",
        "Lets the tables that a rebuild replaced read what came since and serve again.",
        "rebuild",
        |shared, call| Box::pin(roll_back(shared, call)),
    ),
    post(
        "/v1/admin/rebuild/forget",
        "admin_forget",
        "Drops the tables that a rebuild replaced.",
        "rebuild",
        |shared, call| Box::pin(forget(shared, call)),
    ),
    post(
        "/v1/admin/models/skip",
        "admin_skip",
        "Lets a read model pass the commit that it cannot apply; that is recorded.",
        "skip",
        |shared, call| Box::pin(skip(shared, call)),
    ),
    row(
        "/v1/admin/refused",
        "admin_refused",
        "Lists the messages that no read model applies, since they break their actor's chain.",
        &[AFTER, LIMIT],
        |shared, call| Box::pin(refused(shared, call)),
    ),
    post(
        "/v1/admin/refused/acknowledge",
        "admin_acknowledge",
        "Writes down that a message which is no actor's is known, so that `verify` passes it.",
        "acknowledge",
        |shared, call| Box::pin(acknowledge(shared, call)),
    ),
    post(
        "/v1/admin/timers/reconcile",
        "admin_timers_reconcile",
        "Makes the broker's schedules agree with the timers of the log.",
        "reconcile",
        |shared, call| Box::pin(timers(shared, call)),
    ),
    row(
        "/v1/admin/log_level",
        "admin_log_levels",
        "Tells how much this node logs.",
        &[],
        |shared, call| Box::pin(log_levels(shared, call)),
    ),
    post(
        "/v1/admin/log_level",
        "admin_log_level",
        "Lets this node log more or less, for a while or until it ends.",
        "log_level",
        |shared, call| Box::pin(log_level(shared, call)),
    ),
];

/// For how long the level of a log may be changed at most, in milliseconds.
const LOG_LEVEL_MS_MAX: u64 = 7 * 24 * 60 * 60 * 1_000;

/// `{change, for_ms?}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogLevelInput {
    /// What is logged from now on: `TARGET=LEVEL`, such as `cambium=debug`.
    #[schemars(
        length(max = 128),
        regex(pattern = "^[A-Za-z0-9_:]+=(off|error|warn|info|debug|trace)$")
    )]
    change: String,
    /// For how long, in milliseconds; left out = until the node ends.
    #[serde(default)]
    #[schemars(range(min = 1, max = 604_800_000))]
    for_ms: Option<u64>,
}

/// What is in force.
fn levels() -> Result<Response, Refusal> {
    let (level, changes) = logging::level::told();
    let changes = changes.into_iter().map(|change| json!({ "change": change }));
    respond::json(StatusCode::OK, &json!({ "level": level, "items": changes.collect::<Vec<_>>() }))
}

async fn log_levels(_: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    levels()
}

async fn log_level(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    const SHAPE: &str = "{change, for_ms?}";
    let LogLevelInput { change, for_ms } = input(&shared, &mut call, SHAPE).await?;
    if for_ms.is_some_and(|ms| !(1..=LOG_LEVEL_MS_MAX).contains(&ms)) || change.len() > 128 {
        return Err(malformed(
            SHAPE,
            "for_ms is from 1 to 604800000, change has 128 bytes at most",
        ));
    }
    let within = for_ms.map(Duration::from_millis);
    logging::level::change(&change, within)?;
    tracing::info!(change, for_ms, "log.level_changed");
    levels()
}

async fn peers(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &shared.edge.admin.peers().await?)
}

async fn streams(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &shared.edge.admin.streams().await?)
}

async fn lag(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &shared.edge.admin.lag().await?)
}

async fn partitions(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &shared.edge.admin.partitions().await?)
}

async fn nodes(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &shared.edge.admin.nodes().await?)
}

/// `{node}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrainInput {
    /// Which node, as `/v1/admin/nodes` tells it.
    node: NodeId,
}

async fn drain(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let DrainInput { node } = input(&shared, &mut call, "{node}").await?;
    respond::json(StatusCode::OK, &shared.edge.admin.drain(&node).await?)
}

async fn models(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &shared.edge.admin.models().await?)
}

async fn timers(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    // There is nothing to say, but what is said must be readable.
    call.json(&shared).await?;
    respond::json(StatusCode::OK, &shared.edge.admin.timers().await?)
}

/// `{models?: [name], check?: bool}`; no models = all.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RebuildInput {
    /// Which read models; none named = all.
    models: Vec<String>,
    /// Whether they are only compared.
    check: bool,
}

/// `{models?: [name]}`; no models = all.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModelsInput {
    /// Which read models; none named = all that it can be done with.
    models: Vec<String>,
}

/// `{model, cursor}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipInput {
    /// Which read model.
    model: String,
    /// Where the commit stands at which it stands still: a cursor, as `/v1/admin/models` tells it.
    #[schemars(regex(pattern = "^(0|[1-9][0-9]{0,17})$"))]
    cursor: String,
}

/// `{cursor, hash, note?}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeInput {
    /// Where the message stands: a cursor, as `/v1/verify` tells it.
    #[schemars(regex(pattern = "^(0|[1-9][0-9]{0,17})$"))]
    cursor: String,
    /// BLAKE3 of its bytes, in hex, as `/v1/verify` tells it.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    hash: String,
    /// What is said about it.
    #[serde(default)]
    note: Option<String>,
}

async fn input<T: DeserializeOwned>(
    shared: &Arc<Shared>,
    call: &mut Call,
    shape: &str,
) -> Result<T, Refusal> {
    let body = call.json(shared).await?;
    contracts::read::from_value(body).map_err(|error| malformed(shape, &error.to_string()))
}

fn malformed(shape: &str, wrong: &str) -> Refusal {
    let message = format!("the input is {shape}");
    Refusal::new(RefusalClass::Malformed, "invalid_input", message).field("input", wrong)
}

async fn rebuild(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let RebuildInput { models, check } =
        input(&shared, &mut call, "{models?: [name], check?: bool}").await?;
    let what = if check { Rebuild::Check } else { Rebuild::Swap };
    respond::json(StatusCode::OK, &shared.edge.admin.rebuild(models, what).await?)
}

async fn rebuilds(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &shared.edge.admin.rebuilds().await?)
}

async fn roll_back(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let ModelsInput { models } = input(&shared, &mut call, "{models?: [name]}").await?;
    let told = shared.edge.admin.rebuild(models, Rebuild::RollBack).await?;
    respond::json(StatusCode::OK, &told)
}

async fn forget(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let ModelsInput { models } = input(&shared, &mut call, "{models?: [name]}").await?;
    respond::json(StatusCode::OK, &shared.edge.admin.forget(models).await?)
}

async fn skip(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let SkipInput { model, cursor } = input(&shared, &mut call, "{model, cursor}").await?;
    let cursor = cursor.parse().map_err(|_| malformed("{model, cursor}", "cursor is no cursor"))?;
    let by = call.caller()?;
    respond::json(StatusCode::OK, &shared.edge.admin.skip(model, cursor, by).await?)
}

async fn acknowledge(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    const SHAPE: &str = "{cursor, hash, note?}";
    let AcknowledgeInput { cursor, hash, note } = input(&shared, &mut call, SHAPE).await?;
    let cursor = cursor.parse().map_err(|_| malformed(SHAPE, "cursor is no cursor"))?;
    let hash = hash.parse().map_err(|_| malformed(SHAPE, "hash is no BLAKE3 hash in hex"))?;
    let text = note.as_deref().unwrap_or_default();
    Check::new().body("note", text, NOTE_BYTES_MAX).done()?;
    let by = call.caller()?;
    let told = shared.edge.archive.acknowledge(Skip { cursor, hash }, note, by).await?;
    respond::json(StatusCode::OK, &told)
}

async fn refused(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let config = &shared.edge.config;
    let limit = call.query.limit(config.page_items_default, config.page_items_max)?;
    let after = call.query.text("after").map(str::parse).transpose();
    let after = after
        .map_err(|_| codes::query_invalid("after", "is a cursor as an answer gave it"))?
        .unwrap_or_default();
    respond::json(StatusCode::OK, &shared.edge.admin.refused(after, limit).await?)
}
