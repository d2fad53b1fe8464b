//! A run's answer as `chat/completions` tells it, whole and in pieces.

use contracts::ActorId;
use contracts::kinds::run::Answer;
use contracts::model::{Finish, ToolCall, Usage};
use serde_json::{Value, json};

use crate::dialects::common::runs::noted;

/// The id of the answer of a run.
#[must_use]
pub fn id(run: &ActorId) -> String {
    format!("chatcmpl-{run}")
}

/// The whole answer; `created` in seconds since 1970.
#[must_use]
pub fn whole(run: &ActorId, answer: &Answer, created: i64) -> Value {
    let silent = answer.text.is_empty() && !answer.calls.is_empty();
    let mut message = json!({
        "role": "assistant",
        "content": if silent { Value::Null } else { json!(answer.text) },
        "refusal": null,
        "annotations": [],
    });
    if !answer.calls.is_empty() {
        message["tool_calls"] = answer.calls.iter().map(call).collect();
    }
    if let Some(reasoning) = &answer.reasoning {
        message["reasoning_content"] = json!(reasoning);
    }
    json!({
        "id": id(run),
        "object": "chat.completion",
        "created": created,
        "model": answer.model,
        "choices": [{
            "index": 0,
            "message": message,
            "logprobs": null,
            "finish_reason": finish(answer),
        }],
        "usage": usage(&answer.usage),
        "service_tier": "default",
        "system_fingerprint": null,
        "cambium": noted(run, answer),
    })
}

fn call(call: &ToolCall) -> Value {
    json!({
        "id": call.id,
        "type": "function",
        "function": { "name": call.name, "arguments": call.arguments },
    })
}

/// Why the answer ends.
#[must_use]
pub const fn finish(answer: &Answer) -> &'static str {
    if !answer.calls.is_empty() {
        return "tool_calls";
    }
    match answer.finish {
        Finish::Stop | Finish::ToolCalls => "stop",
        Finish::Length => "length",
        Finish::ContentFilter => "content_filter",
    }
}

/// Tokens as this dialect counts them.
#[must_use]
pub fn usage(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": u64::from(usage.input_tokens) + u64::from(usage.output_tokens),
        "prompt_tokens_details": { "cached_tokens": usage.cached_tokens, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

/// The pieces of one answer.
#[derive(Debug, Clone)]
pub struct Chunks {
    /// Of which run.
    pub run: ActorId,
    /// The model that is asked.
    pub model: String,
    /// When it began, in seconds since 1970.
    pub created: i64,
    /// Whether the tokens are told at the end.
    pub usage: bool,
}

impl Chunks {
    /// The first one: who speaks.
    #[must_use]
    pub fn role(&self) -> Value {
        self.chunk(json!({ "role": "assistant", "content": "", "refusal": null }), None)
    }

    /// More words.
    #[must_use]
    pub fn text(&self, text: &str) -> Value {
        self.chunk(json!({ "content": text }), None)
    }

    /// What comes after the last words: calls, why it ends, and the tokens when they were asked
    /// for.
    #[must_use]
    pub fn last(&self, answer: &Answer) -> Vec<Value> {
        let mut all = Vec::new();
        for (index, call) in answer.calls.iter().enumerate() {
            let begun = json!({ "tool_calls": [{
                "index": index, "id": call.id, "type": "function",
                "function": { "name": call.name, "arguments": "" },
            }] });
            let arguments = json!({ "tool_calls": [{
                "index": index, "function": { "arguments": call.arguments },
            }] });
            all.extend([self.chunk(begun, None), self.chunk(arguments, None)]);
        }
        let mut end = self.chunk(json!({}), Some(finish(answer)));
        end["cambium"] = noted(&self.run, answer);
        all.push(end);
        if self.usage {
            let mut told = self.chunk(Value::Null, None);
            (told["choices"], told["usage"]) = (json!([]), usage(&answer.usage));
            all.push(told);
        }
        all
    }

    fn chunk(&self, delta: Value, finish: Option<&str>) -> Value {
        let mut chunk = json!({
            "id": id(&self.run),
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": null,
            "choices": [{
                "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish,
            }],
        });
        if self.usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> ActorId {
        ActorId::new("r1").unwrap()
    }

    fn answer() -> Answer {
        let usage = Usage { input_tokens: 3, output_tokens: 4, ..Usage::default() };
        Answer { text: "Hi".into(), model: "local/rules".into(), usage, ..Answer::default() }
    }

    fn calling() -> Answer {
        let one = ToolCall { id: "c1".into(), name: "add".into(), arguments: "{}".into() };
        Answer { text: String::new(), calls: vec![one], ..answer() }
    }

    #[test]
    fn a_text_and_a_call_are_told_whole() {
        let told = whole(&run(), &answer(), 7);
        assert_eq!(told["id"], "chatcmpl-r1");
        assert_eq!(told["choices"][0]["message"]["content"], "Hi");
        assert_eq!(told["choices"][0]["finish_reason"], "stop");
        assert_eq!(told["usage"]["total_tokens"], 7);
        let told = whole(&run(), &calling(), 7);
        let message = &told["choices"][0]["message"];
        assert_eq!(message["content"], Value::Null);
        assert_eq!(message["tool_calls"][0]["function"]["name"], "add");
        assert_eq!(told["choices"][0]["finish_reason"], "tool_calls");
    }

    #[test]
    fn the_last_pieces_are_calls_then_the_end_then_tokens() {
        let chunks = Chunks { run: run(), model: "local/rules".into(), created: 7, usage: true };
        let last = chunks.last(&calling());
        let deltas: Vec<_> = last.iter().map(|chunk| &chunk["choices"][0]["delta"]).collect();
        assert_eq!(deltas[0]["tool_calls"][0]["id"], "c1");
        assert_eq!(deltas[1]["tool_calls"][0]["function"]["arguments"], "{}");
        assert_eq!(deltas[1]["tool_calls"][0].get("id"), None, "said once");
        assert_eq!(last[2]["choices"][0]["finish_reason"], "tool_calls");
        assert_eq!(last[3]["choices"], json!([]));
        assert_eq!(last[3]["usage"]["prompt_tokens"], 3);
        assert_eq!(chunks.role()["usage"], Value::Null, "told at the end only");
        let quiet = Chunks { usage: false, ..chunks };
        assert_eq!(quiet.role().get("usage"), None);
    }
}
