//! An answer of Gemini: whole, or one of the chunks in which it comes, which have the same shape.

use contracts::model::{Finish, Usage};
use serde_json::Value;

use crate::model::delta::Delta;
use crate::model::error::ModelError;
use crate::model::wire::{Calls, Failure, Parts, text, tokens};

/// The parts of an answer that came whole.
///
/// # Errors
/// When it has no candidate.
pub fn parts(body: &Value) -> Result<Parts, Failure> {
    let (mut parts, mut calls) = (Parts::default(), Calls::default());
    if !take(body, (&mut parts, &mut calls), &mut |_| {})? {
        return Err(Failure::without("candidate"));
    }
    parts.calls = calls.take();
    Ok(parts)
}

/// Takes what an answer or a chunk says in; false when it says nothing.
///
/// # Errors
/// When it says that the answer could not be given.
pub fn take(
    body: &Value,
    (parts, calls): (&mut Parts, &mut Calls),
    say: &mut dyn FnMut(Delta<'_>),
) -> Result<bool, Failure> {
    if parts.id.is_none() {
        parts.id = body["responseId"].as_str().map(str::to_owned);
    }
    parts.usage = usage(&body["usageMetadata"]).or(parts.usage);
    if body["promptFeedback"]["blockReason"].is_string() {
        return Err(Failure::failed(ModelError::ContentFilter));
    }
    let candidate = &body["candidates"][0];
    if !candidate.is_object() {
        return Ok(false);
    }
    for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
        if part["thought"] == true {
            parts.think(text(&part["text"]), say);
            continue;
        }
        parts.say(text(&part["text"]), say);
        let call = &part["functionCall"];
        if call.is_object() {
            // Each comes whole, and only its place tells it from others.
            let at = calls.len() as u64;
            let arguments =
                if call["args"].is_null() { "{}".into() } else { call["args"].to_string() };
            calls.add(at, (call["id"].as_str(), call["name"].as_str()), &arguments, say);
        }
    }
    if let Some(reason) = candidate["finishReason"].as_str() {
        parts.finish = Some(finish(reason)?);
    }
    Ok(true)
}

fn finish(reason: &str) -> Result<Finish, Failure> {
    Ok(match reason {
        "MAX_TOKENS" => Finish::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE"
        | "IMAGE_SAFETY" => Finish::ContentFilter,
        "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "OTHER" => {
            let told = format!("it ended its answer with {}", reason.to_ascii_lowercase());
            return Err(Failure::failed(ModelError::Provider(told)));
        }
        _ => Finish::Stop,
    })
}

fn usage(value: &Value) -> Option<Usage> {
    let number = |name: &str| tokens(&value[name]).unwrap_or_default();
    let reasoning_tokens = number("thoughtsTokenCount");
    Some(Usage {
        input_tokens: tokens(&value["promptTokenCount"])?
            .saturating_add(number("toolUsePromptTokenCount")),
        output_tokens: number("candidatesTokenCount").saturating_add(reasoning_tokens),
        cached_tokens: number("cachedContentTokenCount"),
        reasoning_tokens,
        ..Usage::default()
    })
}
