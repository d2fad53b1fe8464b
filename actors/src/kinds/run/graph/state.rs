//! How far a graph is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contracts::graph::{Graph, Step, StepId};
use contracts::kinds::run::{Perform, StepStatus, StepView};
use contracts::stop::Stop;
use contracts::{ActorId, Caller, Kind, Revision};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A run of a graph. What is large stands behind `Arc`, since the runtime copies states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// What was asked, with the graph as reruns have changed it.
    pub perform: Arc<Perform>,
    /// In whose name its commands are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Caller>,
    /// The steps that were begun or passed over.
    pub steps: BTreeMap<StepId, Arc<Progress>>,
}

/// How far a step is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// How far.
    pub status: StepStatus,
    /// How often it was begun.
    pub turn: u32,
    /// The kind of the actor that does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The actor, as a value: other steps find it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub actor: Value,
    /// What gives it up while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The approval that it waits for, or waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ActorId>,
    /// The actor's revision after it, as a value.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub revision: Value,
    /// What it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Value>,
    /// Of an answer that is too large, what other steps name, by pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, Value>,
    /// Why it failed: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it failed or was passed over, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Progress {
    /// Whether nothing more will happen to it.
    pub const fn is_over(&self) -> bool {
        matches!(self.status, StepStatus::Done | StepStatus::Failed | StepStatus::Skipped)
    }

    /// Whether the world was asked for it and has not answered.
    pub const fn is_under_way(&self) -> bool {
        matches!(self.status, StepStatus::Running | StepStatus::Asking)
    }

    fn view(&self) -> StepView {
        let actor = self.kind.as_ref().zip(self.actor.as_str());
        StepView {
            status: self.status,
            actor: actor.map(|(kind, id)| format!("{kind}/{id}")),
            revision: self.revision.as_u64().map(Revision),
            approval: self.approval.clone(),
            code: self.code.clone(),
            reason: self.reason.clone(),
        }
    }
}

impl Execution {
    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.perform.graph
    }

    /// How far a step is; none = its time has not come.
    pub fn progress(&self, step: &str) -> Option<&Progress> {
        self.steps.get(step).map(|progress| &**progress)
    }

    /// The steps whose time has not come.
    pub fn pending(&self) -> impl Iterator<Item = &Step> {
        let is_pending = |step: &&Step| {
            self.progress(&step.id).is_none_or(|it| it.status == StepStatus::Pending)
        };
        self.graph().steps.iter().filter(is_pending)
    }

    /// How many steps are under way.
    pub fn under_way(&self) -> usize {
        self.steps.values().filter(|progress| progress.is_under_way()).count()
    }

    /// What stands where a pointer of the graph leads.
    pub fn find(&self, pointer: &str) -> Option<&Value> {
        if let Some(rest) = pointer.strip_prefix("/input") {
            return self.perform.input.pointer(rest);
        }
        let rest = pointer.strip_prefix("/steps/")?;
        let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let progress = self.progress(id)?;
        match rest.split_once('/').unwrap_or((rest, "")) {
            ("actor", "") => Some(&progress.actor).filter(|it| !it.is_null()),
            ("revision", "") => Some(&progress.revision).filter(|it| !it.is_null()),
            ("reply", _) => match &progress.reply {
                Some(reply) => reply.pointer(&rest["reply".len()..]),
                None => progress.kept.get(pointer),
            },
            _ => None,
        }
    }

    /// The pointers into what a step answered, wherever in the graph they stand.
    pub fn pointers_into(&self, step: &str) -> BTreeSet<&str> {
        let graph = self.graph();
        let inputs = graph.steps.iter().flat_map(Step::pointers);
        let outputs = graph.output.iter().flat_map(contracts::graph::pointers);
        let into = |pointer: &&str| contracts::graph::step_of(pointer) == Some(step);
        inputs.chain(outputs).filter(into).collect()
    }

    /// What is under way is given up.
    pub fn give_up(&mut self, code: &str) {
        for progress in self.steps.values_mut().filter(|it| it.is_under_way()) {
            let progress = Arc::make_mut(progress);
            (progress.status, progress.stop) = (StepStatus::Failed, None);
            progress.code = Some(code.to_owned());
        }
    }

    /// All steps as people are shown them.
    pub fn views(&self) -> BTreeMap<StepId, StepView> {
        let steps = self.graph().steps.iter();
        let view = |id: &StepId| self.progress(id).map(Progress::view).unwrap_or_default();
        steps.map(|step| (step.id.clone(), view(&step.id))).collect()
    }
}

/// Lets steps take the places of those of their ids, or be added, and `input` that of the run's.
pub fn replace(perform: &mut Perform, steps: &[Step], input: Option<&Value>) {
    perform.graph.put(steps);
    if let Some(input) = input {
        perform.input.clone_from(input);
    }
}
