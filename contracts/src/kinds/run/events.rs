//! What happens in a run. Requests stand in the effects of the commits, and refer to the turns that
//! these events lead to instead of repeating them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::commands::Start;
use super::graph::{GraphStarted, Reran, StepBegun, StepDone, StepFailed, StepSkipped};
use crate::hash::Hash;
use crate::ids::{ActorId, CommandId};
use crate::model::{HistoryRef, ModelResponse, ToolCall};
use crate::time::Timestamp;

/// What happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Started(Box<Started>),
    /// What was said before is searched.
    Recalling(Recalling),
    /// It was.
    Recalled(Recalled),
    /// The model was asked.
    Asked(Asked),
    /// The model answered.
    Answered(Box<Answered>),
    /// The answer broke its schema, and the model was told so.
    Returned(Returned),
    /// Tools of Cambium's were asked.
    ToolsAsked(ToolsAsked),
    /// A tool answered, whoever performed it.
    ToolAnswered(ToolAnswered),
    /// It waits for the caller's tools.
    WaitsForTools(WaitsForTools),
    /// The caller came back with what its tools answered.
    Resumed(Resumed),
    /// It has answered.
    Completed(Completed),
    /// It failed for good.
    Failed(Failed),
    /// It was cancelled.
    Cancelled(Cancelled),
    /// It waits before it begins.
    Queued(Queued),
    /// What it waited for has come.
    Begun(Begun),
    /// Somebody waits for its end.
    Joined {
        /// The command that is answered then.
        command: CommandId,
    },
    /// A run of a graph began.
    GraphStarted(Box<GraphStarted>),
    /// A step of it was asked for.
    StepBegun(Box<StepBegun>),
    /// A step is done.
    StepDone(Box<StepDone>),
    /// A step failed for good.
    StepFailed(StepFailed),
    /// A step was passed over.
    StepSkipped(StepSkipped),
    /// Steps are done anew.
    Reran(Box<Reran>),
}

/// Data of `Begun`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The run that was to end first was never begun: it is as if nobody had named it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

/// Data of `Queued`: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The run that is to end first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ActorId>,
}

/// Data of `Started`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// What was asked.
    pub run: Start,
}

/// Data of `Recalling`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalling {
    /// For what.
    pub query: String,
    /// How many things are wanted.
    pub items: u32,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
}

/// Data of `Recalled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalled {
    /// What the model is told of it; none = nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why nobody could look: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Data of `Asked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// For which time, from 1.
    pub round: u32,
    /// Whose turns the model is shown; none = the request repeats them, being short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryRef>,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
}

/// Data of `Answered`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// Which time.
    pub round: u32,
    /// What it answered, with usage, cost, attempts and the hash of what it was truly asked.
    pub response: ModelResponse,
}

/// Data of `Returned`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Which time.
    pub round: u32,
    /// What the model was told.
    pub reason: String,
}

/// Data of `ToolsAsked`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolsAsked {
    /// In which round.
    pub round: u32,
    /// The calls, in the model's order.
    pub calls: Vec<ToolAsk>,
    /// How long they may take, in milliseconds.
    pub timeout_ms: u64,
}

/// One call of a tool of Cambium's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolAsk {
    /// Which call it is.
    pub call: String,
    /// Which tool.
    pub tool: String,
    /// Its arguments.
    pub input: Value,
    /// It needs somebody's yes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// Its source says that it may be called again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeatable: bool,
}

/// Data of `ToolAnswered`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolAnswered {
    /// Which call.
    pub call: String,
    /// What it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ToolError>,
    /// Where the whole answer is kept, when `output` is only its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<Hash>,
    /// How long it took, in milliseconds; none = it was not performed by Cambium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
}

/// Why a tool did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolError {
    /// A stable code.
    pub code: String,
    /// The same in a sentence, for the model.
    pub message: String,
}

/// Data of `WaitsForTools`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitsForTools {
    /// What the caller is to perform.
    pub calls: Vec<ToolCall>,
}

/// Data of `Resumed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// The command that waits for the answer now.
    pub command: CommandId,
}

/// Data of `Completed`: its text is that of the last `Answered`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// How often the model was asked.
    pub rounds: u32,
}

/// Data of `Failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}

/// Data of `Cancelled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
