//! A run of a graph: what is asked of it, what happens, and what it answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::Status;
use super::limits::{GRAPH_TIMEOUT_S_DEFAULT, GRAPH_TIMEOUT_S_MAX, PARALLEL_DEFAULT, PARALLEL_MAX};
use crate::graph::{Graph, STEPS_MAX, Step, StepId};
use crate::ids::{ActorId, CommandId, CommandName, Kind, Revision};
use crate::stop::Stop;

/// Input of `perform`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Perform {
    /// What is done.
    pub graph: Graph,
    /// What steps find at `/input`.
    #[serde(default)]
    pub input: Value,
    /// Steps that may be under way at once.
    #[serde(default = "parallel")]
    #[schemars(range(min = 1, max = PARALLEL_MAX))]
    pub parallel_max: u32,
    /// No step begins later than so many seconds after the beginning.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = GRAPH_TIMEOUT_S_MAX))]
    pub timeout_s: u64,
    /// The plan that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanRef>,
}

const fn parallel() -> u32 {
    PARALLEL_DEFAULT
}

const fn timeout() -> u64 {
    GRAPH_TIMEOUT_S_DEFAULT
}

/// A plan, as of one of its revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRef {
    /// The kind of the actor that made it.
    pub kind: Kind,
    /// The actor.
    pub id: ActorId,
    /// Its revision then.
    #[schemars(with = "u64")]
    pub revision: Revision,
}

/// Input of `rerun`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rerun {
    /// Steps that are done anew, and with them all that need them. None = those that failed or
    /// were never done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = STEPS_MAX))]
    pub from: Vec<StepId>,
    /// Steps as they are to be from here on: each takes the place of the one of its id, or is
    /// added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = STEPS_MAX))]
    pub steps: Vec<Step>,
    /// What steps find at `/input` from here on; as it was when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
}

/// Data of `GraphStarted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GraphStarted {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// What was asked.
    pub perform: Perform,
}

/// Data of `StepBegun`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepBegun {
    /// Which.
    pub step: StepId,
    /// For which time, from 1: a rerun begins it again.
    pub turn: u32,
    /// The kind of the actor that is asked.
    pub kind: Kind,
    /// The actor.
    pub actor: ActorId,
    /// The command.
    pub name: CommandName,
    /// Its input, filled in.
    pub input: Value,
    /// The approval that sends the command once somebody has said yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ActorId>,
    /// Attempts that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_max: Option<u32>,
    /// What gives it up while it is under way; none = the actor's kind has no word for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// How long one attempt, or somebody's yes, may take, in seconds.
    pub timeout_s: u64,
}

/// Data of `StepDone`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepDone {
    /// Which.
    pub step: StepId,
    /// The actor's revision after it; none = an approval sent the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// What it answered; none = that is too large to be kept here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Value>,
    /// Of an answer that is too large, what other steps name, by pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, Value>,
}

/// Data of `StepFailed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFailed {
    /// Which.
    pub step: StepId,
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}

/// Data of `StepSkipped`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSkipped {
    /// Which.
    pub step: StepId,
    /// Why.
    pub why: Skipped,
}

/// Why a step was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Skipped {
    /// Its condition does not hold.
    Condition,
    /// It needs what is not there: the pointer.
    Missing(String),
    /// A step that it needs by name was not done: which.
    Needs(StepId),
}

/// Data of `Reran`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reran {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// Steps as they are from here on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What steps find at `/input` from here on, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// Steps that are done anew.
    pub reset: Vec<StepId>,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Its time has not come.
    #[default]
    Pending,
    /// It is under way.
    Running,
    /// Somebody is asked for a yes to it.
    Asking,
    /// It is done.
    Done,
    /// It failed for good.
    Failed,
    /// It was passed over.
    Skipped,
}

/// How a step stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepView {
    /// How far it is.
    pub status: StepStatus,
    /// The actor that does it, as `kind/id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// That actor's revision after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub revision: Option<Revision>,
    /// The approval that it waits for, or waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ActorId>,
    /// Why it failed: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it failed or was passed over, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The answer of `perform` and `rerun`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Performed {
    /// The run.
    pub run: Option<ActorId>,
    /// Where it stands.
    pub status: Status,
    /// What it gives.
    pub output: Value,
    /// Its steps.
    pub steps: BTreeMap<StepId, StepView>,
}
