//! Every failure leaves the edge as `application/problem+json` (RFC 9457) with a stable code.

pub mod codes;
pub mod grpc;
pub mod pages;
mod words;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contracts::{Refusal, RefusalClass};
use serde_json::{Value, json};

pub use self::words::Words;

/// After what time a refusal for too much, or for something that is away, is worth another try when
/// it does not say so itself, in milliseconds.
const RETRY_MS: u64 = 1_000;

/// The media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// A refusal on its way out of the edge. The outermost layer writes its body, since only there
/// the trace and the path as the caller wrote it are known.
#[derive(Debug, Clone)]
pub struct Failure(pub Refusal);

/// Marks an answer that tells a failure in the words of another protocol: it leaves as it is.
#[derive(Debug, Clone, Copy)]
pub struct Spoken;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(self.0.class).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The status that a class of refusals is answered with.
#[must_use]
pub const fn status(class: RefusalClass) -> StatusCode {
    match class {
        RefusalClass::Malformed => StatusCode::BAD_REQUEST,
        RefusalClass::Unauthenticated => StatusCode::UNAUTHORIZED,
        RefusalClass::Forbidden => StatusCode::FORBIDDEN,
        RefusalClass::NotFound => StatusCode::NOT_FOUND,
        RefusalClass::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        RefusalClass::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        RefusalClass::Conflict => StatusCode::CONFLICT,
        RefusalClass::Precondition => StatusCode::PRECONDITION_FAILED,
        RefusalClass::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalClass::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RefusalClass::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalClass::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        RefusalClass::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        RefusalClass::Unsupported => StatusCode::NOT_IMPLEMENTED,
        RefusalClass::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        RefusalClass::Timeout => StatusCode::GATEWAY_TIMEOUT,
    }
}

/// The `error.type` of the model providers' clients.
const fn family(class: RefusalClass) -> &'static str {
    match class {
        RefusalClass::Unauthenticated => "authentication_error",
        RefusalClass::Forbidden => "permission_error",
        RefusalClass::NotFound => "not_found_error",
        RefusalClass::Conflict | RefusalClass::Precondition => "conflict_error",
        RefusalClass::Overloaded => "rate_limit_error",
        RefusalClass::Internal | RefusalClass::Unsupported => "api_error",
        RefusalClass::Unavailable => "overloaded_error",
        RefusalClass::Timeout => "timeout_error",
        RefusalClass::Malformed
        | RefusalClass::MethodNotAllowed
        | RefusalClass::NotAcceptable
        | RefusalClass::TooLarge
        | RefusalClass::UnsupportedMedia
        | RefusalClass::Rejected => "invalid_request_error",
    }
}

/// What a problem says beside its refusal.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The path as the caller wrote it.
    pub instance: &'a str,
    /// 32 hexadecimal digits.
    pub trace_id: &'a str,
    /// What the caller, or else the edge, calls the request.
    pub request_id: &'a str,
    /// In whose words it is told.
    pub words: Words,
}

/// The members of a problem: `type, title, status, detail, instance, code, trace_id, errors[]`,
/// `details` where there are any, and `error{code, message, type, param}`.
#[must_use]
pub fn body(refusal: &Refusal, scene: Scene<'_>) -> Value {
    let code = refusal.code.as_ref();
    let mut members = json!({
        "type": format!("/docs/errors/{code}"),
        "title": title(code),
        "status": status(refusal.class).as_u16(),
        "detail": refusal.message,
        "instance": scene.instance,
        "code": code,
        "trace_id": scene.trace_id,
        "errors": refusal.errors,
        "error": {
            "code": code,
            "message": told(refusal),
            "type": family(refusal.class),
            "param": refusal.errors.first().map(|error| error.field.as_str()),
        },
    });
    if let Some(details) = &refusal.details {
        members["details"] = details.as_ref().clone();
    }
    if let Some(ms) = refusal.retry_after_ms.filter(|_| !refusal.may_be_done()) {
        members["retry_after_ms"] = json!(ms);
    }
    scene.words.put(&mut members, scene.request_id);
    members
}

/// The whole answer to a request that failed.
#[must_use]
pub fn response(refusal: &Refusal, scene: Scene<'_>) -> Response {
    if scene.words == Words::Grpc {
        return grpc::failure(refusal);
    }
    let mut response =
        (status(refusal.class), Body::from(body(refusal, scene).to_string())).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let passes = matches!(refusal.class, RefusalClass::Overloaded | RefusalClass::Unavailable);
    let again = refusal.retry_after_ms.or(passes.then_some(RETRY_MS));
    if let Some(ms) = again.filter(|_| !refusal.may_be_done()) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000).max(1)));
        headers.insert("retry-after-ms", HeaderValue::from(ms));
    }
    // Clients of providers ask again by themselves whatever ended in a fault: they would begin a
    // second run while the first goes on, or pay a second time for what a provider has done.
    let ours = matches!(refusal.class, RefusalClass::Internal | RefusalClass::Timeout);
    if ours || refusal.may_be_done() {
        headers.insert("x-should-retry", HeaderValue::from_static("false"));
    }
    if refusal.class == RefusalClass::Unauthenticated {
        let challenge = HeaderValue::from_static(r#"Bearer realm="cambium""#);
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The message with the first thing that is at fault, for clients that show nothing else.
fn told(refusal: &Refusal) -> String {
    match refusal.errors.first() {
        Some(error) if refusal.message.contains(&error.message) => refusal.message.clone(),
        Some(error) if error.field.is_empty() => format!("{}: {}", refusal.message, error.message),
        Some(error) => format!("{}: {}: {}", refusal.message, error.field, error.message),
        None => refusal.message.clone(),
    }
}

/// The code as a title: the same for every occurrence, as RFC 9457 wants it.
fn title(code: &str) -> String {
    let mut title = code.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

#[cfg(test)]
mod tests;
