//! What was spent on models.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::access::Capability;
use contracts::usage::{UsageBy, UsageQuery};

use super::params::{AFTER, KIND, LIMIT, MIN_CURSOR};
use super::reads::{limit, min_cursor, seen};
use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

const fn param(name: &'static str, about: &'static str) -> Param {
    Param { name, about }
}

/// The row of what was spent.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/v1/usage",
    name: "usage",
    about: "Adds up what was spent on models: calls, tokens, money.",
    access: Access::Key,
    needs: Needs::Tenant(Capability::read("usage")),
    offers: JSON,
    query: &[
        AFTER,
        LIMIT,
        MIN_CURSOR,
        KIND,
        param(
            "by",
            "By what, separated by commas: `day` or `hour`, `principal`, `credential`, `kind`, \
             `actor`, `model`, `connector`. Left out, all of it is one row.",
        ),
        param("from", "Of calls that ended in the hour of this RFC 3339 instant or later."),
        param("to", "Of calls that ended before the hour of this RFC 3339 instant."),
        param("principal", "Only what this one spent."),
        param("key_id", "Only what was spent with this key or session, by its id."),
        param("id", "Only what was spent for this actor."),
        param("model", "Only what was spent on this model, as `provider/model`."),
        param("connector", "Only what this connector's account paid."),
    ],
    handler: |shared, call| Box::pin(list(shared, call)),
}];

fn wanted(text: Option<&str>) -> Result<Vec<UsageBy>, Refusal> {
    let names = text.unwrap_or_default().split(',').filter(|name| !name.is_empty());
    let by = names.map(|name| {
        UsageBy::named(name).ok_or_else(|| {
            let known = UsageBy::ALL.map(UsageBy::as_str).join(", ");
            codes::query_invalid("by", format!("is made of {known}"))
        })
    });
    by.collect()
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (query, token, time) = (&call.query, "is one token", "is a time as RFC 3339");
    let query = UsageQuery {
        tenant: call.tenant.clone(),
        by: wanted(query.text("by"))?,
        from: query.parsed("from", time)?,
        to: query.parsed("to", time)?,
        principal: query.parsed("principal", token)?,
        credential: query.parsed("key_id", token)?,
        kind: call.kind_wanted(&shared)?,
        actor: query.parsed("id", token)?,
        model: query.owned("model"),
        connector: query.parsed("connector", token)?,
        after: query.owned("after"),
        items_max: Some(limit(&shared, &call)?),
    };
    seen(&shared, min_cursor(&call)?).await?;
    respond::json(StatusCode::OK, &shared.edge.reading.usage(query).await?)
}
