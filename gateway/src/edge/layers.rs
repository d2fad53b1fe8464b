//! What stands around every route, found or not: the trace, limits, the version in the path, the
//! bodies of problems, one log line per failure.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use contracts::telemetry::Open;
use contracts::telemetry::names::{general, own};
use contracts::{Refusal, RefusalClass};
use futures_util::FutureExt as _;
use tracing::Instrument as _;
use uuid::Uuid;

use super::allow;
use super::call::Scene;
use super::config::Config;
use super::headers::{self, KEY_BYTES_MAX, REQUEST_ID};
use super::routes::Row;
use super::safety::{Arrival, Sender, Told};
use super::serve::Certificate;
use super::shared::Shared;
use super::trace::Traced;
use super::unread;
use super::version::{self, DEPRECATED_SINCE, SUNSET};
use crate::auth::{Credential, credential};
use crate::problem::{self, Failure, Words, codes};

/// The label of a request that met no route.
const UNMATCHED: &str = "unmatched";

/// Puts the layers around the table of routes.
pub fn around(table: Router, shared: &Arc<Shared>) -> Router {
    Router::new().fallback_service(table).layer(from_fn_with_state(Arc::clone(shared), outermost))
}

async fn outermost(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let _in_flight = shared.edge.metrics.in_flight();
    let (method, version) = (request.method().clone(), request.version());
    let arrival = request.extensions().get::<Arrival>();
    let sender = shared.safety.sender(arrival, request.headers());
    let spans = &shared.edge.telemetry.spans;
    let (traced, mut open) = Traced::enter(spans, request.headers(), label(&method));
    let (scene, told) = (Arc::new(scene(&request, sender, traced)), told(&request, sender));
    let span = tracing::info_span!(
        "http",
        http.request.method = %method,
        url.path = %scene.instance,
        trace.id = %scene.traced.id,
        request.id = %scene.request_id,
    );
    let (request, rest) = unread::lend(request, &shared.edge.config);
    let answering = AssertUnwindSafe(admitted(&shared, request, next, &scene, sender));
    let answered = answering.catch_unwind().instrument(span.clone()).await;
    let mut response = answered.unwrap_or_else(|_| Failure(codes::fault()).into_response());
    let route = response.extensions().get::<Row>().map_or(UNMATCHED, |row| row.0.path);
    let status = response.status();
    shared.edge.metrics.answered(label(&method), route, status.as_u16(), started.elapsed());
    if let Some(open) = &mut open {
        described(open, (label(&method), route), &scene, status);
    }
    if let Some(refusal) = refusal_of(&response) {
        if let Some(open) = open.as_mut().filter(|_| status.is_server_error()) {
            open.fail(refusal.code.clone());
        }
        let _entered = span.enter();
        log(&refusal, route, status);
        response = rendered(&refusal, &scene, response);
    }
    let mut response = finished(response, &scene);
    // Later versions say so in frames of their own.
    if shared.edge.shutdown.is_cancelled() && version <= Version::HTTP_11 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    shared.safety.finish(&mut response, &told);
    match rest {
        Some(rest) => rest.settle(response, &shared.edge.config).await,
        None => response,
    }
}

/// Says in the span of a request what was asked and answered.
fn described(
    open: &mut Open,
    (method, route): (&'static str, &'static str),
    scene: &Scene,
    status: StatusCode,
) {
    open.rename(format!("{method} {route}"));
    open.set(general::HTTP_METHOD, method);
    open.set(general::HTTP_ROUTE, route);
    open.set(general::HTTP_STATUS, u32::from(status.as_u16()));
    open.set(general::URL_PATH, scene.instance.as_str());
    open.set(own::REQUEST, scene.request_id.as_str());
}

/// What of a request matters for how its answer may be used.
fn told(request: &Request, sender: Option<Sender>) -> Told {
    let headers = request.headers();
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    Told {
        origin: origin.map(str::to_owned),
        credential: !matches!(credential(headers), Credential::Absent),
        reads: matches!(*request.method(), Method::GET | Method::HEAD),
        chunked: headers.contains_key(header::TRANSFER_ENCODING),
        encrypted: sender.is_some_and(|sender| sender.encrypted),
    }
}

/// Lets a request in, or says why not.
async fn admitted(
    shared: &Shared,
    mut request: Request,
    next: Next,
    scene: &Arc<Scene>,
    sender: Option<Sender>,
) -> Response {
    let config = &shared.edge.config;
    let fits = small_enough(&request, config);
    if let Err(refusal) = fits.and_then(|()| shared.safety.admit(&request, sender.as_ref())) {
        return Failure(refusal).into_response();
    }
    if let Some(preflight) = shared.safety.preflight(&request) {
        return preflight.unwrap_or_else(|refusal| Failure(refusal).into_response());
    }
    let resolved = match version::resolve(request.uri().path(), &shared.edge.pages) {
        Ok(resolved) => resolved,
        Err(refusal) => return Failure(refusal).into_response(),
    };
    // A probe must be answered when nothing else is.
    let probe = matches!(resolved.path.as_str(), "/livez" | "/readyz");
    let permit = shared.requests.try_acquire();
    if permit.is_err() && !probe {
        return Failure(codes::overloaded()).into_response();
    }
    if resolved.path != request.uri().path() {
        match moved(request.uri(), &resolved.path) {
            Some(uri) => *request.uri_mut() = uri,
            None => return Failure(codes::unknown_route()).into_response(),
        }
    }
    request.extensions_mut().insert(Arc::clone(scene));
    let mut response = next.run(request).await;
    let refused = response.status() == StatusCode::METHOD_NOT_ALLOWED;
    if let Some(methods) = refused.then(|| allow::of(&resolved.path, &shared.edge.pages)).flatten()
    {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    if resolved.deprecated {
        let headers = response.headers_mut();
        headers.insert("deprecation", HeaderValue::from_static(DEPRECATED_SINCE));
        headers.insert("sunset", HeaderValue::from_static(SUNSET));
        let link = format!("<{}>; rel=\"successor-version\"", resolved.path);
        if let Ok(link) = HeaderValue::try_from(link) {
            headers.append(header::LINK, link);
        }
    }
    response
}

fn moved(uri: &Uri, path: &str) -> Option<Uri> {
    let text = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

fn small_enough(request: &Request, config: &Config) -> Result<(), Refusal> {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, str::len);
    if length > config.uri_bytes_max {
        let message = format!("a path with its query has at most {} bytes", config.uri_bytes_max);
        return Err(codes::headers_too_large(message));
    }
    if request.headers().len() > config.headers_max {
        let message = format!("a request has at most {} header lines", config.headers_max);
        return Err(codes::headers_too_large(message));
    }
    if request.headers().values().any(|value| value.len() > config.header_bytes_max) {
        let message = format!("a header has at most {} bytes", config.header_bytes_max);
        return Err(codes::headers_too_large(message));
    }
    Ok(())
}

fn scene(request: &Request, sender: Option<Sender>, traced: Traced) -> Scene {
    let certificate = request.extensions().get::<Certificate>();
    Scene {
        traced,
        request_id: request_id(request.headers()),
        instance: request.uri().path().to_owned(),
        peer: sender.map(|sender| network(sender.address)).unwrap_or_default(),
        certificate: certificate.map(|Certificate(names)| names.to_vec()).unwrap_or_default(),
        words: Words::of(request.method(), request.uri().path(), request.headers()),
    }
}

/// What is taken for one peer: an address of IPv4, a network of 64 bits of IPv6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The caller's own id for the request, when it is one that a log line can hold.
fn request_id(from: &HeaderMap) -> String {
    let told = headers::text(from, REQUEST_ID).ok().flatten();
    let usable = told.filter(|id| {
        (1..=KEY_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    });
    usable.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// The refusal that a response stands for. What a library answers without one gets a refusal
/// here, so that no failure leaves without a code.
fn refusal_of(response: &Response) -> Option<Refusal> {
    if let Some(Failure(refusal)) = response.extensions().get::<Failure>() {
        return Some(refusal.clone());
    }
    if response.extensions().get::<problem::Spoken>().is_some() {
        return None;
    }
    let status = response.status();
    let foreign = (status.is_client_error() || status.is_server_error())
        && response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes)
            != Some(problem::CONTENT_TYPE.as_bytes());
    foreign.then(|| match status {
        StatusCode::NOT_FOUND => codes::unknown_route(),
        StatusCode::METHOD_NOT_ALLOWED => codes::method_not_allowed(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => codes::unsupported_media_type(),
        status if status.is_client_error() => codes::header_invalid("request", "is malformed"),
        _ => codes::fault(),
    })
}

/// The problem in place of the response, with the headers that the response had already.
fn rendered(refusal: &Refusal, scene: &Scene, response: Response) -> Response {
    let mut whole = problem::response(refusal, scene.told());
    // A row may know better how to get a credential.
    if let Some(challenge) = response.headers().get(header::WWW_AUTHENTICATE) {
        whole.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.clone());
    }
    for (name, value) in response.headers() {
        if !whole.headers().contains_key(name) && *name != header::CONTENT_LENGTH {
            whole.headers_mut().append(name.clone(), value.clone());
        }
    }
    whole
}

/// One line per failure: ours loud, the caller's own quiet.
fn log(refusal: &Refusal, route: &'static str, status: StatusCode) {
    let (status, code) = (status.as_u16(), refusal.code.as_ref());
    let message = refusal.message.as_str();
    if refusal.class == RefusalClass::Internal {
        tracing::error!(
            http.route = route,
            http.response.status_code = status,
            error.code = code,
            "the edge answers with a fault of ours: {message}"
        );
    } else if status >= 500 {
        tracing::warn!(
            http.route = route,
            http.response.status_code = status,
            error.code = code,
            "the edge cannot answer: {message}"
        );
    } else {
        tracing::info!(
            http.route = route,
            http.response.status_code = status,
            error.code = code,
            "the edge refuses: {message}"
        );
    }
}

fn finished(mut response: Response, scene: &Scene) -> Response {
    let lines = [
        (HeaderName::from_static("x-request-id"), &scene.request_id),
        (HeaderName::from_static("traceparent"), &scene.traced.trace.parent),
    ];
    let headers = response.headers_mut();
    for (name, text) in lines {
        if let Ok(value) = HeaderValue::try_from(text.as_str()) {
            headers.insert(name, value);
        }
    }
    let anthropic = scene.words == Words::Anthropic;
    if let Some(id) = headers.get(REQUEST_ID).filter(|_| anthropic).cloned() {
        headers.insert("request-id", id);
    }
    headers.insert("x-api-version", HeaderValue::from_static("v1"));
    response
}

/// A method as a label: those that the table uses, and one for the rest.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        _ => "OTHER",
    }
}
