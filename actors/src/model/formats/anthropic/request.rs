//! A request as messages have it. Instructions stand beside the messages there, wherever they
//! stood among the turns.

use contracts::model::{Effort, Image, ModelRequest, Role, Tool, ToolChoice, Turn};
use serde_json::{Map, Value, json};

use super::super::{Shown, answered, arguments, cannot, check_tools, no_images, parameters, shown};
use crate::model::config::Structured;
use crate::model::error::ModelError;
use crate::model::wire::{Ask, Wanted};

/// The body of a request.
///
/// # Errors
/// [`ModelError::Validation`] naming what the provider cannot do.
pub fn body(ask: &Ask<'_>) -> Result<Value, ModelError> {
    let request = ask.request;
    check_tools(request)?;
    let wanted = Wanted::of(ask, Structured::Native);
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(ask.model));
    body.insert("max_tokens".to_owned(), json!(request.max_tokens));
    body.insert("messages".to_owned(), messages(&request.turns)?);
    let instruction = wanted.as_ref().and_then(Wanted::instruction);
    let system = instructions(&request.turns, instruction)?;
    if !system.is_empty() {
        body.insert("system".to_owned(), json!(system));
    }
    if ask.stream {
        body.insert("stream".to_owned(), json!(true));
    }
    let mut output = Map::new();
    if let Some(Wanted { schema, how: Structured::Native, .. }) = wanted {
        output.insert("format".to_owned(), json!({ "type": "json_schema", "schema": schema }));
    }
    options(request, &mut body, &mut output)?;
    if !output.is_empty() {
        body.insert("output_config".to_owned(), Value::Object(output));
    }
    tools(request, &mut body)?;
    Ok(Value::Object(body))
}

fn instructions(turns: &[Turn], more: Option<String>) -> Result<String, ModelError> {
    let mut words = Vec::new();
    for turn in turns.iter().filter(|turn| turn.role == Role::System) {
        no_images(turn)?;
        words.push(turn.content.clone());
    }
    words.extend(more);
    words.retain(|one| !one.is_empty());
    Ok(words.join("\n\n"))
}

fn options(
    request: &ModelRequest,
    body: &mut Map<String, Value>,
    output: &mut Map<String, Value>,
) -> Result<(), ModelError> {
    let options = &request.options;
    if options.frequency_penalty.or(options.presence_penalty).is_some() {
        return Err(cannot("penalties"));
    }
    let effort = match options.effort {
        None => None,
        Some(Effort::None) => {
            body.insert("thinking".to_owned(), json!({ "type": "disabled" }));
            None
        }
        Some(Effort::Minimal) => return Err(cannot("minimal effort")),
        Some(Effort::Low) => Some("low"),
        Some(Effort::Medium) => Some("medium"),
        Some(Effort::High) => Some("high"),
    };
    if let Some(effort) = effort {
        body.insert("thinking".to_owned(), json!({ "type": "adaptive" }));
        output.insert("effort".to_owned(), json!(effort));
    }
    let stop = Some(&options.stop).filter(|stop| !stop.is_empty());
    for (name, value) in [
        ("temperature", options.temperature.map(Value::from)),
        ("top_p", options.top_p.map(Value::from)),
        ("top_k", options.top_k.map(Value::from)),
        ("stop_sequences", stop.map(|stop| json!(stop))),
    ] {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

fn tools(request: &ModelRequest, body: &mut Map<String, Value>) -> Result<(), ModelError> {
    if request.tools.is_empty() {
        return Ok(());
    }
    let mut choice = match &request.tool_choice {
        ToolChoice::Auto => json!({ "type": "auto" }),
        ToolChoice::None => json!({ "type": "none" }),
        ToolChoice::Required => json!({ "type": "any" }),
        ToolChoice::Named(name) => json!({ "type": "tool", "name": name }),
    };
    if request.options.sequential_tools && request.tool_choice != ToolChoice::None {
        choice["disable_parallel_tool_use"] = json!(true);
    }
    body.insert("tools".to_owned(), request.tools.iter().map(tool).collect());
    body.insert("tool_choice".to_owned(), choice);
    Ok(())
}

fn tool(tool: &Tool) -> Value {
    let mut it = json!({ "name": tool.name, "input_schema": parameters(&tool.parameters) });
    if !tool.description.is_empty() {
        it["description"] = json!(tool.description);
    }
    if tool.strict {
        it["strict"] = json!(true);
    }
    it
}

/// The turns as messages. All that one side says in a row is one message: what tools answered to
/// the calls of one turn must stand together.
fn messages(turns: &[Turn]) -> Result<Value, ModelError> {
    let mut messages: Vec<(&'static str, Vec<Value>)> = Vec::new();
    for turn in turns.iter().filter(|turn| turn.role != Role::System) {
        let role = if turn.role == Role::Assistant { "assistant" } else { "user" };
        let blocks = blocks(turn)?;
        match messages.last_mut() {
            Some((last, before)) if *last == role => before.extend(blocks),
            _ => messages.push((role, blocks)),
        }
    }
    // What is empty is refused there, and says nothing.
    messages.retain(|(_, blocks)| !blocks.is_empty());
    Ok(messages
        .into_iter()
        .map(|(role, content)| json!({ "role": role, "content": content }))
        .collect())
}

fn blocks(turn: &Turn) -> Result<Vec<Value>, ModelError> {
    if turn.role == Role::Tool {
        return Ok(vec![result(turn)?]);
    }
    let mut blocks = Vec::new();
    if !turn.content.is_empty() {
        blocks.push(json!({ "type": "text", "text": turn.content }));
    }
    if turn.role == Role::Assistant {
        no_images(turn)?;
    }
    for image in &turn.images {
        blocks.push(picture(image)?);
    }
    for call in &turn.calls {
        let input = arguments(&call.arguments);
        blocks
            .push(json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input }));
    }
    Ok(blocks)
}

/// What a tool answered.
fn result(turn: &Turn) -> Result<Value, ModelError> {
    let mut content = json!(turn.content);
    if !turn.images.is_empty() {
        let words = Some(&turn.content).filter(|words| !words.is_empty());
        let words = words.map(|words| Ok(json!({ "type": "text", "text": words })));
        let all = words.into_iter().chain(turn.images.iter().map(picture));
        content = Value::Array(all.collect::<Result<_, _>>()?);
    }
    let id = answered(turn)?;
    let mut it = json!({ "type": "tool_result", "tool_use_id": id, "content": content });
    if turn.failed {
        it["is_error"] = json!(true);
    }
    Ok(it)
}

fn picture(image: &Image) -> Result<Value, ModelError> {
    let source = match shown(image)? {
        Shown::Url(url) => json!({ "type": "url", "url": url }),
        Shown::Inline(data) => {
            json!({ "type": "base64", "media_type": image.media_type, "data": data })
        }
    };
    Ok(json!({ "type": "image", "source": source }))
}
