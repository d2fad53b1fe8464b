//! A run as the named events of `responses`, numbered from 0. A piece of a text counts as many
//! numbers as it has bytes, so that an event has the same number whenever it is told and however
//! the text came in pieces: whoever lost a stream says the last number and is told the rest.

use contracts::kinds::run::Answer;
use contracts::model::ToolCall;
use serde_json::{Value, json};

use super::items;
use crate::dialects::common::told::{Stands, Told};
use crate::edge::sse::Event;

/// Tells a response while it grows.
pub struct Teller {
    told: Told,
    /// The number of the next event.
    sequence: u64,
    /// The last number that was seen before; `None` = nothing was.
    seen: Option<u64>,
    /// How many items are told whole.
    items: usize,
    /// What has been told of the message that grows.
    said: Option<String>,
}

impl Teller {
    /// Of this run, behind the number that was seen before.
    #[must_use]
    pub const fn new(told: Told, seen: Option<u64>) -> Self {
        Self { told, sequence: 0, seen, items: 0, said: None }
    }

    /// What is told first.
    pub fn begin(&mut self) -> Vec<Event> {
        let mut all = Vec::new();
        for name in ["response.created", "response.in_progress"] {
            let whole = json!({ "response": self.told.whole() });
            all.extend(self.event(name, whole));
        }
        all
    }

    /// More words.
    pub fn text(&mut self, text: &str) -> Vec<Event> {
        let mut all = Vec::new();
        if self.said.is_none() {
            let mut item = items::message_of("", &self.message_id());
            (item["status"], item["content"]) = (json!("in_progress"), json!([]));
            let added = json!({ "output_index": self.items, "item": item });
            all.extend(self.event("response.output_item.added", added));
            let part = self.of_part(json!({ "part": items::part("") }));
            all.extend(self.event("response.content_part.added", part));
        }
        self.said.get_or_insert_default().push_str(text);
        let (bytes, begins) = (text.len() as u64, self.sequence);
        // The number of a piece is that of its last byte.
        self.sequence += bytes.saturating_sub(1);
        let seen = self.seen.map_or(0, |seen| seen.saturating_add(1).saturating_sub(begins));
        let rest = text.get(usize::try_from(seen).unwrap_or(usize::MAX)..).unwrap_or(text);
        let delta = self.of_part(json!({ "delta": rest, "logprobs": [] }));
        all.extend(self.event("response.output_text.delta", delta));
        all
    }

    /// What the run came to.
    pub fn end(&mut self, stands: Stands, ended: i64) -> Vec<Event> {
        let mut all = Vec::new();
        if let Stands::Answered(answer) = &stands {
            all = self.items(answer);
        }
        self.told.stands = stands;
        self.told.ended = Some(ended);
        let name = match self.told.status() {
            "completed" => "response.completed",
            "incomplete" => "response.incomplete",
            // There is no event for a cancellation.
            _ => "response.failed",
        };
        let whole = json!({ "response": self.told.whole() });
        // Whatever was seen, how it ended is told: of an answer that broke off nobody may know more
        // than those who saw it.
        self.sequence =
            self.seen.map_or(self.sequence, |seen| self.sequence.max(seen.saturating_add(1)));
        all.extend(self.event(name, whole));
        all
    }

    /// The rest of the items of an answer.
    fn items(&mut self, answer: &Answer) -> Vec<Event> {
        let mut all = Vec::new();
        if !answer.text.is_empty() || answer.calls.is_empty() {
            if let Some(rest) = rest(self.said.as_deref(), &answer.text) {
                all.extend(self.text(rest));
            }
            all.extend(self.close(&answer.text));
        } else if let Some(said) = self.said.clone() {
            all.extend(self.close(&said));
        }
        for (at, call) in answer.calls.iter().enumerate() {
            all.extend(self.call(call, at));
        }
        if let Some(reasoning) = &answer.reasoning {
            let item = items::reasoning(reasoning, &format!("rs_{}", self.told.run));
            let whole = json!({ "output_index": self.items, "item": item });
            self.items += 1;
            for name in ["response.output_item.added", "response.output_item.done"] {
                all.extend(self.event(name, whole.clone()));
            }
        }
        all
    }

    fn close(&mut self, text: &str) -> Vec<Event> {
        let done = self.of_part(json!({ "text": text, "logprobs": [] }));
        let part = self.of_part(json!({ "part": items::part(text) }));
        let item = items::message_of(text, &self.message_id());
        let whole = json!({ "output_index": self.items, "item": item });
        self.items += 1;
        self.all([
            ("response.output_text.done", done),
            ("response.content_part.done", part),
            ("response.output_item.done", whole),
        ])
    }

    fn call(&mut self, call: &ToolCall, at: usize) -> Vec<Event> {
        let item = items::call(call, self.told.run.as_str(), at);
        let (index, id) = (self.items, item["id"].clone());
        let mut begun = item.clone();
        (begun["status"], begun["arguments"]) = (json!("in_progress"), json!(""));
        self.items += 1;
        let of =
            |member: &str| json!({ "item_id": id, "output_index": index, member: call.arguments });
        let mut done = of("arguments");
        done["name"] = json!(call.name);
        self.all([
            ("response.output_item.added", json!({ "output_index": index, "item": begun })),
            ("response.function_call_arguments.delta", of("delta")),
            ("response.function_call_arguments.done", done),
            ("response.output_item.done", json!({ "output_index": index, "item": item })),
        ])
    }

    fn all<const N: usize>(&mut self, events: [(&'static str, Value); N]) -> Vec<Event> {
        events.into_iter().filter_map(|(name, data)| self.event(name, data)).collect()
    }

    fn message_id(&self) -> String {
        format!("msg_{}", self.told.run)
    }

    fn of_part(&self, mut data: Value) -> Value {
        data["item_id"] = json!(self.message_id());
        data["output_index"] = json!(self.items);
        data["content_index"] = json!(0);
        data
    }

    /// The next event, unless it was seen before.
    fn event(&mut self, name: &'static str, mut data: Value) -> Option<Event> {
        let number = self.sequence;
        self.sequence += 1;
        if self.seen.is_some_and(|seen| number <= seen) {
            return None;
        }
        data["type"] = json!(name);
        data["sequence_number"] = json!(number);
        Some(Event { id: None, name: Some(name), data: data.into() })
    }
}

/// What of `text` has not been told yet. An answer whose beginning was told otherwise, since it
/// grew in rounds, is told whole at its end.
fn rest<'a>(said: Option<&str>, text: &'a str) -> Option<&'a str> {
    match said {
        None => Some(text),
        Some(said) => text.strip_prefix(said).filter(|rest| !rest.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use contracts::ActorId;
    use contracts::kinds::run::Start;
    use contracts::model::{Role, Turn};

    use super::*;

    fn teller() -> Teller {
        let start = Start::new("local/rules", vec![Turn::new(Role::User, "hello")]);
        let run = ActorId::new("r1").unwrap();
        Teller::new(Told { run, start, created: 7, ended: None, stands: Stands::Running }, None)
    }

    /// What is told of an answer that comes in these pieces, behind what was seen before.
    fn told(pieces: &[&str], seen: Option<u64>) -> Vec<Value> {
        let mut teller = Teller { seen, ..teller() };
        let mut all = teller.begin();
        pieces.iter().for_each(|piece| all.extend(teller.text(piece)));
        let answer = Answer { text: pieces.concat(), ..Answer::default() };
        all.extend(teller.end(Stands::Answered(answer.into()), 8));
        all.iter().filter_map(|event| event.data.json().cloned()).collect()
    }

    #[test]
    fn whoever_comes_back_is_told_the_rest_wherever_the_stream_broke_off() {
        let words = |events: &[Value]| -> String {
            events.iter().filter_map(|event| event["delta"].as_str()).collect()
        };
        let first = told(&["Gr", "üezi ", "mitenand"], None);
        for (at, event) in first.iter().enumerate() {
            let (before, seen) = (&first[..=at], event["sequence_number"].as_u64());
            // What is in the log already comes in one piece.
            let rest = told(&["Grüezi mitenand"], seen);
            assert_eq!(words(before) + &words(&rest), "Grüezi mitenand", "behind {seen:?}");
            assert!(rest.iter().all(|event| event["sequence_number"].as_u64() > seen));
            assert_eq!(rest.last().unwrap()["type"], "response.completed", "how it ended is told");
            let names = |events: &[Value]| -> Vec<Value> {
                let others = events.iter().filter(|event| event["delta"].is_null());
                others.map(|event| event["type"].clone()).collect()
            };
            if at + 1 < first.len() {
                assert_eq!([names(before), names(&rest)].concat(), names(&first));
            }
        }
    }

    fn names(events: &[Event]) -> Vec<&'static str> {
        events.iter().filter_map(|event| event.name).collect()
    }

    #[test]
    fn a_text_is_told_as_it_grows_and_whole_at_the_end() {
        let mut teller = teller();
        let mut all = teller.begin();
        all.extend(teller.text("He"));
        all.extend(teller.text("llo"));
        let answer = Answer { text: "Hello!".into(), ..Answer::default() };
        all.extend(teller.end(Stands::Answered(answer.into()), 8));
        assert_eq!(
            names(&all),
            [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.delta",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
            ]
        );
        let data = |at: usize| all[at].data.json().unwrap();
        assert_eq!(data(6)["delta"], "!", "what had not been told");
        assert_eq!(data(10)["response"]["output"][0]["content"][0]["text"], "Hello!");
        let numbers: Vec<_> =
            (0..all.len()).map(|at| data(at)["sequence_number"].clone()).collect();
        assert_eq!(json!(numbers), json!([0, 1, 2, 3, 5, 8, 9, 10, 11, 12, 13]));
    }

    #[test]
    fn calls_and_failures_are_told() {
        let mut one = teller();
        let call = ToolCall { id: "c1".into(), name: "add".into(), arguments: "{}".into() };
        let answer = Answer { calls: vec![call], ..Answer::default() };
        let all = one.end(Stands::Answered(answer.into()), 8);
        assert_eq!(
            names(&all),
            [
                "response.output_item.added",
                "response.function_call_arguments.delta",
                "response.function_call_arguments.done",
                "response.output_item.done",
                "response.completed",
            ]
        );
        let refusal = contracts::Refusal::rejected("model_quota", "used up");
        let all = teller().end(Stands::Failed(refusal), 8);
        assert_eq!(names(&all), ["response.failed"]);
    }
}
