//! A task: the fold of a run's commits.

use std::collections::BTreeMap;

use contracts::kinds::run::{Answered, Event, Failed, Started, ToolAnswered, WaitsForTools};
use contracts::lifecycle;
use contracts::model::ToolCall;
use contracts::{ActorId, EffectId, EventRecord, Recorded, Revision, Timestamp, read};
use serde_json::{Value, json};

use super::words::{State, data_part, message, text_part};
use super::{CONTEXT, MESSAGE, OF_THREAD};

/// A run as a task, as far as its commits were taken.
#[derive(Debug, Clone)]
pub struct Task {
    /// Which run: the task's id.
    pub run: ActorId,
    /// The conversation that it belongs to.
    pub context: Option<String>,
    /// The last commit that was taken.
    pub revision: Revision,
    /// Where it stands.
    pub state: State,
    /// The calls that it waits for its caller's tools to answer.
    pub calls: Vec<ToolCall>,
    /// The calls that it waited for last, answered or not.
    waited: Vec<ToolCall>,
    note: Option<Value>,
    at: Timestamp,
    begun: bool,
    schema: bool,
    round: u32,
    artifacts: Vec<Value>,
    history: Vec<Value>,
    /// The last answer of a run that must follow a schema: it may still be sent back.
    unsettled: Option<Value>,
    held: BTreeMap<EffectId, Value>,
}

/// What a commit tells whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// It stands elsewhere.
    Status,
    /// An artifact is whole.
    Artifact(Value),
}

impl Task {
    /// The task of `run`, of which nothing is known yet.
    #[must_use]
    pub fn new(run: ActorId) -> Self {
        let of_thread = run.as_str().strip_prefix(OF_THREAD).and_then(|it| it.rsplit_once(':'));
        let context = of_thread.map(|(thread, _)| thread.to_owned());
        Self {
            run,
            context,
            revision: Revision::default(),
            state: State::Submitted,
            calls: Vec::new(),
            waited: Vec::new(),
            note: None,
            at: Timestamp::from_millis(0),
            begun: false,
            schema: false,
            round: 0,
            artifacts: Vec::new(),
            history: Vec::new(),
            unsettled: None,
            held: BTreeMap::new(),
        }
    }

    /// Whether the run has begun.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.begun
    }

    /// Whether its words are final only at its end, since they must follow a schema.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.schema
    }

    /// The name of the artifact that grows now.
    #[must_use]
    pub fn artifact(&self) -> String {
        format!("answer-{}", self.round.max(1))
    }

    /// Takes a commit of the run, and says what is new.
    pub fn take(&mut self, recorded: &Recorded) -> Vec<Update> {
        let commit = &recorded.commit;
        self.revision = commit.revision;
        let before = (self.state, self.note.clone());
        let mut updates = Vec::new();
        for (index, event) in commit.events.iter().enumerate() {
            let name = format!("{}-{}-{index}", self.run, commit.revision);
            updates.extend(self.happened(event, &name));
        }
        if before != (self.state, self.note.clone()) {
            self.at = commit.at;
            updates.push(Update::Status);
        }
        updates
    }

    fn happened(&mut self, record: &EventRecord, name: &str) -> Option<Update> {
        if let Some(event) = lifecycle::Event::from_record(record) {
            self.lifecycle(event);
            return None;
        }
        let event = read::tagged(("type", &record.r#type), ("data", &record.data));
        match event.ok()? {
            Event::Started(started) => self.started(&started, name),
            Event::Asked(asked) => {
                self.round = asked.round;
                self.stands(State::Working, None);
            }
            Event::Answered(answered) => return self.answered(&answered),
            Event::Returned(_) => self.unsettled = None,
            Event::Recalling(_) => self.stands(State::Working, None),
            Event::ToolsAsked(_) | Event::Recalled(_) | Event::Begun(_) | Event::Joined { .. } => {}
            Event::Queued(_) => self.stands(State::Submitted, None),
            Event::ToolAnswered(answered) => self.tool_answered(&answered, name),
            Event::WaitsForTools(waits) => self.waits(waits, name),
            Event::Resumed(_) | Event::GraphStarted(_) | Event::Reran(_) => {
                self.stands(State::Working, None);
            }
            Event::StepBegun(_)
            | Event::StepDone(_)
            | Event::StepFailed(_)
            | Event::StepSkipped(_) => {}
            Event::Completed(_) => {
                self.stands(State::Completed, None);
                let artifact = self.unsettled.take()?;
                self.artifacts.push(artifact.clone());
                return Some(Update::Artifact(artifact));
            }
            Event::Failed(Failed { code, reason }) => {
                let parts = vec![text_part(&reason), data_part(&json!({ "code": code }))];
                self.says(State::of_failure(&code), parts, name);
            }
            Event::Cancelled(cancelled) => {
                let parts: Vec<_> = cancelled.reason.iter().map(|it| text_part(it)).collect();
                match parts.is_empty() {
                    true => self.stands(State::Canceled, None),
                    false => self.says(State::Canceled, parts, name),
                }
            }
        }
        None
    }

    fn stands(&mut self, state: State, note: Option<Value>) {
        (self.state, self.note) = (state, note);
    }

    /// It stands elsewhere, and says why.
    fn says(&mut self, state: State, parts: Vec<Value>, name: &str) {
        let mut said = json!({ "messageId": name, "role": "ROLE_AGENT", "parts": parts });
        self.place(&mut said);
        self.stands(state, Some(said));
    }

    /// Says of a message to which task it belongs.
    fn place(&self, message: &mut Value) {
        message["taskId"] = json!(self.run);
        if let Some(context) = &self.context {
            message["contextId"] = json!(context);
        }
    }

    fn started(&mut self, started: &Started, name: &str) {
        let run = &started.run;
        self.begun = true;
        self.schema = run.schema.is_some();
        self.context = self.context.take().or_else(|| run.metadata.get(CONTEXT).cloned());
        let last = run.turns.len().saturating_sub(1);
        for (place, turn) in run.turns.iter().enumerate() {
            let named = run.metadata.get(MESSAGE).filter(|_| place == last);
            let id = named.cloned().unwrap_or_else(|| format!("{name}-{place}"));
            if let Some(mut said) = message(turn, &id) {
                self.place(&mut said);
                self.history.push(said);
            }
        }
    }

    fn answered(&mut self, answered: &Answered) -> Option<Update> {
        let response = &answered.response;
        let part = match &response.value {
            Some(value) if self.schema => data_part(value),
            _ => text_part(&response.text),
        };
        let name = self.artifact();
        let artifact = json!({ "artifactId": name, "name": "answer", "parts": [part] });
        if self.schema {
            self.unsettled = Some(artifact);
            return None;
        }
        if response.text.is_empty() {
            return None;
        }
        self.artifacts.push(artifact.clone());
        Some(Update::Artifact(artifact))
    }

    fn waits(&mut self, waits: WaitsForTools, name: &str) {
        let called = waits.calls.iter().map(|call| {
            let arguments = serde_json::from_str::<Value>(&call.arguments);
            let arguments = arguments.unwrap_or_else(|_| json!(call.arguments));
            json!({ "call": call.id, "name": call.name, "arguments": arguments })
        });
        let called: Vec<_> = called.collect();
        self.calls = waits.calls;
        self.waited.clone_from(&self.calls);
        let names: Vec<_> = self.calls.iter().map(|it| it.name.as_str()).collect();
        let text = format!("Waits for what your tools answer: {}.", names.join(", "));
        let parts = vec![text_part(&text), data_part(&json!({ "calls": called }))];
        self.says(State::InputRequired, parts, name);
        self.history.extend(self.note.clone());
    }

    /// What the caller's tools answered, as what the caller said.
    fn tool_answered(&mut self, answered: &ToolAnswered, name: &str) {
        let waited = self.calls.iter().position(|it| it.id == answered.call);
        let Some(place) = waited else { return };
        self.calls.remove(place);
        let mut output = json!({ "call": answered.call });
        match &answered.error {
            Some(error) => output["error"] = json!(error.message),
            None => output["output"] = answered.output.clone().unwrap_or_default(),
        }
        let parts = [data_part(&json!({ "outputs": [output] }))];
        let mut said = json!({ "messageId": name, "role": "ROLE_USER", "parts": parts });
        self.place(&mut said);
        self.history.push(said);
    }

    /// What the runtime says of effects that wait for a yes.
    fn lifecycle(&mut self, event: lifecycle::Event) {
        use lifecycle::Event as Told;
        match event {
            Told::EffectPaused { effect, awaits: Some(awaited), .. } => {
                let told = json!({
                    "approval": awaited.approval, "hash": awaited.hash, "rule": awaited.rule,
                });
                self.held.insert(effect, told);
            }
            Told::EffectResumed { effect, .. }
            | Told::EffectCancelled { effect, .. }
            | Told::EffectConcluded { effect, .. } => {
                if self.held.remove(&effect).is_none() {
                    return;
                }
            }
            _ => return,
        }
        if self.state.is_over() || !self.calls.is_empty() {
            return;
        }
        let Some(last) = self.held.values().next_back() else {
            return self.stands(State::Working, None);
        };
        let text = text_part("Waits for somebody's yes to what a tool is about to do.");
        let name = format!("{}-held-{}", self.run, last["hash"].as_str().unwrap_or_default());
        let parts = vec![text, data_part(last)];
        self.says(State::InputRequired, parts, &name);
    }

    /// The calls that it waits for its caller's tools to answer, or waited for last: whoever comes
    /// again with an answer means those.
    #[must_use]
    pub fn waited(&self) -> &[ToolCall] {
        &self.waited
    }

    /// When it came to where it stands.
    #[must_use]
    pub const fn changed_at(&self) -> Timestamp {
        self.at
    }

    /// The approvals that it waits for.
    #[must_use]
    pub fn approvals(&self) -> Vec<&Value> {
        self.held.values().collect()
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> Value {
        let mut status = json!({ "state": self.state.as_str(), "timestamp": self.at });
        if let Some(note) = &self.note {
            status["message"] = note.clone();
        }
        status
    }

    /// The whole task: with its artifacts or without, and at most so many of the last messages.
    #[must_use]
    pub fn to_json(&self, messages: Option<usize>, artifacts: bool) -> Value {
        let mut told = json!({ "id": self.run, "status": self.status() });
        if let Some(context) = &self.context {
            told["contextId"] = json!(context);
        }
        if artifacts {
            told["artifacts"] = json!(self.artifacts);
        }
        let skip = self.history.len().saturating_sub(messages.unwrap_or(usize::MAX));
        if messages != Some(0) {
            told["history"] = json!(self.history[skip..]);
        }
        told["metadata"] = json!({ "cambium": { "run": self.run, "revision": self.revision } });
        told
    }

    /// A status, as whoever watches is told.
    #[must_use]
    pub fn status_update(&self) -> Value {
        let mut told = json!({ "taskId": self.run, "status": self.status() });
        if let Some(context) = &self.context {
            told["contextId"] = json!(context);
        }
        json!({ "statusUpdate": told })
    }

    /// A piece of an artifact, as whoever watches is told.
    #[must_use]
    pub fn artifact_update(&self, artifact: &Value, append: bool, last: bool) -> Value {
        let mut told = json!({
            "taskId": self.run, "artifact": artifact, "append": append, "lastChunk": last,
        });
        if let Some(context) = &self.context {
            told["contextId"] = json!(context);
        }
        json!({ "artifactUpdate": told })
    }
}
