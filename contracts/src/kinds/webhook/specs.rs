//! What the page of `webhook` says of itself.

use serde_json::{Value, json};

use super::{
    Create, Deliver, Note, Nothing, Redeliver, Rotate, Sent, Standing, Update, limits::OVERLAP_S,
};
use crate::page::{CommandSpec, EventSpec, RejectionSpec, SchemaOf, schema_of};

fn command(
    name: &'static str,
    about: &'static str,
    (input, output): (SchemaOf, SchemaOf),
    example: Value,
) -> CommandSpec {
    CommandSpec { name, about, input, output, example, begins: name == "create" }
}

/// An event of an approval, and as whom it is read.
fn place() -> Value {
    json!({
        "kind": "approval", "id": "a-1", "revision": 1, "index": 0, "cursor": "17",
        "reader": { "principal": "anna", "origin": "runtime" },
    })
}

pub fn commands() -> Vec<CommandSpec> {
    let (standing, sent) = (schema_of::<Standing>, schema_of::<Sent>);
    let create = json!({
        "url": "https://hooks.example/approvals",
        "filter": { "kinds": ["approval"], "events": ["Proposed"] },
        "description": "asks on the phone",
    });
    let update = json!({ "url": "https://hooks.example/all", "filter": {} });
    let rotate = "Notes that another secret counts; `POST /v1/webhooks/{id}/rotate` makes it.";
    let deliver = json!({ "place": place(), "type": "Proposed" });
    vec![
        command(
            "create",
            "Sends events to a URL from now on.",
            (schema_of::<Create>, standing),
            create,
        ),
        command(
            "update",
            "Changes where to, and which; it then reads as whoever says so.",
            (schema_of::<Update>, standing),
            update,
        ),
        command(
            "rotate",
            rotate,
            (schema_of::<Rotate>, standing),
            json!({ "overlap_s": OVERLAP_S }),
        ),
        command(
            "test",
            "Sends a message that says only that it was sent.",
            (schema_of::<Nothing>, sent),
            json!({}),
        ),
        command(
            "deliver",
            "Sends one event; said by the runtime alone.",
            (schema_of::<Deliver>, sent),
            deliver,
        ),
        command(
            "redeliver",
            "Sends again what was sent before, under the same message id.",
            (schema_of::<Redeliver>, sent),
            json!({ "delivery": "dlv-0123456789" }),
        ),
        command(
            "disable",
            "Sends no more events; what happens meanwhile is not sent later.",
            (schema_of::<Note>, standing),
            json!({ "note": "moves house" }),
        ),
        command(
            "enable",
            "Sends events from now on; it then reads as whoever says so.",
            (schema_of::<Nothing>, standing),
            json!({}),
        ),
    ]
}

pub fn events() -> Vec<EventSpec> {
    let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
    let owner = json!({ "principal": "anna", "origin": "runtime", "credential": "k-1" });
    let asked = json!({
        "delivery": "dlv-0123456789", "message": "evt_00112233445566778899aabbccddeeff",
        "place": place(), "type": "Proposed", "again": "dlv-9876543210",
    });
    vec![
        spec(
            "Created",
            "It sends events from now on.",
            json!({
                "url": "https://hooks.example/approvals",
                "filter": { "kinds": ["approval"], "events": ["Proposed"], "actors": ["a-1"] },
                "description": "asks on the phone", "secret": "webhook:phone", "owner": owner,
            }),
        ),
        spec(
            "Updated",
            "Where to, or which, is another.",
            json!({
                "url": "https://hooks.example/all", "filter": {}, "description": "all",
                "owner": owner,
            }),
        ),
        spec("Rotated", "Another secret counts.", json!({ "until": "2026-11-22T04:13:50.123Z" })),
        spec("Enabled", "It sends events from now on.", json!({ "owner": owner })),
        spec(
            "Disabled",
            "It sends no more events.",
            json!({ "reason": "asked", "note": "moves house" }),
        ),
        spec("Pinged", "Somebody tries whether messages come through.", json!({ "by": "anna" })),
        spec("DeliveryAsked", "A message is on its way.", asked),
        spec(
            "Delivered",
            "The receiver has taken it.",
            json!({ "delivery": "dlv-0123456789", "status": 204, "attempts": 1 }),
        ),
        spec(
            "DeliveryFailed",
            "The receiver has not taken it.",
            json!({
                "delivery": "dlv-0123456789", "code": "fetch_status",
                "reason": "https://hooks.example answered 500", "attempts": 20,
            }),
        ),
    ]
}

pub fn rejections() -> Vec<RejectionSpec> {
    let spec = |code, about| RejectionSpec { code, about };
    vec![
        spec("webhook_exists", "There is a webhook of that name."),
        spec("webhook_disabled", "A disabled webhook sends nothing."),
        spec("webhook_full", "Too many messages wait for this receiver."),
        spec("delivery_not_found", "Nothing is known of that delivery, or no longer."),
        spec("runtime_only", "Only the runtime says which event is sent."),
        spec("invalid_input", "A member of the input breaks a rule."),
        spec("actor_not_found", "There is no such webhook."),
    ]
}
