//! The rows that speak A2A: their bodies, and what is theirs alone. A2A's own specification says
//! what each member means.

use actors::a2a::{MEDIA, State};
use contracts::effect::{URL_BYTES_MAX, URL_PATTERN as URL};
use contracts::kinds::check::PLAIN;
use serde_json::{Map, Value, json};

use super::parameters::{TOKEN, header};
use super::shapes::{object, reference, text};
use crate::dialects::a2a::PICTURES;
use crate::edge::routes::Route;

/// Base64 with its padding.
const BASE64: &str = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$";

/// The states of tasks, as a query names one.
pub(super) fn states() -> Value {
    let mut names = vec!["", "TASK_STATE_UNSPECIFIED"];
    names.extend(State::ALL.map(State::as_str));
    json!({ "type": "string", "enum": names })
}

/// An id, or nothing.
pub(super) fn named() -> Value {
    json!({ "type": "string", "pattern": format!("^({})?$", within(TOKEN)) })
}

/// The place where a page of tasks begins, or nothing.
pub(super) fn token() -> Value {
    json!({ "type": "string", "pattern": format!("^(0|[1-9][0-9]{{0,14}}:{})?$", within(TOKEN)) })
}

/// What stands between the ends of a pattern.
fn within(pattern: &str) -> &str {
    pattern.trim_start_matches('^').trim_end_matches('$')
}

/// Which of the rows speak of A2A in all that they answer.
fn speaks(route: &Route) -> bool {
    route.path.starts_with("/a2a") && !route.path.ends_with(".json") && !is_rpc(route)
}

fn is_rpc(route: &Route) -> bool {
    matches!(route.name, "a2a_rpc" | "a2a_assistant_rpc")
}

/// Adds to the operation of a row of A2A what is A2A's own: its version, and its failures.
pub(super) fn told(route: &Route, whole: &mut Value) {
    if !speaks(route) && !is_rpc(route) {
        return;
    }
    let about = "The version of A2A that is spoken; one that is left out is 0.3.";
    let version = json!({ "type": "string", "pattern": "^1(\\.[0-9]{1,9})?$" });
    let mut version = header("A2A-Version", about, version);
    if is_rpc(route) {
        version["schema"] = json!({ "type": "string", "examples": ["1.0"] });
    } else {
        version["required"] = json!(true);
    }
    if let Some(parameters) = whole["parameters"].as_array_mut() {
        parameters.push(version);
    }
    if !speaks(route) {
        return;
    }
    let failures = whole["responses"].as_object_mut().into_iter().flatten();
    for (_, failure) in failures.filter(|(status, _)| status.starts_with(['4', '5'])) {
        *failure = reference("responses", "A2aProblem");
    }
}

/// The failure of a row of A2A.
pub(super) fn problem() -> Value {
    let error = object(
        "What went wrong, as google.rpc.Status has it.",
        &["code", "status", "message", "details"],
        json!({
            "code": { "type": "integer" }, "status": text("The code in words of gRPC's."),
            "message": text("What went wrong this time."),
            "details": { "type": "array", "items": { "type": "object" } },
        }),
    );
    json!({
        "description": "It failed, in A2A's words, or in ours where A2A has none.",
        "headers": { "Retry-After": reference("headers", "RetryAfter") },
        "content": {
            MEDIA: { "schema": object("A failure.", &["error"], json!({ "error": error })) },
            crate::problem::CONTENT_TYPE: { "schema": reference("schemas", "Problem") },
        },
    })
}

/// The body of a row, by its media type; `None` = it is none of these rows, or takes none. What is
/// not known says nothing, as A2A wants it, so that the shapes are open; null is as left out.
pub(super) fn body(route: &Route) -> Option<Value> {
    let schema = match route.name {
        "a2a_rpc" | "a2a_assistant_rpc" => json!({
            "type": "object",
            "description": "A request of JSON-RPC 2.0. Whatever else comes is answered in \
                JSON-RPC's words, with status 200.",
            "required": ["jsonrpc", "id", "method"],
            "properties": {
                "jsonrpc": { "const": "2.0" },
                "id": { "type": ["string", "number"] },
                "method": { "type": "string", "examples": ["SendMessage", "GetTask"] },
                "params": { "type": ["object", "null"] },
            },
        }),
        "a2a_send" | "a2a_stream" => json!({
            "type": "object",
            "description": "A message to the agent.",
            "required": ["message"],
            "properties": {
                "message": message(),
                "configuration": configuration(),
                "tenant": maybe(named()),
            },
        }),
        "a2a_push_create" => {
            let mut config = receiver();
            config["description"] = json!("Who is told.");
            config
        }
        "a2a_task_do" => json!({
            "type": "object",
            "description": "Nothing that is needed.",
            "properties": { "tenant": maybe(named()) },
        }),
        _ => return None,
    };
    Some(json!({ "application/json": { "schema": schema } }))
}

fn maybe(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

fn message() -> Value {
    json!({
        "type": "object",
        "required": ["messageId", "role", "parts"],
        "properties": {
            "messageId": { "type": "string", "minLength": 1, "maxLength": 256, "pattern": PLAIN },
            "role": { "const": "ROLE_USER" },
            "parts": { "type": "array", "minItems": 1, "items": part() },
            "contextId": maybe(named()),
            "taskId": { "type": ["string", "null"], "description": "A task that waits." },
            "metadata": {
                "type": ["object", "null"],
                "description": "`model` names who is asked.",
            },
        },
    })
}

/// A part says one thing, in one of four ways.
fn part() -> Value {
    let ways = ["text", "data", "raw", "url"];
    let way = |own: &str, said: Value, needed: &[&str], media: Value| {
        let mut members = Map::from_iter([(own.to_owned(), said), ("mediaType".to_owned(), media)]);
        let others = ways.iter().filter(|it| **it != own);
        members.extend(others.map(|it| ((*it).to_owned(), json!({ "type": "null" }))));
        json!({ "type": "object", "required": needed, "properties": members })
    };
    let (free, picture) = (json!({ "type": ["string", "null"] }), json!({ "enum": PICTURES }));
    // Of bytes that are said to be words, those are taken that are UTF-8.
    let media = "^(image/(png|jpeg|gif|webp)|text/[a-z0-9.+-]+|application/json)$";
    let value = json!({ "type": ["boolean", "number", "string", "array", "object"] });
    let of = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    json!({ "anyOf": [
        way("text", of(PLAIN), &["text"], free.clone()),
        way("data", value, &["data"], free),
        way("raw", of(BASE64), &["raw", "mediaType"], of(media)),
        way("url", of(URL), &["url", "mediaType"], picture),
    ] })
}

/// How the caller wants to be answered.
fn configuration() -> Value {
    json!({
        "type": ["object", "null"],
        "properties": {
            "acceptedOutputModes": {
                "type": ["array", "null"], "items": { "type": "string" },
                "description": "One of them is text/plain or application/json; none = any.",
            },
            "historyLength": { "type": ["integer", "null"], "minimum": 0, "maximum": 1_000_000 },
            "returnImmediately": { "type": ["boolean", "null"] },
            "taskPushNotificationConfig": maybe(receiver()),
        },
    })
}

/// Who is told of a task.
fn receiver() -> Value {
    json!({
        "type": "object",
        "required": ["url"],
        "properties": {
            "id": { "type": ["string", "null"], "pattern": "^[A-Za-z0-9_:@-]{0,64}$" },
            "url": { "type": "string", "pattern": URL, "maxLength": URL_BYTES_MAX },
            "token": { "type": ["string", "null"], "pattern": "^[!-~]*$" },
            "authentication": maybe(object(
                "What the receiver is shown.",
                &["scheme"],
                json!({
                    "scheme": { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]*$" },
                    "credentials": { "type": ["string", "null"], "pattern": "^[!-~]*$" },
                }),
            )),
            "tenant": maybe(named()),
        },
    })
}
