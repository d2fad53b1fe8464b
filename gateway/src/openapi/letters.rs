//! The shapes of what operators do about messages that were put aside, and about foreign ones.

use serde_json::{Map, Value, json};

use super::parameters::{CURSOR, TOKEN, instant};
use super::shapes::{closed, hash, object, page, reference, revision, text};

/// The shapes, by name.
pub fn schemas() -> Map<String, Value> {
    let message = object(
        "A message of the log, named so that it can be no other.",
        &["cursor", "hash"],
        json!({ "cursor": { "type": "string", "pattern": CURSOR }, "hash": hash() }),
    );
    let mut named = message.clone();
    named["additionalProperties"] = reference("schemas", "Json");
    let mut whole = inputs(&named);
    whole.extend(answers(&message));
    whole
}

/// A text of a form, or null.
fn maybe(mut text: Value, about: &str) -> Value {
    text["type"] = json!(["string", "null"]);
    text["description"] = json!(about);
    text
}

fn inputs(message: &Value) -> Map<String, Value> {
    let token = || json!({ "type": "string", "pattern": TOKEN });
    let members = json!({
        "EditInput": closed("What the command should have said.", &["input"], json!({
            "input": { "description": "The new input." },
            "command": maybe(token(), "The new name."),
        })),
        "BulkInput": closed("What is done about which letters.", &["action"], json!({
            "action": { "enum": ["retry", "skip"] },
            "tenant": maybe(token(), "Only those of this tenant."),
            "kind": maybe(token(), "Only those to this kind."),
            "id": maybe(token(), "Only those to this actor."),
            "code": maybe(text(""), "Only those put aside with this code."),
            "before": maybe(instant(), "Only those put aside before."),
        })),
        "SkipForeignInput": closed(
            "Behind which messages an actor goes on: exactly those that stand in doubt.",
            &["kind", "id", "messages"],
            json!({
                "kind": { "type": "string", "pattern": TOKEN },
                "id": { "type": "string", "pattern": TOKEN },
                "messages": { "type": "array", "items": message, "minItems": 1 },
            }),
        ),
    });
    members.as_object().cloned().unwrap_or_default()
}

fn answers(message: &Value) -> Map<String, Value> {
    let maybe = |about: &str| json!({ "type": ["string", "null"], "description": about });
    let members = json!({
        "Letter": object(
            "A message that was put aside.",
            &["id", "subject", "code", "reason", "deliveries", "at", "held"],
            json!({
                "id": { "type": "integer" }, "tenant": maybe("Whose."), "kind": maybe("The kind."),
                "actor": maybe("The actor."), "subject": text("The subject that it came on."),
                "headers": { "type": "array", "description": "Without credentials." },
                "command": maybe("The command."), "command_id": maybe("Its id."),
                "by": maybe("Who sent it."), "input": { "description": "What it said." },
                "payload": maybe("The body as base64, when it cannot be read."),
                "code": text("Why it was put aside."), "reason": text("The same in a sentence."),
                "deliveries": { "type": "integer", "minimum": 0 },
                "at": { "type": "string", "format": "date-time" },
                "held": { "type": "boolean" },
            }),
        ),
        "Letters": page(reference("schemas", "Letter")),
        "LetterDone": object("What became of a letter.", &["id", "action", "status"], json!({
            "id": { "type": "integer" }, "action": { "enum": ["retry", "edit", "skip"] },
            "status": text("How its command stands; `skipped` = it was dropped."),
        })),
        "Doubts": object("The messages that quarantine an actor.", &["items"], json!({
            "items": { "type": "array", "items": message },
        })),
        "Skipped": object("Where the actor goes on.", &["kind", "id", "revision", "cursor"], json!({
            "kind": text("The actor's kind."), "id": text("The actor."), "revision": revision(),
            "cursor": text("Where that is written, opaque."),
        })),
        "Acknowledged": object(
            "An operator's word that a foreign message is known.",
            &["cursor", "code", "hash", "reason", "by", "at"],
            json!({
                "cursor": text("Where it stands, opaque."), "code": text("What it is."),
                "address": { "description": "On whose subject; null = on nobody's." },
                "hash": hash(), "reason": text("What is wrong with it."), "by": text("Who."),
                "at": { "type": "string", "format": "date-time" },
                "note": maybe("What was said about it."),
            }),
        ),
        "Imported": object("What was done with them.", &["commits", "skipped", "cursor"], json!({
            "commits": revision(), "skipped": revision(), "blobs": revision(),
            "blobs_missing": revision(), "cursor": text("Where the last one stands, opaque."),
        })),
    });
    members.as_object().cloned().unwrap_or_default()
}
