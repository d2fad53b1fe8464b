//! A run as the events of a message that grows, block by block.

use contracts::ActorId;
use contracts::kinds::run::Answer;
use serde_json::{Value, json};

use super::answer;
use crate::edge::sse::Event;

/// Tells a message while it grows.
pub struct Teller {
    run: ActorId,
    model: String,
    /// What the prompt has, near enough: the true number is told at the end.
    tokens: u32,
    thoughts: bool,
    /// How many blocks are told whole.
    blocks: usize,
    /// What has been told of the words.
    said: Option<String>,
}

impl Teller {
    /// Of this run: what it is asked of, how many tokens its prompt has, and whether the caller
    /// wants to see thoughts.
    #[must_use]
    pub const fn new(run: ActorId, model: String, tokens: u32, thoughts: bool) -> Self {
        Self { run, model, tokens, thoughts, blocks: 0, said: None }
    }

    /// What is told first.
    pub fn begin(&self) -> Vec<Event> {
        let message = json!({
            "id": answer::id(&self.run), "type": "message", "role": "assistant",
            "model": self.model, "content": [], "stop_reason": null, "stop_sequence": null,
            "usage": {
                "input_tokens": self.tokens, "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 0, "output_tokens": 0,
            },
        });
        vec![event("message_start", json!({ "message": message })), event("ping", json!({}))]
    }

    /// More words.
    pub fn text(&mut self, text: &str) -> Vec<Event> {
        let mut all = Vec::new();
        if self.said.is_none() {
            all.push(self.started(&json!({ "type": "text", "text": "", "citations": null })));
        }
        self.said.get_or_insert_default().push_str(text);
        all.push(self.delta(&json!({ "type": "text_delta", "text": text })));
        all
    }

    /// What the run came to.
    pub fn end(&mut self, answer: &Answer) -> Vec<Event> {
        let mut all = Vec::new();
        // One whose beginning was told otherwise, since it grew in rounds, has been told.
        let rest = match &self.said {
            None => Some(answer.text.as_str()),
            Some(said) => answer.text.strip_prefix(said.as_str()),
        };
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            all.extend(self.text(rest));
        }
        if self.said.is_some() {
            all.push(self.stopped());
        }
        for call in &answer.calls {
            let (id, name, input) = (&call.id, &call.name, answer::input(call).to_string());
            let block = json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
            let delta = json!({ "type": "input_json_delta", "partial_json": input });
            all.extend([self.started(&block), self.delta(&delta), self.stopped()]);
        }
        if let Some(thought) = answer.reasoning.as_ref().filter(|_| self.thoughts) {
            let block = json!({ "type": "thinking", "thinking": "", "signature": "" });
            let delta = json!({ "type": "thinking_delta", "thinking": thought });
            all.extend([self.started(&block), self.delta(&delta), self.stopped()]);
        }
        let delta = json!({ "stop_reason": answer::stop(answer), "stop_sequence": null });
        let usage = answer::usage(&answer.usage);
        all.push(event("message_delta", json!({ "delta": delta, "usage": usage })));
        all.push(event("message_stop", json!({})));
        all
    }

    fn started(&self, block: &Value) -> Event {
        event("content_block_start", json!({ "index": self.blocks, "content_block": block }))
    }

    fn delta(&self, delta: &Value) -> Event {
        event("content_block_delta", json!({ "index": self.blocks, "delta": delta }))
    }

    fn stopped(&mut self) -> Event {
        let index = self.blocks;
        self.blocks += 1;
        event("content_block_stop", json!({ "index": index }))
    }
}

fn event(name: &'static str, mut data: Value) -> Event {
    data["type"] = json!(name);
    Event { id: None, name: Some(name), data: data.into() }
}

#[cfg(test)]
mod tests {
    use contracts::model::ToolCall;

    use super::*;

    fn teller() -> Teller {
        Teller::new(ActorId::new("r1").unwrap(), "local/rules".into(), 9, true)
    }

    fn names(events: &[Event]) -> Vec<&'static str> {
        events.iter().filter_map(|event| event.name).collect()
    }

    #[test]
    fn words_are_one_block_and_each_call_is_one() {
        let mut teller = teller();
        let mut all = teller.begin();
        all.extend(teller.text("Ad"));
        all.extend(teller.text("ding."));
        let [id, name] = ["c1", "add"].map(str::to_owned);
        let call = ToolCall { id, name, arguments: "{\"a\": 2}".into() };
        let answer = Answer { text: "Adding.".into(), calls: vec![call], ..Answer::default() };
        all.extend(teller.end(&answer));
        assert_eq!(
            names(&all),
            [
                "message_start",
                "ping",
                "content_block_start",
                "content_block_delta",
                "content_block_delta",
                "content_block_stop",
                "content_block_start",
                "content_block_delta",
                "content_block_stop",
                "message_delta",
                "message_stop",
            ]
        );
        let told = all[7].data.json().unwrap();
        assert_eq!((&told["index"], &told["type"]), (&json!(1), &json!("content_block_delta")));
        assert_eq!(told["delta"]["partial_json"], "{\"a\":2}");
        assert_eq!(all[9].data.json().unwrap()["delta"]["stop_reason"], "tool_use");
    }

    #[test]
    fn what_was_not_shown_is_told_at_the_end() {
        let mut teller = teller();
        let answer =
            Answer { text: "Hello!".into(), reasoning: Some("Greet.".into()), ..Answer::default() };
        let all = teller.end(&answer);
        assert_eq!(all[1].data.json().unwrap()["delta"]["text"], "Hello!");
        assert_eq!(all[4].data.json().unwrap()["delta"]["thinking"], "Greet.");
    }
}
