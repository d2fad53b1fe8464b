//! What a nucleus is. What is large stands behind `Arc`, since the runtime copies states.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::graph::{Graph, Step, StepId};
use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::nucleus::answers::{Finalized, Status};
use contracts::kinds::nucleus::{ExecutionAsked, Finalize, Plan, RerunAsked, Review, Route};
use contracts::kinds::run::{PlanRef, StepView};
use contracts::{ActorId, Caller, CommandId, Hash, Revision};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a fold of the events leads to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Something was said to it.
    pub begun: bool,
    /// Where it stands.
    pub status: Status,
    /// What was asked for: the goal, what must hold, what may be used.
    pub asked: Arc<Plan>,
    /// The plan.
    pub planned: Option<Arc<Planned>>,
    /// How often a plan was carried out, or steps of one done anew.
    pub turn: u32,
    /// The last execution.
    pub execution: Option<Execution>,
    /// What was found about the last content that was judged.
    pub review: Option<Judged>,
    /// The end.
    #[serde(rename = "final")]
    pub end: Option<Arc<Finalized>>,
    /// Commands that wait for a model.
    pub waiting: BTreeMap<CommandId, Arc<Ask>>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// What is run.
    pub graph: Graph,
    /// What tells it from any other.
    pub hash: Hash,
    /// Why each step is there.
    pub why: BTreeMap<StepId, String>,
    /// What of the goal no step does.
    pub unmet: Vec<String>,
    /// Who made it; none = a person.
    pub generated_by: Option<GeneratedBy>,
    /// The revision that brought it.
    pub revision: Revision,
}

/// The execution of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// What was asked.
    pub asked: ExecutionAsked,
    /// What is carried out: the plan, as it was when it began, has this hash.
    pub plan: PlanRef,
    /// The command that waits for the end; none = it is over, or the caller waits for another.
    pub command: Option<CommandId>,
    /// In whose name it is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Caller>,
    /// How far it is.
    pub stage: Stage,
    /// It is no longer wanted.
    pub cancelling: bool,
    /// Steps of it are done anew, or will be once that is agreed to.
    #[serde(default)]
    pub rerun: Option<Arc<RerunAsked>>,
    /// Why it failed: a stable code.
    pub code: Option<String>,
    /// The same in a sentence.
    pub reason: Option<String>,
    /// The steps, once it is over.
    pub steps: BTreeMap<StepId, StepView>,
    /// What it gave; null = nothing, or that stands at the run alone.
    pub output: Value,
}

/// How far an execution is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Somebody is asked for a yes.
    #[default]
    Approval,
    /// A budget is set.
    Budget,
    /// The run goes on.
    Run,
    /// It is over, and there was a run.
    Over,
    /// It is over, and nothing began.
    Void,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Whether it holds.
    pub pass: bool,
    /// From 0 to 100.
    pub score: u32,
}

/// What a model was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// A plan.
    Plan {
        /// What was asked.
        plan: Plan,
        /// How often its answer broke a rule.
        breaks: u32,
    },
    /// A judgement.
    Review(Review),
    /// An end.
    Finalize(Finalize),
    /// Who is to be asked.
    Route(Route),
}

impl State {
    /// What it is for; empty = nobody has said.
    #[must_use]
    pub fn goal(&self) -> &str {
        &self.asked.goal
    }

    /// A fork has the plan and what came of it, and nothing that is under way. The run is its
    /// parent's: it can be forked itself.
    #[must_use]
    pub(super) fn forked(mut self) -> Self {
        self.waiting.clear();
        if self.status.is_under_way() {
            self.status = Status::Cancelled;
        }
        if let Some(execution) = &mut self.execution {
            (execution.command, execution.stage) = (None, Stage::Void);
        }
        self
    }
}

impl Planned {
    /// The plan with steps in the places of those of their ids.
    #[must_use]
    pub(super) fn with(&self, steps: &[Step], revision: Revision) -> Self {
        let mut planned = self.clone();
        planned.graph.put(steps);
        let hash = hash_of(&planned.graph);
        Self { hash, revision, ..planned }
    }
}

/// What tells a plan from any other.
pub(super) fn hash_of(graph: &Graph) -> Hash {
    let text = serde_json::to_string(graph).unwrap_or_default();
    Hash::of_parts("cambium nucleus plan v1", &[&text])
}

/// The name of the run of the execution `number` of the nucleus `me`: `made` when that one's is
/// long, since the names of the run's actors begin with it.
pub(super) fn run_of(me: &ActorId, number: u32, made: String) -> Option<ActorId> {
    const LONG_BYTES: usize = 48;
    let name = if me.as_str().len() <= LONG_BYTES { format!("{me}-{number}") } else { made };
    ActorId::new(name).ok()
}
