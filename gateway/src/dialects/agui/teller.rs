//! A run as the events of AG-UI.

use contracts::kinds::run::{Answer, Answered, ToolAnswered};
use contracts::model::ToolCall;
use contracts::{ActorId, Refusal};
use serde_json::{Value, json};

use super::input::{Input, VERSION};
use super::{names, state};
use crate::dialects::common::runs::noted;
use crate::edge::sse::Event;

/// Tells a run.
pub struct Teller {
    run: ActorId,
    input: Input,
    /// Which time the model speaks, from 1.
    round: u32,
    /// Whether its words are being told.
    speaks: bool,
}

impl Teller {
    /// Of this run, as it was asked for.
    #[must_use]
    pub const fn new(run: ActorId, input: Input) -> Self {
        Self { run, input, round: 1, speaks: false }
    }

    /// What is told first; `lost` = the thread's messages, for who has them no longer.
    pub fn begin(&self, lost: Option<Vec<Value>>) -> Vec<Event> {
        let mut begun = self.of_run("RUN_STARTED");
        begun["protocolVersion"] = json!(VERSION);
        if let Some(parent) = &self.input.parent {
            begun["parentRunId"] = json!(parent);
        }
        let lost = lost.map(|all| json!({ "type": "MESSAGES_SNAPSHOT", "messages": all }));
        [begun].into_iter().chain(lost).map(event).collect()
    }

    /// More words.
    pub fn text(&mut self, text: &str) -> Vec<Event> {
        let mut all = Vec::new();
        if !self.speaks {
            self.speaks = true;
            let mut begun = self.of_message("TEXT_MESSAGE_START");
            begun["role"] = json!("assistant");
            all.push(event(begun));
        }
        let mut more = self.of_message("TEXT_MESSAGE_CONTENT");
        more["delta"] = json!(text);
        all.push(event(more));
        all
    }

    /// The model has said all: what it thought, and what it wants called.
    pub fn spoke(&mut self, answered: &Answered) -> Vec<Event> {
        let mut all = self.silence();
        if let Some(thought) = &answered.response.reasoning {
            all.extend(self.thought(thought));
        }
        for call in &answered.response.calls {
            all.extend(self.call(call));
        }
        self.round = answered.round.saturating_add(1);
        all
    }

    /// A tool answered.
    pub fn tool(&self, answered: &ToolAnswered) -> Vec<Event> {
        let content = match (&answered.output, &answered.error) {
            (_, Some(error)) => json!({ "error": error }).to_string(),
            (Some(Value::String(text)), None) => text.clone(),
            (Some(value), None) => value.to_string(),
            (None, None) => String::new(),
        };
        vec![event(json!({
            "type": "TOOL_CALL_RESULT", "messageId": names::result(&self.run, &answered.call),
            "toolCallId": answered.call, "content": content, "role": "tool",
        }))]
    }

    /// It has answered, or waits for the caller's tools.
    pub fn end(&mut self, answer: &Answer) -> Vec<Event> {
        let mut all = self.silence();
        if let Some(value) = &answer.value {
            all.push(event(state::told(&self.input.state, value)));
        }
        let mut end = self.of_run("RUN_FINISHED");
        let calls: Vec<_> = answer.calls.iter().map(|call| &call.id).collect();
        end["outcome"] = json!({ "type": "success" });
        if !calls.is_empty() {
            end["outcome"]["pendingToolCallIds"] = json!(calls);
        }
        end["result"] = noted(&self.run, answer);
        end["usage"] = usage(answer);
        all.push(event(end));
        all
    }

    /// It has not answered.
    pub fn refused(&mut self, refusal: &Refusal) -> Vec<Event> {
        let mut all = self.silence();
        let mut end = if refusal.code == "run_cancelled" {
            let mut end = self.of_run("RUN_FINISHED");
            end["outcome"] = json!({ "type": "cancelled" });
            end
        } else {
            let (message, code) = (&refusal.message, &refusal.code);
            json!({ "type": "RUN_ERROR", "message": message, "code": code })
        };
        end["metadata"] = json!({ "cambium": { "run": self.run } });
        all.push(event(end));
        all
    }

    /// The words that are being told are all.
    fn silence(&mut self) -> Vec<Event> {
        if !std::mem::take(&mut self.speaks) {
            return Vec::new();
        }
        vec![event(self.of_message("TEXT_MESSAGE_END"))]
    }

    fn thought(&self, thought: &str) -> Vec<Event> {
        let id = names::thought(&self.run, self.round);
        let of = |name: &str| json!({ "type": name, "messageId": id });
        let (mut begun, mut said) =
            (of("REASONING_MESSAGE_START"), of("REASONING_MESSAGE_CONTENT"));
        (begun["role"], said["delta"]) = (json!("reasoning"), json!(thought));
        let whole = [of("REASONING_START"), begun, said];
        let ends = [of("REASONING_MESSAGE_END"), of("REASONING_END")];
        whole.into_iter().chain(ends).map(event).collect()
    }

    fn call(&self, call: &ToolCall) -> Vec<Event> {
        let of = |name: &str| json!({ "type": name, "toolCallId": call.id });
        let (mut begun, mut said) = (of("TOOL_CALL_START"), of("TOOL_CALL_ARGS"));
        begun["toolCallName"] = json!(call.name);
        begun["parentMessageId"] = json!(names::message(&self.run, self.round));
        let empty = call.arguments.trim().is_empty();
        said["delta"] = json!(if empty { "{}" } else { &call.arguments });
        [begun, said, of("TOOL_CALL_END")].into_iter().map(event).collect()
    }

    fn of_run(&self, name: &str) -> Value {
        json!({ "type": name, "threadId": self.input.thread, "runId": self.input.run })
    }

    /// Of the model's message. One that is told whole at the end is of the round before.
    fn of_message(&self, name: &str) -> Value {
        json!({ "type": name, "messageId": names::message(&self.run, self.round) })
    }
}

fn usage(answer: &Answer) -> Value {
    let usage = &answer.usage;
    let (provider, _) = answer.model.split_once('/').unwrap_or((&answer.model, ""));
    json!([{
        "provider": provider,
        "model": answer.model,
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": u64::from(usage.input_tokens) + u64::from(usage.output_tokens),
        "reasoningTokens": usage.reasoning_tokens,
        "cachedInputTokens": usage.cached_tokens,
        "cacheWriteInputTokens": usage.cache_write_tokens,
    }])
}

fn event(data: Value) -> Event {
    Event { id: None, name: None, data: data.into() }
}

#[cfg(test)]
mod tests {
    use contracts::model::ModelResponse;

    use super::*;

    fn teller() -> Teller {
        let body = json!({ "threadId": "t", "runId": "r", "messages": [] });
        Teller::new(ActorId::new("r1").unwrap(), super::super::input::read(body).unwrap())
    }

    fn types(events: &[Event]) -> Vec<String> {
        let of = |event: &Event| event.data.json().unwrap()["type"].as_str().unwrap().to_owned();
        events.iter().map(of).collect()
    }

    fn calling() -> Answered {
        let call = ToolCall { id: "c1".into(), name: "add".into(), arguments: String::new() };
        let reasoning = Some("Hm.".to_owned());
        let response = ModelResponse { calls: vec![call], reasoning, ..ModelResponse::default() };
        Answered { round: 1, response }
    }

    #[test]
    fn a_round_with_a_tool_of_ours_is_told_whole() {
        let mut teller = teller();
        let mut all = teller.begin(None);
        all.extend(teller.text("Adding."));
        all.extend(teller.spoke(&calling()));
        all.extend(teller.tool(&ToolAnswered {
            call: "c1".into(),
            output: Some(json!(5)),
            error: None,
            blob: None,
            ms: None,
        }));
        all.extend(teller.text("It is 5."));
        all.extend(teller.end(&Answer::default()));
        let told = types(&all);
        assert_eq!(
            told[..4],
            ["RUN_STARTED", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END",]
        );
        assert_eq!(
            told[9..13],
            ["TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END", "TOOL_CALL_RESULT",]
        );
        assert_eq!(told.last().unwrap(), "RUN_FINISHED");
        let of = |at: usize| all[at].data.json().unwrap();
        assert_eq!(
            (&of(1)["messageId"], &of(13)["messageId"]),
            (&json!("msg_r1.1"), &json!("msg_r1.2"))
        );
        assert_eq!((&of(10)["delta"], &of(12)["content"]), (&json!("{}"), &json!("5")));
    }

    #[test]
    fn what_waits_and_what_failed_say_so() {
        let call = ToolCall { id: "c1".into(), name: "add".into(), arguments: "{}".into() };
        let waiting = Answer { calls: vec![call], ..Answer::default() };
        let end = teller().end(&waiting);
        let told = end[0].data.json().unwrap();
        assert_eq!(told["outcome"]["pendingToolCallIds"], json!(["c1"]));
        let failed = teller().refused(&Refusal::rejected("model_quota", "used up"));
        let told = failed[0].data.json().unwrap();
        assert_eq!((&told["type"], &told["code"]), (&json!("RUN_ERROR"), &json!("model_quota")));
        let mut teller = teller();
        teller.text("a");
        let cancelled = teller.refused(&Refusal::rejected("run_cancelled", "it was"));
        assert_eq!(types(&cancelled), ["TEXT_MESSAGE_END", "RUN_FINISHED"]);
    }
}
