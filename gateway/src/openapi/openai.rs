//! The bodies of the rows that speak OpenAI's language: the members that are taken, and of what
//! sort each is. OpenAI's own description says what they mean.

use serde_json::{Map, Value, json};

use super::shapes::closed;
use crate::edge::routes::Route;

/// Members that texts may be given for, and that say nothing about the answer.
const NOTES: &[&str] = &["user", "safety_identifier", "prompt_cache_key"];
/// Flags.
const FLAGS: &[&str] =
    &["stream", "store", "background", "parallel_tool_calls", "logprobs", "strict"];
/// Whole numbers from 1.
const COUNTS: &[&str] =
    &["n", "max_tokens", "max_completion_tokens", "max_output_tokens", "dimensions"];
/// Numbers.
const NUMBERS: &[&str] = &["temperature", "top_p", "frequency_penalty", "presence_penalty"];
/// Objects.
const OBJECTS: &[&str] =
    &["metadata", "response_format", "stream_options", "text", "reasoning", "conversation"];
/// Lists.
const LISTS: &[&str] = &["messages", "tools", "items", "include"];

/// Members of both ways to ask for an answer.
const ANSWERS: &[&str] = &[
    "model",
    "metadata",
    "parallel_tool_calls",
    "prompt_cache_key",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
    "user",
];

/// The body of a row, by its media type; `None` = it is none of these rows, or takes none.
pub(super) fn body(route: &Route) -> Option<Value> {
    let (needed, more): (&[&str], &[&str]) = match route.name {
        "chat" => (
            &["model", "messages"],
            &[
                "frequency_penalty",
                "logprobs",
                "max_completion_tokens",
                "max_tokens",
                "messages",
                "modalities",
                "n",
                "presence_penalty",
                "reasoning_effort",
                "response_format",
                "seed",
                "stop",
                "verbosity",
            ],
        ),
        "response_create" => (
            &["model"],
            &[
                "background",
                "conversation",
                "include",
                "input",
                "instructions",
                "max_output_tokens",
                "previous_response_id",
                "reasoning",
                "text",
                "truncation",
            ],
        ),
        "embeddings" => {
            let members = ["model", "input", "dimensions", "encoding_format", "user"];
            return Some(json("Texts to be embedded.", &["model", "input"], &members));
        }
        "conversations_begin" => {
            return Some(json("A conversation.", &[], &["items", "metadata"]));
        }
        "conversations_add" => return Some(json("What is said.", &["items"], &["items"])),
        "conversations_update" => return Some(json("Its notes.", &["metadata"], &["metadata"])),
        "response_cancel" | "files_delete" => return Some(json("Nothing.", &[], &[])),
        "files_upload" => return Some(form(&["file", "purpose"])),
        "audio_transcription" => return Some(form(&["file", "model"])),
        _ => return None,
    };
    let members: Vec<_> = ANSWERS.iter().chain(more).copied().collect();
    Some(json("As OpenAI's interface has it.", needed, &members))
}

fn json(about: &str, needed: &[&str], members: &[&str]) -> Value {
    let properties: Map<_, _> =
        members.iter().map(|name| ((*name).to_owned(), sort(name))).collect();
    let schema = closed(about, needed, Value::Object(properties));
    json!({ "application/json": { "schema": schema } })
}

fn form(members: &[&str]) -> Value {
    let properties: Map<_, _> =
        members.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    let schema = closed("A form.", members, Value::Object(properties));
    json!({ "multipart/form-data": { "schema": schema } })
}

fn sort(name: &str) -> Value {
    let nothing = |sort: &str| json!({ "type": [sort, "null"] });
    match name {
        "model" => json!({ "type": "string", "minLength": 1 }),
        "input" => json!({ "type": ["string", "array"] }),
        "stop" => json!({ "type": ["string", "array", "null"] }),
        "tool_choice" => json!({ "type": ["string", "object", "null"] }),
        "conversation" => json!({ "type": ["string", "object", "null"] }),
        "seed" => json!({ "type": ["integer", "null"], "minimum": 0 }),
        "modalities" => json!({ "type": ["array", "null"], "items": { "const": "text" } }),
        _ if NOTES.contains(&name) => nothing("string"),
        _ if FLAGS.contains(&name) => nothing("boolean"),
        _ if COUNTS.contains(&name) => json!({ "type": ["integer", "null"], "minimum": 1 }),
        _ if NUMBERS.contains(&name) => nothing("number"),
        _ if OBJECTS.contains(&name) => nothing("object"),
        _ if LISTS.contains(&name) => json!({ "type": ["array", "null"] }),
        _ => nothing("string"),
    }
}
