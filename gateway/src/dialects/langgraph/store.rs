//! `/store`: items that are kept under keys in namespaces. Each is an `item`, so that every value
//! it has had stays readable in its log.

use std::sync::Arc;

use actors::kinds::item::State;
use actors::model::FreeEmbedder;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use contracts::kinds::item;
use contracts::ports::Embedder as _;
use contracts::{ActorId, Address, Refusal};
use serde_json::{Map, Value, json};

use super::LISTED_MAX;
use super::filter::{passes, unknown};
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::read;
use crate::dialects::common::runs::caught_up;
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::reading::{HeadsQuery, Order as Sorted};
use crate::edge::shared::Shared;

/// Items that are looked through for one search, at most.
const LOOKED_MAX: usize = 10_000;
/// Namespaces of a page when the caller does not say.
const NAMESPACES_DEFAULT: u64 = 100;
/// Numbers of the vectors by which a query is compared.
const DIMENSIONS: u32 = 256;

fn address(asker: &Asker, id: ActorId) -> Address {
    Address::new(asker.tenant.clone(), item::KIND, id)
}

fn names(value: Option<Vec<Value>>, at: &str) -> Result<Vec<String>, Refusal> {
    let names = value.unwrap_or_default().into_iter();
    let names = names.map(|name| name.as_str().map(str::to_owned));
    names.collect::<Option<_>>().ok_or_else(|| wrong(at, "is a list of names"))
}

async fn order(
    shared: &Shared,
    asker: &Asker,
    (id, command): (ActorId, &str),
    body: Value,
) -> Result<(), Refusal> {
    let (kind, key) = (&item::KIND, asker.key.clone());
    let order = Order { kind, id: Some(id), command, body, key, wait: None };
    asker.order(shared, order).await.map(drop)
}

/// `PUT /store/items`.
pub async fn put(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    let namespace = names(body.list("namespace")?, "namespace")?;
    let key = body.needed_text("key")?;
    let value = body.needed("value")?;
    if !value.is_object() {
        return Err(wrong("value", "is an object"));
    }
    let index = match body.take("index") {
        None => None,
        Some(Value::Bool(false)) => Some(Vec::new()),
        Some(Value::Array(paths)) => Some(names(Some(paths), "index")?),
        Some(_) => return Err(body.wrong("index", "is false or a list of paths")),
    };
    // In minutes, also parts of them.
    let ttl_s = body.number("ttl", 0.0, 60.0 * 24.0 * 366.0 * 10.0)?.map(|ttl| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is small")]
        let seconds = (ttl * 60.0).ceil().max(1.0) as u64;
        seconds
    });
    body.done()?;
    let id = item::id_of(&namespace, &key);
    let mut put = json!({ "namespace": namespace, "key": key, "value": value });
    if let Some(index) = index {
        put["index"] = json!(index);
    }
    if let Some(ttl_s) = ttl_s {
        put["ttl_s"] = json!(ttl_s);
    }
    order(&shared, &asker, (id, "put"), put).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is kept in an item; `None` = nothing.
async fn kept(shared: &Shared, asker: &Asker, id: ActorId) -> Result<Option<State>, Refusal> {
    let Some(view) = shared.kept(&address(asker, id)).await? else { return Ok(None) };
    let state: State = contracts::read::from_value(view.state)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    // The timer may be late; what is over is over.
    let over = state.expires_at.is_some_and(|until| until <= shared.now());
    Ok(Some(state).filter(|state| state.item.is_some() && !over))
}

fn told(state: &State) -> Value {
    let Some(item) = &state.item else { return Value::Null };
    json!({
        "namespace": item.namespace, "key": item.key, "value": item.value,
        "created_at": state.created_at, "updated_at": state.updated_at,
    })
}

/// `GET /store/items`: `null` where nothing is kept.
pub async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    asker.ensure(&shared, (&item::KIND, "read"), None)?;
    let key = asker.query.text("key").ok_or_else(|| wrong("key", "is needed"))?;
    let namespace = asker.query.text("namespace").unwrap_or_default();
    let namespace: Vec<_> = namespace.split('.').map(str::to_owned).collect();
    ensure_stays(asker.query.text("refresh_ttl"))?;
    let id = item::id_of(&namespace, key);
    asker.ensure(&shared, (&item::KIND, "read"), Some(&id))?;
    let state = kept(&shared, &asker, id).await?;
    respond::json(StatusCode::OK, &state.as_ref().map_or(Value::Null, told))
}

/// That reading is not to change how long something is kept.
fn ensure_stays(refresh: Option<&str>) -> Result<(), Refusal> {
    match refresh.map(str::to_ascii_lowercase).as_deref() {
        None | Some("false" | "0") => Ok(()),
        Some(_) => Err(crate::problem::codes::unsupported_parameter("refresh_ttl")),
    }
}

/// `DELETE /store/items`.
pub async fn delete(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    let namespace = names(body.list("namespace")?, "namespace")?;
    let key = body.needed_text("key")?;
    body.done()?;
    let id = item::id_of(&namespace, &key);
    order(&shared, &asker, (id, "remove"), json!({})).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Where an item stands that is kept.
struct Found {
    id: ActorId,
    namespace: Vec<String>,
}

/// The items that the caller may read below a place, the last changed first.
async fn below(shared: &Shared, asker: &Asker, prefix: &[String]) -> Result<Vec<Found>, Refusal> {
    caught_up(shared).await;
    let (mut all, mut after, mut looked) = (Vec::new(), None, 0);
    loop {
        let query = HeadsQuery {
            status: None,
            tenant: asker.tenant.clone(),
            kind: Some(item::KIND),
            id_prefix: None,
            text: None,
            after,
            limit: shared.edge.config.page_items_max,
            order: Sorted::Newest,
        };
        let page = shared.edge.reading.heads(query).await?;
        looked += page.items.len();
        for row in &page.items {
            let summary = &row["summary"];
            let namespace = contracts::read::from_ref::<Vec<String>>(&summary["namespace"]);
            let id = row["id"].as_str().and_then(|id| ActorId::new(id).ok());
            let (Ok(namespace), Some(id)) = (namespace, id) else { continue };
            let is_kept = summary["kept"] == true && namespace.starts_with(prefix);
            if is_kept && asker.reads(shared, &item::KIND, id.as_str()) {
                all.push(Found { id, namespace });
            }
        }
        after = page.next;
        if after.is_none() || looked >= LOOKED_MAX {
            return Ok(all);
        }
    }
}

/// How many after how many.
fn page(body: &mut Fields, usual: u64) -> Result<(usize, usize), Refusal> {
    let limit = body.integer("limit", 1, super::PAGE_MAX)?.unwrap_or(usual);
    let offset = body.integer("offset", 0, u64::from(u32::MAX))?.unwrap_or(0);
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok((size(offset), size(limit)))
}

/// `POST /store/items/search`: the last changed first; with a query those that are most like it.
pub async fn search(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    let prefix = names(body.list("namespace_prefix")?, "namespace_prefix")?;
    let filter = match body.take("filter") {
        None => Map::new(),
        Some(Value::Object(filter)) => filter,
        Some(_) => return Err(body.wrong("filter", "is an object")),
    };
    if let Some(odd) = unknown(&filter) {
        return Err(body.wrong(&format!("filter.{odd}"), "is $eq, $ne, $gt, $gte, $lt or $lte"));
    }
    let query = body.text("query")?.filter(|query| !query.trim().is_empty());
    let (offset, limit) = page(&mut body, super::PAGE_DEFAULT)?;
    body.only("refresh_ttl", &[json!(false)])?;
    body.done()?;
    let found = below(&shared, &asker, &prefix).await?.into_iter();
    let plain = filter.is_empty() && query.is_none();
    // What is neither looked at nor compared need not be read.
    let found: Vec<_> = match plain {
        true => found.skip(offset).take(limit).collect(),
        false => found.take(LISTED_MAX).collect(),
    };
    let mut states = Vec::new();
    for Found { id, .. } in found {
        let Some(state) = kept(&shared, &asker, id).await? else { continue };
        let value = state.item.as_ref().map(|item| &item.value);
        if value.is_some_and(|value| passes(value, &filter)) {
            states.push(state);
        }
    }
    let items: Vec<_> = match query {
        None => states.iter().map(told).collect(),
        Some(query) => likest(&states, &query),
    };
    let (skipped, taken) = if plain { (0, usize::MAX) } else { (offset, limit) };
    let items: Vec<_> = items.into_iter().skip(skipped).take(taken).collect();
    respond::json(StatusCode::OK, &json!({ "items": items }))
}

/// Those that say something like a query, the most like it first, each with how much.
fn likest(states: &[State], query: &str) -> Vec<Value> {
    let embedder = FreeEmbedder::new(DIMENSIONS);
    let Some(wanted) = embedder.embed(query) else { return Vec::new() };
    let mut scored: Vec<(f32, Value)> = Vec::new();
    for state in states {
        let Some(item) = &state.item else { continue };
        let mut text = String::new();
        match &item.index {
            None => item.value.values().for_each(|value| words(value, &mut text)),
            Some(paths) => paths.iter().for_each(|path| words(at(&item.value, path), &mut text)),
        }
        let Some(vector) = embedder.embed(&text).filter(|_| !text.is_empty()) else { continue };
        let score: f32 = vector.iter().zip(&wanted).map(|(one, other)| one * other).sum();
        let mut told = told(state);
        told["score"] = json!(score);
        scored.push((score, told));
    }
    scored.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    scored.into_iter().map(|(_, told)| told).collect()
}

/// The member of a value to which a path with dots leads.
fn at<'a>(value: &'a Map<String, Value>, path: &str) -> &'a Value {
    let mut parts = path.split('.');
    let first = parts.next().and_then(|name| value.get(name)).unwrap_or(&Value::Null);
    parts.fold(first, |value, name| &value[name])
}

/// The words of a value.
fn words(value: &Value, text: &mut String) {
    match value {
        Value::String(said) => {
            text.push_str(said);
            text.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| words(item, text)),
        Value::Object(members) => members.values().for_each(|member| words(member, text)),
        Value::Number(number) => {
            text.push_str(&number.to_string());
            text.push('\n');
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// `POST /store/namespaces`.
pub async fn namespaces(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    let prefix = names(body.list("prefix")?, "prefix")?;
    let suffix = names(body.list("suffix")?, "suffix")?;
    let depth = body.integer("max_depth", 1, 1_000)?.unwrap_or(1_000);
    let (offset, limit) = page(&mut body, NAMESPACES_DEFAULT)?;
    body.done()?;
    let found = below(&shared, &asker, &[]).await?.into_iter().map(|found| found.namespace);
    let mut all: Vec<_> = found
        .filter(|name| matches(name, &prefix, false) && matches(name, &suffix, true))
        .map(|mut name| {
            name.truncate(usize::try_from(depth).unwrap_or(usize::MAX));
            name
        })
        .collect();
    all.sort();
    all.dedup();
    let page: Vec<_> = all.into_iter().skip(offset).take(limit).collect();
    respond::json(StatusCode::OK, &json!({ "namespaces": page }))
}

/// Whether a namespace begins, or ends, with names of which `*` means any.
fn matches(namespace: &[String], wanted: &[String], at_end: bool) -> bool {
    let Some(rest) = namespace.len().checked_sub(wanted.len()) else { return false };
    let part = if at_end { &namespace[rest..] } else { &namespace[..wanted.len()] };
    part.iter().zip(wanted).all(|(name, wanted)| wanted == "*" || name == wanted)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn namespaces_are_matched_from_either_end() {
        let names = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        let place = names("people.ada.notes");
        assert!(matches(&place, &names("people.*"), false));
        assert!(matches(&place, &names("*.notes"), true));
        assert!(!matches(&place, &names("notes"), false));
        assert!(!matches(&place, &names("a.people.ada.notes"), false));
        assert!(matches(&place, &[], true));
    }
}
