//! A graph of steps: commands to actors, what each needs of those before it, and in which order
//! they may go. Data that a person, a model or a program writes; whoever runs it is an actor.
//!
//! ```json
//! {"steps": [
//!   {"id": "outline", "kind": "osteon", "command": "outline", "input": {"topic": "Bees"}},
//!   {"id": "draft", "kind": "osteon", "actor": {"$from": "/steps/outline/actor"},
//!    "command": "draft", "input": {"section": {"$from": "/steps/outline/reply/sections/0/id"}}}
//! ]}
//! ```

mod binding;
mod check;
mod condition;
mod order;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use binding::{FROM, Missing, OR, TEXT, pointers, resolve};
pub use check::{Fault, check};
pub use condition::Condition;
pub use order::{Order, order};

use crate::ids::{ActorId, CommandName, Kind};
use crate::kinds::check::SAID;

/// Steps of one graph.
pub const STEPS_MAX: usize = 256;

/// A whole graph, in bytes of JSON: it stands in its commit.
pub const GRAPH_BYTES_MAX: usize = 256 * 1024;

/// The id of a step, in bytes.
pub const STEP_BYTES_MAX: usize = 48;

/// What an id of a step looks like.
pub const STEP_PATTERN: &str = "^[a-z][a-z0-9_]{0,47}$";

/// What a step is about, in bytes.
pub const ABOUT_BYTES_MAX: usize = 1_024;

/// Steps that one may need by name.
pub const NEEDS_MAX: usize = 64;

/// How deep the input of a step may be nested.
pub const DEPTH_MAX: usize = 32;

/// Pointers in the input of one step.
pub const POINTERS_MAX: usize = 128;

/// How long one step may take, in seconds: thirty days, since a person may be asked.
pub const STEP_TIMEOUT_S_MAX: u64 = 30 * 24 * 60 * 60;

/// Attempts of one step.
pub const ATTEMPTS_MAX: u32 = 20;

/// The name of a step within its graph, such as `outline`.
pub type StepId = String;

/// A graph of steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// The steps, in any order.
    #[schemars(length(min = 1, max = STEPS_MAX))]
    pub steps: Vec<Step>,
    /// What the whole gives: any JSON, with `{"$from": "/steps/<id>/reply/…"}` where a step's
    /// answer belongs. Left out = the answers of the steps that no other one needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

impl Graph {
    /// Lets steps take the places of those of their ids, or be added.
    pub fn put(&mut self, steps: &[Step]) {
        for step in steps {
            match self.steps.iter_mut().find(|it| it.id == step.id) {
                Some(known) => known.clone_from(step),
                None => self.steps.push(step.clone()),
            }
        }
    }
}

/// A command to an actor, as one step of several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name within the graph.
    #[schemars(length(max = STEP_BYTES_MAX), regex(pattern = STEP_PATTERN))]
    pub id: StepId,
    /// What it is for, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = ABOUT_BYTES_MAX))]
    pub about: String,
    /// The kind of the actor that does it.
    pub kind: Kind,
    /// Which actor: an id, or `{"$from": "/steps/<id>/actor"}`. Left out = a new one of this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Who>,
    /// Which command.
    pub command: CommandName,
    /// With what: any JSON. `{"$from": "/input/…"}` is what the run was given,
    /// `{"$from": "/steps/<id>/reply/…", "$or": …}` what a step before it answered, and
    /// `{"$text": ["…", {"$from": …}]}` a text put together of such.
    #[serde(default)]
    pub input: Value,
    /// Steps that must be over first, beside those that `actor`, `input` and `when` name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = NEEDS_MAX))]
    pub needs: Vec<StepId>,
    /// It is passed over unless this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Somebody must say yes to the very command first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// What follows when it fails for good.
    #[serde(default, skip_serializing_if = "OnFailure::is_stop")]
    pub on_failure: OnFailure,
    /// Attempts while the other side cannot be reached, from 1; as the program is configured when
    /// left out. What an actor rejects is not asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = ATTEMPTS_MAX))]
    pub attempts_max: Option<u32>,
    /// How long one attempt may take, in seconds; with `approval`, how long somebody may think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = STEP_TIMEOUT_S_MAX))]
    pub timeout_s: Option<u64>,
}

/// Whom a step asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Who {
    /// An actor that is known beforehand.
    Named(ActorId),
    /// The actor of an earlier step, or one that the input names.
    From(Pointer),
}

/// Where a value is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// A JSON Pointer (RFC 6901) into `{"input": …, "steps": {"<id>": {"actor", "revision",
    /// "reply"}}}`.
    #[serde(rename = "$from")]
    #[schemars(length(max = 1_024), regex(pattern = SAID))]
    pub from: String,
}

/// What follows when a step fails for good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// No other step begins; what is under way ends, and the run fails.
    #[default]
    Stop,
    /// The others go on; those that need what it would have answered are passed over, unless they
    /// say `$or`.
    Continue,
}

impl OnFailure {
    const fn is_stop(&self) -> bool {
        matches!(self, Self::Stop)
    }
}

impl Step {
    /// The steps that must be over before it, each once, in the order of their first mention.
    #[must_use]
    pub fn after(&self) -> Vec<&str> {
        let mut found: Vec<&str> = self.needs.iter().map(String::as_str).collect();
        found.extend(self.pointers().into_iter().filter_map(step_of));
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|id| seen.insert(*id));
        found
    }

    /// All pointers that it names.
    #[must_use]
    pub fn pointers(&self) -> Vec<&str> {
        let mut found = pointers(&self.input);
        if let Some(Who::From(pointer)) = &self.actor {
            found.push(&pointer.from);
        }
        found.extend(self.when.as_ref().map(|when| when.from.as_str()));
        found
    }
}

/// The step that a pointer leads into; none = the input of the run.
#[must_use]
pub fn step_of(pointer: &str) -> Option<&str> {
    let rest = pointer.strip_prefix("/steps/")?;
    Some(rest.split('/').next().unwrap_or(rest))
}
