//! A run watched, in the modes of LangGraph. Each event is named by the place in the run from which
//! it is told: whoever comes again with that name is told the rest, and nothing twice.

use std::collections::VecDeque;

use actors::kinds::thread::Entry;
use contracts::kinds::run::{self, Event as Happened};
use contracts::model::{Role, ToolCall, Turn};
use contracts::ports::Flow;
use contracts::view::At;
use contracts::{ActorId, Address, EventRecord, Recorded, Refusal, Timestamp};
use futures_util::{StreamExt as _, stream as flows};
use serde_json::{Value, json};

use super::modes::{Mode, Place};
use super::{messages, state};
use crate::dialects::common::asker::Asker;
use crate::edge::shared::Shared;
use crate::edge::sse::Event;
use crate::edge::standing;
use crate::edge::watch::{self, Seen};

/// What is watched.
pub struct Watched {
    /// The thread.
    pub thread: ActorId,
    /// The run.
    pub run: ActorId,
    /// From which revision on it may end.
    pub from: u64,
    /// What is told.
    pub modes: Vec<Mode>,
    /// What was told before.
    pub after: Option<Place>,
}

/// The events of a run.
///
/// # Errors
/// When it or its thread cannot be read.
pub async fn events(
    shared: &std::sync::Arc<Shared>,
    asker: &Asker,
    watched: Watched,
) -> Result<Flow<Event>, Refusal> {
    let (values, took) = before(shared, asker, &watched).await?;
    let address = Address::new(asker.tenant.clone(), run::KIND, watched.run.clone());
    let seen = watch::actor(shared, address).await?;
    let telling = Telling {
        shared: std::sync::Arc::clone(shared),
        asker: asker.keyless(),
        seen,
        before: values.len(),
        values,
        took,
        turns: 0,
        place: Place::default(),
        grew: 0,
        at: Timestamp::default(),
        said: String::new(),
        began: false,
        ready: VecDeque::new(),
        over: false,
        watched,
    };
    let told = flows::unfold(telling, |mut telling| async move {
        let event = telling.next().await?;
        Some((event, telling))
    });
    let told: Flow<Event> = Box::pin(told);
    Ok(standing::while_standing(told, shared, &asker.identity, |refusal| failed(&refusal)))
}

/// What was said in the thread before a run, whose own messages are told as they come; and how many
/// turns at its beginning are the thread's.
async fn before(
    shared: &Shared,
    asker: &Asker,
    watched: &Watched,
) -> Result<(Vec<Value>, usize), Refusal> {
    let snapshot = state::snapshot(shared, asker, &watched.thread, At::Latest).await?;
    let own = format!("{}-", watched.run);
    let before = snapshot
        .messages
        .into_iter()
        .take_while(|message| !message["id"].as_str().unwrap_or_default().starts_with(&own));
    let took = snapshot.kept.entries.iter().find_map(|entry| match &**entry {
        Entry::Ran { run, took, .. } if *run == watched.run => Some(*took),
        _ => None,
    });
    let took = usize::try_from(took.unwrap_or_default()).unwrap_or_default();
    Ok((before.collect(), took))
}

fn failed(refusal: &Refusal) -> Event {
    let data = json!({ "error": refusal.code, "message": refusal.message });
    Event { id: None, name: Some("error"), data: data.into() }
}

struct Telling {
    shared: std::sync::Arc<Shared>,
    asker: Asker,
    seen: Flow<Result<Seen, Refusal>>,
    watched: Watched,
    /// All messages so far.
    values: Vec<Value>,
    /// How many of them were said before the run.
    before: usize,
    /// Turns at the beginning of the run that are the thread's.
    took: usize,
    /// Turns of the run so far.
    turns: usize,
    place: Place,
    /// The revision at which the answer grew that has come now.
    grew: u64,
    /// When what is told happened.
    at: Timestamp,
    /// The answer that grows.
    said: String,
    began: bool,
    ready: VecDeque<Event>,
    over: bool,
}

impl Telling {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            if !self.began {
                self.began = true;
                self.begin();
                continue;
            }
            match self.seen.next().await? {
                Ok(Seen::Text(text)) => self.text(&text),
                Ok(Seen::Commit(recorded)) => {
                    if let Err(refusal) = self.begun(&recorded).await {
                        self.over = true;
                        return Some(failed(&refusal));
                    }
                    self.committed(&recorded);
                }
                Err(refusal) => {
                    self.over = true;
                    return Some(failed(&refusal));
                }
            }
        }
    }

    /// Where a run has waited for the one before it, that has said more meanwhile.
    async fn begun(&mut self, recorded: &Recorded) -> Result<(), Refusal> {
        if recorded.commit.events.iter().any(|event| event.r#type == "Begun") {
            let (mut values, _) = before(&self.shared, &self.asker, &self.watched).await?;
            let own = self.values.split_off(self.before);
            self.before = values.len();
            values.extend(own);
            self.values = values;
        }
        Ok(())
    }

    fn begin(&mut self) {
        let data = json!({
            "run_id": self.watched.run, "thread_id": self.watched.thread, "attempt": 1,
        });
        if self.watched.after.is_none() {
            let id = Some(self.place.name());
            self.ready.push_back(Event { id, name: Some("metadata"), data: data.into() });
        }
    }

    fn wants(&self, mode: Mode) -> bool {
        self.watched.modes.contains(&mode)
    }

    /// One more event, unless it was told before.
    fn tell(&mut self, name: &'static str, data: Value) {
        self.place.told += 1;
        // What happened before the run went on was told then.
        if self.place.revision < self.watched.from
            || self.watched.after.is_some_and(|after| self.place <= after)
        {
            return;
        }
        let id = Some(self.place.name());
        self.ready.push_back(Event { id, name: Some(name), data: data.into() });
    }

    /// What LangGraph tells beside a message.
    fn about(&self) -> Value {
        json!({
            "run_id": self.watched.run, "thread_id": self.watched.thread,
            "langgraph_node": "agent", "langgraph_step": self.place.revision,
        })
    }

    fn message_id(&self) -> String {
        format!("{}-{}", self.watched.run, self.turns)
    }

    fn text(&mut self, text: &str) {
        self.said.push_str(text);
        let id = self.message_id();
        self.place.bytes = self.said.len() as u64;
        let before = self.watched.after.filter(|it| it.revision == self.place.revision);
        let known = before.map_or(0, |it| usize::try_from(it.bytes).unwrap_or(usize::MAX));
        let begins = self.said.len() - text.len();
        if known >= self.said.len() {
            return;
        }
        // Of a piece that was cut in two the rest is told.
        let text = text.get(known.saturating_sub(begins)..).unwrap_or(text).to_owned();
        if self.wants(Mode::Pieces) {
            let chunk = json!({
                "id": id, "type": "AIMessageChunk", "content": text, "tool_calls": [],
                "tool_call_chunks": [], "additional_kwargs": {}, "response_metadata": {},
            });
            self.grown("messages", json!([chunk, self.about()]));
        }
        if self.wants(Mode::Messages) {
            let whole = Turn::new(Role::Assistant, self.said.clone());
            if begins == 0 {
                self.grown(
                    "messages/metadata",
                    json!({ id.as_str(): { "metadata": self.about() } }),
                );
            }
            self.grown("messages/partial", json!([messages::tell(&whole, &id)]));
        }
        if self.wants(Mode::Events) {
            let chunk = json!({ "id": id, "type": "AIMessageChunk", "content": text });
            let data = json!({ "chunk": chunk });
            self.grown("events", self.event("on_chat_model_stream", &data));
        }
    }

    /// An event of the answer that grows.
    fn grown(&mut self, name: &'static str, data: Value) {
        let id = Some(self.place.name());
        self.ready.push_back(Event { id, name: Some(name), data: data.into() });
    }

    fn event(&self, name: &str, data: &Value) -> Value {
        json!({
            "event": name, "name": "agent", "run_id": self.watched.run, "data": data,
            "metadata": self.about(), "tags": [], "parent_ids": [],
        })
    }

    fn committed(&mut self, recorded: &Recorded) {
        let revision = recorded.commit.revision.0;
        let own = recorded.commit.events.iter();
        if own.clone().all(|it| it.r#type.starts_with(contracts::lifecycle::PREFIX)) {
            return;
        }
        self.grew = self.place.revision;
        self.place = Place { revision, told: 0, bytes: 0 };
        self.at = recorded.commit.at;
        for event in own {
            if let Some(happened) = read(event) {
                self.happened(happened, revision);
            }
        }
    }

    fn happened(&mut self, event: Happened, revision: u64) {
        match event {
            Happened::Started(started) => {
                for (index, turn) in started.run.turns.iter().enumerate() {
                    let id = self.message_id();
                    self.turns += 1;
                    if index >= self.took {
                        self.values.push(messages::tell(turn, &id));
                    }
                }
                self.tell_values();
                if self.wants(Mode::Events) {
                    let data = json!({ "input": { "messages": self.values } });
                    self.tell("events", self.event("on_chain_start", &data));
                }
            }
            Happened::Begun(_) => self.tell_values(),
            Happened::Answered(answered) => {
                let response = answered.response;
                let turn =
                    Turn { calls: response.calls, ..Turn::new(Role::Assistant, response.text) };
                self.answered(&turn);
            }
            Happened::Returned(returned) => {
                let text = format!(
                    "Your answer does not follow the schema: {}. Give the whole answer again, as \
                     JSON that follows it.",
                    returned.reason
                );
                self.add("agent", &Turn::new(Role::User, text));
            }
            Happened::ToolAnswered(answered) => {
                let content = match (&answered.output, &answered.error) {
                    (_, Some(error)) => json!({ "error": error }).to_string(),
                    (Some(Value::String(text)), None) => text.clone(),
                    (Some(value), None) => value.to_string(),
                    (None, None) => String::new(),
                };
                let call = Some(answered.call);
                self.add("tools", &Turn { call, ..Turn::new(Role::Tool, content) });
            }
            Happened::WaitsForTools(waits) => {
                self.interrupted(&waits.calls);
                self.end(revision);
            }
            Happened::Completed(_) => {
                if self.wants(Mode::Events) {
                    let data = json!({ "output": { "messages": self.values } });
                    self.tell("events", self.event("on_chain_end", &data));
                }
                self.end(revision);
            }
            Happened::Failed(failed) => self.fail(&failed.code, &failed.reason, revision),
            Happened::Cancelled(cancelled) => {
                let reason = cancelled.reason.unwrap_or_else(|| "it was cancelled".to_owned());
                self.fail("run_cancelled", &reason, revision);
            }
            Happened::Asked(_)
            | Happened::Recalling(_)
            | Happened::Recalled(_)
            | Happened::ToolsAsked(_)
            | Happened::Resumed(_)
            | Happened::Queued(_)
            | Happened::Joined { .. }
            | Happened::GraphStarted(_)
            | Happened::StepBegun(_)
            | Happened::StepDone(_)
            | Happened::StepFailed(_)
            | Happened::StepSkipped(_)
            | Happened::Reran(_) => {}
        }
    }

    /// It ended without an answer.
    fn fail(&mut self, code: &str, message: &str, revision: u64) {
        self.tell("error", json!({ "error": code, "message": message }));
        self.end(revision);
    }

    /// What the model said in a round, whole.
    fn answered(&mut self, turn: &Turn) {
        let (said, id) = (std::mem::take(&mut self.said), self.message_id());
        let whole = messages::tell(turn, &id);
        if self.wants(Mode::Pieces) {
            // What was told of it before, here or to whoever comes again.
            let before = self.watched.after.filter(|it| it.revision == self.grew);
            let before = before.and_then(|it| usize::try_from(it.bytes).ok()).unwrap_or(0);
            let known = if turn.content.starts_with(&said) { said.len() } else { 0 };
            let rest = turn.content.get(known.max(before)..).unwrap_or_default();
            let calls: Vec<_> = turn.calls.iter().map(messages::call).collect();
            let chunk = json!({
                "id": id, "type": "AIMessageChunk", "content": rest, "tool_calls": calls,
                "tool_call_chunks": [], "additional_kwargs": {}, "response_metadata": {},
                "chunk_position": "last",
            });
            self.tell("messages", json!([chunk, self.about()]));
        }
        if self.wants(Mode::Messages) {
            if said.is_empty() {
                let about = json!({ id.as_str(): { "metadata": self.about() } });
                self.tell("messages/metadata", about);
            }
            self.tell("messages/complete", json!([whole]));
        }
        if self.wants(Mode::Events) {
            let data = json!({ "output": whole });
            self.tell("events", self.event("on_chat_model_end", &data));
        }
        self.add("agent", turn);
    }

    /// One more message, which a node has added.
    fn add(&mut self, node: &'static str, turn: &Turn) {
        let told = messages::tell(turn, &self.message_id());
        self.turns += 1;
        self.values.push(told.clone());
        if self.wants(Mode::Updates) {
            self.tell("updates", json!({ node: { "messages": [told] } }));
        }
        if self.wants(Mode::Debug) {
            self.debug(node, &told);
        }
        self.tell_values();
    }

    /// What a step has done, and the state that it leaves.
    fn debug(&mut self, node: &str, told: &Value) {
        let (step, at) = (self.place.revision, self.at);
        let result = json!({
            "type": "task_result", "step": step, "timestamp": at,
            "payload": {
                "id": self.message_id(), "name": node, "error": null,
                "result": [["messages", [told]]], "interrupts": [],
            },
        });
        self.tell("debug", result);
        let state = json!({
            "type": "checkpoint", "step": step, "timestamp": at,
            "payload": {
                "values": { "messages": self.values }, "metadata": { "step": step },
                "next": [], "tasks": [],
                "config": { "configurable": { "thread_id": self.watched.thread } },
            },
        });
        self.tell("debug", state);
    }

    fn tell_values(&mut self) {
        if self.wants(Mode::Values) {
            self.tell("values", json!({ "messages": self.values }));
        }
    }

    fn interrupted(&mut self, calls: &[ToolCall]) {
        let waits: Vec<_> = calls.iter().map(state::interrupt).collect();
        if self.wants(Mode::Updates) {
            self.tell("updates", json!({ "__interrupt__": waits }));
        }
        if self.wants(Mode::Values) {
            let told = json!({ "messages": self.values, "__interrupt__": waits });
            self.tell("values", told);
        }
    }

    /// The end, unless it is one that the run has gone on from.
    fn end(&mut self, revision: u64) {
        if revision >= self.watched.from {
            self.over = true;
            self.tell("end", Value::Null);
        }
    }
}

fn read(record: &EventRecord) -> Option<Happened> {
    contracts::read::tagged(("type", &record.r#type), ("data", &record.data)).ok()
}
