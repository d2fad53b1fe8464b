//! Searching: the documents of a knowledge base, and what an assistant was told and said.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::kinds::{assistant, knowledge, run};
use contracts::search::memory::{Scope, Until};
use contracts::search::{Asked, LIMIT_DEFAULT, LIMIT_MAX, Mode};
use contracts::{Address, Principal, Refusal};

use super::params::{LIMIT, MIN_CURSOR, param};
use super::reads::{min_cursor, seen};
use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

const MODE: Param = param("mode", "`hybrid` (default), `words` or `vectors`.");

/// The rows of searches.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/knowledge/{id}/search",
        name: "knowledge_search",
        about: "Searches a knowledge base by words and by meaning, and says why each passage was \
                found.",
        access: Access::Key,
        needs: Needs::Named(Capability::read("knowledge")),
        offers: JSON,
        query: &[param("q", "What is searched for, in words."), MODE, LIMIT, MIN_CURSOR],
        handler: |shared, call| Box::pin(in_base(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/assistant/{id}/memory",
        name: "assistant_memory",
        about: "Searches what an assistant was told and said, also as of a point in the past.",
        access: Access::Key,
        needs: Needs::Named(Capability::read("assistant")),
        offers: JSON,
        query: &[
            param("q", "What is searched for, in words; left out, the last is told."),
            param("as_of", "Only what was in the log at this cursor, or RFC 3339 instant."),
            param("principal", "Only what was said with this one; oneself without `cap:run.read`."),
            MODE,
            LIMIT,
            MIN_CURSOR,
        ],
        handler: |shared, call| Box::pin(in_memory(shared, call)),
    },
];

fn asked(call: &Call) -> Result<Asked, Refusal> {
    let mode = call.query.parsed::<Mode>("mode", "is hybrid, words or vectors")?;
    Ok(Asked {
        query: call.query.owned("q").unwrap_or_default(),
        mode: mode.unwrap_or_default(),
        limit: call.query.limit(LIMIT_DEFAULT, LIMIT_MAX)?,
        private: false,
    })
}

async fn in_base(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asked, by) = (asked(&call)?, call.caller()?);
    let base = Address::new(call.tenant.clone(), knowledge::KIND, call.id()?);
    seen(&shared, min_cursor(&call)?).await?;
    let found = shared.edge.search.knowledge(&base, &asked, &by).await?;
    respond::json(StatusCode::OK, &found)
}

async fn in_memory(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asked, by) = (asked(&call)?, call.caller()?);
    let address = Address::new(call.tenant.clone(), assistant::KIND, call.id()?);
    let scope = Scope {
        tenant: address.tenant.clone(),
        agent: address.id.clone(),
        principal: principal(&shared, &call, &by.principal)?,
        until: until(&call)?,
        without: None,
    };
    seen(&shared, min_cursor(&call)?).await?;
    let found = shared.edge.search.memory(&scope, &asked, &by).await?;
    // An agent of conversations is no assistant; whoever is neither was never told anything.
    if found.items.is_empty() && shared.kept(&address).await?.is_none() {
        let message = format!("there is no assistant {}", address.id);
        return Err(Refusal::not_found("actor_not_found", message));
    }
    respond::json(StatusCode::OK, &found)
}

/// With whom: what was said with others is seen by those who may read their runs.
fn principal(shared: &Shared, call: &Call, own: &Principal) -> Result<Option<Principal>, Refusal> {
    let wanted = call.query.parsed::<Principal>("principal", "is one token")?;
    if call.reads(shared, &run::KIND, None) || wanted.as_ref() == Some(own) {
        return Ok(wanted);
    }
    match wanted {
        None => Ok(Some(own.clone())),
        Some(_) => Err(codes::forbidden_capability(Capability::read("run"), own.as_str())),
    }
}

/// As of when.
fn until(call: &Call) -> Result<Until, Refusal> {
    let Some(text) = call.query.text("as_of") else { return Ok(Until::Now) };
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(call.query.cursor("as_of")?.map_or(Until::Now, Until::Cursor));
    }
    let at = call.query.parsed("as_of", "is a cursor or a time as RFC 3339")?;
    Ok(at.map_or(Until::Now, Until::Time))
}
