//! A request as responses have it.

use contracts::model::{Effort, ModelRequest, Role, Tool, ToolChoice, Turn};
use serde_json::{Map, Value, json};

use super::super::{Shown, answered, cannot, check_tools, no_images, parameters, shown};
use crate::model::config::Structured;
use crate::model::error::ModelError;
use crate::model::wire::{Ask, Wanted, is_strict};

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
    let mut items = Vec::new();
    for turn in &request.turns {
        items.extend(items_of(turn)?);
    }
    body.insert("input".to_owned(), Value::Array(items));
    if let Some(instruction) = wanted.as_ref().and_then(Wanted::instruction) {
        body.insert("instructions".to_owned(), json!(instruction));
    }
    body.insert("max_output_tokens".to_owned(), json!(request.max_tokens));
    body.insert("store".to_owned(), json!(false));
    if ask.stream {
        body.insert("stream".to_owned(), json!(true));
    }
    if let Some(format) = wanted.as_ref().and_then(format) {
        body.insert("text".to_owned(), json!({ "format": format }));
    }
    options(request, &mut body)?;
    tools(request, &mut body);
    Ok(Value::Object(body))
}

fn format(wanted: &Wanted<'_>) -> Option<Value> {
    let Wanted { schema, name, how } = wanted;
    match how {
        Structured::Native => Some(json!({
            "type": "json_schema", "name": name, "schema": schema, "strict": is_strict(schema),
        })),
        Structured::Json => Some(json!({ "type": "json_object" })),
        Structured::Instruction => None,
    }
}

fn options(request: &ModelRequest, body: &mut Map<String, Value>) -> Result<(), ModelError> {
    let options = &request.options;
    if options.frequency_penalty.or(options.presence_penalty).is_some() {
        return Err(cannot("penalties"));
    }
    if options.top_k.is_some() {
        return Err(cannot("a number of likeliest words"));
    }
    if !options.stop.is_empty() {
        return Err(cannot("texts to stop at"));
    }
    let effort = options.effort.map(|effort| match effort {
        Effort::None => "none",
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    });
    for (name, value) in [
        ("temperature", options.temperature.map(Value::from)),
        ("top_p", options.top_p.map(Value::from)),
        ("reasoning", effort.map(|effort| json!({ "effort": effort, "summary": "auto" }))),
    ] {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

fn tools(request: &ModelRequest, body: &mut Map<String, Value>) {
    if request.tools.is_empty() {
        return;
    }
    let choice = match &request.tool_choice {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!("required"),
        ToolChoice::Named(name) => json!({ "type": "function", "name": name }),
    };
    body.insert("tools".to_owned(), request.tools.iter().map(tool).collect());
    body.insert("tool_choice".to_owned(), choice);
    if request.options.sequential_tools {
        body.insert("parallel_tool_calls".to_owned(), json!(false));
    }
}

/// There, a tool is strict unless it says that it is not.
fn tool(tool: &Tool) -> Value {
    let mut it = json!({
        "type": "function", "name": tool.name, "parameters": parameters(&tool.parameters),
        "strict": tool.strict,
    });
    if !tool.description.is_empty() {
        it["description"] = json!(tool.description);
    }
    it
}

/// A turn as items: its words, and each of its calls.
fn items_of(turn: &Turn) -> Result<Vec<Value>, ModelError> {
    let (role, sort) = match turn.role {
        Role::System => ("system", "input_text"),
        Role::User => ("user", "input_text"),
        Role::Assistant => ("assistant", "output_text"),
        Role::Tool => {
            no_images(turn)?;
            let id = answered(turn)?;
            let item = json!({
                "type": "function_call_output", "call_id": id, "output": turn.content,
            });
            return Ok(vec![item]);
        }
    };
    if turn.role != Role::User {
        no_images(turn)?;
    }
    let words = !turn.content.is_empty();
    let mut content: Vec<_> =
        words.then(|| json!({ "type": sort, "text": turn.content })).into_iter().collect();
    for image in &turn.images {
        let url = match shown(image)? {
            Shown::Url(url) => url.to_owned(),
            Shown::Inline(data) => format!("data:{};base64,{data}", image.media_type),
        };
        content.push(json!({ "type": "input_image", "image_url": url }));
    }
    let mut items = Vec::new();
    if !content.is_empty() {
        items.push(json!({ "type": "message", "role": role, "content": content }));
    }
    items.extend(turn.calls.iter().map(|call| {
        json!({
            "type": "function_call", "call_id": call.id, "name": call.name,
            "arguments": call.arguments,
        })
    }));
    Ok(items)
}
