//! What `POST /v1/messages` is asked, as a run.

use contracts::Refusal;
use contracts::kinds::run::Start;
use contracts::model::{Role, Turn};
use serde_json::{Value, json};

use super::{blocks, options};
use crate::dialects::common::fields::{Fields, wrong};
use crate::problem::codes;

/// What was asked.
#[derive(Debug, PartialEq)]
pub struct Asked {
    /// The run; its `model` is as the caller wrote it.
    pub start: Start,
    /// Whether the caller wants to see what the model thought.
    pub thoughts: bool,
    /// The message that it goes on after.
    pub previous: Option<String>,
}

/// Members of Anthropic's that Cambium does not have.
const UNSUPPORTED: &[&str] = &[
    "container",
    "diagnostics",
    "fallback_credit_token",
    "fallbacks",
    "inference_geo",
    "mcp_servers",
    "user_profile_id",
    "workspace_id",
];

/// Reads a body.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`, `unknown_parameter`.
pub fn read(body: Value) -> Result<Asked, Refusal> {
    let mut body = Fields::new(body, "")?;
    let previous = previous(&mut body)?;
    let mut start = prompt(&mut body, previous.is_some())?;
    start.max_tokens = options::tokens(&mut body)?;
    start.options.temperature = body.number("temperature", 0.0, 1.0)?;
    start.options.top_p = body.number("top_p", 0.0, 1.0)?;
    let top_k = body.integer("top_k", 1, u64::from(u32::MAX))?;
    start.options.top_k = top_k.and_then(|top| u32::try_from(top).ok());
    start.options.stop = stop(&mut body)?;
    let thoughts = options::thinking(&mut body, &mut start)?;
    if let Some(mut notes) = body.fields("metadata")? {
        start.metadata.extend(notes.text("user_id")?.map(|user| ("user_id".to_owned(), user)));
        notes.done()?;
    }
    start.stream = body.flag("stream")?.unwrap_or_default();
    body.only("service_tier", &[json!("auto"), json!("standard_only")])?;
    body.unsupported(UNSUPPORTED)?;
    body.done()?;
    Ok(Asked { start, thoughts, previous })
}

/// Reads the body of a count: a prompt, without how it is to be answered.
///
/// # Errors
/// As [`read`].
pub fn count(body: Value) -> Result<Start, Refusal> {
    let mut body = Fields::new(body, "")?;
    let mut start = prompt(&mut body, false)?;
    options::thinking(&mut body, &mut start)?;
    body.unsupported(UNSUPPORTED)?;
    body.done()?;
    Ok(start)
}

/// What both have: the model, what is said, and what may be called.
fn prompt(body: &mut Fields, goes_on: bool) -> Result<Start, Refusal> {
    let model = body.needed_text("model")?;
    let messages = body.list("messages")?.filter(|messages| goes_on || !messages.is_empty());
    let messages = messages.ok_or_else(|| body.wrong("messages", "is a list of messages"))?;
    let mut turns = Vec::new();
    if let Some(system) = body.take("system") {
        turns.push(Turn::new(Role::System, blocks::words(system, "system")?));
    }
    for (index, message) in messages.into_iter().enumerate() {
        said(message, &format!("messages[{index}]"), &mut turns)?;
    }
    let mut start = Start::new(model, turns);
    start.tools = options::tools(body)?;
    options::choice(body, &mut start)?;
    options::output(body, &mut start)?;
    options::thoughts_only(body)?;
    body.only("speed", &[json!("standard")])?;
    // Where a provider may cut its cache says nothing about the answer.
    body.ignore(&["cache_control"]);
    Ok(start)
}

/// Takes where a conversation that is kept goes on. All are kept, so that beginning one says
/// nothing.
fn previous(body: &mut Fields) -> Result<Option<String>, Refusal> {
    let Some(mut thread) = body.fields("thread")? else { return Ok(None) };
    let previous = match thread.needed_text("type")?.as_str() {
        "create" => None,
        "continue" => Some(thread.needed_text("previous_message_id")?),
        _ => return Err(thread.wrong("type", "is create or continue")),
    };
    thread.done()?;
    Ok(previous)
}

/// The turns of a message.
fn said(message: Value, at: &str, turns: &mut Vec<Turn>) -> Result<(), Refusal> {
    let mut message = Fields::new(message, at)?;
    let role = message.needed_text("role")?;
    let content = message.needed("content")?;
    let place = message.place("content");
    match role.as_str() {
        "user" => turns.extend(blocks::of_user(content, &place)?),
        "assistant" => turns.push(blocks::of_assistant(content, &place)?),
        "system" => turns.push(Turn::new(Role::System, blocks::words(content, &place)?)),
        _ => return Err(message.wrong("role", "is user, assistant or system")),
    }
    message.done()
}

fn stop(body: &mut Fields) -> Result<Vec<String>, Refusal> {
    let Some(texts) = body.take("stop_sequences") else { return Ok(Vec::new()) };
    let texts = contracts::read::from_value::<Vec<String>>(texts).ok();
    let texts = texts.filter(|texts| texts.iter().all(|text| !text.is_empty()));
    texts.ok_or_else(|| wrong("stop_sequences", "is a list of texts, none empty"))
}

/// That a block or option is one that is done here.
///
/// # Errors
/// `unsupported_parameter`.
pub fn unsupported<T>(at: &Fields, name: &str) -> Result<T, Refusal> {
    Err(codes::unsupported_parameter(&at.place(name)))
}

#[cfg(test)]
mod tests {
    use contracts::model::{Effort, ToolChoice};

    use super::*;

    fn asked(more: Value) -> Result<Asked, Refusal> {
        let mut body = json!({
            "model": "local/rules", "max_tokens": 100,
            "messages": [{ "role": "user", "content": "hello" }],
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        read(body)
    }

    #[test]
    fn a_whole_round_of_tools_is_read() {
        let mark = json!({ "type": "ephemeral" });
        let messages = json!([
            { "role": "user", "content": [
                { "type": "text", "text": "2 and 3?", "cache_control": mark },
                { "type": "text", "text": "Please." },
            ] },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "Hm.", "signature": "x" },
                { "type": "text", "text": "Adding." },
                { "type": "tool_use", "id": "c1", "name": "add", "input": { "a": 2 } },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "c1", "content": "no", "is_error": true },
                { "type": "text", "text": "Again?" },
            ] },
        ]);
        let system = json!([{ "type": "text", "text": "Be short." }]);
        let asked = asked(json!({ "messages": messages, "system": system })).unwrap();
        let turns = asked.start.turns;
        assert_eq!(turns[0], Turn::new(Role::System, "Be short."));
        assert_eq!(turns[1].content, "2 and 3?\n\nPlease.");
        assert_eq!(turns[2].calls[0].arguments, "{\"a\":2}");
        assert_eq!(turns[2].content, "Adding.");
        assert_eq!((turns[3].call.as_deref(), turns[3].failed), (Some("c1"), true));
        assert_eq!(turns[4], Turn::new(Role::User, "Again?"));
    }

    #[test]
    fn options_are_read() {
        let asked = asked(json!({
            "max_tokens": 30_000, "temperature": 0.5, "top_p": 1, "top_k": 7, "stop_sequences": ["END"],
            "thinking": { "type": "enabled", "budget_tokens": 20_000 }, "stream": true,
            "metadata": { "user_id": "u" }, "service_tier": "auto",
            "thread": { "type": "continue", "previous_message_id": "msg_r1" },
            "tools": [{ "name": "add", "input_schema": { "type": "object" }, "strict": true }],
            "tool_choice": { "type": "tool", "name": "add", "disable_parallel_tool_use": true },
            "output_config": { "format": { "type": "json_schema", "schema": { "type": "object" } } },
            "context_management": { "edits": [{ "type": "clear_thinking_20251015" }] },
        }));
        let Asked { start, thoughts, previous } = asked.unwrap();
        assert_eq!(previous.as_deref(), Some("msg_r1"));
        assert!(thoughts && start.stream && start.options.sequential_tools);
        assert_eq!((start.max_tokens, start.options.top_k), (Some(30_000), Some(7)));
        assert_eq!(start.options.effort, Some(Effort::High));
        assert_eq!(start.tool_choice, ToolChoice::Named("add".into()));
        assert_eq!(start.schema, Some(json!({ "type": "object" })));
        assert_eq!(start.metadata["user_id"], "u");
        assert!(start.tools[0].strict);
    }

    #[test]
    fn what_is_not_done_is_refused_and_named() {
        let block = |block: Value| json!({ "messages": [{ "role": "user", "content": [block] }] });
        let text = json!({ "type": "text", "text": "x" });
        let result = json!({ "type": "tool_result", "tool_use_id": "c", "content": "5" });
        for (more, code, param) in [
            (json!({ "container": "c" }), "unsupported_parameter", "container"),
            (json!({ "speed": "fast" }), "unsupported_parameter", "speed"),
            (
                json!({ "thinking": { "type": "between_tools" } }),
                "unsupported_parameter",
                "thinking.type",
            ),
            (
                json!({ "output_config": { "effort": "max" } }),
                "unsupported_parameter",
                "output_config.effort",
            ),
            (
                json!({ "tools": [{ "type": "web_search_20250305", "name": "web_search" }] }),
                "unsupported_parameter",
                "tools[0].type",
            ),
            (
                block(json!({ "type": "document", "source": {} })),
                "unsupported_parameter",
                "messages[0].content[0].type",
            ),
            (json!({ "seed": 3 }), "unknown_parameter", "seed"),
            (json!({ "max_tokens": null }), "invalid_input", "max_tokens"),
            (json!({ "temperature": 2 }), "invalid_input", "temperature"),
            (json!({ "messages": [] }), "invalid_input", "messages"),
            (
                json!({ "messages": [{ "role": "user", "content": [text, result] }] }),
                "invalid_input",
                "messages[0].content[1].type",
            ),
            (
                json!({ "context_management": { "edits": [{ "type": "compact_20260112" }] } }),
                "unsupported_parameter",
                "context_management.edits[0].type",
            ),
        ] {
            let refusal = asked(more).unwrap_err();
            assert_eq!((refusal.code.as_ref(), refusal.errors[0].field.as_str()), (code, param));
        }
    }
}
