//! The commands and events of an assistant, as documented.

use serde_json::json;

use super::commands::{Ask, Define, Restore, Retire, Standing};
use crate::commit::sample_command_id;
use crate::kinds::run::Answer;
use crate::page::{CommandSpec, EventSpec, schema_of};

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    vec![
        CommandSpec {
            name: "define",
            about: "Says what the assistant is; each time a version of its own.",
            input: schema_of::<Define>,
            output: schema_of::<Standing>,
            example: json!({
                "model": "local/rules",
                "instructions": "Answer in one sentence.",
                "uses": [{ "name": "calculator" }],
            }),
            begins: true,
        },
        CommandSpec {
            name: "ask",
            about: "Begins a run of the version in force and answers with what it answers.",
            input: schema_of::<Ask>,
            output: schema_of::<Answer>,
            example: json!({ "text": "What is 6 times 7?" }),
            begins: false,
        },
        CommandSpec {
            name: "retire",
            about: "Lets nobody ask it any more; what was asked is still answered.",
            input: schema_of::<Retire>,
            output: schema_of::<Standing>,
            example: json!({}),
            begins: false,
        },
        CommandSpec {
            name: "restore",
            about: "Lets it be asked again.",
            input: schema_of::<Restore>,
            output: schema_of::<Standing>,
            example: json!({}),
            begins: false,
        },
    ]
}

/// The events, in the order of the docs.
pub(super) fn events() -> Vec<EventSpec> {
    let event = |r#type, about, sample| EventSpec { r#type, about, sample };
    vec![
        event(
            "Defined",
            "It is something else now, or is at all.",
            json!({
                "version": 1,
                "definition": {
                    "model": "openai/gpt-5",
                    "instructions": "Answer in one sentence.",
                    "uses": [{ "name": "calculator" }],
                    "rounds_max": 16,
                    "timeout_s": 600,
                },
            }),
        ),
        event(
            "Asked",
            "It was asked; its run is begun.",
            json!({
                "command": sample_command_id(1),
                "run": "0190",
                "of": { "assistant": "helper", "version": 1, "revision": 1 },
                "ask": { "text": "What is 6 times 7?" },
            }),
        ),
        event(
            "Answered",
            "Its run has answered, or waits for tools of whoever asked.",
            json!({ "run": "0190" }),
        ),
        event(
            "Failed",
            "Its run gave no answer.",
            json!({ "run": "0190", "code": "model_quota", "reason": "the quota is used up" }),
        ),
        event("Retired", "Nobody may ask it any more.", json!({})),
        event("Restored", "It may be asked again.", json!({})),
    ]
}
