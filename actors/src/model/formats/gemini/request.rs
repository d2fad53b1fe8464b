//! A request as Gemini has it.

use std::collections::BTreeMap;

use contracts::model::{Effort, ModelRequest, Role, Tool, ToolChoice, Turn};
use serde_json::{Map, Value, json};

use super::super::{Shown, answered, arguments, cannot, check_tools, no_images, parameters, shown};
use crate::model::config::Structured;
use crate::model::error::ModelError;
use crate::model::wire::{Ask, Wanted};

/// What stands in place of the signature of a thought that another model had, as Google says.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// The body of a request.
///
/// # Errors
/// [`ModelError::Validation`] naming what the provider cannot do.
pub fn body(ask: &Ask<'_>) -> Result<Value, ModelError> {
    let request = ask.request;
    check_tools(request)?;
    let wanted = Wanted::of(ask, Structured::Native);
    let mut body = json!({
        "contents": contents(request, is_older(ask.model))?,
        "generationConfig": generation(ask, wanted.as_ref())?,
    });
    let mut system = Vec::new();
    for turn in request.turns.iter().filter(|turn| turn.role == Role::System) {
        no_images(turn)?;
        system.push(json!({ "text": turn.content }));
    }
    let instruction = wanted.as_ref().and_then(Wanted::instruction);
    system.extend(instruction.map(|words| json!({ "text": words })));
    if !system.is_empty() {
        body["systemInstruction"] = json!({ "parts": system });
    }
    tools(request, &mut body)?;
    Ok(body)
}

/// Models before the third generation count thoughts in tokens and sign none.
fn is_older(model: &str) -> bool {
    model.starts_with("gemini-1") || model.starts_with("gemini-2")
}

fn generation(ask: &Ask<'_>, wanted: Option<&Wanted<'_>>) -> Result<Value, ModelError> {
    let (request, options) = (ask.request, &ask.request.options);
    let mut config = Map::new();
    if let Some(Wanted { schema, how, .. }) = wanted {
        if *how != Structured::Instruction {
            config.insert("responseMimeType".to_owned(), json!("application/json"));
        }
        if *how == Structured::Native {
            config.insert("responseJsonSchema".to_owned(), (*schema).clone());
        }
    }
    if let Some(effort) = options.effort {
        config.insert("thinkingConfig".to_owned(), thinking(effort, is_older(ask.model))?);
    }
    let stop = Some(&options.stop).filter(|stop| !stop.is_empty());
    let seed = (request.seed != 0).then_some(request.seed & 0x7fff_ffff);
    for (name, value) in [
        ("maxOutputTokens", Some(json!(request.max_tokens))),
        ("temperature", options.temperature.map(Value::from)),
        ("topP", options.top_p.map(Value::from)),
        ("topK", options.top_k.map(Value::from)),
        ("frequencyPenalty", options.frequency_penalty.map(Value::from)),
        ("presencePenalty", options.presence_penalty.map(Value::from)),
        ("stopSequences", stop.map(|stop| json!(stop))),
        ("seed", seed.map(Value::from)),
    ] {
        if let Some(value) = value {
            config.insert(name.to_owned(), value);
        }
    }
    Ok(Value::Object(config))
}

fn thinking(effort: Effort, older: bool) -> Result<Value, ModelError> {
    if older {
        let tokens = match effort {
            Effort::None => 0,
            Effort::Minimal => 512,
            Effort::Low => 1_024,
            Effort::Medium => 8_192,
            Effort::High => 24_576,
        };
        return Ok(json!({ "thinkingBudget": tokens, "includeThoughts": tokens > 0 }));
    }
    let level = match effort {
        Effort::None => return Err(cannot("no effort at all: this model always thinks")),
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    };
    Ok(json!({ "thinkingLevel": level, "includeThoughts": true }))
}

fn tools(request: &ModelRequest, body: &mut Value) -> Result<(), ModelError> {
    if request.tools.is_empty() {
        return Ok(());
    }
    if request.options.sequential_tools {
        return Err(cannot("tools called one at a time"));
    }
    let declared: Result<Vec<_>, _> = request.tools.iter().map(tool).collect();
    body["tools"] = json!([{ "functionDeclarations": declared? }]);
    let config = match &request.tool_choice {
        ToolChoice::Auto => json!({ "mode": "AUTO" }),
        ToolChoice::None => json!({ "mode": "NONE" }),
        ToolChoice::Required => json!({ "mode": "ANY" }),
        ToolChoice::Named(name) => json!({ "mode": "ANY", "allowedFunctionNames": [name] }),
    };
    body["toolConfig"] = json!({ "functionCallingConfig": config });
    Ok(())
}

fn tool(tool: &Tool) -> Result<Value, ModelError> {
    if tool.strict {
        return Err(cannot("tools whose arguments follow their schema to the letter"));
    }
    let schema = parameters(&tool.parameters);
    let mut it = json!({ "name": tool.name, "parametersJsonSchema": schema });
    if !tool.description.is_empty() {
        it["description"] = json!(tool.description);
    }
    Ok(it)
}

/// The turns as contents: all that one side says in a row is one. What a tool answers is told by
/// the tool's name there, which the call of before has.
fn contents(request: &ModelRequest, older: bool) -> Result<Value, ModelError> {
    let calls = request.turns.iter().flat_map(|turn| &turn.calls);
    let names: BTreeMap<_, _> = calls.map(|call| (call.id.as_str(), call.name.as_str())).collect();
    let mut contents: Vec<(&'static str, Vec<Value>)> = Vec::new();
    for turn in request.turns.iter().filter(|turn| turn.role != Role::System) {
        let role = if turn.role == Role::Assistant { "model" } else { "user" };
        let parts = parts(turn, &names, older)?;
        match contents.last_mut() {
            Some((last, before)) if *last == role => before.extend(parts),
            _ => contents.push((role, parts)),
        }
    }
    contents.retain(|(_, parts)| !parts.is_empty());
    Ok(contents.into_iter().map(|(role, parts)| json!({ "role": role, "parts": parts })).collect())
}

fn parts(turn: &Turn, names: &BTreeMap<&str, &str>, older: bool) -> Result<Vec<Value>, ModelError> {
    if turn.role == Role::Tool {
        no_images(turn)?;
        let name = names.get(answered(turn)?).ok_or_else(|| {
            ModelError::Validation("a tool's turn answers a call that no turn makes".to_owned())
        })?;
        let told = serde_json::from_str::<Value>(&turn.content).ok().filter(Value::is_object);
        let whole = if turn.failed { "error" } else { "output" };
        let response = told.unwrap_or_else(|| json!({ whole: turn.content }));
        return Ok(vec![json!({ "functionResponse": { "name": name, "response": response } })]);
    }
    let mut parts = Vec::new();
    if !turn.content.is_empty() {
        parts.push(json!({ "text": turn.content }));
    }
    if turn.role == Role::Assistant {
        no_images(turn)?;
    }
    for image in &turn.images {
        parts.push(match shown(image)? {
            Shown::Inline(data) => {
                json!({ "inlineData": { "mimeType": image.media_type, "data": data } })
            }
            Shown::Url(url) => {
                json!({ "fileData": { "mimeType": image.media_type, "fileUri": url } })
            }
        });
    }
    for (place, call) in turn.calls.iter().enumerate() {
        let args = arguments(&call.arguments);
        let mut part = json!({ "functionCall": { "name": call.name, "args": args } });
        if place == 0 && !older {
            part["thoughtSignature"] = json!(NO_SIGNATURE);
        }
        parts.push(part);
    }
    Ok(parts)
}
