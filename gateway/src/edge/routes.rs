//! The one table of routes. The router, the OpenAPI description and the tests are made of it, so a
//! route cannot exist without a row.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts as _, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use contracts::caller::Identity;
use contracts::ports::{Entrance, Fut};
use contracts::{Refusal, Tenant};
use futures_util::FutureExt as _;

use super::accept;
use super::call::{Call, Scene};
use super::headers;
use super::limits::Verdict;
use super::needs;
pub use super::needs::Needs;
use super::personal;
use super::query::Query;
use super::shared::Shared;
use super::standstill;
use super::tickets;
use crate::auth::{Credential, credential};
use crate::dialects::rest::respond::JSON;
use crate::dialects::{
    a2a, agui, anthropic, langgraph, mcp, openai, rest, seeds, sign_in, telemetry,
};
use crate::problem::{Failure, codes};

/// What a row leads to.
pub type Handler = fn(Arc<Shared>, Call) -> Fut<'static, Result<Response, Refusal>>;

/// A method of the table; `GET` answers `HEAD` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends a command.
    Post,
    /// Creates under a chosen id.
    Put,
    /// Changes, in dialects that say so.
    Patch,
    /// Ends, in dialects that say so.
    Delete,
}

impl Method {
    /// Its name in lower case, as OpenAPI writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// Everybody, however often: who watches over the program asks.
    Probe,
    /// Who has a credential; everybody where the operator says so.
    Metadata,
    /// The same, of a node that is no edge too: it has figures of its own.
    Metrics,
    /// Who has a credential.
    Key,
    /// Who has a credential, or asks for an upgrade and brings it in the first frame.
    Socket,
}

/// A query parameter.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
}

/// A row of the table.
pub struct Route {
    /// By which method.
    pub method: Method,
    /// The path, parameters in braces.
    pub path: &'static str,
    /// Its name, unique, snake case: the operation id.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Who may come in.
    pub access: Access,
    /// What of the rights of who came in it asks.
    pub needs: Needs,
    /// The media types that it can answer with, the usual one first.
    pub offers: &'static [&'static str],
    /// The query parameters that it has.
    pub query: &'static [Param],
    /// What it leads to.
    pub handler: Handler,
}

impl Route {
    /// A row for who has a credential, without parameters, that answers with JSON.
    pub(crate) const fn known(
        (method, path): (Method, &'static str),
        name: &'static str,
        about: &'static str,
        needs: Needs,
        handler: Handler,
    ) -> Self {
        Self::keyed((method, path), (name, about), (needs, &[]), handler)
    }

    /// As [`Route::known`], with parameters.
    pub(crate) const fn keyed(
        (method, path): (Method, &'static str),
        (name, about): (&'static str, &'static str),
        (needs, query): (Needs, &'static [Param]),
        handler: Handler,
    ) -> Self {
        let (access, offers) = (Access::Key, JSON);
        Self { method, path, name, about, access, needs, offers, query, handler }
    }
}

/// The row that answered, for logs and metrics.
#[derive(Clone, Copy)]
pub(crate) struct Row(pub &'static Route);

/// Rows that read an actor's whole past, or all of the log.
const SLOW: &[&str] = &[
    "unmute",
    "fork",
    "diff",
    "verify",
    "replay",
    "admin_rebuild",
    "admin_roll_back",
    "admin_timers_reconcile",
    "tree_head_make",
    "tree_proof",
    "import",
    "langgraph_run_join",
];

/// All rows.
pub fn all() -> impl Iterator<Item = &'static Route> {
    let dialects = [
        a2a::ROUTES,
        agui::ROUTES,
        anthropic::ROUTES,
        langgraph::ROUTES,
        mcp::ROUTES,
        openai::ROUTES,
        rest::ROUTES,
        sign_in::ROUTES,
        seeds::ROUTES,
        telemetry::ROUTES,
    ];
    dialects.into_iter().flatten().flat_map(|rows| rows.iter())
}

/// The router of all rows.
pub(crate) fn table(shared: &Arc<Shared>) -> Router {
    let mut router = Router::new();
    for route in all() {
        let shared = Arc::clone(shared);
        let answer = move |request: Request| answer(route, Arc::clone(&shared), request);
        router = router.route(route.path, on(route.method.filter(), answer));
    }
    router
        .fallback(|| async { Failure(codes::unknown_route()) })
        .method_not_allowed_fallback(|| async { Failure(codes::method_not_allowed()) })
}

async fn answer(route: &'static Route, shared: Arc<Shared>, request: Request) -> Response {
    let (mut quota, mut who) = (None, None);
    let challenge = (route.path == mcp::PATH)
        .then(|| mcp::challenge(&shared, request.headers(), request.extensions().get()))
        .flatten();
    // A panic is caught here, where its row is known; the layers catch what is left.
    let answering =
        AssertUnwindSafe(within(route, &shared, request, (&mut quota, &mut who))).catch_unwind();
    let answered = answering.await.unwrap_or_else(|_| Err(codes::fault()));
    let mut response = answered.unwrap_or_else(|refusal| Failure(refusal).into_response());
    response = personal::answer(&shared, who, response).await;
    if let Some(verdict) = quota {
        rate_headers(response.headers_mut(), verdict);
    }
    if let Some(challenge) = challenge.filter(|_| response.status() == StatusCode::UNAUTHORIZED) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response.extensions_mut().insert(Row(route));
    response
}

async fn within(
    route: &'static Route,
    shared: &Arc<Shared>,
    request: Request,
    (quota, who): (&mut Option<Verdict>, &mut Option<(Identity, Tenant)>),
) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    let scene = parts.extensions.get::<Arc<Scene>>().cloned();
    let scene = scene.ok_or_else(|| Refusal::internal("a request came past the layers"))?;
    // Before anything is looked up: whoever floods is told so at little cost.
    if route.access != Access::Probe {
        if !shared.edge.is_edge && route.access != Access::Metrics {
            return Err(codes::not_an_edge());
        }
        spent(quota, shared.spend_address(&scene.peer))?;
    }
    let ticketed = tickets::redeem(route, shared, &parts).await?;
    let identity = match &ticketed {
        Some(ticketed) => Some(ticketed.identity.clone()),
        None => admit(route, shared, &parts, &scene).await?,
    };
    let house = ticketed.as_ref().map(|ticketed| &ticketed.tenant);
    let (tenant, entrance) = tenant(shared, &parts.headers, house, identity.as_ref())?;
    *who = identity.clone().map(|identity| (identity, tenant.clone()));
    if let Some(identity) = &identity {
        spent(quota, shared.spend(identity, &tenant))?;
    }
    // Whoever came with a ticket was written down when he asked for it.
    if let Some(identity) = identity.as_ref().filter(|_| ticketed.is_none()) {
        shared.note_crossing(identity, &tenant, &parts.headers, &scene).await?;
    }
    // A stranger on an open route is nobody's flood; the places of all bound that.
    let _place = identity.is_some().then(|| shared.enter(&tenant)).transpose()?;
    let query = Query::read(&parts.uri, route.query)?;
    let media = accept::choose(&parts.headers, route.offers)
        .ok_or_else(|| codes::not_acceptable(&route.offers.join(" or ")))?;
    let params = path_params(&mut parts).await?;
    if let (Some(identity), Some(entrance)) = (&identity, &entrance) {
        let param = |name: &str| {
            let found = params.iter().find(|(known, _)| known == name);
            found.map_or_else(String::new, |(_, value)| value.clone())
        };
        let ensured = needs::ensure(route.needs, shared, identity, entrance, param)
            .and_then(|()| standstill::ensure(route, shared, &tenant, param));
        ensured.inspect_err(|refusal| {
            shared.note_refusal(route, (identity, entrance), &tenant, &scene, refusal);
        })?;
    }
    if let Some(ticketed) = ticketed {
        parts.extensions.insert(ticketed);
    }
    let guard = Arc::clone(&shared.edge.guard);
    let privileged = identity.as_ref().zip(entrance.as_ref()).filter(|_| is_privileged(route));
    if let Some(who) = privileged {
        shared.note_privileged(route, who, &tenant, &scene).await?;
    }
    let call =
        Call { route, params, query, identity, entrance, guard, tenant, scene, media, parts, body };
    let answering = (route.handler)(Arc::clone(shared), call);
    tokio::time::timeout(limit(route, shared), answering)
        .await
        .unwrap_or_else(|_| Err(codes::timeout()))
}

/// Rows that write into the audit trail themselves, with what became of it.
const TOLD: &[&str] = &[
    "admin_acknowledge",
    "admin_skip",
    "dead_bulk",
    "dead_edit",
    "dead_retry",
    "dead_skip",
    "import",
    "quarantine_skip",
    "secrets_rotate",
];

/// Rows that take a copy away.
const ALSO_PRIVILEGED: &[&str] = &["export"];

/// Whether whoever uses the row is written down before anything is done: without the record
/// nothing is.
fn is_privileged(route: &Route) -> bool {
    let above = matches!(route.needs, Needs::System(_)) && route.method != Method::Get;
    (above && !TOLD.contains(&route.name)) || ALSO_PRIVILEGED.contains(&route.name)
}

/// How long a row may take: a command also as long as its caller may ask to wait.
fn limit(route: &Route, shared: &Shared) -> Duration {
    let config = &shared.edge.config;
    if SLOW.contains(&route.name) {
        return Duration::from_millis(config.history_timeout_ms);
    }
    let wait_ms = if route.method == Method::Get { 0 } else { config.wait_max_ms };
    Duration::from_millis(config.request_timeout_ms.saturating_add(wait_ms))
}

async fn admit(
    route: &Route,
    shared: &Shared,
    parts: &Parts,
    scene: &Scene,
) -> Result<Option<Identity>, Refusal> {
    let nothing = matches!(credential(&parts.headers), Credential::Absent);
    let stranger = nothing && shared.certified(&scene.certificate).is_none();
    let open = match route.access {
        Access::Open | Access::Probe => return Ok(None),
        Access::Metadata | Access::Metrics => shared.edge.config.public_metadata,
        Access::Key => false,
        Access::Socket => parts.headers.contains_key("sec-websocket-key"),
    };
    if open && stranger {
        return Ok(None);
    }
    shared.identify(&parts.headers, scene).await.map(Some)
}

/// In whose house the request is: that of its ticket, or the one that the header names, when the
/// identity is somebody there; and who it is there.
fn tenant(
    shared: &Shared,
    from: &HeaderMap,
    house: Option<&Tenant>,
    identity: Option<&Identity>,
) -> Result<(Tenant, Option<Entrance>), Refusal> {
    let own = identity.and_then(|identity| identity.tenant.as_ref());
    let tenant = match (house, headers::text(from, headers::TENANT)?) {
        (Some(house), _) => house.clone(),
        (None, None) => own.unwrap_or(&shared.edge.config.tenant).clone(),
        (None, Some(named)) => {
            Tenant::new(named).map_err(|error| codes::invalid_id("Cambium-Tenant", &error))?
        }
    };
    let Some(identity) = identity else { return Ok((tenant, None)) };
    let entrance = shared.edge.guard.enter(identity, &tenant, shared.now());
    let entrance = entrance
        .ok_or_else(codes::unknown_tenant)
        .inspect_err(|refusal| shared.note_stranger(identity, &tenant, refusal))?;
    Ok((tenant, Some(entrance)))
}

async fn path_params(parts: &mut Parts) -> Result<Vec<(String, String)>, Refusal> {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    let params = params.map_err(|_| {
        let what = contracts::ids::InvalidId { what: "path segment" };
        codes::invalid_id("path", &what)
    })?;
    Ok(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Notes the tightest of the limits that were met.
fn spent(quota: &mut Option<Verdict>, verdict: Option<Verdict>) -> Result<(), Refusal> {
    let Some(verdict) = verdict else { return Ok(()) };
    *quota = Some(quota.map_or(verdict, |known| known.tightest(verdict)));
    if verdict.allowed { Ok(()) } else { Err(codes::rate_limited(verdict.retry_after_ms)) }
}

fn rate_headers(response: &mut HeaderMap, verdict: Verdict) {
    let (name, window_s) = (verdict.scope.name(), verdict.limit.window_ms / 1_000);
    let policy = format!("\"{name}\";q={};w={window_s}", verdict.limit.quota);
    let left = format!("\"{name}\";r={};t={}", verdict.left, verdict.full_after_s);
    for (name, text) in [("ratelimit-policy", policy), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::try_from(text) {
            response.insert(name, value);
        }
    }
}
