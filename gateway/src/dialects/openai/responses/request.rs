//! What `POST /v1/responses` is asked, as a run.

use contracts::kinds::run::Start;
use contracts::{ActorId, Refusal};
use serde_json::{Value, json};

use super::{conversation_of, items, run_of};
use crate::dialects::common::fields::Fields;
use crate::dialects::openai::options;
use crate::problem::codes;

/// What was asked.
#[derive(Debug, PartialEq)]
pub struct Asked {
    /// The run; its `model` is as the caller wrote it.
    pub start: Start,
    /// Whether the answer is shown while it grows.
    pub stream: bool,
    /// Whether nobody waits for the answer.
    pub background: bool,
    /// The conversation that it belongs to.
    pub conversation: Option<ActorId>,
}

/// Members of OpenAI's that Cambium does not have.
const UNSUPPORTED: &[&str] =
    &["prompt", "context_management", "image", "background_options", "max_tool_calls"];

/// Reads a body.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`, `unknown_parameter`.
pub fn read(body: Value) -> Result<Asked, Refusal> {
    let mut body = Fields::new(body, "")?;
    let model = body.needed_text("model")?;
    let turns = body.take("input").map(|input| items::turns(input, "input"));
    let mut start = Start::new(model, turns.transpose()?.unwrap_or_default());
    options::sampling(&mut body, &mut start)?;
    start.instructions = body.text("instructions")?;
    start.max_tokens = options::tokens(&mut body, "max_output_tokens")?;
    if let Some(mut text) = body.fields("text")? {
        text.only("verbosity", &[json!("medium")])?;
        if let Some(form) = text.fields("format")? {
            options::format(form, &mut start)?;
        }
        text.done()?;
    }
    if let Some(mut reasoning) = body.fields("reasoning")? {
        start.options.effort = options::effort(&mut reasoning, "effort")?;
        // What a provider tells of its thoughts is told whatever is asked.
        reasoning.ignore(&["summary", "generate_summary"]);
        reasoning.done()?;
    }
    start.tools = options::tools(&mut body)?;
    start.tool_choice = options::choice(&mut body)?;
    let previous = body.text("previous_response_id")?;
    start.after = previous.map(|id| run_of(&id, "previous_response_id")).transpose()?;
    let conversation = conversation(&mut body)?;
    if conversation.is_some() && start.after.is_some() {
        let wanted = "excludes previous_response_id";
        return Err(body.wrong("conversation", wanted));
    }
    if start.turns.is_empty() && start.after.is_none() && conversation.is_none() {
        return Err(body.wrong("input", "is needed"));
    }
    body.only("truncation", &[json!("disabled")])?;
    included(&mut body)?;
    body.unsupported(UNSUPPORTED)?;
    if let Some(mut told) = body.fields("stream_options")? {
        // Padding against whoever listens on the wire: it says nothing.
        told.ignore(&["include_obfuscation"]);
        told.done()?;
    }
    let stream = body.flag("stream")?.unwrap_or_default();
    let background = body.flag("background")?.unwrap_or_default();
    start.stream = stream || background;
    body.done()?;
    Ok(Asked { start, stream, background, conversation })
}

/// What is to be told beside the answer. Of sealed thoughts there are none, so they may be asked
/// for.
fn included(body: &mut Fields) -> Result<(), Refusal> {
    let asked = body.list("include")?.unwrap_or_default();
    let known = |value: &Value| value == "reasoning.encrypted_content";
    match asked.iter().position(|value| !known(value)) {
        Some(index) => Err(codes::unsupported_parameter(&format!("include[{index}]"))),
        None => Ok(()),
    }
}

fn conversation(body: &mut Fields) -> Result<Option<ActorId>, Refusal> {
    let id = match body.take("conversation") {
        None => return Ok(None),
        Some(Value::String(id)) => id,
        Some(value) => {
            let mut one = Fields::new(value, "conversation")?;
            let id = one.needed_text("id")?;
            one.done()?;
            id
        }
    };
    conversation_of(&id, "conversation").map(Some)
}

#[cfg(test)]
mod tests {
    use contracts::model::Role;

    use super::*;

    fn asked(more: Value) -> Result<Asked, Refusal> {
        let mut body = json!({ "model": "local/rules", "input": "hello" });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        read(body)
    }

    #[test]
    fn options_are_read() {
        let asked = asked(json!({
            "instructions": "Be short.", "max_output_tokens": 9, "stream": true,
            "text": { "format": { "type": "json_schema", "name": "n", "schema": {} } },
            "reasoning": { "effort": "high", "summary": "auto" }, "truncation": "disabled",
            "previous_response_id": "resp_r1", "include": ["reasoning.encrypted_content"],
        }));
        let Asked { start, stream, background, conversation } = asked.unwrap();
        assert_eq!(start.turns[0].role, Role::User);
        assert_eq!(start.instructions.as_deref(), Some("Be short."));
        assert_eq!(start.after.map(|id| id.to_string()).as_deref(), Some("r1"));
        assert!(stream && start.stream && !background && conversation.is_none());
    }

    #[test]
    fn what_is_not_done_is_refused_and_named() {
        for (more, code, param) in [
            (json!({ "prompt": { "id": "x" } }), "unsupported_parameter", "prompt"),
            (json!({ "truncation": "auto" }), "unsupported_parameter", "truncation"),
            (json!({ "include": ["x"] }), "unsupported_parameter", "include[0]"),
            (json!({ "inputs": 3 }), "unknown_parameter", "inputs"),
            (json!({ "input": null }), "invalid_input", "input"),
            (json!({ "previous_response_id": "x" }), "invalid_input", "previous_response_id"),
            (json!({ "text": { "verbosity": "low" } }), "unsupported_parameter", "text.verbosity"),
            (
                json!({ "previous_response_id": "resp_a", "conversation": "conv_b" }),
                "invalid_input",
                "conversation",
            ),
        ] {
            let refusal = asked(more).unwrap_err();
            assert_eq!((refusal.code.as_ref(), refusal.errors[0].field.as_str()), (code, param));
        }
    }
}
