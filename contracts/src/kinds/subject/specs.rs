use serde_json::{Value, json};

use super::commands::{AskErasure, Consent, Erased, Hold, Nothing, Standing, Withdraw};
use crate::hash::Hash;
use crate::page::{CommandSpec, EventSpec, SchemaOf, schema_of};

/// A receipt that nobody has signed.
fn receipt() -> Value {
    json!({
        "v": 1, "tenant": "default", "subject": Hash::of(b"subject"), "key": "0123456789abcdef",
        "values": 3, "cursor": "17", "asked_at": "2030-01-01T00:00:00.000Z",
        "erased_at": "2030-01-01T00:00:01.000Z", "by": "grace",
        "public_key": "00".repeat(32), "signature": "00".repeat(64),
    })
}

fn spec(
    name: &'static str,
    about: &'static str,
    (input, example): (SchemaOf, Value),
    begins: bool,
) -> CommandSpec {
    CommandSpec { name, about, input, output: schema_of::<Standing>, example, begins }
}

pub(super) fn commands() -> Vec<CommandSpec> {
    let words = Hash::of(b"I agree to get the newsletter.");
    let agreed = json!({ "purpose": "newsletter", "version": "2", "text_hash": words });
    let asked = json!({ "key": "0123456789abcdef", "by": "grace", "reason": "asked by letter" });
    vec![
        spec(
            "consent",
            "Says that the subject agrees to a purpose, and to which words.",
            (schema_of::<Consent>, agreed),
            true,
        ),
        spec(
            "withdraw",
            "Says that it agrees no longer.",
            (schema_of::<Withdraw>, json!({ "purpose": "newsletter" })),
            false,
        ),
        spec(
            "hold",
            "Says that its data must be kept: it cannot be erased.",
            (schema_of::<Hold>, json!({ "reason": "case 12" })),
            true,
        ),
        spec(
            "release",
            "Says that its data need not be kept any more.",
            (schema_of::<Nothing>, json!({})),
            false,
        ),
        spec(
            "ask_erasure",
            "Says that its key is about to be destroyed. The program says so itself, asked by \
             `POST /v1/privacy/{id}/erase`.",
            (schema_of::<AskErasure>, asked),
            true,
        ),
        spec(
            "erased",
            "Says that its key is gone. The program says so itself.",
            (schema_of::<Erased>, json!({ "receipt": receipt() })),
            false,
        ),
    ]
}

pub(super) fn events() -> Vec<EventSpec> {
    let words = Hash::of(b"I agree to get the newsletter.");
    let samples = [
        (
            "ConsentGiven",
            "It has agreed to something.",
            json!({
                "purpose": "newsletter", "version": "2", "text_hash": words, "by": "ada",
            }),
        ),
        (
            "ConsentWithdrawn",
            "It agrees no longer.",
            json!({ "purpose": "newsletter", "by": "ada" }),
        ),
        ("Held", "Its data must be kept.", json!({ "reason": "case 12", "by": "grace" })),
        ("Released", "Its data need not be kept any more.", json!({ "by": "grace" })),
        (
            "ErasureAsked",
            "Its key is about to be destroyed.",
            json!({ "key": "0123456789abcdef", "by": "grace", "reason": "asked by letter" }),
        ),
        (
            "Erased",
            "Its key is gone, and what it protected can be read no more.",
            json!({ "receipt": receipt() }),
        ),
    ];
    samples.into_iter().map(|(r#type, about, sample)| EventSpec { r#type, about, sample }).collect()
}
