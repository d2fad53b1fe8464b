//! A request as chat completions have it.

use contracts::Hash;
use contracts::model::{Effort, ModelRequest, Role, Tool, ToolCall, ToolChoice, Turn};
use serde_json::{Map, Value, json};

use super::super::{Shown, answered, cannot, check_tools, no_images, parameters, shown};
use super::table::Differences;
use crate::model::config::Structured;
use crate::model::error::ModelError;
use crate::model::wire::{Ask, Wanted, is_strict};

/// The body of a request.
///
/// # Errors
/// [`ModelError::Validation`] naming what the provider cannot do.
pub fn body(ask: &Ask<'_>, own: &Differences) -> Result<Value, ModelError> {
    let request = ask.request;
    check_tools(request)?;
    let wanted = Wanted::of(ask, own.structured);
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(ask.model));
    let instruction = wanted.as_ref().and_then(Wanted::instruction);
    body.insert("messages".to_owned(), messages(request, own, instruction)?);
    body.insert(own.max_tokens.to_owned(), json!(request.max_tokens));
    if ask.stream {
        body.insert("stream".to_owned(), json!(true));
        if own.asked_usage {
            body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
        }
    }
    if let Some(wanted) = &wanted
        && let Some(format) = response_format(wanted)
    {
        body.insert("response_format".to_owned(), format);
    }
    options(request, own, &mut body)?;
    tools(request, own, &mut body)?;
    Ok(Value::Object(body))
}

fn response_format(wanted: &Wanted<'_>) -> Option<Value> {
    let Wanted { schema, name, how } = wanted;
    match how {
        Structured::Native => Some(json!({
            "type": "json_schema",
            "json_schema": { "name": name, "schema": schema, "strict": is_strict(schema) },
        })),
        Structured::Json => Some(json!({ "type": "json_object" })),
        Structured::Instruction => None,
    }
}

fn options(
    request: &ModelRequest,
    own: &Differences,
    body: &mut Map<String, Value>,
) -> Result<(), ModelError> {
    let options = &request.options;
    let penalties = options.frequency_penalty.or(options.presence_penalty);
    if penalties.is_some() && !own.penalties {
        return Err(cannot("penalties"));
    }
    if options.top_k.is_some() {
        return Err(cannot("a number of likeliest words"));
    }
    if options.effort.is_some() && !own.effort {
        return Err(cannot("reasoning effort"));
    }
    let effort = options.effort.map(|effort| match effort {
        Effort::None => "none",
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    });
    let stop = Some(&options.stop).filter(|stop| !stop.is_empty());
    // A signed number there; zero is nobody's wish.
    let seed = (request.seed != 0).then_some(request.seed & 0x7fff_ffff_ffff_ffff);
    for (name, value) in [
        ("temperature", options.temperature.map(Value::from)),
        ("top_p", options.top_p.map(Value::from)),
        ("frequency_penalty", options.frequency_penalty.map(Value::from)),
        ("presence_penalty", options.presence_penalty.map(Value::from)),
        ("reasoning_effort", effort.map(Value::from)),
        ("stop", stop.map(|stop| json!(stop))),
        (own.seed.unwrap_or_default(), seed.filter(|_| own.seed.is_some()).map(Value::from)),
    ] {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

fn tools(
    request: &ModelRequest,
    own: &Differences,
    body: &mut Map<String, Value>,
) -> Result<(), ModelError> {
    if request.tools.is_empty() {
        return Ok(());
    }
    let choice = match &request.tool_choice {
        ToolChoice::Auto => None,
        // What is not offered cannot be called.
        ToolChoice::None if own.required.is_none() => return Ok(()),
        ToolChoice::None => Some(json!("none")),
        ToolChoice::Required | ToolChoice::Named(_) if own.required.is_none() => {
            return Err(cannot("a tool that must be called"));
        }
        ToolChoice::Required => own.required.map(Value::from),
        ToolChoice::Named(name) => {
            Some(json!({ "type": "function", "function": { "name": name } }))
        }
    };
    let tools: Result<Vec<_>, _> = request.tools.iter().map(|it| tool(it, own)).collect();
    body.insert("tools".to_owned(), Value::Array(tools?));
    if let Some(choice) = choice {
        body.insert("tool_choice".to_owned(), choice);
    }
    if request.options.sequential_tools {
        if !own.parallel {
            return Err(cannot("tools called one at a time"));
        }
        body.insert("parallel_tool_calls".to_owned(), json!(false));
    }
    Ok(())
}

fn tool(tool: &Tool, own: &Differences) -> Result<Value, ModelError> {
    let mut function = json!({ "name": tool.name, "parameters": parameters(&tool.parameters) });
    if !tool.description.is_empty() {
        function["description"] = json!(tool.description);
    }
    if tool.strict {
        if !own.strict_tools {
            return Err(cannot("tools whose arguments follow their schema to the letter"));
        }
        function["strict"] = json!(true);
    }
    Ok(json!({ "type": "function", "function": function }))
}

fn messages(
    request: &ModelRequest,
    own: &Differences,
    instruction: Option<String>,
) -> Result<Value, ModelError> {
    let messages: Result<Vec<_>, _> = request.turns.iter().map(|it| message(it, own)).collect();
    let mut messages = messages?;
    if let Some(instruction) = instruction {
        let after = request.turns.iter().take_while(|turn| turn.role == Role::System).count();
        messages.insert(after, json!({ "role": "system", "content": instruction }));
    }
    Ok(Value::Array(messages))
}

fn message(turn: &Turn, own: &Differences) -> Result<Value, ModelError> {
    let content = &turn.content;
    match turn.role {
        Role::User => Ok(json!({ "role": "user", "content": seen(turn, own)? })),
        Role::System => {
            no_images(turn)?;
            Ok(json!({ "role": "system", "content": content }))
        }
        Role::Tool => {
            no_images(turn)?;
            let id = call_id(answered(turn)?, own);
            Ok(json!({ "role": "tool", "tool_call_id": id, "content": content }))
        }
        Role::Assistant => {
            no_images(turn)?;
            let mut message = json!({ "role": "assistant", "content": content });
            if !turn.calls.is_empty() {
                if content.is_empty() {
                    message["content"] = Value::Null;
                }
                let called = |call: &ToolCall| {
                    let function = json!({ "name": call.name, "arguments": call.arguments });
                    let id = call_id(&call.id, own);
                    json!({ "id": id, "type": "function", "function": function })
                };
                message["tool_calls"] = turn.calls.iter().map(called).collect();
            }
            Ok(message)
        }
    }
}

/// What a user says and shows.
fn seen(turn: &Turn, own: &Differences) -> Result<Value, ModelError> {
    if turn.images.is_empty() {
        return Ok(json!(turn.content));
    }
    if !own.images {
        return Err(cannot("images"));
    }
    let words = (!turn.content.is_empty()).then(|| json!({ "type": "text", "text": turn.content }));
    let mut parts: Vec<_> = words.into_iter().collect();
    for image in &turn.images {
        let url = match shown(image)? {
            Shown::Url(url) => url.to_owned(),
            Shown::Inline(data) => format!("data:{};base64,{data}", image.media_type),
        };
        parts.push(json!({ "type": "image_url", "image_url": { "url": url } }));
    }
    Ok(Value::Array(parts))
}

/// The id of a call as the provider takes it: another's may be too long for it.
fn call_id(id: &str, own: &Differences) -> String {
    let fits = id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !own.short_ids || fits {
        return id.to_owned();
    }
    Hash::of_parts("cambium short tool call id v1", &[id]).to_string()[..9].to_owned()
}
