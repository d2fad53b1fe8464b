//! What a policy is asked, and what it says.

use std::sync::Arc;

use contracts::kinds::policy::{Approval, Ruling};
use contracts::{ActorId, CommandName, Kind, Origin, Principal, Revision, Tenant, Timestamp};
use serde_json::Value;

use super::effect::EffectFacts;
use super::risk::Finding;

/// A command that is about to be decided, or an effect that is about to be performed, as far as
/// policies may know it. Borrowed, so that asking costs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Whose actor it is for.
    pub tenant: &'a Tenant,
    /// Its kind.
    pub kind: &'a Kind,
    /// Its id.
    pub id: &'a ActorId,
    /// The actor's revision before the command; zero = it does not exist yet.
    pub revision: Revision,
    /// What is asked: of an effect, the command that led to it.
    pub command: &'a CommandName,
    /// With what: of an effect, what the world is asked with.
    pub input: &'a Value,
    /// Who asks.
    pub principal: &'a Principal,
    /// The roles that they have in this tenant.
    pub roles: &'a [&'a str],
    /// By which road it came.
    pub origin: Origin,
    /// When.
    pub at: Timestamp,
    /// The effect, when it is asked about one.
    pub effect: Option<EffectFacts<'a>>,
}

/// What a policy says.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What is to become of the command.
    pub ruling: Ruling,
    /// What said so: `<policy>/<rule>`, such as `team/no-resets`, `team/files.allowed_dirs`,
    /// `team/risk.secret`, `team/default`.
    pub rule: Arc<str>,
    /// Why, for whoever asked.
    pub reason: Option<String>,
    /// What the command is held to when it is not simply allowed or refused.
    pub obligations: Obligations,
}

/// What a command is held to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Obligations {
    /// Who has to say yes first.
    pub approval: Option<Arc<Approval>>,
    /// What looks dangerous in the input and led to the verdict.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// `ruling`, since `rule` says so.
    #[must_use]
    pub fn new(ruling: Ruling, rule: Arc<str>, reason: Option<String>) -> Self {
        Self { ruling, rule, reason, obligations: Obligations::default() }
    }

    /// The stricter of two; of equals the first.
    #[must_use]
    pub fn or_stricter(self, other: Self) -> Self {
        if other.ruling > self.ruling { other } else { self }
    }
}
