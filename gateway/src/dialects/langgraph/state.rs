//! The state of a thread: its messages, what runs in it, and what it waits for, now and as of any
//! of its revisions. A checkpoint is a revision of the thread.

use std::sync::Arc;

use actors::kinds::thread::Entry;
use contracts::kinds::run::{self, Status};
use contracts::kinds::thread;
use contracts::model::{ToolCall, Turn};
use contracts::view::{At, StateView};
use contracts::{ActorId, Address, Refusal, RefusalClass, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::messages;
use crate::dialects::common::asker::Asker;
use crate::edge::shared::Shared;

/// A thread, as its state is read.
#[derive(Debug, Clone, Deserialize)]
pub struct Kept {
    /// When it began.
    pub at: Timestamp,
    /// What was said and what answered, in order.
    pub entries: Vec<Arc<Entry>>,
    /// What this dialect keeps with it.
    #[serde(default)]
    pub notes: Option<Value>,
    /// The caller's own notes, as other interfaces have them.
    #[serde(default)]
    pub metadata: Value,
    /// The revision that it went back to with its last change.
    #[serde(default)]
    pub parent: Option<u64>,
    /// Runs that stand on branches that it has left.
    #[serde(default)]
    pub aside: Vec<ActorId>,
}

impl Kept {
    /// All its runs: those that led to what it is, then those of other branches.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = &ActorId> {
        let here = self.entries.iter().filter_map(|entry| match &**entry {
            Entry::Ran { run, .. } => Some(run),
            Entry::Said(_) => None,
        });
        self.aside.iter().chain(here)
    }

    /// Whether this interface knows a run no more.
    #[must_use]
    pub fn hides(&self, run: &ActorId) -> bool {
        let hidden = self.notes.as_ref().and_then(|notes| notes["runs_deleted"].as_array());
        hidden.is_some_and(|hidden| hidden.iter().any(|it| *it == run.as_str()))
    }
}

/// A run, as its state is read.
#[derive(Debug, Clone, Deserialize)]
pub struct Ran {
    /// Where it stands.
    pub status: Status,
    /// What was said in it.
    #[serde(default)]
    pub turns: Vec<Turn>,
    /// The calls of its last answer.
    #[serde(default)]
    calls: Vec<Called>,
    /// Why it failed: a stable code.
    #[serde(default)]
    pub code: Option<String>,
    /// The same in a sentence.
    #[serde(default)]
    pub reason: Option<String>,
    /// What was asked.
    #[serde(default)]
    pub run: Option<run::Start>,
}

#[derive(Debug, Clone, Deserialize)]
struct Called {
    call: ToolCall,
    owner: String,
    answered: bool,
}

impl Ran {
    /// The calls that it waits for.
    pub fn waits_for(&self) -> Vec<&ToolCall> {
        let open = self.calls.iter().filter(|it| it.owner == "caller" && !it.answered);
        if self.status == Status::Waiting { open.map(|it| &it.call).collect() } else { Vec::new() }
    }

    /// What it waits for, as interrupts.
    #[must_use]
    pub fn interrupts(&self) -> Vec<Value> {
        self.waits_for().into_iter().map(interrupt).collect()
    }
}

/// A call that somebody is to answer, as an interrupt.
#[must_use]
pub fn interrupt(call: &ToolCall) -> Value {
    json!({ "id": call.id, "value": messages::call(call), "when": "during", "resumable": true })
}

/// A thread at one of its revisions, with what its runs have said by now.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Which thread.
    pub id: ActorId,
    /// The revision, its time.
    pub view: (u64, Timestamp),
    /// The thread.
    pub kept: Kept,
    /// All messages.
    pub messages: Vec<Value>,
    /// The last run, and its name.
    pub last: Option<(ActorId, Ran)>,
}

/// There is no such thread.
#[must_use]
pub fn unknown() -> Refusal {
    Refusal::not_found("actor_not_found", "there is no such thread")
}

/// The thread, for who may read it; one that was deleted is none.
///
/// # Errors
/// `actor_not_found`, `forbidden`.
pub async fn view(
    shared: &Shared,
    asker: &Asker,
    id: &ActorId,
    at: At,
) -> Result<(StateView, Kept), Refusal> {
    asker.ensure(shared, (&thread::KIND, "read"), Some(id))?;
    let address = Address::new(asker.tenant.clone(), thread::KIND, id.clone());
    let view = match shared.edge.history.state(&address, at).await {
        Ok(view) => view,
        Err(refusal) if refusal.class == RefusalClass::NotFound => return Err(unknown()),
        Err(refusal) => return Err(refusal),
    };
    let kept: Kept = contracts::read::from_ref(&view.state)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    if kept.notes.as_ref().is_some_and(|notes| notes["deleted"] == true) {
        return Err(unknown());
    }
    Ok((view, kept))
}

/// A run of the caller's tenant; `None` = it has not begun.
///
/// # Errors
/// The log's.
pub async fn run(shared: &Shared, asker: &Asker, id: &ActorId) -> Result<Option<Ran>, Refusal> {
    let address = Address::new(asker.tenant.clone(), run::KIND, id.clone());
    let Some(view) = shared.kept(&address).await? else { return Ok(None) };
    let ran = contracts::read::from_value(view.state);
    ran.map(Some).map_err(|error| Refusal::internal(error.to_string()))
}

/// The messages of a run behind the `took` that were said in its thread before.
pub fn said(run: &ActorId, ran: &Ran, took: u64) -> Vec<Value> {
    let turns = ran.turns.iter().enumerate().skip(usize::try_from(took).unwrap_or(usize::MAX));
    turns.map(|(index, turn)| messages::tell(turn, &format!("{run}-{index}"))).collect()
}

/// The thread at a revision, whole.
///
/// # Errors
/// `actor_not_found`, `forbidden`.
pub async fn snapshot(
    shared: &Shared,
    asker: &Asker,
    id: &ActorId,
    at: At,
) -> Result<Snapshot, Refusal> {
    let (view, kept) = view(shared, asker, id, at).await?;
    let (mut told, mut last) = (Vec::new(), None);
    for (index, entry) in kept.entries.iter().enumerate() {
        match &**entry {
            Entry::Said(turn) => told.push(messages::tell(turn, &format!("{id}-{index}"))),
            Entry::Ran { run: name, took, .. } => {
                let Some(ran) = run(shared, asker, name).await? else { continue };
                told.extend(said(name, &ran, *took));
                last = Some((name.clone(), ran));
            }
        }
    }
    let id = id.clone();
    Ok(Snapshot { id, view: (view.revision.0, view.at), kept, messages: told, last })
}

impl Snapshot {
    /// How the thread stands: `idle`, `busy`, `interrupted` or `error`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self.last.as_ref().map(|(_, ran)| ran.status) {
            Some(Status::Running | Status::Queued) => "busy",
            Some(Status::Waiting) => "interrupted",
            Some(Status::Failed) => "error",
            _ => "idle",
        }
    }

    /// Its values.
    #[must_use]
    pub fn values(&self) -> Value {
        json!({ "messages": self.messages })
    }

    fn interrupts(&self) -> Vec<Value> {
        self.last.as_ref().map(|(_, ran)| ran.interrupts()).unwrap_or_default()
    }

    fn checkpoint(&self, revision: u64) -> Value {
        json!({
            "thread_id": self.id, "checkpoint_ns": "", "checkpoint_id": revision.to_string(),
            "checkpoint_map": {},
        })
    }

    /// What was kept with it by this dialect.
    #[must_use]
    pub fn metadata(&self) -> Value {
        let notes = self.kept.notes.as_ref().map(|notes| notes["metadata"].clone());
        notes.filter(Value::is_object).unwrap_or_else(|| match &self.kept.metadata {
            Value::Object(_) => self.kept.metadata.clone(),
            _ => json!({}),
        })
    }

    /// The thread.
    #[must_use]
    pub fn thread(&self) -> Value {
        let interrupts = self.interrupts();
        let interrupts = match &self.last {
            Some((run, _)) if !interrupts.is_empty() => json!({ run.as_str(): interrupts }),
            _ => json!({}),
        };
        json!({
            "thread_id": self.id, "created_at": self.kept.at, "updated_at": self.view.1,
            "metadata": self.metadata(), "status": self.status(), "values": self.values(),
            "interrupts": interrupts, "config": {}, "error": self.error(),
        })
    }

    fn error(&self) -> Value {
        let failed = self.last.as_ref().filter(|(_, ran)| ran.status == Status::Failed);
        failed.map_or(Value::Null, |(_, ran)| json!(ran.reason))
    }

    /// Its state at this checkpoint.
    #[must_use]
    pub fn state(&self) -> Value {
        let (revision, at) = self.view;
        let interrupts = self.interrupts();
        let next: &[&str] = match self.status() {
            "busy" => &["agent"],
            "interrupted" => &["tools"],
            _ => &[],
        };
        let tasks = next.iter().filter_map(|name| {
            let (run, _) = self.last.as_ref()?;
            Some(json!({
                "id": run, "name": name, "error": null, "interrupts": interrupts,
                "checkpoint": null, "state": null, "result": null, "path": ["__pregel_pull", name],
            }))
        });
        json!({
            "values": self.values(),
            "next": next,
            "tasks": tasks.collect::<Vec<_>>(),
            "checkpoint": self.checkpoint(revision),
            "metadata": { "source": "loop", "step": revision, "thread_id": self.id },
            "created_at": at,
            "parent_checkpoint": self.kept.parent.or(revision.checked_sub(1))
                .filter(|before| *before > 0)
                .map(|before| self.checkpoint(before)),
            "interrupts": interrupts,
        })
    }
}
