use std::sync::Arc;

use contracts::kinds::thread::{Asked, Event, Extend, Metadata};
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
}

/// One place in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Somebody said something.
    Said(Turn),
    /// A run answers.
    Ran {
        /// Which.
        run: ActorId,
        /// How many turns at the beginning of its own were said here.
        took: u64,
        /// When it was written down.
        at: Timestamp,
    },
}

impl State {
    /// The thread after `event`, which happened `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        match event {
            Event::Opened(open) => {
                self.at = Some(at);
                self.metadata = open.metadata.clone();
                self.notes.clone_from(&open.notes);
                self.say(&open.turns);
            }
            Event::Appended(append) => self.say(&append.turns),
            Event::Extended(Extend { run, took, .. }) => {
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

/// What a turn takes of a thread's room, in bytes.
#[must_use]
pub fn size(turn: &Turn) -> usize {
    let calls =
        turn.calls.iter().map(|call| call.arguments.len() + call.name.len() + call.id.len());
    turn.content.len() + calls.sum::<usize>() + 64
}
