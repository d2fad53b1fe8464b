//! `approval`: somebody's yes or no to an exact command before it is sent, or to an exact effect
//! before it is performed. One actor per question.

mod effect;
mod rejections;
mod specs;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::caller::Origin;
use crate::canonical::state_hash;
use crate::hash::Hash;
use crate::ids::{ActorId, CommandId, CommandName, CredentialId, Kind, Principal, Revision};
use crate::kinds::check::{Check, PLAIN};
use crate::kinds::policy::limits::{EXPIRES_S, EXPIRES_S_MAX, ITEMS_MAX, QUORUM_MAX};
use crate::lifecycle;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::refusal::{Refusal, RefusalClass};
use crate::stop::{self, Stop, UnderWay};
use crate::time::Timestamp;

/// The kind's name.
pub const KIND: Kind = Kind::from_static("approval");
/// The timer that ends an approval.
pub const EXPIRY: ActorId = ActorId::from_static("expiry");
/// The largest input of a proposed command, in bytes of JSON.
pub const INPUT_BYTES_MAX: usize = 64 * 1024;
/// The longest reason or note, in bytes.
pub const NOTE_BYTES_MAX: usize = 1_024;

/// Why a command of the runtime cannot be proposed.
const RUNTIME: &str = "is a command of the runtime, which nobody else sends";

pub use effect::ProposedEffect;
pub use rejections::Rejection;

/// The page of `approval`.
pub struct Approval;

/// What may be asked of an approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Asks for a yes to a command.
    Propose(Box<Propose>),
    /// Says yes.
    Approve(Vote),
    /// Says no.
    Reject(Vote),
    /// Lets somebody else say it.
    Delegate(Delegate),
    /// Asks no longer.
    Withdraw(Note),
    /// Ends it when its time has passed; sent by its timer.
    Expire(Nothing),
}

/// A command as it is to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// The kind of the actor that it is for.
    pub kind: Kind,
    /// Its id.
    pub id: ActorId,
    /// The command's name.
    pub name: CommandName,
    /// Its input.
    #[serde(default)]
    pub input: Value,
}

impl Proposed {
    /// What tells this command, or the effect that it lets go on, asked by `principal`, from any
    /// other: whoever says yes names it.
    ///
    /// # Errors
    /// `number_imprecise` when the input has no canonical form.
    pub fn hash(
        &self,
        principal: &Principal,
        effect: Option<&ProposedEffect>,
    ) -> Result<Hash, Refusal> {
        let mut value = json!({ "command": self, "principal": principal });
        if let Some(effect) = effect {
            value["effect"] = effect.mark();
        }
        state_hash(&value).map_err(|error| {
            Refusal::new(RefusalClass::Malformed, "number_imprecise", error.to_string())
        })
    }
}

/// Input of `propose`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// The command.
    pub command: Proposed,
    /// Why it should be sent, for whoever decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NOTE_BYTES_MAX), regex(pattern = PLAIN))]
    pub reason: Option<String>,
    /// How many have to say yes.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = QUORUM_MAX))]
    pub quorum: u32,
    /// Who may say so; everybody with the capability when empty. Never whoever asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = ITEMS_MAX))]
    pub approvers: Vec<Principal>,
    /// How long it waits, in seconds.
    #[serde(default = "day")]
    #[schemars(range(min = 1, max = EXPIRES_S_MAX))]
    pub expires_s: u64,
    /// Answer only when it is settled.
    #[serde(default)]
    pub wait: bool,
    /// Set by the gate alone: the verdict that asks for the approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Held>,
    /// Set by the gate alone: the effect that it is about, which `command` lets go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<ProposedEffect>,
}

const fn one() -> u32 {
    1
}

const fn day() -> u64 {
    EXPIRES_S
}

/// What the gate holds back until somebody says yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Who asked.
    pub principal: Principal,
    /// By which road; by HTTP when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The key or session that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// The rule that asks for the approval.
    pub rule: String,
    /// The id of the command that was held back, or that led to the effect.
    pub command: CommandId,
    /// The gate's own code over the command and these terms, without which a yes is nobody's.
    pub seal: Hash,
}

/// Input of `approve` and `reject`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The hash of what is decided about: nobody says yes to what they have not seen.
    pub hash: Hash,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NOTE_BYTES_MAX), regex(pattern = PLAIN))]
    pub note: Option<String>,
}

/// Input of `delegate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// Who says it in one's place.
    pub to: Principal,
}

/// Why, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Note {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NOTE_BYTES_MAX), regex(pattern = PLAIN))]
    pub note: Option<String>,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What happened to an approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A command was proposed.
    Proposed(Box<Proposal>),
    /// Somebody said yes.
    Approved {
        /// Who.
        by: Principal,
        /// In whose place; themselves when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_whom: Option<Principal>,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Enough have said yes: the command is sent.
    Granted {
        /// What was agreed to.
        hash: Hash,
    },
    /// Somebody said no.
    Rejected {
        /// Who.
        by: Principal,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Somebody else says it in an approver's place.
    Delegated {
        /// In whose place.
        from: Principal,
        /// Who.
        to: Principal,
    },
    /// Whoever asked asks no longer.
    Withdrawn {
        /// By whom.
        by: Principal,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Nobody settled it in time.
    Expired {},
    /// The command was decided.
    Performed {
        /// The revision of its actor after it.
        revision: Revision,
        /// What it answered.
        reply: Value,
    },
    /// The command was sent and refused.
    Failed {
        /// Why: a stable code.
        code: String,
        /// The same in a sentence.
        reason: String,
    },
}

/// What is decided about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The command.
    pub command: Proposed,
    /// What tells it from any other.
    pub hash: Hash,
    /// Who asks, and as whom the command is sent.
    pub by: Principal,
    /// By which road it was asked; by HTTP when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The key or session that it was asked with: it must count when the command is sent, and the
    /// command does no more than that carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// Why it should be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many have to say yes.
    pub quorum: u32,
    /// Who may say so; everybody with the capability when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Principal>,
    /// When it ends unsettled.
    pub expires_at: Timestamp,
    /// The command that waits for it to be settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<CommandId>,
    /// The verdict of the gate that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Held>,
    /// The effect that it is about, which the command lets go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<ProposedEffect>,
}

/// Where an approval stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was proposed.
    #[default]
    New,
    /// It waits for a yes or no.
    Pending,
    /// Enough have said yes; the command is being sent.
    Granted,
    /// The command was decided.
    Performed,
    /// The command was sent and refused.
    Failed,
    /// Somebody said no.
    Rejected,
    /// Whoever asked asks no longer.
    Withdrawn,
    /// Nobody settled it in time.
    Expired,
}

/// The answer to every command of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Where it stands.
    pub status: Status,
    /// What tells the command from any other, hexadecimal.
    pub hash: Option<String>,
    /// How many have said yes.
    pub approvals: u32,
    /// How many have to.
    pub quorum: u32,
}

impl Propose {
    /// Whether each member can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self) -> Result<(), Refusal> {
        let bytes = self.command.input.to_string().len();
        let size = format!("has {bytes} bytes; {INPUT_BYTES_MAX} are allowed");
        let few = self.approvers.is_empty() || self.approvers.len() >= self.quorum as usize;
        let quorum = (1..=QUORUM_MAX).contains(&self.quorum);
        let sound = self.effect.as_ref().is_none_or(ProposedEffect::is_sound);
        let resumes = self.effect.is_some() && self.command.name == lifecycle::RESUME;
        let forbidden = lifecycle::is_runtime(&self.command.name) && !resumes;
        let expires = (1..=EXPIRES_S_MAX).contains(&self.expires_s);
        Check::new()
            .ensure(bytes <= INPUT_BYTES_MAX, "command.input", size)
            .ensure(!forbidden, "command.name", RUNTIME)
            .ensure(sound, "effect", "is not what its hash tells")
            .ensure(quorum, "quorum", format!("is 1 to {QUORUM_MAX}"))
            .ensure(few, "approvers", "are fewer than the quorum")
            .items("approvers", self.approvers.len(), ITEMS_MAX)
            .ensure(expires, "expires_s", format!("is 1 to {EXPIRES_S_MAX}"))
            .body("reason", self.reason.as_deref().unwrap_or_default(), NOTE_BYTES_MAX)
            .done()
    }
}

impl Page for Approval {
    const KIND: Kind = KIND;
    const ABOUT: &'static str =
        "Somebody's yes or no to an exact command or effect, before it happens.";
    const CREATE: &'static str = "propose";
    const COMMANDS: &'static [&'static str] =
        &["propose", "delegate", "approve", "reject", "withdraw", "expire"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Proposed", 1),
        ("Approved", 1),
        ("Granted", 1),
        ("Rejected", 1),
        ("Delegated", 1),
        ("Withdrawn", 1),
        ("Expired", 1),
        ("Performed", 1),
        ("Failed", 1),
    ];
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

    /// Who asks no longer withdraws the question.
    fn stop(asked: &UnderWay<'_>) -> Option<Stop> {
        (asked.name.as_str() == "propose").then(|| Stop {
            kind: KIND,
            id: asked.id.clone(),
            name: CommandName::from_static("withdraw"),
            input: json!({ "note": stop::REASON }),
        })
    }

    fn summary(event: &Event) -> Option<Value> {
        specs::summary(event)
    }
}
