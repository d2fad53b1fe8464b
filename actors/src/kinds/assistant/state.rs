//! What an assistant is.

use std::sync::Arc;

use contracts::decider::EventContext;
use contracts::kinds::assistant::{Define, Event};
use contracts::{ActorId, CommandId, Revision};
use serde::{Deserialize, Serialize};

/// What a fold of the events leads to. Earlier versions stand in the log: the state as of the
/// revision of a version holds it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The version in force; 0 = it was never defined.
    pub version: u32,
    /// The revision that brought it.
    pub revision: Revision,
    /// What its runs are made of.
    pub definition: Option<Arc<Define>>,
    /// Whether nobody may ask it.
    pub retired: bool,
    /// Questions that wait for their answers.
    pub waiting: Vec<Waiting>,
    /// How often it was asked.
    pub asked: u64,
}

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The run that makes it.
    pub run: ActorId,
    /// The command that waits for it; none in a fork.
    pub command: Option<CommandId>,
}

impl State {
    /// The assistant after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: &EventContext) -> Self {
        match event {
            Event::Defined(defined) => {
                (self.version, self.revision) = (defined.version, at.revision);
                self.definition = Some(Arc::new(defined.definition.clone()));
                self.retired = false;
            }
            Event::Asked(asked) => {
                self.asked += 1;
                let (run, command) = (asked.run.clone(), Some(asked.command));
                self.waiting.push(Waiting { run, command });
            }
            Event::Answered(answered) => self.waiting.retain(|it| it.run != answered.run),
            Event::Failed(failed) => self.waiting.retain(|it| it.run != failed.run),
            Event::Retired {} => self.retired = true,
            Event::Restored {} => self.retired = false,
        }
        self
    }
}
