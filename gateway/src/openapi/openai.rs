//! The bodies of the rows that speak OpenAI's language: the members that are taken, and of what
//! sort each is. OpenAI's own description says what they mean.

use contracts::kinds::check::SAID;
use contracts::kinds::embedding::DIMENSIONS_MAX;
use contracts::kinds::file::WORD_BYTES_MAX;
use contracts::kinds::run::limits::TOKENS_MAX;
use serde_json::{Map, Value, json};

use super::shapes::{closed, object, reference, sparse};
use crate::edge::routes::Route;

/// Members that texts may be given for, and that say nothing about the answer.
const NOTES: &[&str] = &["user", "safety_identifier", "prompt_cache_key"];
/// Flags.
const FLAGS: &[&str] = &["stream", "store", "background", "parallel_tool_calls"];
/// Whole numbers of tokens.
const COUNTS: &[&str] = &["max_tokens", "max_completion_tokens", "max_output_tokens"];

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
            let mut content = json("Texts to be embedded.", &["model", "input"], &members);
            let text = json!({ "type": "string", "minLength": 1 });
            let texts = json!({ "type": "array", "minItems": 1, "items": text });
            content["application/json"]["schema"]["properties"]["input"] =
                json!({ "anyOf": [text, texts] });
            return Some(content);
        }
        "conversations_begin" => {
            let mut content = json("A conversation.", &[], &["items", "metadata"]);
            content["application/json"]["schema"]["properties"]["items"] =
                json!({ "type": ["array", "null"], "maxItems": 20 });
            return Some(content);
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
    let schema = sparse(about, needed, Value::Object(properties));
    json!({ "application/json": { "schema": schema } })
}

fn form(members: &[&str]) -> Value {
    let properties: Map<_, _> =
        members.iter().map(|name| ((*name).to_owned(), part(name))).collect();
    let schema = closed("A form.", members, Value::Object(properties));
    json!({ "multipart/form-data": { "schema": schema } })
}

fn number(least: f64, most: f64) -> Value {
    json!({ "type": ["number", "null"], "minimum": least, "maximum": most })
}

/// A part of a form.
fn part(name: &str) -> Value {
    match name {
        "purpose" => json!({ "type": "string", "pattern": SAID, "maxLength": WORD_BYTES_MAX }),
        _ => json!({ "type": "string" }),
    }
}

fn sort(name: &str) -> Value {
    let nothing = |sort: &str| json!({ "type": [sort, "null"] });
    let some = json!({ "type": "string", "minLength": 1 });
    match name {
        "model" => some,
        "input" => json!({ "anyOf": [some, { "type": "array", "minItems": 1 }] }),
        "messages" => json!({ "type": "array", "minItems": 1, "items": message() }),
        "items" => json!({ "type": "array", "minItems": 1, "maxItems": 20 }),
        "include" => json!({
            "type": ["array", "null"], "items": { "const": "reasoning.encrypted_content" },
        }),
        "stop" => json!({ "anyOf": [
            some, { "type": "array", "maxItems": 4, "items": some }, { "type": "null" },
        ] }),
        "tools" => json!({ "type": ["array", "null"], "items": tool() }),
        "tool_choice" => json!({ "anyOf": [
            { "enum": ["auto", "none", "required", null] },
            object("One function.", &["type"], json!({ "type": { "const": "function" } })),
        ] }),
        "response_format" => json!({ "anyOf": [format(), { "type": "null" }] }),
        "stream_options" => json!({ "type": ["object", "null"], "additionalProperties": false,
            "properties": {
                "include_usage": { "type": ["boolean", "null"] }, "include_obfuscation": true,
            } }),
        "metadata" => {
            json!({ "type": ["object", "null"], "additionalProperties": { "type": "string" } })
        }
        "text" | "reasoning" => nothing("object"),
        "conversation" => json!({ "type": ["string", "object", "null"] }),
        "seed" => json!({ "type": ["integer", "null"], "minimum": 0 }),
        "dimensions" => {
            json!({ "type": ["integer", "null"], "minimum": 1, "maximum": DIMENSIONS_MAX })
        }
        "temperature" => number(0.0, 2.0),
        "top_p" => number(0.0, 1.0),
        "frequency_penalty" | "presence_penalty" => number(-2.0, 2.0),
        // What says only what is so anyway.
        "n" => json!({ "enum": [1, null] }),
        "logprobs" => json!({ "enum": [false, null] }),
        "modalities" => json!({ "enum": [["text"], null] }),
        "verbosity" => json!({ "enum": ["medium", null] }),
        "truncation" => json!({ "enum": ["disabled", null] }),
        "service_tier" => json!({ "enum": ["auto", "default", null] }),
        "encoding_format" => json!({ "enum": ["float", "base64", null] }),
        "reasoning_effort" => {
            json!({ "enum": ["none", "minimal", "low", "medium", "high", null] })
        }
        // They stand in what is kept with a run, or beside it.
        _ if NOTES.contains(&name) => reference("schemas", "Json"),
        _ if FLAGS.contains(&name) => nothing("boolean"),
        _ if COUNTS.contains(&name) => {
            json!({ "type": ["integer", "null"], "minimum": 1, "maximum": TOKENS_MAX })
        }
        _ => nothing("string"),
    }
}

/// What somebody says: words, parts, or what a tool was called for and answered.
fn message() -> Value {
    let call = object(
        "A call of a function.",
        &["id", "function"],
        json!({
            "id": { "type": "string" }, "type": { "enum": ["function", null] },
            "function": object("Which.", &["name", "arguments"], json!({
                "name": { "type": "string" }, "arguments": { "type": "string" },
            })),
        }),
    );
    let content = json!({ "type": ["string", "array", "null"] });
    object(
        "A message.",
        &["role"],
        json!({
            "role": { "enum": ["system", "developer", "user", "assistant", "tool"] },
            "content": content,
            "tool_calls": { "type": ["array", "null"], "items": call },
            "tool_call_id": { "type": ["string", "null"] },
        }),
    )
}

/// A function of the caller's.
fn tool() -> Value {
    object(
        "A tool: its members stand in `function`, or beside its type.",
        &["type"],
        json!({ "type": { "const": "function" }, "function": { "type": ["object", "null"] } }),
    )
}

/// The form of an answer.
fn format() -> Value {
    object(
        "Free text, JSON, or JSON after a schema.",
        &["type"],
        json!({ "type": { "enum": ["text", "json_object", "json_schema"] } }),
    )
}
