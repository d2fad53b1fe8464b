//! What a run is. The runtime copies the state for each command that it tries, so that what is
//! large stands behind `Arc` and a copy is cheap.

use std::sync::Arc;

use contracts::kinds::run::{Start, Status};
use contracts::model::{After, Cost, Degraded, Finish, Frame, ToolCall, Turn, Usage};
use contracts::{ActorId, CommandId, Origin, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::graph::Execution;

/// What a fold of the events leads to. `turns`, `after`, `frame` and `unfinished` are what a
/// [`contracts::model::HistoryRef`] finds here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Where it stands.
    pub status: Status,
    /// What was asked, without its turns and its frame.
    pub run: Option<Arc<Start>>,
    /// By which road came whoever it works for.
    pub origin: Option<Origin>,
    /// What the model is told each time.
    pub frame: Arc<Frame>,
    /// The run that it came after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// What was said here, in order.
    pub turns: Vec<Arc<Turn>>,
    /// Bytes of `turns`.
    pub bytes: usize,
    /// A model is asked, or tools work, so that more turns will come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// What was said before is being searched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recalling: bool,
    /// What was found of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled: Option<Arc<str>>,
    /// How often the model was asked.
    pub round: u32,
    /// Whether its answer is awaited.
    pub asked: bool,
    /// The calls of its last answer.
    pub calls: Vec<Pending>,
    /// By when it must have answered, or wait.
    pub deadline: Option<Timestamp>,
    /// The command that waits for the answer.
    pub command: Option<CommandId>,
    /// Its time, while it waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The run that is to end first, while it waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<ActorId>,
    /// The commands that are answered at its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<CommandId>,
    /// How often the answer broke the schema.
    pub breaks: u32,
    /// Tokens of all rounds.
    pub usage: Usage,
    /// Money of all rounds whose price is known.
    pub cost: Option<Cost>,
    /// The price of a round is not known.
    pub unpriced: bool,
    /// What the model said last.
    pub last: Option<Arc<Last>>,
    /// How far its graph is, when it is a run of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph: Option<Execution>,
    /// Why it failed or was cancelled: a stable code.
    pub code: Option<String>,
    /// The same in a sentence.
    pub reason: Option<String>,
}

/// What the model said last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Last {
    /// Its words.
    pub text: String,
    /// The same as a value, when a schema was given.
    pub value: Option<Value>,
    /// What it says it thought.
    pub reasoning: Option<String>,
    /// Why it stopped.
    pub finish: Finish,
    /// `provider/model` that answered.
    pub model: String,
    /// Said aloud when that is not the one that was asked.
    pub degraded: Option<Degraded>,
    /// Tools of others whose calls may be made again, as their sources said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeatable: Vec<String>,
}

/// A call that the model made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The call.
    pub call: ToolCall,
    /// Who performs it.
    pub owner: Owner,
    /// Whether it was handed on.
    pub asked: bool,
    /// Whether it is answered.
    pub answered: bool,
}

/// Who performs a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The program.
    Cambium,
    /// Whoever asked.
    Caller,
    /// Nobody: there is no such tool, or its arguments are none.
    Nobody,
}

impl State {
    /// What was asked.
    ///
    /// # Panics
    /// Before `start`: whoever asks has seen that the run has begun.
    #[must_use]
    pub fn run(&self) -> &Start {
        self.run.as_deref().expect("a run that has begun")
    }

    /// The calls of `owner` that nobody has answered.
    pub fn open(&self, owner: Owner) -> impl Iterator<Item = &Pending> {
        self.calls.iter().filter(move |it| it.owner == owner && !it.answered)
    }

    /// Whether the source of the tool `name` said that its calls may be made again.
    #[must_use]
    pub fn is_repeatable(&self, name: &str) -> bool {
        self.last.as_ref().is_some_and(|last| last.repeatable.iter().any(|it| it == name))
    }

    /// Whether the call `id` waits for an answer.
    #[must_use]
    pub fn waits_for(&self, id: &str) -> bool {
        self.calls.iter().any(|it| it.call.id == id && !it.answered)
    }
}
