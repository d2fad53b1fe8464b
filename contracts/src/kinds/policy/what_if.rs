//! What a policy would have decided of what happened.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Ruling;
use crate::ids::{
    ActorId, CommandId, CommandName, Cursor, EffectId, Kind, Principal, Revision, Tenant,
};
use crate::time::Timestamp;

/// What is asked: a candidate, and of which past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// The policy in whose place the candidate stands; the others that were in force stay.
    #[serde(default = "candidate")]
    pub name: String,
    /// The candidate as YAML or JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The candidate as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// Only what was decided at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only what was decided before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// How many differences are listed; all are counted.
    #[serde(default = "thousand")]
    pub differences_max: u64,
}

fn candidate() -> String {
    "candidate".to_owned()
}

const fn thousand() -> u64 {
    1_000
}

/// One line of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhatIfStep {
    /// How far it is.
    Progress(WhatIfCounts),
    /// A command that was let through then and would not be.
    Difference(Box<Difference>),
    /// All is read.
    Done(WhatIfCounts),
    /// It could not be finished.
    Failed {
        /// Why: a stable code.
        code: String,
        /// The same in a sentence.
        detail: String,
    },
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WhatIfCounts {
    /// Commands that the candidate was asked about.
    pub commands: u64,
    /// Effects that it was asked about: where it has rules about their class.
    pub effects: u64,
    /// Those, of both, that it would have decided differently.
    pub differences: u64,
    /// The differences by what would have become of them.
    pub by_effect: BTreeMap<Ruling, u64>,
    /// The differences by the rule that makes them.
    pub by_rule: BTreeMap<String, u64>,
    /// Commands that nobody can ask about any more, such as one whose input is gone.
    pub unread: u64,
}

/// An effect of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DifferentEffect {
    /// Its id.
    #[schemars(with = "String")]
    pub id: EffectId,
    /// Its class.
    pub class: String,
}

/// A command or an effect that was let through then and would not be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Where its commit stands.
    pub cursor: Cursor,
    /// When it was decided.
    pub at: Timestamp,
    /// Whose actor.
    pub tenant: Tenant,
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: ActorId,
    /// The revision that the command led to.
    #[schemars(with = "u64")]
    pub revision: Revision,
    /// The effect that would have been held up; `None` = the command itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<DifferentEffect>,
    /// The command's id; of an effect, that of the one that led to it.
    pub command: CommandId,
    /// Its name.
    pub name: CommandName,
    /// Who asked.
    pub by: Principal,
    /// What the gate said then.
    pub was: String,
    /// What would have become of it.
    pub would: Ruling,
    /// What says so.
    pub rule: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
