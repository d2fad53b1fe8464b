//! An answer of messages that came whole.

use contracts::model::{Finish, ToolCall, Usage};
use serde_json::Value;

use crate::model::wire::{Failure, Parts, text, tokens};

/// The parts of an answer.
///
/// # Errors
/// When it has no content.
pub fn parts(body: &Value) -> Result<Parts, Failure> {
    let blocks = body["content"].as_array().ok_or_else(|| Failure::without("content"))?;
    let mut parts = Parts {
        id: body["id"].as_str().map(str::to_owned),
        finish: finish(&body["stop_reason"]),
        usage: usage(&body["usage"]),
        ..Parts::default()
    };
    for block in blocks {
        match text(&block["type"]) {
            "text" => parts.text.push_str(text(&block["text"])),
            "thinking" => parts.reasoning.push_str(text(&block["thinking"])),
            "tool_use" => parts.calls.push(ToolCall {
                id: text(&block["id"]).to_owned(),
                name: text(&block["name"]).to_owned(),
                arguments: block["input"].to_string(),
            }),
            // Of no use to anybody here, such as thoughts that are sealed.
            _ => {}
        }
    }
    Ok(parts)
}

/// Why it stopped; `None` = it has not.
pub fn finish(value: &Value) -> Option<Finish> {
    Some(match value.as_str()? {
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::ContentFilter,
        _ => Finish::Stop,
    })
}

/// What it had. There, tokens that were kept are counted beside the input's; here, within them.
pub fn usage(value: &Value) -> Option<Usage> {
    let number = |name: &str| tokens(&value[name]).unwrap_or_default();
    let cached_tokens = number("cache_read_input_tokens");
    let cache_write_tokens = number("cache_creation_input_tokens");
    let input_tokens = tokens(&value["input_tokens"])?;
    Some(Usage {
        input_tokens: input_tokens.saturating_add(cached_tokens).saturating_add(cache_write_tokens),
        output_tokens: number("output_tokens"),
        cached_tokens,
        cache_write_tokens,
        ..Usage::default()
    })
}
