//! What clients of the LangGraph Platform say: assistants, threads and runs, below `/langgraph`. An
//! assistant is an assistant, a thread a thread, a run a run; a checkpoint is a revision of the
//! thread, and a copy is a fork. A graph here is one agent with its tools, and its state is
//! `messages`.

mod assistants;
mod back;
mod batches;
mod begin;
mod crons;
mod filter;
mod follow;
mod hooks;
mod info;
mod messages;
mod modes;
mod routes;
mod runs;
mod state;
mod store;
mod stream;
mod threads;

pub use batches::BATCH_MAX;
use contracts::{ActorId, Kind, Refusal};
pub use routes::ROUTES;
use serde_json::{Value, json};

use crate::dialects::common::asker::Asker;
use crate::dialects::common::fields::wrong;
use crate::dialects::common::read;
use crate::dialects::common::runs::caught_up;
use crate::edge::call::Call;
use crate::edge::reading::{HeadsQuery, Order};
use crate::edge::shared::Shared;

/// Things that are looked at for one list, at most.
const LISTED_MAX: usize = 1_000;
/// Things of a page when the caller does not say.
const PAGE_DEFAULT: u64 = 10;
/// The most things of a page.
const PAGE_MAX: u64 = 1_000;

/// There is no such thing.
fn found(what: &str, named: &str) -> Refusal {
    Refusal::not_found("actor_not_found", format!("there is no {what} {named}"))
}

/// That a body is an object: its members are looked at one by one.
///
/// # Errors
/// `invalid_input`.
fn object(body: Value) -> Result<Value, Refusal> {
    if body.is_object() { Ok(body) } else { Err(wrong("body", "is an object")) }
}

/// Whether what is `known` has all members that are `wanted`.
fn fits(known: &Value, wanted: &Value) -> bool {
    let Value::Object(wanted) = wanted else { return true };
    wanted.iter().all(|(name, value)| match value {
        Value::Object(_) => fits(&known[name], value),
        _ => known[name] == *value,
    })
}

/// The actors of a kind that the caller may read, the last changed first.
async fn rows(shared: &Shared, asker: &Asker, kind: &Kind) -> Result<Vec<ActorId>, Refusal> {
    caught_up(shared).await;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = HeadsQuery {
            tenant: asker.tenant.clone(),
            kind: Some(kind.clone()),
            id_prefix: None,
            text: None,
            status: None,
            after,
            limit: shared.edge.config.page_items_max,
            order: Order::Newest,
        };
        let page = shared.edge.reading.heads(query).await?;
        for row in &page.items {
            let id = row["id"].as_str().and_then(|id| ActorId::new(id).ok());
            all.extend(id.filter(|id| asker.reads(shared, kind, id.as_str())));
        }
        after = page.next;
        if after.is_none() || all.len() >= LISTED_MAX {
            return Ok(all);
        }
    }
}

/// The body of a question about many, and who asks.
///
/// # Errors
/// As [`read`]; `invalid_input` for what is no object.
async fn question(shared: &Shared, mut call: Call) -> Result<(Value, Asker), Refusal> {
    let body = object(read(shared, &mut call).await?)?;
    Ok((body, Asker::of(&call)?))
}

/// The page of `all` that a body wants: sorted by one of its members, so many after so many.
///
/// # Errors
/// `invalid_input`.
fn page_of(mut all: Vec<Value>, body: &Value, usual: &str) -> Result<Vec<Value>, Refusal> {
    let number = |name: &str, default: u64, least: u64, most: u64| match &body[name] {
        Value::Null => Ok(default),
        value => value
            .as_u64()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| wrong(name, &format!("is a whole number from {least} to {most}"))),
    };
    let limit = number("limit", PAGE_DEFAULT, 1, PAGE_MAX)?;
    let offset = number("offset", 0, 0, u64::from(u32::MAX))?;
    if let Some(by) = body["sort_by"].as_str() {
        let name = if all.first().is_some_and(|one| one.get(by).is_some()) { by } else { usual };
        all.sort_by_key(|one| {
            one[name].as_str().map_or_else(|| json!(one[name]).to_string(), str::to_owned)
        });
        if body["sort_order"].as_str() != Some("asc") {
            all.reverse();
        }
    }
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(all.into_iter().skip(size(offset)).take(size(limit)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{fits, page_of};

    #[test]
    fn what_is_wanted_must_be_there() {
        let known = json!({ "a": 1, "b": { "c": 2, "d": 3 } });
        assert!(fits(&known, &json!(null)) && fits(&known, &json!({ "b": { "c": 2 } })));
        assert!(!fits(&known, &json!({ "b": { "c": 3 } })) && !fits(&known, &json!({ "x": 1 })));
    }

    #[test]
    fn pages_are_sorted_and_bounded() {
        let all: Vec<_> = ["b", "a", "c"].map(|name| json!({ "id": name })).into();
        let body = json!({ "sort_by": "id", "sort_order": "asc", "limit": 2, "offset": 1 });
        let page = page_of(all.clone(), &body, "id").expect("a page");
        assert_eq!(json!(page), json!([{ "id": "b" }, { "id": "c" }]));
        assert!(page_of(all, &json!({ "limit": 0 }), "id").is_err());
    }
}
