//! The policy enforcement point. Every command passes it, whatever its road; what it said stands
//! in the commit, and what it refused in AUDIT.
//!
//! It asks in this order: is a switch engaged → does the directory know enough → may the caller do
//! this → is there enough left of what the tenant may use → what do the policies say, risk among it
//! → has somebody said yes, if they ask for that. It answers from memory and waits for nothing.

mod approval;
mod audit;
mod digests;
mod effect;
mod kin;
mod policy;
mod quota;
mod takes;

use std::sync::Arc;
use std::time::Duration;

use contracts::access::{Act, Authority, Capability, Rights, SYSTEM};
use contracts::caller::Origin;
use contracts::commit::GateRecord;
use contracts::envelope::NodeKey;
use contracts::kinds::{organization, principal, subject};
use contracts::{
    Address, Caller, CommandName, Envelope, Hash, Refusal, RefusalClass, Revision, Tenant,
    Timestamp, lifecycle,
};
use serde_json::{Value, json};

use super::directory::{Directory, Snapshot};
use digests::Digests;
use takes::Takes;

pub use approval::REQUIRED as APPROVAL_REQUIRED;
pub use audit::{Refused, is_told};
pub use effect::{
    Allowed, Performed, is_asked as effect_is_asked, question as effect_question, wants_approval,
};
pub use kin::is_vote;
pub use policy::ensure_free;
pub use quota::{Meter, spawn};

/// The codes that a timer's command may be barred with.
pub const BARRED: &[&str] =
    &["actor_not_found", "approval_required", "forbidden", "policy_denied", "quota_exceeded"];

/// The rules in force.
pub struct Gate {
    digests: Digests,
    directory: Arc<Directory>,
    stale_after: Duration,
    /// What the nodes of this system know a yes by that the gate itself has asked for.
    node_key: NodeKey,
    /// What is counted against quotas.
    pub meter: Meter,
}

/// The text of the rules; its hash is the digest in every commit.
const POLICY: &str = "allow a command of a kind to whom its capability was given; \
    allow a principal, and its owner, to see to its own profile, password, keys and sessions; \
    allow commands of the runtime to the runtime alone; \
    allow what the system decides of an organization to those who may in the tenant system";

/// What is asked of an actor, as far as policies may know it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The command: of a timer, the one that it runs.
    pub command: &'a CommandName,
    /// Its input.
    pub input: &'a Value,
    /// The actor's revision before it.
    pub revision: Revision,
}

/// What the gate lets through, and with which authority it is decided.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// What stands in the commit.
    pub record: GateRecord,
    /// What the caller may do here.
    pub authority: Authority,
}

impl Gate {
    /// A gate over `directory`, which is stale when it has proved nothing for so long.
    #[must_use]
    pub fn new(directory: Arc<Directory>, stale_after: Duration, node_key: NodeKey) -> Self {
        let digests = Digests::new(Hash::of(POLICY.as_bytes()));
        Self { digests, directory, stale_after, node_key, meter: Meter::default() }
    }

    /// The digest of all that decides in `tenant` now: the rules, and its policies.
    #[must_use]
    pub fn digest(&self, tenant: &Tenant) -> Hash {
        self.digests.of(&self.directory.snapshot().policies, tenant)
    }

    /// What the gate says to a command at `now`.
    ///
    /// # Errors
    /// `kill_switch_engaged`, `gate_stale`, `actor_not_found` to who is nobody in the tenant,
    /// `forbidden`, `quota_exceeded`, `policy_denied`, `approval_required`.
    pub fn check(
        &self,
        envelope: &Envelope,
        revision: Revision,
        now: Timestamp,
    ) -> Result<Ruling, Refusal> {
        let takes = Takes::of(envelope)?;
        let asked = Asked { command: &envelope.name, input: &envelope.input, revision };
        self.rule(envelope, takes, asked, now)
    }

    /// Whether no switch holds an actor up.
    ///
    /// # Errors
    /// `kill_switch_engaged`.
    pub fn ensure_moving(&self, to: &Address) -> Result<(), Refusal> {
        let Address { tenant, kind, id } = to;
        ensure_free(&self.directory.snapshot(), tenant, Some((kind, id)))
    }

    /// What the gate says to the command that a timer runs, in the name of whoever set it.
    ///
    /// # Errors
    /// As [`Gate::check`].
    pub fn check_timer(
        &self,
        envelope: &Envelope,
        asked: Asked<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.rule(envelope, Takes::Command(asked.command), asked, now).map(drop)
    }

    fn rule(
        &self,
        envelope: &Envelope,
        takes: Takes<'_>,
        asked: Asked<'_>,
        now: Timestamp,
    ) -> Result<Ruling, Refusal> {
        effect::ensure_sealed(envelope, &self.node_key)?;
        // Before the snapshot, so that the position is never beyond what was asked.
        let as_of = self.directory.as_of();
        let snapshot = self.directory.snapshot();
        let by = &envelope.by;
        // What the world has answered is written down whatever is engaged, or it would be asked,
        // and paid, again.
        if !matches!(takes, Takes::Nothing) {
            policy::ensure_moving(&snapshot, envelope)?;
        }
        let known = snapshot.rights(&envelope.to.tenant, by, now);
        let rights = match known {
            Some(rights) => rights,
            // The world has answered, whoever asked it.
            None if matches!(takes, Takes::Nothing) => Rights::nothing(),
            None => return Err(stranger(envelope)),
        };
        if !matches!(takes, Takes::Nothing) && by.principal != Caller::RUNTIME {
            if self.directory.is_stale(self.stale_after) {
                return Err(stale());
            }
            let question = Question { envelope, takes, rights: &rights, snapshot: &snapshot, now };
            question.ask()?;
            question.ensure_not_above()?;
            self.meter.ensure(&snapshot, envelope, takes, now)?;
        }
        let mut reason = crossing(by).map(str::to_owned);
        let mut verdict = "allow";
        if !snapshot.policies.is_open(&envelope.to.tenant) && policy::is_asked(envelope, takes) {
            let standing = policy::Standing { snapshot: &snapshot, envelope, asked, now };
            match standing.ask(&self.node_key)? {
                policy::Passed::Open => {}
                policy::Passed::Rule(rule) => reason = reason.or(Some(rule)),
                policy::Passed::Approval(approval) => {
                    (verdict, reason) = ("approved", Some(format!("approval {approval}")));
                }
            }
        }
        let roles = snapshot.house(&envelope.to.tenant).roles.clone();
        let policy = self.digests.of(&snapshot.policies, &envelope.to.tenant);
        let record = GateRecord { verdict: verdict.into(), policy, as_of, reason };
        Ok(Ruling { record, authority: Authority { rights, roles } })
    }
}

/// Why a caller may whose right is not of the tenant.
fn crossing(by: &Caller) -> Option<&'static str> {
    (by.principal.home() == Some(SYSTEM.as_str())).then_some("super admin")
}

/// One command, and all that is known of who asks.
struct Question<'a> {
    envelope: &'a Envelope,
    takes: Takes<'a>,
    rights: &'a Rights,
    snapshot: &'a Snapshot,
    now: Timestamp,
}

impl Question<'_> {
    fn ask(&self) -> Result<(), Refusal> {
        let Envelope { to, by, .. } = self.envelope;
        match self.takes {
            Takes::Nothing => Ok(()),
            Takes::Capability(capability) => self.ensure(capability, None),
            Takes::Command(name) => {
                let capability = Capability::new(to.kind.as_str(), name.as_str());
                let platform = to.kind == organization::KIND
                    && organization::PLATFORM.contains(&name.as_str());
                if platform {
                    return self.ensure_above(capability);
                }
                if self.is_own(capability) {
                    return Ok(());
                }
                self.ensure(capability, Some(to.id.as_str()))
            }
            Takes::Fork => {
                if super::directory::is_of(&to.kind) {
                    return Err(unforkable(by));
                }
                let capability = Capability::new(to.kind.as_str(), Capability::FORK);
                self.ensure(capability, Some(to.id.as_str()))
            }
        }
    }

    /// Whoever gives somebody a key, another owner or another address takes him over: nobody does
    /// that to one who may what he himself, with the key that he came with, may not. An owner was
    /// put there by somebody who may.
    fn ensure_not_above(&self) -> Result<(), Refusal> {
        let Envelope { to, by, input, .. } = self.envelope;
        let Takes::Command(name) = self.takes else { return Ok(()) };
        if to.kind != principal::KIND || by.principal == Caller::ADMIN {
            return Ok(());
        }
        let Some(theirs) = self.snapshot.resident(&to.tenant, to.id.as_str()) else {
            return Ok(());
        };
        let own = by.principal.as_str() == to.id.as_str();
        let owner = theirs.access.owner.as_ref() == Some(&by.principal);
        let takes_over = match name.as_str() {
            "issue_key" | "rotate_key" => !own && !owner,
            "transfer" => true,
            "profile" => input.get("email").is_some(),
            _ => false,
        };
        if !takes_over || self.rights.cover_all_of(&theirs.rights) {
            return Ok(());
        }
        let message = format!("{} may do what {} may not", to.id, by.principal);
        Err(Refusal::new(RefusalClass::Forbidden, "grant_exceeds_rights", message))
    }

    fn ensure(&self, capability: Capability<'_>, id: Option<&str>) -> Result<(), Refusal> {
        let act = Act { capability, id, road: self.road(), now: self.now };
        if self.rights.may(&act) { Ok(()) } else { Err(forbidden(capability, self.envelope)) }
    }

    /// The road by which the caller came. The runtime only carries the word of who forks or sees to
    /// effects: the edge alone has rows for that, and asks the same there.
    const fn road(&self) -> Origin {
        match self.takes {
            Takes::Fork | Takes::Capability(_) => Origin::Http,
            Takes::Command(_) | Takes::Nothing => self.envelope.by.origin,
        }
    }

    /// What the system decides takes the capability in its own tenant.
    fn ensure_above(&self, capability: Capability<'_>) -> Result<(), Refusal> {
        let Envelope { to, by, .. } = self.envelope;
        let act = Act { capability, id: None, road: by.origin, now: self.now };
        let name = match by.principal.home() {
            None if to.tenant == SYSTEM => Some(by.principal.clone()),
            Some(home) if home == SYSTEM.as_str() => by.principal.name().parse().ok(),
            _ if by.principal == Caller::ADMIN => Some(Caller::ADMIN),
            _ => None,
        };
        let rights = name.and_then(|name| {
            let there = Caller { principal: name, ..by.clone() };
            self.snapshot.rights(&SYSTEM, &there, self.now)
        });
        let may = rights.is_some_and(|rights| rights.may(&act));
        if may { Ok(()) } else { Err(forbidden(capability, self.envelope)) }
    }

    /// Whether a principal says what it agrees to.
    fn is_own_subject(&self, capability: Capability<'_>) -> bool {
        let Envelope { to, by, .. } = self.envelope;
        to.kind == subject::KIND
            && subject::OWN.contains(&capability.verb)
            && by.principal.as_str() == to.id.as_str()
            && self.rights.is_within(capability)
            && self.stands()
    }

    /// Whether a principal sees to its own belongings, or to those of one that it owns. What its
    /// credential does not carry it may not do even to itself.
    fn is_own(&self, capability: Capability<'_>) -> bool {
        let Envelope { to, by, .. } = self.envelope;
        if self.is_own_subject(capability) {
            return true;
        }
        if to.kind != principal::KIND || !principal::OWN.contains(&capability.verb) {
            return false;
        }
        let resident = |name: &str| self.snapshot.resident(&to.tenant, name);
        let own = by.principal.as_str() == to.id.as_str()
            || resident(to.id.as_str()).and_then(|it| it.access.owner.as_ref())
                == Some(&by.principal);
        own && self.stands() && self.rights.is_within(capability)
    }

    /// Whether the caller is at home here and may act at all.
    fn stands(&self) -> bool {
        let Envelope { to, by, .. } = self.envelope;
        let caller = self.snapshot.resident(&to.tenant, by.principal.as_str());
        let stands = caller.filter(|it| !it.access.suspended).is_some_and(|caller| {
            !matches!(caller.carried(by, self.now), super::directory::Carried::Nothing)
        });
        stands && !self.snapshot.house(&to.tenant).governance.suspended
    }
}

/// What nobody may whose rights do not cover it.
fn forbidden(capability: Capability<'_>, envelope: &Envelope) -> Refusal {
    let message = format!("this takes {capability}, which {} has not", envelope.by.principal);
    Refusal::new(RefusalClass::Forbidden, "forbidden", message)
        .details(json!({ "capability": capability.to_string() }))
}

fn unforkable(by: &Caller) -> Refusal {
    let message = format!("who may do what is never forked, so {} may not either", by.principal);
    Refusal::new(RefusalClass::Forbidden, "forbidden", message)
}

/// To who is nobody in a tenant nothing of it exists.
fn stranger(envelope: &Envelope) -> Refusal {
    let message = format!("there is no {} {}", envelope.to.kind, envelope.to.id);
    Refusal::not_found("actor_not_found", message)
}

fn stale() -> Refusal {
    let message = "this node does not know at the moment who may do what; try again";
    Refusal::unavailable("gate_stale", message).retry_after(1_000)
}

/// Whether a command of the runtime came from elsewhere.
fn is_forged(envelope: &Envelope) -> bool {
    lifecycle::is_runtime(&envelope.name) && envelope.by.origin != Origin::Runtime
}
