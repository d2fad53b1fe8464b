//! Work for any language: leases, outcomes, extensions.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::{EffectId, Queue, Refusal};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Handler, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

const fn row(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    needs: Needs,
    handler: Handler,
) -> Route {
    let (method, access, query) = (Method::Post, Access::Key, &[]);
    Route { method, path, name, about, access, needs, offers: JSON, query, handler }
}

/// The rows of work. In the first, the id is a queue; in the others, an effect.
pub const ROUTES: &[Route] = &[
    row(
        "/v1/work/{id}/lease",
        "work_lease",
        "Leases work of a queue, waiting for the first piece as long as the worker says.",
        Needs::Named(Capability::new("work", "lease")),
        |shared, call| Box::pin(lease(shared, call)),
    ),
    row(
        "/v1/work/{id}/outcome",
        "work_outcome",
        "Tells what came of leased work; the same again gets the same answer.",
        Needs::Tenant(Capability::new("work", "conclude")),
        |shared, call| Box::pin(outcome(shared, call)),
    ),
    row(
        "/v1/work/{id}/extend",
        "work_extend",
        "Lengthens the lease of work that takes longer.",
        Needs::Tenant(Capability::new("work", "conclude")),
        |shared, call| Box::pin(extend(shared, call)),
    ),
];

async fn lease(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let queue = Queue::new(call.param("id")).map_err(|error| codes::invalid_id("id", &error))?;
    let input = input(&mut call, &shared).await?;
    let work = &shared.edge.work;
    let request = work.request(call.tenant.clone(), queue, input)?;
    let items = work.lease(request).await?;
    respond::json(StatusCode::OK, &json!({ "items": items }))
}

async fn outcome(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let effect = effect(&call)?;
    let input = input(&mut call, &shared).await?;
    let answer = shared.edge.work.conclude(&call.tenant, effect, input).await?;
    respond::json(StatusCode::OK, &answer)
}

async fn extend(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let effect = effect(&call)?;
    let input = input(&mut call, &shared).await?;
    let answer = shared.edge.work.extend(&call.tenant, effect, input).await?;
    respond::json(StatusCode::OK, &answer)
}

/// The effect that the path names.
pub(super) fn effect(call: &Call) -> Result<EffectId, Refusal> {
    call.param("id").parse().map_err(|_| codes::effect_invalid())
}

async fn input<T: DeserializeOwned>(call: &mut Call, shared: &Shared) -> Result<T, Refusal> {
    contracts::work::read(call.json(shared).await?)
}
