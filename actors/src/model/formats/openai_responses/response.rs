//! An answer of responses that came whole.

use contracts::model::{Finish, ToolCall, Usage};
use serde_json::Value;

use super::super::openai_chat::refused;
use crate::model::wire::{Failure, Parts, Refused, text, tokens};

/// The parts of an answer.
///
/// # Errors
/// When it has no output, or says that it failed.
pub fn parts(body: &Value) -> Result<Parts, Failure> {
    if body["status"] == "failed" || body["status"] == "cancelled" {
        let (status, model, retry_after_ms, begun) = (200, "of that name", None, true);
        return Err(refused(&Refused { status, body, model, retry_after_ms, begun }));
    }
    let items = body["output"].as_array().ok_or_else(|| Failure::without("output"))?;
    let mut parts = Parts {
        id: body["id"].as_str().map(str::to_owned),
        usage: usage(&body["usage"]),
        ..Parts::default()
    };
    let mut refuses = false;
    for item in items {
        match text(&item["type"]) {
            "message" => {
                for part in item["content"].as_array().into_iter().flatten() {
                    parts.text.push_str(text(&part["text"]));
                    let refusal = text(&part["refusal"]);
                    refuses |= !refusal.is_empty();
                    parts.text.push_str(refusal);
                }
            }
            "reasoning" => {
                for part in item["summary"].as_array().into_iter().flatten() {
                    parts.reasoning.push_str(text(&part["text"]));
                }
            }
            "function_call" => parts.calls.push(ToolCall {
                id: text(&item["call_id"]).to_owned(),
                name: text(&item["name"]).to_owned(),
                arguments: text(&item["arguments"]).to_owned(),
            }),
            _ => {}
        }
    }
    parts.finish = Some(match text(&body["incomplete_details"]["reason"]) {
        "content_filter" => Finish::ContentFilter,
        _ if body["status"] == "incomplete" => Finish::Length,
        _ if refuses => Finish::ContentFilter,
        _ => Finish::Stop,
    });
    Ok(parts)
}

fn usage(value: &Value) -> Option<Usage> {
    let inner = |one: &str, other: &str| tokens(&value[one][other]).unwrap_or_default();
    Some(Usage {
        input_tokens: tokens(&value["input_tokens"])?,
        output_tokens: tokens(&value["output_tokens"]).unwrap_or_default(),
        cached_tokens: inner("input_tokens_details", "cached_tokens"),
        reasoning_tokens: inner("output_tokens_details", "reasoning_tokens"),
        ..Usage::default()
    })
}
