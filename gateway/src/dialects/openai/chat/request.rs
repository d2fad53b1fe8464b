//! What `POST /v1/chat/completions` is asked, as a run.

use contracts::Refusal;
use contracts::kinds::run::Start;
use contracts::model::{Role, ToolCall, Turn};
use serde_json::{Value, json};

use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::openai::{content, options};
use crate::problem::codes;

/// What was asked.
#[derive(Debug, PartialEq)]
pub struct Asked {
    /// The run; its `model` is as the caller wrote it.
    pub start: Start,
    /// Whether the answer is shown while it grows.
    pub stream: bool,
    /// Whether the stream ends with the tokens that were used.
    pub usage: bool,
}

/// Members of OpenAI's that Cambium does not have.
const UNSUPPORTED: &[&str] =
    &["audio", "prediction", "web_search_options", "functions", "function_call", "logit_bias"];

/// Reads a body.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`, `unknown_parameter`.
pub fn read(body: Value) -> Result<Asked, Refusal> {
    let mut body = Fields::new(body, "")?;
    let model = body.needed_text("model")?;
    let messages = body.list("messages")?.filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| body.wrong("messages", "is a list of messages"))?;
    let mut start = Start::new(model, turns(messages)?);
    options::sampling(&mut body, &mut start)?;
    start.options.frequency_penalty = body.number("frequency_penalty", -2.0, 2.0)?;
    start.options.presence_penalty = body.number("presence_penalty", -2.0, 2.0)?;
    start.options.stop = stop(&mut body)?;
    start.options.effort = options::effort(&mut body, "reasoning_effort")?;
    if let Some(form) = body.fields("response_format")? {
        options::format(form, &mut start)?;
    }
    start.tools = options::tools(&mut body)?;
    start.tool_choice = options::choice(&mut body)?;
    let older = options::tokens(&mut body, "max_tokens")?;
    start.max_tokens = options::tokens(&mut body, "max_completion_tokens")?.or(older);
    start.seed = body.integer("seed", 0, i64::MAX.unsigned_abs())?;
    body.only("n", &[json!(1)])?;
    body.only("logprobs", &[json!(false)])?;
    body.only("modalities", &[json!(["text"])])?;
    body.only("verbosity", &[json!("medium")])?;
    body.unsupported(UNSUPPORTED)?;
    let stream = body.flag("stream")?.unwrap_or_default();
    let usage = wants_usage(&mut body, stream)?;
    start.stream = stream;
    body.done()?;
    Ok(Asked { start, stream, usage })
}

fn wants_usage(body: &mut Fields, stream: bool) -> Result<bool, Refusal> {
    let Some(mut told) = body.fields("stream_options")? else { return Ok(false) };
    if !stream {
        return Err(body.wrong("stream_options", "is only for streams"));
    }
    let usage = told.flag("include_usage")?.unwrap_or_default();
    // Padding against whoever listens on the wire: it says nothing.
    told.ignore(&["include_obfuscation"]);
    told.done()?;
    Ok(usage)
}

fn stop(body: &mut Fields) -> Result<Vec<String>, Refusal> {
    let texts = match body.take("stop") {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => Some(vec![text]),
        Some(value) => contracts::read::from_value::<Vec<String>>(value).ok(),
    };
    let texts = texts.filter(|texts| texts.len() <= 4 && texts.iter().all(|text| !text.is_empty()));
    texts.ok_or_else(|| body.wrong("stop", "is a text or up to four, none empty"))
}

fn turns(messages: Vec<Value>) -> Result<Vec<Turn>, Refusal> {
    let each = messages.into_iter().enumerate();
    each.map(|(index, message)| turn(message, &format!("messages[{index}]"))).collect()
}

fn turn(message: Value, at: &str) -> Result<Turn, Refusal> {
    let mut message = Fields::new(message, at)?;
    let role = match message.needed_text("role")?.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        "function" => return Err(codes::unsupported_parameter(&message.place("role"))),
        _ => {
            let wanted = "is system, developer, user, assistant or tool";
            return Err(message.wrong("role", wanted));
        }
    };
    let mut turn = Turn { role, ..Turn::default() };
    if role == Role::Assistant {
        turn.calls = calls(&mut message)?;
        turn.content = message.text("refusal")?.unwrap_or_default();
        message.unsupported(&["audio", "function_call"])?;
        // An answer of ours comes back with what only clients read.
        message.ignore(&["annotations", "reasoning", "reasoning_content", "parsed"]);
    }
    if role == Role::Tool {
        turn.call = Some(message.needed_text("tool_call_id")?);
    }
    match message.take("content") {
        Some(value) => {
            (turn.content, turn.images) = content::read(value, &message.place("content"))?
        }
        None if role == Role::Assistant => {}
        None => return Err(message.wrong("content", "is needed")),
    }
    if role != Role::User && !turn.images.is_empty() {
        return Err(message.wrong("content", "holds pictures only where a user speaks"));
    }
    // Several users of one conversation: no provider but OpenAI knows them apart.
    message.unsupported(&["name"])?;
    message.done()?;
    Ok(turn)
}

fn calls(message: &mut Fields) -> Result<Vec<ToolCall>, Refusal> {
    let at = message.place("tool_calls");
    let calls = message.list("tool_calls")?.unwrap_or_default().into_iter().enumerate();
    calls
        .map(|(index, call)| {
            let mut call = Fields::new(call, format!("{at}[{index}]"))?;
            call.only("type", &[json!("function")])?;
            let id = call.needed_text("id")?;
            let function = call.fields("function")?;
            let mut function = function.ok_or_else(|| wrong(&at, "names functions"))?;
            let (name, arguments) =
                (function.needed_text("name")?, function.needed_text("arguments")?);
            // Added by clients that read an answer as an object of theirs.
            function.ignore(&["parsed_arguments"]);
            function.done()?;
            call.ignore(&["index"]);
            call.done()?;
            Ok(ToolCall { id, name, arguments })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use contracts::model::Effort;

    use super::*;

    fn asked(more: Value) -> Result<Asked, Refusal> {
        let mut body = json!({
            "model": "local/rules", "messages": [{ "role": "user", "content": "hello" }],
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        read(body)
    }

    #[test]
    fn a_whole_round_of_tools_is_read() {
        let messages = json!([
            { "role": "developer", "content": "Be short." },
            { "role": "user", "content": [{ "type": "text", "text": "2 and 3?" }] },
            { "role": "assistant", "content": null, "tool_calls": [{
                "id": "c1", "type": "function",
                "function": { "name": "add", "arguments": "{\"a\":2}" },
            }] },
            { "role": "tool", "tool_call_id": "c1", "content": "5" },
        ]);
        let turns = asked(json!({ "messages": messages })).unwrap().start.turns;
        assert_eq!(turns[0], Turn::new(Role::System, "Be short."));
        assert_eq!(turns[1].content, "2 and 3?");
        assert_eq!(turns[2].calls[0].name, "add");
        assert_eq!((turns[3].call.as_deref(), turns[3].content.as_str()), (Some("c1"), "5"));
    }

    #[test]
    fn options_are_read() {
        let asked = asked(json!({
            "temperature": 0.5, "top_p": 1, "stop": "END", "seed": 7, "max_tokens": 9,
            "max_completion_tokens": 10, "reasoning_effort": "low", "parallel_tool_calls": false,
            "stream": true, "stream_options": { "include_usage": true }, "n": 1, "user": "u",
            "metadata": { "a": "b" }, "store": true, "logprobs": false,
            "response_format": { "type": "json_object" },
        }));
        let Asked { start, stream, usage } = asked.unwrap();
        assert!(stream && usage && start.stream && start.options.sequential_tools);
        assert_eq!((start.max_tokens, start.seed), (Some(10), Some(7)));
        assert_eq!(start.options.stop, ["END"]);
        assert_eq!(start.options.effort, Some(Effort::Low));
        assert_eq!(start.schema, Some(json!({ "type": "object" })));
        assert_eq!(start.metadata["a"], "b");
    }

    #[test]
    fn what_is_not_done_is_refused_and_named() {
        for (more, code, param) in [
            (json!({ "n": 2 }), "unsupported_parameter", "n"),
            (json!({ "logprobs": true }), "unsupported_parameter", "logprobs"),
            (json!({ "audio": { "voice": "x" } }), "unsupported_parameter", "audio"),
            (json!({ "functions": [{}] }), "unsupported_parameter", "functions"),
            (json!({ "top_k": 3 }), "unknown_parameter", "top_k"),
            (json!({ "messages": [] }), "invalid_input", "messages"),
            (json!({ "stop": ["a", "b", "c", "d", "e"] }), "invalid_input", "stop"),
            (json!({ "stream_options": {} }), "invalid_input", "stream_options"),
            (
                json!({ "messages": [{ "role": "user", "content": 3 }] }),
                "invalid_input",
                "messages[0].content",
            ),
            (
                json!({ "messages": [{ "role": "user", "content": "x", "who": "me" }] }),
                "unknown_parameter",
                "messages[0].who",
            ),
        ] {
            let refusal = asked(more).unwrap_err();
            assert_eq!((refusal.code.as_ref(), refusal.errors[0].field.as_str()), (code, param));
        }
    }
}
