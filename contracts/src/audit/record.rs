use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::caller::{Caller, Origin};
use crate::hash::Hash;
use crate::ids::{ActorId, CredentialId, Cursor, Tenant};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The version of a record's layout. Records of version 1 had `tenant`, `class`, `at`,
/// `principal`, `message` and `details` alone and are read as such.
pub const AUDIT_RECORD_VERSION: u16 = 2;

/// The classes by which records are kept and purged. A program may write others.
pub mod classes {
    use crate::ids::ActorId;

    /// Rebuilds, exports, keys, limits, switches: what only operators may.
    pub const ADMIN: ActorId = ActorId::from_static("admin");
    /// Somebody entered another's house by the system's own right.
    pub const CROSSING: ActorId = ActorId::from_static("crossing");
    /// A credential that is nobody's.
    pub const DENIED: ActorId = ActorId::from_static("denied");
    /// Signed heads of the tenant's chains; never purged.
    pub const HEAD: ActorId = ActorId::from_static("head");
    /// Legal holds; never purged.
    pub const HOLD: ActorId = ActorId::from_static("hold");
    /// Logins and their failures.
    pub const LOGIN: ActorId = ActorId::from_static("login");
    /// What is known of a person was exported or erased.
    pub const PRIVACY: ActorId = ActorId::from_static("privacy");
    /// Somebody has read the audit trail.
    pub const READ: ActorId = ActorId::from_static("read");
    /// A request or command that was refused for want of a right.
    pub const REFUSED: ActorId = ActorId::from_static("refused");
    /// What is kept for how long, and what was purged; never purged itself.
    pub const RETENTION: ActorId = ActorId::from_static("retention");

    /// The classes that nobody purges: what the rest is checked by.
    pub const KEPT: [ActorId; 3] = [HEAD, HOLD, RETENTION];
}

/// What became of what the record is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// It was tried and did not come to its end.
    Failed,
    /// Nothing was asked: something was noticed.
    #[default]
    Noted,
}

impl Outcome {
    /// As text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Noted => "noted",
        }
    }

    /// The outcome called `text`.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let all = [Self::Done, Self::Refused, Self::Failed, Self::Noted];
        all.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// Something that somebody may have to answer for. No field ever holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Layout version, [`AUDIT_RECORD_VERSION`].
    #[serde(default = "first")]
    pub v: u16,
    /// In whose house.
    pub tenant: Tenant,
    /// What sort, one of [`classes`] or another.
    pub class: ActorId,
    /// When.
    pub at: Timestamp,
    /// Who, where it is known: a name of the tenant, or `name@home`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The key or session that was used; its id, never the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// By which road: `http`, `ask`, `cmd`, `work`, `runtime`, `cli`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub road: Option<String>,
    /// From which network address, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// What was asked: a capability, a route or a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Of which actor, as `kind/id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What became of it.
    #[serde(default)]
    pub outcome: Outcome,
    /// The stable code of the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The digest of the policies that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Hash>,
    /// How far the directory had read that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Cursor>,
    /// The trace that it belongs to: 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// One sentence.
    pub message: String,
    /// More facts.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

const fn first() -> u16 {
    1
}

impl AuditRecord {
    /// A record of `class` in the house `tenant`: nothing else is known yet.
    #[must_use]
    pub fn new(tenant: Tenant, class: ActorId, at: Timestamp, message: impl Into<String>) -> Self {
        Self {
            v: AUDIT_RECORD_VERSION,
            tenant,
            class,
            at,
            principal: None,
            credential: None,
            road: None,
            peer: None,
            action: None,
            actor: None,
            outcome: Outcome::Noted,
            code: None,
            policy: None,
            as_of: None,
            trace_id: None,
            reason: None,
            message: message.into(),
            details: Value::Null,
        }
    }

    /// The same, done or tried by `caller`.
    #[must_use]
    pub fn by(mut self, caller: &Caller) -> Self {
        self.principal = Some(caller.principal.to_string());
        self.credential.clone_from(&caller.credential);
        let road = match caller.origin {
            Origin::Http => "http",
            Origin::Nats => "nats",
            Origin::Runtime => "runtime",
        };
        self.road = Some(road.to_owned());
        self
    }

    /// The same, refused with `refusal`.
    #[must_use]
    pub fn refused(mut self, refusal: &Refusal) -> Self {
        self.outcome = Outcome::Refused;
        self.code = Some(refusal.code.to_string());
        self
    }

    /// The same with `outcome`.
    #[must_use]
    pub const fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The same, about `action`.
    #[must_use]
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// The same with more facts.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// Adds the fact `name`.
    pub fn add(&mut self, name: &str, value: Value) {
        if !self.details.is_object() {
            self.details = json!({});
        }
        self.details[name] = value;
    }
}
