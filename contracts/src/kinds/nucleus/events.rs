//! What happens to a nucleus. What its steps do stands in the log of its run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::{Finalized, Status};
use super::commands::{Allowance, Finalize, Plan, Review, Route};
use crate::graph::{Graph, Step, StepId};
use crate::hash::Hash;
use crate::ids::{ActorId, CommandId};
use crate::kinds::generated::GeneratedBy;
use crate::kinds::run::{PlanRef, StepView};

/// What happened to a nucleus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A model was asked for a plan.
    PlanAsked(Box<PlanAsked>),
    /// The plan broke a rule, and the model was told so.
    PlanReturned(PlanReturned),
    /// There is a plan.
    PlanMade(Box<PlanMade>),
    /// Somebody brought a plan.
    PlanAdopted(Box<PlanAdopted>),
    /// It is to be carried out.
    ExecutionAsked(ExecutionAsked),
    /// Somebody said yes to it.
    Agreed {},
    /// The budget of the run stands.
    BudgetSet {},
    /// It is no longer wanted.
    CancelAsked(CancelAsked),
    /// Steps are to be done anew.
    RerunAsked(Box<RerunAsked>),
    /// The run is over.
    Ended(Box<Ended>),
    /// A model was asked for a judgement.
    ReviewAsked(Box<ReviewAsked>),
    /// It judged.
    Reviewed(Reviewed),
    /// A model was asked to put results together.
    FinalizeAsked(Box<FinalizeAsked>),
    /// They were put together.
    Finalized(Box<FinalMade>),
    /// A model was asked who is to be asked.
    RouteAsked(Box<RouteAsked>),
    /// It said.
    Routed(Routed),
    /// What a model was asked came to nothing.
    AskFailed(AskFailed),
}

/// Data of `PlanAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanAsked {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// What was asked.
    pub plan: Plan,
}

/// Data of `PlanReturned`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanReturned {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// What is wrong with the plan.
    pub reason: String,
}

/// Data of `PlanMade`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanMade {
    /// The command that waited for it.
    pub command: CommandId,
    /// The plan.
    pub graph: Graph,
    /// Why each step is there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub why: BTreeMap<StepId, String>,
    /// What of the goal no step does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<String>,
    /// Who made it.
    pub generated_by: GeneratedBy,
}

/// Data of `PlanAdopted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanAdopted {
    /// What is to be reached, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// The plan.
    pub graph: Graph,
}

/// Data of `ExecutionAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionAsked {
    /// The command that waits for the end.
    pub command: CommandId,
    /// The run that does it.
    pub run: ActorId,
    /// The plan.
    pub plan: PlanRef,
    /// What tells it from any other.
    pub plan_hash: Hash,
    /// Steps that may be under way at once.
    pub parallel_max: u32,
    /// How long steps may begin, in seconds.
    pub timeout_s: u64,
    /// What may be spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Allowance>,
    /// The approval that is asked first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ActorId>,
}

/// Data of `CancelAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelAsked {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Data of `RerunAsked`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RerunAsked {
    /// The command that waits for the end.
    pub command: CommandId,
    /// Steps that are done anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<StepId>,
    /// Steps as they are to be, which changes the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// The approval that is asked first: of a plan that was agreed to and is to be another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ActorId>,
}

/// Data of `Ended`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// `completed`, `failed` or `cancelled`.
    pub status: Status,
    /// Why it failed: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The steps of the run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<StepId, StepView>,
    /// What it gave; null = nothing, or that is too large to be kept here.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub output: Value,
}

/// Data of `ReviewAsked`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewAsked {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// What was asked.
    pub review: Review,
}

/// Data of `Reviewed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// The command that waited for it.
    pub command: CommandId,
    /// Whether it holds.
    pub pass: bool,
    /// From 0 to 100.
    pub score: u32,
}

/// Data of `FinalizeAsked`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FinalizeAsked {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// What was asked.
    pub finalize: Finalize,
}

/// Data of `Finalized`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FinalMade {
    /// The command that waited for it.
    pub command: CommandId,
    /// The answer.
    pub answer: Finalized,
}

/// Data of `RouteAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteAsked {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// What was asked.
    pub route: Route,
}

/// Data of `Routed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routed {
    /// The command that waited for it.
    pub command: CommandId,
    /// As `agent/endpoint`; none = nothing points to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How sure, in percent.
    pub percent: u32,
}

/// Data of `AskFailed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskFailed {
    /// The command that waited.
    pub command: CommandId,
    /// Why: a stable code.
    pub code: String,
}
