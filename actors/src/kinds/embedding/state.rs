use contracts::CommandId;
use contracts::kinds::embedding::{Event, Made};
use serde::{Deserialize, Serialize};

/// What an embedding is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Which model was asked.
    pub model: Option<String>,
    /// What it made.
    pub made: Option<Made>,
    /// Why it failed: a stable code.
    pub code: Option<String>,
    /// The same in a sentence.
    pub reason: Option<String>,
    /// The command that waits for it.
    pub command: Option<CommandId>,
}

impl State {
    /// The embedding after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event) -> Self {
        match event {
            Event::Asked { command, make } => {
                self.model = Some(make.model.clone());
                self.command = Some(*command);
            }
            Event::Made(made) => {
                self.made = Some(made.clone());
                self.command = None;
            }
            Event::Failed { code, reason } => {
                self.code = Some(code.clone());
                self.reason = Some(reason.clone());
                self.command = None;
            }
        }
        self
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.made.is_some() || self.code.is_some()
    }
}
