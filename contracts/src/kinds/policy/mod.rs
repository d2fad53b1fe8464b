//! `policy`: rules as code, in versions, and the kill switch. One actor per policy; the switches of
//! a tenant are usually kept on the actor [`KILL_SWITCH`].

mod document;
pub mod limits;
mod scope;
mod specs;
#[cfg(test)]
mod tests;
mod what_if;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::Hash;
use crate::ids::{ActorId, Kind, Principal, Tenant};
use crate::kinds::check::Check;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::refusal::{FieldError, Refusal, RefusalClass};

pub use document::{
    Approval, Approvals, DIFF_FIELDS, Document, EffectMatch, Files, Match, PATH_FIELDS, Regex,
    Rego, Risk, RiskClass, Rule, Ruling, Severity, Thresholds,
};
pub use scope::{Scope, ScopeError};
pub use what_if::{Difference, DifferentEffect, WhatIf, WhatIfCounts, WhatIfStep};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("policy");
/// The tenant whose policies hold for all tenants.
pub const SYSTEM: Tenant = Tenant::from_static("system");
/// The actor on which the command line keeps a tenant's switches; any other policy may have some.
pub const KILL_SWITCH: ActorId = ActorId::from_static("kill-switch");

/// The page of `policy`.
pub struct Policy;

/// What may be asked of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Adds a version.
    Put(Put),
    /// Puts a version into force.
    Activate(Activate),
    /// Puts the version before the one in force into force again.
    Rollback(Nothing),
    /// Puts no version into force.
    Retire(Why),
    /// Stops what is in scope.
    Engage(Engage),
    /// Lets it go on.
    Release(Release),
}

/// Input of `put`: the document as text or as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// The document as YAML or JSON, kept as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The document itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// Whether it is in force at once.
    #[serde(default = "yes")]
    pub activate: bool,
}

const fn yes() -> bool {
    true
}

/// Input of `activate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Activate {
    /// The version, from 1.
    pub version: u32,
}

/// Why, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Why {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Input of `engage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Engage {
    /// What stands still.
    pub scope: Scope,
    /// Why, for whoever is refused.
    pub reason: String,
}

/// Input of `release`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// What goes on.
    pub scope: Scope,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What happened to a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A version was added.
    Put {
        /// Its number, from 1.
        version: u32,
        /// What it says.
        document: Box<Document>,
        /// BLAKE3 of the document's canonical JSON.
        digest: Hash,
        /// The text that it was written as, when it was given as text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// By whom.
        by: Principal,
    },
    /// A version is in force.
    Activated {
        /// Which one.
        version: u32,
        /// Its digest.
        digest: Hash,
        /// By whom.
        by: Principal,
    },
    /// No version is in force.
    Retired {
        /// By whom.
        by: Principal,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// What is in scope stands still.
    Engaged {
        /// What.
        scope: Scope,
        /// Why.
        reason: String,
        /// By whom.
        by: Principal,
    },
    /// It goes on.
    Released {
        /// What.
        scope: Scope,
        /// By whom.
        by: Principal,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// The answer to `put`, `activate`, `rollback` and `retire`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InForce {
    /// The version that the command was about; of `retire` the one that was in force.
    pub version: u32,
    /// The version in force; `None` = none.
    pub active: Option<u32>,
    /// The digest of the version in force, hexadecimal.
    pub digest: Option<String>,
}

/// The answer to `engage` and `release`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Switches {
    /// The scopes that stand still.
    pub engaged: Vec<Scope>,
}

/// Why a policy says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The document cannot be used; what was in force stays in force.
    Document(Vec<FieldError>),
    /// There is no such version, or it is no longer kept.
    Version(u32),
    /// There is no version before the one in force.
    NoEarlier,
    /// Only the tenant `system` may stop everything, or another tenant.
    NotYours,
    /// Too many switches are engaged.
    TooMany,
    /// The input breaks a rule.
    Invalid(Refusal),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Document(errors) => {
                let message = "the policy cannot be used; what was in force stays in force";
                let mut refusal = Self::rejected("policy_invalid", message);
                refusal.errors = errors;
                refusal
            }
            Rejection::Version(version) => Self::not_found(
                "policy_version_not_found",
                format!("there is no version {version} of the policy, or it is kept no longer"),
            ),
            Rejection::NoEarlier => {
                let message = "there is no version before the one in force";
                Self::not_found("policy_version_not_found", message)
            }
            Rejection::NotYours => Self::new(
                RefusalClass::Forbidden,
                "kill_scope_forbidden",
                "`global` and `tenant:<tenant>` are switches of the tenant `system`: engage and \
                 release them there (`cambium --tenant system`)",
            ),
            Rejection::TooMany => Self::rejected(
                "kill_switches_exhausted",
                format!("at most {} switches can be engaged", limits::SWITCHES_MAX),
            ),
            Rejection::Invalid(refusal) => refusal,
        }
    }
}

impl Put {
    /// Whether there is one document of a size that can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        let bytes = self.text.as_ref().map_or(0, String::len);
        let one = self.text.is_some() != self.document.is_some();
        let size = format!("has {bytes} bytes; {} are allowed", limits::DOCUMENT_BYTES_MAX);
        Check::new()
            .ensure(one, "text", "give either `text` or `document`")
            .ensure(bytes <= limits::DOCUMENT_BYTES_MAX, "text", size)
            .done()
    }
}

impl Page for Policy {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "Rules about commands, in versions; and the kill switch.";
    const CREATE: &'static str = "put";
    const COMMANDS: &'static [&'static str] =
        &["put", "activate", "retire", "rollback", "engage", "release"];
    const EVENTS: &'static [(&'static str, u32)] =
        &[("Put", 1), ("Activated", 1), ("Retired", 1), ("Engaged", 1), ("Released", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        specs::commands()
    }

    fn events() -> Vec<EventSpec> {
        specs::events()
    }

    fn rejections() -> Vec<RejectionSpec> {
        specs::rejections()
    }

    fn summary(event: &Event) -> Option<Value> {
        specs::summary(event)
    }
}
