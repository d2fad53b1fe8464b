//! Signed tree heads and what they prove.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::{ActorId, Address, Kind, Refusal};
use serde_json::json;

use super::params::{AFTER, KIND, LIMIT};
use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

const ID: Param = Param { name: "id", about: "Which actor; needed." };

/// Looking at tree heads.
const READ_TREE: Capability<'static> = Capability::read("tree");
/// Having one made.
const MAKE: Capability<'static> = Capability::new("tree", "make");

/// The rows of tree heads.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/tree-heads",
        name: "tree_heads",
        about: "Lists the signed tree heads, the oldest first.",
        access: Access::Key,
        needs: Needs::Tenant(READ_TREE),
        offers: JSON,
        query: &[AFTER, LIMIT],
        handler: |shared, call| Box::pin(list(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/tree-heads",
        name: "tree_head_make",
        about: "Signs a tree head of the log as it is now; for operators.",
        access: Access::Key,
        needs: Needs::System(MAKE),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(make(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/tree-heads/key",
        name: "tree_key",
        about: "Tells the public key that checks the signatures of tree heads.",
        access: Access::Key,
        needs: Needs::Tenant(READ_TREE),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(key(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/tree-heads/{number}",
        name: "tree_head",
        about: "Reads a tree head by its number, or `latest`.",
        access: Access::Key,
        needs: Needs::Tenant(READ_TREE),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(one(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/tree-heads/{number}/proof",
        name: "tree_proof",
        about: "Proves that a tree head covers an actor, and with which last commit.",
        access: Access::Key,
        needs: Needs::Tenant(READ_TREE),
        offers: JSON,
        query: &[KIND, ID],
        handler: |shared, call| Box::pin(proof(shared, call)),
    },
];

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let config = &shared.edge.config;
    let limit = call.query.limit(config.page_items_default, config.page_items_max)?;
    let after = call.query.parsed("after", "is the number of a tree head")?.unwrap_or(0);
    let items = shared.edge.archive.tree_heads(after, limit).await?;
    let full = items.len() == limit;
    let next = full.then(|| items.last().map(|last| last.head.number.to_string())).flatten();
    respond::json(StatusCode::OK, &json!({ "items": items, "next": next }))
}

async fn make(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.json(&shared).await?;
    respond::json(StatusCode::OK, &shared.edge.archive.make_tree_head().await?)
}

async fn key(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    let public_key = shared.edge.archive.tree_key();
    respond::json(StatusCode::OK, &json!({ "algorithm": "ed25519", "public_key": public_key }))
}

async fn one(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &shared.edge.archive.tree_head(number(&call)?).await?)
}

async fn proof(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let number = number(&call)?;
    let kind = call.query.text("kind").and_then(|text| Kind::new(text).ok());
    let kind = kind.filter(|kind| shared.edge.pages.get(kind).is_some());
    let kind = kind.ok_or_else(codes::unknown_kind)?;
    let id = ActorId::new(call.query.text("id").unwrap_or_default());
    let id = id.map_err(|error| codes::invalid_id("id", &error))?;
    let address = Address::new(call.tenant.clone(), kind, id);
    let (tree_head, proof) = shared.edge.archive.tree_proof(number, &address).await?;
    respond::json(StatusCode::OK, &json!({ "tree_head": tree_head, "proof": proof }))
}

/// The number in the path; `None` = the latest.
fn number(call: &Call) -> Result<Option<u64>, Refusal> {
    match call.param("number") {
        "latest" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            Refusal::not_found("tree_head_not_found", "a tree head has a number, or is `latest`")
        }),
    }
}
