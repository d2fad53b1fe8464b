//! What may be asked of a nucleus.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::{
    AGENTS_MAX, CRITERIA_MAX, GOAL_BYTES_MAX, LINE_BYTES_MAX, MATERIAL_BYTES_MAX, MODEL_BYTES_MAX,
    REASON_BYTES_MAX, REQUIREMENTS_MAX, RESULTS_MAX,
};
use crate::graph::{Graph, STEPS_MAX, Step, StepId};
use crate::hash::Hash;
use crate::ids::{ActorId, CommandId};
use crate::kinds::budget::Unit;
use crate::kinds::check::{PLAIN, SAID};
use crate::kinds::run::limits::{
    GRAPH_TIMEOUT_S_DEFAULT, GRAPH_TIMEOUT_S_MAX, PARALLEL_DEFAULT, PARALLEL_MAX,
};

/// What may be asked of a nucleus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Asks for a plan.
    Plan(Box<Plan>),
    /// Takes over a plan of one's own.
    Adopt(Box<Adopt>),
    /// Carries the plan out.
    Execute(Execute),
    /// Ends its execution before its time.
    Cancel(Cancel),
    /// Does steps anew.
    Rerun(Rerun),
    /// Judges a content.
    Review(Box<Review>),
    /// Puts results together.
    Finalize(Box<Finalize>),
    /// Picks who is to be asked.
    Route(Box<Route>),
    /// What a person agrees to; sent by its approval.
    Agree(Box<Agree>),
}

/// Input of `plan`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What is to be reached.
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = SAID))]
    pub goal: String,
    /// What must hold of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = REQUIREMENTS_MAX),
        inner(length(max = LINE_BYTES_MAX), regex(pattern = SAID))
    )]
    pub requirements: Vec<String>,
    /// Who may be asked, of the catalogue; all of it when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = AGENTS_MAX), inner(length(max = 48)))]
    pub available_agents: Option<Vec<String>>,
    /// What the end is to be judged by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = CRITERIA_MAX),
        inner(length(max = LINE_BYTES_MAX), regex(pattern = SAID))
    )]
    pub criteria: Vec<String>,
    /// What the steps may use: a text, or a table as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MATERIAL_BYTES_MAX), regex(pattern = SAID))]
    pub material: Option<String>,
    /// Which model, `provider/model`; the built-in rules when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// Input of `adopt`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adopt {
    /// What is to be reached; as it was when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = SAID))]
    pub goal: Option<String>,
    /// The plan.
    pub graph: Graph,
}

/// Input of `execute`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Execute {
    /// What the actors that the run makes may spend on models, together. Asks for the right to set
    /// budgets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Allowance>,
    /// Somebody must say yes to the plan before anything begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// Steps that may be under way at once.
    #[serde(default = "parallel")]
    #[schemars(range(min = 1, max = PARALLEL_MAX))]
    pub parallel_max: u32,
    /// No step begins later than so many seconds after the beginning.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = GRAPH_TIMEOUT_S_MAX))]
    pub timeout_s: u64,
}

const fn parallel() -> u32 {
    PARALLEL_DEFAULT
}

const fn timeout() -> u64 {
    GRAPH_TIMEOUT_S_DEFAULT
}

/// How much may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// What is counted.
    pub unit: Unit,
    /// How much.
    #[schemars(range(min = 1, max = crate::kinds::budget::AMOUNT_MAX))]
    pub limit: u64,
}

/// Input of `cancel`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REASON_BYTES_MAX), regex(pattern = SAID))]
    pub reason: Option<String>,
    /// Ends only what this command asked for; what anything else asked for goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
}

/// Input of `rerun`: as that of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rerun {
    /// Steps that are done anew, and with them all that need them. None = those that failed or
    /// were never done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = STEPS_MAX))]
    pub from: Vec<StepId>,
    /// Steps as they are to be from here on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = STEPS_MAX))]
    pub steps: Vec<Step>,
}

/// Input of `review`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What is judged: a text, or any JSON whose texts are.
    pub content: Value,
    /// By what: the plan's own criteria when left out, otherwise quality, completeness, accuracy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = CRITERIA_MAX),
        inner(length(max = LINE_BYTES_MAX), regex(pattern = SAID))
    )]
    pub criteria: Option<Vec<String>>,
    /// Which model, `provider/model`; the built-in rules when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// Input of `finalize`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finalize {
    /// What was to be reached; that of the plan when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = SAID))]
    pub goal: Option<String>,
    /// What came of the steps; of its own run when left out. A member's `step_id`, `agent`, `actor`
    /// and `revision` say where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = RESULTS_MAX))]
    pub workflow_results: Option<Vec<Value>>,
    /// Which model, `provider/model`; the built-in rules when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// Input of `route`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// What somebody wants, in words.
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = SAID))]
    pub request: String,
    /// What else is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MATERIAL_BYTES_MAX), regex(pattern = PLAIN))]
    pub context: Option<String>,
    /// Which model, `provider/model`; the built-in rules when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// Input of `agree`: what the person who is asked is shown. It changes nothing; what counts is
/// that its approval was granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agree {
    /// The run that would begin.
    pub run: ActorId,
    /// The hash of the plan.
    pub plan_hash: Hash,
    /// What is to be reached.
    #[serde(default)]
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = PLAIN))]
    pub goal: String,
    /// The plan.
    pub graph: Graph,
}
