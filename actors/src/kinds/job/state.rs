use contracts::kinds::job::Event;
use contracts::{CommandId, Queue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a job is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Where it stands.
    pub status: Status,
    /// Where it waits, or waited, for a worker.
    pub queue: Option<Queue>,
    /// What the worker made.
    pub output: Option<Value>,
    /// Why it failed: a stable code.
    pub code: Option<String>,
    /// The same in a sentence.
    pub reason: Option<String>,
    /// How many attempts were made, once it has ended.
    pub attempts: u32,
    /// The command that waits for what comes of it.
    pub command: Option<CommandId>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has asked for it.
    #[default]
    New,
    /// It was asked for, and waits for a worker or is with one.
    Waiting,
    /// A worker did it.
    Done,
    /// It failed for good.
    Failed,
    /// It is no longer wanted.
    Cancelled,
}

impl State {
    /// The job after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event) -> Self {
        match event {
            Event::Asked { command, queue, .. } => {
                self.status = Status::Waiting;
                self.queue = Some(queue.clone());
                self.command = Some(*command);
            }
            Event::Finished { output, attempts } => {
                self.end(Status::Done);
                self.output = Some(output.clone());
                self.attempts = *attempts;
            }
            Event::Failed { code, reason, attempts } => {
                self.end(Status::Failed);
                self.code = Some(code.clone());
                self.reason = Some(reason.clone());
                self.attempts = *attempts;
            }
            Event::Cancelled {} => self.end(Status::Cancelled),
        }
        self
    }

    fn end(&mut self, status: Status) {
        self.status = status;
        self.command = None;
    }
}
