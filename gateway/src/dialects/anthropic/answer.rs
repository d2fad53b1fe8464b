//! A run's answer as a message.

use contracts::ActorId;
use contracts::kinds::run::Answer;
use contracts::model::{Finish, ToolCall, Usage};
use serde_json::{Value, json};

use crate::dialects::common::runs::noted;

/// The id of the message of a run.
#[must_use]
pub fn id(run: &ActorId) -> String {
    format!("msg_{run}")
}

/// The run of a message.
#[must_use]
pub fn run_of(id: &str) -> Option<ActorId> {
    ActorId::new(id.strip_prefix("msg_")?).ok()
}

/// The whole message; with `thoughts`, what the model thought as well. Thoughts stand last, since
/// they are known only when all else has been told, and a message reads alike whole and in pieces.
#[must_use]
pub fn whole(run: &ActorId, answer: &Answer, thoughts: bool) -> Value {
    let mut content = Vec::new();
    if !answer.text.is_empty() {
        content.push(json!({ "type": "text", "text": answer.text, "citations": null }));
    }
    for call in &answer.calls {
        let input = input(call);
        content
            .push(json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input }));
    }
    if let Some(thought) = answer.reasoning.as_ref().filter(|_| thoughts) {
        content.push(json!({ "type": "thinking", "thinking": thought, "signature": "" }));
    }
    json!({
        "id": id(run),
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": content,
        "stop_reason": stop(answer),
        "stop_sequence": null,
        "usage": usage(&answer.usage),
        "cambium": noted(run, answer),
    })
}

/// The arguments of a call: an object here. What a model wrote wrongly is told as it is, in the
/// member that Anthropic names for it.
#[must_use]
pub fn input(call: &ToolCall) -> Value {
    if call.arguments.trim().is_empty() {
        return json!({});
    }
    let read = serde_json::from_str::<Value>(&call.arguments).ok().filter(Value::is_object);
    read.unwrap_or_else(|| json!({ "INVALID_JSON": call.arguments }))
}

/// Why the message ends. Which of the caller's texts a model stopped before nobody tells.
#[must_use]
pub const fn stop(answer: &Answer) -> &'static str {
    if !answer.calls.is_empty() {
        return "tool_use";
    }
    match answer.finish {
        Finish::Stop | Finish::ToolCalls => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ContentFilter => "refusal",
    }
}

/// Tokens as this dialect counts them: those that a provider had kept stand beside the input's.
#[must_use]
pub fn usage(usage: &Usage) -> Value {
    let kept = usage.cached_tokens.saturating_add(usage.cache_write_tokens);
    json!({
        "input_tokens": usage.input_tokens.saturating_sub(kept),
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "output_tokens_details": { "thinking_tokens": usage.reasoning_tokens },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calling(arguments: &str) -> ToolCall {
        let [id, name] = ["c1", "add"].map(str::to_owned);
        ToolCall { id, name, arguments: arguments.to_owned() }
    }

    #[test]
    fn an_answer_is_words_then_calls_then_thoughts() {
        let usage =
            Usage { input_tokens: 10, cached_tokens: 4, output_tokens: 2, ..Usage::default() };
        let answer = Answer {
            text: "Adding.".into(),
            calls: vec![calling("{\"a\":2}"), calling("{\"a\""), calling("")],
            reasoning: Some("Hm.".into()),
            finish: Finish::ToolCalls,
            usage,
            ..Answer::default()
        };
        let run = ActorId::new("r1").unwrap();
        let told = whole(&run, &answer, true);
        assert_eq!((&told["id"], &told["stop_reason"]), (&json!("msg_r1"), &json!("tool_use")));
        assert_eq!(told["content"][0]["text"], "Adding.");
        assert_eq!(told["content"][1]["input"], json!({ "a": 2 }));
        assert_eq!(told["content"][2]["input"], json!({ "INVALID_JSON": "{\"a\"" }));
        assert_eq!(told["content"][3]["input"], json!({}));
        assert_eq!(told["content"][4]["thinking"], "Hm.");
        assert_eq!(told["usage"]["input_tokens"], 6);
        assert_eq!(whole(&run, &answer, false)["content"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn every_end_has_a_word() {
        let ended = |finish| stop(&Answer { finish, ..Answer::default() });
        assert_eq!(ended(Finish::Stop), "end_turn");
        assert_eq!(ended(Finish::Length), "max_tokens");
        assert_eq!(ended(Finish::ContentFilter), "refusal");
    }
}
