//! What a nucleus answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::graph::{Graph, StepId};
use crate::hash::Hash;
use crate::ids::{ActorId, Revision};
use crate::kinds::generated::GeneratedBy;
use crate::kinds::run::StepView;

/// Where a nucleus stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There is no plan.
    #[default]
    New,
    /// There is a plan.
    Planned,
    /// Somebody is asked for a yes to it.
    Asking,
    /// It is carried out.
    Running,
    /// All steps are over.
    Completed,
    /// The run failed, or nothing could begin.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl Status {
    /// That of an execution that begins, `asking` a person first or not.
    #[must_use]
    pub const fn begun(asking: bool) -> Self {
        if asking { Self::Asking } else { Self::Running }
    }

    /// Whether an execution is under way.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Asking | Self::Running)
    }
}

/// Answer to `plan` and `adopt`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Planned {
    /// The steps, in an order in which they could go one by one.
    pub plan: Vec<PlanStep>,
    /// The graph that is run.
    pub graph: Graph,
    /// What tells this graph from any other.
    pub hash: Hash,
    /// What of the goal no step does, in words.
    pub unmet: Vec<String>,
    /// Who made it; none = a person.
    pub generated_by: Option<GeneratedBy>,
}

/// A step of a plan, as people read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    /// Its name.
    pub step_id: StepId,
    /// The kind of the actor that does it.
    pub agent: String,
    /// Which of its commands.
    pub endpoint: String,
    /// What it does.
    pub description: String,
    /// Why it is there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The steps that must be over first.
    pub depends_on: Vec<StepId>,
}

/// Answer to `execute` and `rerun`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Executed {
    /// Where it stands.
    pub status: Status,
    /// The run that did it.
    pub run: ActorId,
    /// The plan that was carried out.
    pub plan_hash: Hash,
    /// What it gave: the answers of the steps that no other one needs, unless the graph says so.
    pub output: Value,
    /// The steps.
    pub steps: BTreeMap<StepId, StepView>,
}

/// Answer to `cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cancelling {
    /// Where it stands: it is over once what is under way has ended.
    pub status: Status,
    /// The run.
    pub run: ActorId,
}

/// Answer to `agree`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Noted {
    /// The plan that was agreed to.
    pub plan_hash: Hash,
}

/// Answer to `review`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reviewed {
    /// Whether all criteria that were judged hold; false when none could be.
    pub pass: bool,
    /// From 0 to 100: the mean of those that were judged.
    pub score: u32,
    /// What is to be mended.
    pub feedback: Vec<String>,
    /// The criteria that nobody could judge, in the order of the alphabet: they neither hold nor
    /// fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<String>,
    /// Each criterion.
    pub criteria_results: BTreeMap<String, Verdict>,
    /// Who judged: `local/rules` measures, and judges nothing that it cannot measure.
    pub generated_by: GeneratedBy,
}

/// What was found about one criterion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Whether it holds; null = it could not be judged.
    pub pass: Option<bool>,
    /// From 0 to 100; null = it could not be judged.
    pub score: Option<u32>,
    /// What was measured or thought.
    pub notes: String,
}

/// Answer to `route`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Routed {
    /// The kind to ask; null = nothing points to one.
    pub agent: Option<String>,
    /// Its command.
    pub endpoint: Option<String>,
    /// Why.
    pub reasoning: String,
    /// From 0 to 1.
    pub confidence: f64,
    /// Whether there is one.
    pub routed: bool,
    /// Who says so.
    pub generated_by: GeneratedBy,
}

/// Answer to `finalize`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finalized {
    /// The whole, as text.
    pub r#final: String,
    /// The same in short.
    pub summary: String,
    /// What matters of it, each with the step that it comes from.
    pub key_outputs: Vec<KeyOutput>,
    /// What could be done about it.
    pub recommendations: Vec<String>,
    /// Where each part comes from.
    pub sources: Vec<Origin>,
    /// About the whole.
    pub metadata: FinalMetadata,
}

/// Something that matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyOutput {
    /// The step that it comes from, one of `sources`.
    pub step_id: String,
    /// What it says.
    pub text: String,
}

/// Where a part comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// The step.
    pub step_id: String,
    /// What came of the step: `done`, `failed`, `skipped`, or what was said of it.
    pub status: String,
    /// The actor that did it, as `kind/id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Its revision after the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub revision: Option<Revision>,
    /// Why it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// About an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FinalMetadata {
    /// What was to be reached.
    pub goal: String,
    /// The run, when it is one of this nucleus.
    pub run: Option<ActorId>,
    /// The steps.
    pub steps: u32,
    /// How many of them are done.
    pub done: u32,
    /// Who wrote it.
    pub generated_by: GeneratedBy,
}
