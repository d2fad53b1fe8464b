//! The refusals that the edge itself gives. Each has a page in `docs/errors`.

use contracts::access::Capability;
use contracts::{Refusal, RefusalClass};

/// The codes of this module, in order.
pub const ALL: &[&str] = &[
    "auth_failures_exceeded",
    "body_too_large",
    "body_unreadable",
    "cursor_not_reached",
    "error_unknown",
    "forbidden",
    "frame_invalid",
    "header_invalid",
    "headers_too_large",
    "hold_not_found",
    "host_refused",
    "id_needed",
    "if_match_invalid",
    "input_too_deep",
    "internal",
    "invalid_id",
    "invalid_json",
    "invalid_message",
    "invalid_msgpack",
    "invalid_protobuf",
    "invalid_utf8",
    "method_not_allowed",
    "not_acceptable",
    "not_ready",
    "number_imprecise",
    "origin_refused",
    "overloaded",
    "precondition_failed",
    "query_invalid",
    "rate_limited",
    "reader_too_slow",
    "reason_needed",
    "secret_sealed",
    "secret_in_query",
    "session_not_found",
    "string_too_long",
    "subscriptions_exceeded",
    "target_mismatch",
    "thread_not_found",
    "timeout",
    "unauthenticated",
    "unknown_command",
    "unknown_command_id",
    "unknown_kind",
    "unknown_parameter",
    "unknown_route",
    "unknown_tenant",
    "unsupported_media_type",
    "unsupported_parameter",
    "unsupported_version",
    "upgrade_required",
];

fn malformed(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalClass::Malformed, code, message)
}

/// Too many wrong credentials from one peer.
#[must_use]
pub fn auth_failures_exceeded(retry_after_ms: u64) -> Refusal {
    Refusal::new(
        RefusalClass::Overloaded,
        "auth_failures_exceeded",
        "too many requests without a valid credential came from this address",
    )
    .retry_after(retry_after_ms)
}

/// This server does not answer under this name.
#[must_use]
pub fn host_refused() -> Refusal {
    let message = "this server does not answer under the name that Host gives";
    Refusal::new(RefusalClass::Forbidden, "host_refused", message)
}

/// Pages of this origin may not speak to this server.
#[must_use]
pub fn origin_refused() -> Refusal {
    let message = "pages of this origin may not speak to this server";
    Refusal::new(RefusalClass::Forbidden, "origin_refused", message)
}

/// A secret stands where everybody writes it down.
#[must_use]
pub fn secret_in_query() -> Refusal {
    malformed(
        "secret_in_query",
        "a query carries no secret: send it as Authorization: Bearer or X-API-Key",
    )
}

/// The body is longer than the limit.
#[must_use]
pub fn body_too_large(bytes_max: usize) -> Refusal {
    let message = format!("a body has at most {bytes_max} bytes");
    Refusal::new(RefusalClass::TooLarge, "body_too_large", message)
}

/// The body broke off or came too slowly.
#[must_use]
pub fn body_unreadable() -> Refusal {
    malformed("body_unreadable", "the body broke off before its end")
}

/// A member of a body that nobody knows.
#[must_use]
pub fn unknown_parameter(place: &str) -> Refusal {
    let message = format!("there is no parameter {place}");
    malformed("unknown_parameter", message).field(place, "is not known")
}

/// A member of a body that is known, and says what cannot be done here.
#[must_use]
pub fn unsupported_parameter(place: &str) -> Refusal {
    let message = format!("{place} asks for what Cambium does not do");
    malformed("unsupported_parameter", message).field(place, "cannot be done here")
}

/// A conversation is to go on after an answer that is not there.
#[must_use]
pub fn thread_not_found(answer: &str) -> Refusal {
    let message =
        format!("there is no answer {answer} to go on after; send the whole conversation");
    Refusal::not_found("thread_not_found", message)
}

/// The read model or the tail did not come to the wanted position in time.
#[must_use]
pub fn cursor_not_reached() -> Refusal {
    Refusal::new(
        RefusalClass::Timeout,
        "cursor_not_reached",
        "min_cursor was not reached in time; try again, or leave it out",
    )
    .retry_after(1_000)
}

/// A frame of a socket that is not of its shape.
#[must_use]
pub fn frame_invalid(message: &str) -> Refusal {
    malformed("frame_invalid", format!("the frame cannot be understood: {message}"))
}

/// Something went wrong that should not have.
#[must_use]
pub fn fault() -> Refusal {
    Refusal::internal("this is a fault of ours; the trace id finds it in the log")
}

/// This node has not the role that this takes.
#[must_use]
pub fn not_an_edge() -> Refusal {
    let message = "this node answers no callers: it has not the role edge; ask another";
    Refusal::new(RefusalClass::Unavailable, "not_an_edge", message)
}

/// The credential does not cover this.
#[must_use]
pub fn forbidden() -> Refusal {
    let message = "this concerns all tenants, and takes a right in the tenant system";
    Refusal::new(RefusalClass::Forbidden, "forbidden", message)
}

/// The caller's rights do not cover this.
#[must_use]
pub fn forbidden_capability(capability: Capability<'_>, principal: &str) -> Refusal {
    let message = format!("this takes {capability}, which {principal} has not");
    Refusal::new(RefusalClass::Forbidden, "forbidden", message)
        .details(serde_json::json!({ "capability": capability.to_string() }))
}

/// The caller's rights do not cover this any more.
#[must_use]
pub fn forbidden_now() -> Refusal {
    let message = "the right to read this was taken away";
    Refusal::new(RefusalClass::Forbidden, "forbidden", message)
}

/// There is no such hold in force.
#[must_use]
pub fn hold_not_found() -> Refusal {
    Refusal::not_found("hold_not_found", "no hold of that id is in force in this tenant")
}

/// Who enters another's house by the system's own right says why.
#[must_use]
pub fn reason_needed() -> Refusal {
    let message = "you are at home in another tenant: say why you enter this one in the header \
                   Cambium-Reason";
    malformed("reason_needed", message).field("Cambium-Reason", "is needed")
}

/// A header that means something here does not have its shape.
#[must_use]
pub fn header_invalid(name: &str, wanted: &str) -> Refusal {
    malformed("header_invalid", format!("the header {name} {wanted}")).field(name, wanted)
}

/// More or longer headers than the limit.
#[must_use]
pub fn headers_too_large(message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalClass::TooLarge, "headers_too_large", message)
}

/// A kind whose ids mean something, and a command that names no actor of it.
#[must_use]
pub fn id_needed(page: &contracts::page::PageRef) -> Refusal {
    let kind = &page.kind;
    let message =
        format!("the id of a {kind} says what it is about: /v1/{kind}/{{id}}/{{command}}");
    malformed("id_needed", message).field("id", "is needed")
}

/// `If-Match` is not one strong entity tag of ours.
#[must_use]
pub fn if_match_invalid() -> Refusal {
    let wanted = "is one revision in double quotes, such as \"7\", or *";
    malformed("if_match_invalid", format!("If-Match {wanted}")).field("If-Match", wanted)
}

/// A sealed value that the master key of this program does not open.
#[must_use]
pub fn secret_sealed(reason: &str) -> Refusal {
    let message = format!("a sealed value stays closed: {reason}");
    Refusal::new(RefusalClass::Internal, "secret_sealed", message)
}

/// An id that is not one token.
#[must_use]
pub fn invalid_id(field: &str, error: &contracts::ids::InvalidId) -> Refusal {
    malformed("invalid_id", error.to_string()).field(field, error.to_string())
}

/// An effect's id is 64 hexadecimal digits.
#[must_use]
pub fn effect_invalid() -> Refusal {
    let message = "an effect's id is 64 lower-case hexadecimal digits";
    malformed("invalid_id", message).field("id", message)
}

/// Text that is not JSON.
#[must_use]
pub fn invalid_json(error: &serde_json::Error) -> Refusal {
    if error.to_string().contains("recursion limit") {
        return malformed("input_too_deep", "the body nests too deep");
    }
    malformed("invalid_json", format!("the body is not JSON: {error}"))
}

/// A message envelope that is not of its shape.
#[must_use]
pub fn invalid_message(message: impl Into<String>) -> Refusal {
    malformed("invalid_message", message)
}

/// Bytes that are not MessagePack, or hold what JSON cannot.
#[must_use]
pub fn invalid_msgpack(reason: &str) -> Refusal {
    malformed(
        "invalid_msgpack",
        format!("the body is not MessagePack that JSON can hold: {reason}"),
    )
}

/// Bytes that are no message of the protocol.
#[must_use]
pub fn invalid_protobuf(reason: &dyn std::fmt::Display) -> Refusal {
    malformed("invalid_protobuf", format!("the body is no such message: {reason}"))
}

/// Text that is not UTF-8.
#[must_use]
pub fn invalid_utf8() -> Refusal {
    malformed("invalid_utf8", "the body is not UTF-8")
}

/// A message envelope that says something else than the route.
#[must_use]
pub fn target_mismatch(field: &str, said: &str, route: &str) -> Refusal {
    let message = format!("the message says {field} {said:?}, the route {route:?}");
    malformed("target_mismatch", message).field(field, format!("{route:?} is wanted"))
}

/// The route exists, with another method.
#[must_use]
pub fn method_not_allowed() -> Refusal {
    let message = "this route has no such method; the header Allow names those it has";
    Refusal::new(RefusalClass::MethodNotAllowed, "method_not_allowed", message)
}

/// None of the wanted media types can be made.
#[must_use]
pub fn not_acceptable(offered: &str) -> Refusal {
    let message = format!("this route answers with {offered}");
    Refusal::new(RefusalClass::NotAcceptable, "not_acceptable", message)
}

/// An integer that JSON cannot hold exactly.
#[must_use]
pub fn number_imprecise(error: &contracts::canonical::CanonicalError) -> Refusal {
    malformed("number_imprecise", error.to_string())
}

/// Too many requests at once.
#[must_use]
pub fn overloaded() -> Refusal {
    Refusal::unavailable("overloaded", "too many requests are being answered; try again")
}

/// `If-Match: *` on an actor that does not exist.
#[must_use]
pub fn precondition_failed(message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalClass::Precondition, "precondition_failed", message)
}

/// A query parameter that the route does not have, or that is not of its shape.
#[must_use]
pub fn query_invalid(name: &str, wanted: impl Into<String>) -> Refusal {
    let wanted = wanted.into();
    malformed("query_invalid", format!("the query parameter {name} {wanted}")).field(name, wanted)
}

/// There is no such session of MCP, or it has ended.
#[must_use]
pub fn session_not_found() -> Refusal {
    let message =
        "there is no such session, or no such stream of it; begin another with initialize";
    Refusal::not_found("session_not_found", message)
}

/// The credential's share of requests is used up.
#[must_use]
pub fn rate_limited(retry_after_ms: u64) -> Refusal {
    let message = "this credential has used up its share of requests for now";
    Refusal::new(RefusalClass::Overloaded, "rate_limited", message).retry_after(retry_after_ms)
}

/// A reader of a stream that takes what it gets too slowly, and from where it may go on.
#[must_use]
pub fn reader_too_slow(after: Option<&str>, retry_after_ms: u64) -> Refusal {
    let message = "this reader takes too long for what it gets; resume after the last event";
    Refusal::new(RefusalClass::Overloaded, "reader_too_slow", message)
        .retry_after(retry_after_ms)
        .details(serde_json::json!({ "after": after }))
}

/// More subscriptions than a socket may have.
#[must_use]
pub fn subscriptions_exceeded(max: usize) -> Refusal {
    let message = format!("a socket has at most {max} subscriptions");
    Refusal::new(RefusalClass::Overloaded, "subscriptions_exceeded", message).retry_after(1_000)
}

/// No answer in time.
#[must_use]
pub fn timeout() -> Refusal {
    let message = "no answer came in time; a command may still have been carried out";
    Refusal::new(RefusalClass::Timeout, "timeout", message)
}

/// What was asked has been taken, and this node stops before there is an answer: nobody shall take
/// it for undone.
#[must_use]
pub fn unanswered() -> Refusal {
    let message = "it was taken and goes on; this node stops before it is answered";
    Refusal::new(RefusalClass::Timeout, "timeout", message)
}

/// No credential, or a wrong one: the answer does not tell which.
#[must_use]
pub fn unauthenticated() -> Refusal {
    Refusal::new(
        RefusalClass::Unauthenticated,
        "unauthenticated",
        "a valid key is wanted, as Authorization: Bearer or as X-API-Key",
    )
}

/// No such command of this kind.
#[must_use]
pub fn unknown_command(page: &contracts::page::PageRef) -> Refusal {
    let names: Vec<_> = page.commands.iter().map(|spec| spec.name).collect();
    let message = format!("{} has no such command; it has {}", page.kind, names.join(", "));
    Refusal::not_found("unknown_command", message)
}

/// No such kind.
#[must_use]
pub fn unknown_kind() -> Refusal {
    Refusal::not_found("unknown_kind", "there is no such kind; /openapi.json names those there are")
}

/// No such route.
#[must_use]
pub fn unknown_route() -> Refusal {
    let message = "there is no such route; /openapi.json names those there are";
    Refusal::not_found("unknown_route", message)
}

/// No such tenant, or none that the caller may enter: the answer does not tell which.
#[must_use]
pub fn unknown_tenant() -> Refusal {
    Refusal::not_found("unknown_tenant", "there is no such tenant for this credential")
}

/// A body of a media type that is not understood.
#[must_use]
pub fn unsupported_media_type() -> Refusal {
    let message = "this route takes no body of that media type, or none that is compressed; /openapi.json names \
                   those it takes";
    Refusal::new(RefusalClass::UnsupportedMedia, "unsupported_media_type", message)
}

/// A version of the interface that is not spoken.
#[must_use]
pub fn unsupported_version(requested: &str) -> Refusal {
    malformed("unsupported_version", "only version v1 of the interface is spoken").details(
        serde_json::json!({
            "requested_version": requested, "supported_versions": ["v1"], "latest_version": "v1",
        }),
    )
}

/// A WebSocket route that was asked for without an upgrade.
#[must_use]
pub fn upgrade_required() -> Refusal {
    malformed("upgrade_required", "this route is a WebSocket; ask for an upgrade")
}
