//! An answer of chat completions that came whole.

use contracts::model::{Finish, ToolCall, Usage};
use serde_json::Value;

use crate::model::error::ModelError;
use crate::model::wire::{Failure, Parts, text, tokens};

/// The parts of an answer.
///
/// # Errors
/// When it has no choice, or says that it could not be finished.
pub fn parts(body: &Value) -> Result<Parts, Failure> {
    let choice = body["choices"].get(0).ok_or_else(|| Failure::without("choice"))?;
    let message = &choice["message"];
    if !message.is_object() {
        return Err(Failure::without("message"));
    }
    let (mut said, mut thought) = content(&message["content"]);
    thought.push_str(reasoning(message));
    let refused = text(&message["refusal"]);
    said.push_str(refused);
    let calls = message["tool_calls"].as_array().into_iter().flatten().map(|call| ToolCall {
        id: text(&call["id"]).to_owned(),
        name: text(&call["function"]["name"]).to_owned(),
        arguments: arguments(&call["function"]["arguments"]),
    });
    let finish = match finish(&choice["finish_reason"])? {
        Some(Finish::Stop) if !refused.is_empty() => Some(Finish::ContentFilter),
        finish => finish,
    };
    Ok(Parts {
        id: body["id"].as_str().map(str::to_owned),
        text: said,
        reasoning: thought,
        calls: calls.collect(),
        finish,
        usage: usage(&body["usage"]),
    })
}

/// Arguments are JSON text; some servers give the value itself.
pub fn arguments(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

/// The words of a message and what it thought: a text, or parts of both sorts.
pub fn content(value: &Value) -> (String, String) {
    let (mut said, mut thought) = (text(value).to_owned(), String::new());
    for part in value.as_array().into_iter().flatten() {
        said.push_str(text(&part["text"]));
        for inner in part["thinking"].as_array().into_iter().flatten() {
            thought.push_str(text(&inner["text"]));
        }
    }
    (said, thought)
}

/// What a message thought, by either of its two names.
pub fn reasoning(message: &Value) -> &str {
    let named = message["reasoning_content"].as_str().filter(|thought| !thought.is_empty());
    named.unwrap_or_else(|| text(&message["reasoning"]))
}

/// Why it stopped; `None` = it has not.
pub fn finish(value: &Value) -> Result<Option<Finish>, Failure> {
    Ok(match value.as_str() {
        None => None,
        Some("length" | "max_tokens" | "model_length") => Some(Finish::Length),
        Some("tool_calls" | "function_call") => Some(Finish::ToolCalls),
        Some("content_filter") => Some(Finish::ContentFilter),
        Some("error" | "insufficient_system_resource") => {
            let told = "it could not finish its answer".to_owned();
            return Err(Failure::failed(ModelError::Provider(told)));
        }
        Some(_) => Some(Finish::Stop),
    })
}

/// What it had, when it says so.
pub fn usage(value: &Value) -> Option<Usage> {
    let cached = tokens(&value["prompt_tokens_details"]["cached_tokens"])
        .or_else(|| tokens(&value["prompt_cache_hit_tokens"]));
    let thought = tokens(&value["completion_tokens_details"]["reasoning_tokens"]);
    Some(Usage {
        input_tokens: tokens(&value["prompt_tokens"])?,
        output_tokens: tokens(&value["completion_tokens"]).unwrap_or_default(),
        cached_tokens: cached.unwrap_or_default(),
        reasoning_tokens: thought.unwrap_or_default(),
        ..Usage::default()
    })
}
