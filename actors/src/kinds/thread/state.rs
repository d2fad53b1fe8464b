use std::collections::BTreeSet;
use std::sync::Arc;

use contracts::kinds::thread::{Asked, Back, Entry, Event, Extend, Metadata};
use contracts::model::Turn;
use contracts::{ActorId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a thread is. The entries stand behind `Arc`, so that a copy is cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// When it began.
    pub at: Option<Timestamp>,
    /// What was said and what answered, in order.
    pub entries: Vec<Arc<Entry>>,
    /// Bytes of what was said.
    pub bytes: usize,
    /// The caller's own notes.
    pub metadata: Metadata,
    /// What other interfaces keep with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Value>,
    /// The revision that it went back to with its last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// Runs that stand on branches that it has left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<ActorId>,
}

impl State {
    /// The thread after `event`, which happened `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        self.parent = None;
        match event {
            Event::Opened(open) => {
                self.at = Some(at);
                self.metadata = open.metadata.clone();
                self.notes.clone_from(&open.notes);
                self.say(&open.turns);
            }
            Event::Appended(append) => {
                self.go_back(append.back.as_ref());
                self.say(&append.turns);
            }
            Event::Extended(Extend { run, took, back, .. }) => {
                self.go_back(back.as_ref());
                let entry = Entry::Ran { run: run.clone(), took: *took, at };
                self.entries.push(Arc::new(entry));
            }
            Event::Asked(Asked { run, took, .. }) => {
                let entry = Entry::Ran { run: run.clone(), took: *took, at };
                self.entries.push(Arc::new(entry));
            }
            Event::Doubted { .. } => {}
            Event::Withdrawn { runs } => {
                let gone = |it: &Entry| matches!(it, Entry::Ran { run, .. } if runs.contains(run));
                self.entries.retain(|entry| !gone(entry));
            }
            Event::Noted(note) => {
                self.metadata = note.metadata.clone();
                self.notes = note.notes.clone().or(self.notes);
            }
        }
        self
    }

    fn go_back(&mut self, back: Option<&Back>) {
        let Some(back) = back else { return };
        self.parent = back.to;
        let left = self.entries.split_off(self.length(back.keep));
        self.entries.extend(back.then.iter().cloned().map(Arc::new));
        if back.to.is_some() {
            let left = left.iter().filter_map(|entry| run_of(entry));
            self.aside.extend(left.cloned());
        }
        let entries = self.entries.iter();
        let here: BTreeSet<_> = entries.filter_map(|entry| run_of(entry)).collect();
        self.aside.retain(|run| !here.contains(run));
        let said = self.entries.iter().map(|entry| match &**entry {
            Entry::Said(turn) => size(turn),
            Entry::Ran { .. } => 0,
        });
        self.bytes = said.sum();
    }

    /// So many entries, at most those that there are.
    fn length(&self, entries: u64) -> usize {
        usize::try_from(entries).unwrap_or(usize::MAX).min(self.entries.len())
    }

    fn say(&mut self, turns: &[Turn]) {
        for turn in turns {
            self.bytes += size(turn);
            self.entries.push(Arc::new(Entry::Said(turn.clone())));
        }
    }

    /// Whether `run` stands in it.
    #[must_use]
    pub fn has(&self, run: &ActorId) -> bool {
        self.entries.iter().any(|it| matches!(&**it, Entry::Ran { run: known, .. } if known == run))
    }
}

fn run_of(entry: &Entry) -> Option<&ActorId> {
    match entry {
        Entry::Ran { run, .. } => Some(run),
        Entry::Said(_) => None,
    }
}

/// What a turn takes of a thread's room, in bytes.
#[must_use]
pub fn size(turn: &Turn) -> usize {
    let calls =
        turn.calls.iter().map(|call| call.arguments.len() + call.name.len() + call.id.len());
    turn.content.len() + calls.sum::<usize>() + 64
}
