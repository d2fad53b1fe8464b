//! A task watched: first all of it, as it is, and from there on whatever happens. Whoever comes
//! again after a cut is told the whole task, and of an answer that grows all of it so far.

use std::collections::VecDeque;

use actors::a2a::{State, Task, Update, text_part};
use contracts::lifecycle::PREFIX;
use contracts::ports::Flow;
use contracts::{ActorId, Recorded, Refusal, RefusalClass, Revision};
use futures_util::{StreamExt as _, stream as flows};
use serde_json::{Value, json};

use super::desk::{Desk, task_named};
use crate::dialects::common::fields::Fields;
use crate::edge::standing;
use crate::edge::watch::{self, Seen};

/// `SubscribeToTask`.
///
/// # Errors
/// `actor_not_found`; `run_over` for a task of which nothing more will be told.
pub async fn subscribe(
    desk: Desk,
    mut params: Fields,
) -> Result<Flow<Result<Value, Refusal>>, Refusal> {
    let id = task_named(&mut params, "id")?;
    let task = desk.task(id.clone()).await?;
    if task.state.is_over() {
        let message = "the task is over: GetTask tells all of it";
        return Err(Refusal::new(RefusalClass::Conflict, "run_over", message));
    }
    watched(&desk, id, From { revision: task.revision, messages: None, patient: true }).await
}

/// What of a task is told.
#[derive(Debug, Clone, Copy)]
pub struct From {
    /// The revision as of which the whole task is told, and after it whatever happens.
    pub revision: Revision,
    /// How many messages of it; `None` = all.
    pub messages: Option<usize>,
    /// Whether the stream goes on while the task waits for its caller's tools: somebody else may
    /// answer.
    pub patient: bool,
}

/// A task, and what happens to it.
///
/// # Errors
/// When the run cannot be read.
pub async fn watched(
    desk: &Desk,
    run: ActorId,
    from: From,
) -> Result<Flow<Result<Value, Refusal>>, Refusal> {
    let seen = watch::actor(&desk.shared, desk.run(run.clone())).await?;
    let watching = Watching {
        seen,
        task: Task::new(run),
        from,
        shown: false,
        said: String::new(),
        ready: VecDeque::new(),
        over: false,
    };
    let told = flows::unfold(watching, |mut watching| async move {
        let next = watching.next().await?;
        Some((next, watching))
    });
    let told: Flow<Result<Value, Refusal>> = Box::pin(told);
    Ok(standing::while_standing(told, &desk.shared, &desk.asker.identity, Err))
}

struct Watching {
    seen: Flow<Result<Seen, Refusal>>,
    task: Task,
    from: From,
    shown: bool,
    /// What was told of the answer that grows.
    said: String,
    ready: VecDeque<Value>,
    over: bool,
}

impl Watching {
    async fn next(&mut self) -> Option<Result<Value, Refusal>> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(Ok(ready));
            }
            if self.over {
                return None;
            }
            match self.seen.next().await? {
                Ok(Seen::Text(text)) => self.text(&text),
                Ok(Seen::Commit(recorded)) => self.committed(&recorded),
                Err(refusal) => {
                    self.over = true;
                    return Some(Err(refusal));
                }
            }
        }
    }

    /// More of the answer that grows. One that must follow a schema is told when it is whole.
    fn text(&mut self, text: &str) {
        if self.task.is_whole() {
            return;
        }
        let (append, piece) = (!self.said.is_empty(), artifact(&self.task.artifact(), text));
        self.said.push_str(text);
        if !self.shown {
            return;
        }
        self.ready.push_back(self.task.artifact_update(&piece, append, false));
    }

    fn committed(&mut self, recorded: &Recorded) {
        let updates = self.task.take(recorded);
        // That it is attempted, or held, changes nothing in what was said.
        let goes_on = recorded.commit.events.iter().all(|it| it.r#type.starts_with(PREFIX));
        let said = if goes_on { String::new() } else { std::mem::take(&mut self.said) };
        if recorded.commit.revision < self.from.revision {
            return;
        }
        if !self.shown {
            self.shown = true;
            self.ready.push_back(json!({ "task": self.task.to_json(self.from.messages, true) }));
            if !self.said.is_empty() {
                let piece = artifact(&self.task.artifact(), &self.said);
                self.ready.push_back(self.task.artifact_update(&piece, false, false));
            }
        } else {
            for update in updates {
                let told = match update {
                    Update::Status => self.task.status_update(),
                    Update::Artifact(whole) => self.rest(&whole, &said),
                };
                self.ready.push_back(told);
            }
        }
        // Of one that waits for its caller's tools nothing is told before they have answered.
        let waits = !self.from.patient
            && self.task.state == State::InputRequired
            && !self.task.calls.is_empty();
        self.over = self.task.state.is_over() || waits;
    }

    /// What of an artifact was not told while it grew.
    fn rest(&self, whole: &Value, said: &str) -> Value {
        let text = whole["parts"][0]["text"].as_str();
        match text.and_then(|text| text.strip_prefix(said)).filter(|_| !said.is_empty()) {
            Some(rest) => {
                let name = whole["artifactId"].as_str().unwrap_or_default();
                self.task.artifact_update(&artifact(name, rest), true, true)
            }
            None => self.task.artifact_update(whole, false, true),
        }
    }
}

fn artifact(name: &str, text: &str) -> Value {
    json!({ "artifactId": name, "name": "answer", "parts": [text_part(text)] })
}
