//! The shape of what a ticket is asked for: another one for each purpose.

use serde_json::{Value, json};

use super::parameters::TOKEN;
use super::shapes::reference;

/// Below which paths a ticket may be good.
const PATH: &str = "^/v1/[A-Za-z0-9_-]+(/[A-Za-z0-9_:@-]+)*$";

/// A ticket, as the address of a stream carries it.
pub(super) const TICKET: &str = "^ct_[0-9a-f]{64}$";

/// The body of `POST /v1/tickets`.
pub(super) fn input() -> Value {
    let path = json!({
        "type": "string", "pattern": PATH,
        "description": "Below which path it is good, such as `/v1/events`.",
    });
    let mut maybe = path.clone();
    maybe["type"] = json!(["string", "null"]);
    let token = |about: &str| json!({ "type": "string", "pattern": TOKEN, "description": about });
    let none = || json!({ "type": "null" });
    let mut input = reference("schemas", "Json");
    input["description"] = json!("Its input, exactly as it will be sent; `{}` when left out.");
    let connection = |purpose: &str, path: Value, needed: &[&str]| {
        let properties = json!({
            "path": path, "kind": none(), "id": none(), "command": none(), "input": none(),
        });
        alternative(purpose, properties, needed)
    };
    let command = json!({
        "path": none(), "kind": token("The kind of the actor."), "id": token("The actor."),
        "command": token("The command."), "input": input,
    });
    json!({
        "description": "For what a ticket is asked.",
        "anyOf": [
            connection("stream", path, &["purpose", "path"]),
            connection("websocket", maybe, &["purpose"]),
            alternative("command", command, &["purpose", "kind", "id", "command"]),
        ],
    })
}

fn alternative(purpose: &str, mut properties: Value, needed: &[&str]) -> Value {
    properties["purpose"] = json!({ "type": "string", "const": purpose });
    properties["ttl_ms"] = json!({
        "type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX,
        "description": "How long it is good, in milliseconds; as long as it may be when left out.",
    });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": needed,
        "properties": properties,
    })
}
