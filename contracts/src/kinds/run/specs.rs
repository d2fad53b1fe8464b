//! The commands and events of a run, as documented.

use serde_json::json;

use super::answers::{Answer, Ended};
use super::commands::{AnswerTools, Begin, Cancel, Join, Start};
use super::graph::{Perform, Performed, Rerun};
use crate::commit::sample_command_id;
use crate::page::{CommandSpec, EventSpec, event, schema_of};

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    vec![
        CommandSpec {
            name: "start",
            about: "Asks a model, performs the tools it calls, and answers with what it says, or \
                    with the calls that the caller is to perform.",
            input: schema_of::<Start>,
            output: schema_of::<Answer>,
            example: json!({
                "model": "local/rules",
                "turns": [{ "role": "user", "content": "What is 6 times 7?" }],
                "uses": [{ "name": "calculator" }],
            }),
            begins: true,
        },
        CommandSpec {
            name: "answer_tools",
            about: "Says what the caller's tools answered; the run goes on.",
            input: schema_of::<AnswerTools>,
            output: schema_of::<Answer>,
            example: json!({ "outputs": [{ "call": "call_1", "output": "42" }] }),
            begins: false,
        },
        CommandSpec {
            name: "cancel",
            about: "Ends the run before its time; whoever waits for it is told.",
            input: schema_of::<Cancel>,
            output: schema_of::<Ended>,
            example: json!({ "reason": "no longer needed" }),
            begins: false,
        },
        CommandSpec {
            name: "begin",
            about: "Lets a run begin that waits for its time.",
            input: schema_of::<Begin>,
            output: schema_of::<Ended>,
            example: json!({}),
            begins: false,
        },
        CommandSpec {
            name: "join",
            about: "Answers when the run is over, or waits for its caller.",
            input: schema_of::<Join>,
            output: schema_of::<Ended>,
            example: json!({}),
            begins: false,
        },
        CommandSpec {
            name: "perform",
            about: "Runs a graph of steps, each a command to an actor, side by side where they do \
                    not need each other, and answers with what it gives.",
            input: schema_of::<Perform>,
            output: schema_of::<Performed>,
            example: json!({ "graph": sample_graph() }),
            begins: true,
        },
        CommandSpec {
            name: "rerun",
            about: "Does steps of a graph anew, and all that need them; of a run that is over, or \
                    of a fork.",
            input: schema_of::<Rerun>,
            output: schema_of::<Performed>,
            example: json!({ "from": ["twice"] }),
            begins: false,
        },
    ]
}

/// The events, in the order of the docs.
pub(super) fn events() -> Vec<EventSpec> {
    let mut all = of_models();
    all.extend(of_tools());
    all.extend(of_ends());
    all.extend(of_graphs());
    all
}

/// Two steps, of which one needs the other.
fn sample_graph() -> serde_json::Value {
    json!({
        "steps": [
            { "id": "once", "kind": "counter", "command": "add", "input": { "by": 21 } },
            {
                "id": "twice",
                "kind": "counter",
                "actor": { "$from": "/steps/once/actor" },
                "command": "add",
                "input": { "by": { "$from": "/steps/once/reply/value" } },
            },
        ],
        "output": { "$from": "/steps/twice/reply/value" },
    })
}

fn of_graphs() -> Vec<EventSpec> {
    vec![
        event(
            "GraphStarted",
            "A run of a graph began.",
            json!({
                "command": sample_command_id(1),
                "perform": {
                    "graph": sample_graph(),
                    "input": null,
                    "parallel_max": 8,
                    "timeout_s": 86_400,
                },
            }),
        ),
        event(
            "StepBegun",
            "A step was asked for; the command is the commit's effect.",
            json!({
                "step": "twice",
                "turn": 1,
                "kind": "counter",
                "actor": "r-1-once",
                "name": "add",
                "input": { "by": 21 },
                "timeout_s": 600,
            }),
        ),
        event(
            "StepDone",
            "A step is done.",
            json!({ "step": "twice", "revision": 2, "reply": { "value": 42 } }),
        ),
        event(
            "StepFailed",
            "A step failed for good.",
            json!({ "step": "twice", "code": "unknown_kind", "reason": "there is no kind conter" }),
        ),
        event(
            "StepSkipped",
            "A step was passed over.",
            json!({ "step": "twice", "why": { "missing": "/steps/once/reply/value" } }),
        ),
        event(
            "Reran",
            "Steps are done anew.",
            json!({ "command": sample_command_id(2), "reset": ["twice"] }),
        ),
    ]
}

fn of_models() -> Vec<EventSpec> {
    let history = json!({ "kind": "run", "id": "01", "revision": 4, "frame": true });
    vec![
        event(
            "Started",
            "It began.",
            json!({
                "command": sample_command_id(1),
                "run": {
                    "model": "openai/gpt-5",
                    "instructions": "Answer in one sentence.",
                    "turns": [{ "role": "user", "content": "What is 6 times 7?" }],
                    "uses": [{ "name": "calculator" }],
                    "rounds_max": 16,
                    "timeout_s": 600,
                },
            }),
        ),
        event(
            "Recalling",
            "What was said before is searched.",
            json!({ "query": "What is 6 times 7?", "items": 5, "timeout_ms": 10_000 }),
        ),
        event(
            "Recalled",
            "It was.",
            json!({ "text": "What you remember: - they said: I like numbers." }),
        ),
        event(
            "Asked",
            "The model was asked; the request is the commit's effect.",
            json!({ "round": 2, "history": history, "timeout_ms": 599_000 }),
        ),
        event(
            "Answered",
            "The model answered.",
            json!({
                "round": 1,
                "response": {
                    "provider": "openai",
                    "model": "gpt-5",
                    "text": "",
                    "finish": "tool_calls",
                    "usage": { "input_tokens": 61, "output_tokens": 17 },
                    "request_hash": crate::hash::Hash::of(b"request"),
                    "calls": [{
                        "id": "call_1",
                        "name": "calculator",
                        "arguments": "{\"expression\":\"6*7\"}",
                    }],
                    "cost": { "micro_usd": 246, "prices": "2026-11-01" },
                },
            }),
        ),
        event(
            "Returned",
            "The answer broke its schema, and the model was told so.",
            json!({ "round": 1, "reason": "answer: a number is wanted, not a text" }),
        ),
    ]
}

fn of_tools() -> Vec<EventSpec> {
    let input = json!({ "expression": "6*7" });
    vec![
        event(
            "ToolsAsked",
            "Tools of Cambium's were asked.",
            json!({
                "round": 1,
                "calls": [{ "call": "call_1", "tool": "calculator", "input": input }],
                "timeout_ms": 598_000,
            }),
        ),
        event(
            "ToolAnswered",
            "A tool answered, whoever performed it.",
            json!({ "call": "call_1", "output": { "result": "42" }, "ms": 1 }),
        ),
        event(
            "WaitsForTools",
            "It waits for the caller's tools.",
            json!({ "calls": [{ "id": "call_2", "name": "weather", "arguments": "{}" }] }),
        ),
        event(
            "Resumed",
            "The caller came back with what its tools answered.",
            json!({ "command": sample_command_id(2) }),
        ),
    ]
}

fn of_ends() -> Vec<EventSpec> {
    vec![
        event("Completed", "It has answered.", json!({ "rounds": 2 })),
        event(
            "Failed",
            "It failed for good.",
            json!({
                "code": "run_rounds_exceeded",
                "reason": "the model was asked 16 times and still calls tools",
            }),
        ),
        event("Cancelled", "It was cancelled.", json!({ "reason": "no longer needed" })),
        event(
            "Queued",
            "It waits for its time, or for the run that it comes after.",
            json!({ "after": "01" }),
        ),
        event("Begun", "What it waited for has come.", json!({})),
        event("Joined", "Somebody waits for its end.", json!({ "command": sample_command_id(3) })),
    ]
}
