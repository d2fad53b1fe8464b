//! The gate's questions to policies and switches.

use contracts::envelope::{Approved, NodeKey};
use contracts::kinds::policy::{self, Approval, Ruling};
use contracts::kinds::principal;
use contracts::{
    ActorId, Address, Caller, Envelope, Kind, Principal, Refusal, RefusalClass, Tenant, Timestamp,
};
use serde_json::json;

use super::approval::{self, Terms};
use super::kin;
use super::takes::Takes;
use super::{Asked, Snapshot};
use crate::policy::{Question, Verdict};

/// How a command got past the policies.
pub enum Passed {
    /// None is in force.
    Open,
    /// This rule allows it.
    Rule(String),
    /// This approval does.
    Approval(ActorId),
}

/// A command in front of the policies in force.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    /// Who there is.
    pub snapshot: &'a Snapshot,
    /// The command.
    pub envelope: &'a Envelope,
    /// What it asks.
    pub asked: Asked<'a>,
    /// When.
    pub now: Timestamp,
}

/// Whether no switch holds the actor up. Only switches themselves go on.
///
/// # Errors
/// `kill_switch_engaged`.
pub fn ensure_moving(snapshot: &Snapshot, envelope: &Envelope) -> Result<(), Refusal> {
    let free = switches(envelope) || signs_in(envelope);
    let Address { tenant, kind, id } = &envelope.to;
    if free { Ok(()) } else { ensure_free(snapshot, tenant, Some((kind, id))) }
}

/// Whether no switch holds up the actor, whatever is asked of it; without one, the whole tenant.
///
/// # Errors
/// `kill_switch_engaged`.
pub fn ensure_free(
    snapshot: &Snapshot,
    tenant: &Tenant,
    actor: Option<(&Kind, &ActorId)>,
) -> Result<(), Refusal> {
    if snapshot.policies.is_open(tenant) {
        return Ok(());
    }
    let Some(engaged) = snapshot.policies.engaged(tenant, actor) else { return Ok(()) };
    let message = format!("the kill switch `{}` is engaged: {}", engaged.scope, engaged.reason);
    let details = json!({ "scope": engaged.scope, "since": engaged.since });
    Err(Refusal::unavailable("kill_switch_engaged", message).retry_after(5_000).details(details))
}

/// Whether a session begins, goes on or ends: people sign in to release a switch, and nothing acts
/// by it that the switch would not stop.
fn signs_in(envelope: &Envelope) -> bool {
    const SESSIONS: [&str; 4] = ["begin_session", "refresh_session", "end_session", "end_sessions"];
    envelope.to.kind == principal::KIND && SESSIONS.contains(&envelope.name.as_str())
}

fn switches(envelope: &Envelope) -> bool {
    envelope.to.kind == policy::KIND && matches!(envelope.name.as_str(), "engage" | "release")
}

/// Whether policies are asked at all: not about the books of the runtime, not about switches, and
/// not about policies when the holder of the admin key changes them, or a bad one would stay.
pub fn is_asked(envelope: &Envelope, takes: Takes<'_>) -> bool {
    let by = &envelope.by.principal;
    let rescue = envelope.to.kind == policy::KIND && *by == Caller::ADMIN;
    !matches!(takes, Takes::Nothing) && *by != Caller::RUNTIME && !switches(envelope) && !rescue
}

impl Standing<'_> {
    /// What the policies say; what asks for a yes is let through with one.
    ///
    /// # Errors
    /// `policy_denied`, `approval_required`.
    pub fn ask(&self, node_key: &NodeKey) -> Result<Passed, Refusal> {
        let Some(verdict) = self.verdict() else { return Ok(Passed::Open) };
        match verdict.ruling {
            Ruling::Allow => Ok(Passed::Rule(verdict.rule.to_string())),
            Ruling::Deny => Err(denied(&verdict)),
            Ruling::Review | Ruling::Escalate => {
                let terms = self.terms(&verdict)?;
                let approved = self.envelope.approved.as_deref();
                match approved.filter(|it| self.is_agreed(it, &terms, node_key)) {
                    Some(approved) => Ok(Passed::Approval(approved.approval.clone())),
                    None => {
                        let approval = approval::id(self.envelope, &terms.rule);
                        Err(required(&verdict, &terms, &approval))
                    }
                }
            }
        }
    }

    /// What the policies say.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let Envelope { to, by, .. } = self.envelope;
        let roles = self.snapshot.role_names(&to.tenant, &by.principal, self.now);
        self.snapshot.policies.evaluate(&Question {
            tenant: &to.tenant,
            kind: &to.kind,
            id: &to.id,
            revision: self.asked.revision,
            command: self.asked.command,
            input: self.asked.input,
            principal: &by.principal,
            roles: &roles,
            origin: by.origin,
            at: self.now,
            effect: None,
        })
    }

    /// Who has to say yes.
    ///
    /// # Errors
    /// `policy_denied` when so many do not exist.
    pub fn terms(&self, verdict: &Verdict) -> Result<Terms, Refusal> {
        let Envelope { to, by, .. } = self.envelope;
        terms(self.snapshot, (&to.tenant, &by.principal), verdict, self.now)
    }

    /// Whether this is the yes that this gate, or that of another node, has asked for: to this very
    /// command of this very caller, for this rule, by as many as it takes now.
    fn is_agreed(&self, approved: &Approved, terms: &Terms, node_key: &NodeKey) -> bool {
        let Approved { proposal, .. } = approved;
        let Envelope { to, by, .. } = self.envelope;
        let command = &proposal.command;
        let same = command.kind == to.kind
            && command.id == to.id
            && command.name == *self.asked.command
            && command.input == *self.asked.input
            && proposal.by == by.principal
            && proposal.credential == by.credential;
        let Some(held) = proposal.gate.as_ref().filter(|_| same) else { return false };
        let was = Terms {
            rule: held.rule.clone(),
            quorum: proposal.quorum,
            approvers: proposal.approvers.clone(),
            expires_s: terms.expires_s,
        };
        let seal = approval::seal(node_key, &to.tenant, &proposal.hash, held.command, &was);
        // Who may say so must still be among those who may.
        let still = match (was.approvers.is_empty(), terms.approvers.is_empty()) {
            (_, true) => true,
            (true, false) => false,
            (false, false) => was.approvers.iter().all(|it| terms.approvers.contains(it)),
        };
        held.principal == by.principal
            && held.seal.same(&seal)
            && was.rule == terms.rule
            && was.quorum >= terms.quorum
            && still
    }
}

/// Somebody has to say yes first.
pub(super) fn required(verdict: &Verdict, terms: &Terms, approval: &ActorId) -> Refusal {
    let why = verdict.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    let count = terms.quorum;
    let message = format!("{} asks for {count} to say yes first{why}", verdict.rule);
    let mut refusal = refused("approval_required", message, verdict);
    if let Some(details) = refusal.details.as_deref_mut() {
        details["approval"] = json!(approval);
        details["quorum"] = json!(count);
    }
    refusal
}

/// It is not to happen.
pub(super) fn denied(verdict: &Verdict) -> Refusal {
    let why = verdict.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    refused("policy_denied", format!("{} denies this{why}", verdict.rule), verdict)
}

fn refused(code: &'static str, message: String, verdict: &Verdict) -> Refusal {
    let details = json!({
        "rule": verdict.rule, "effect": verdict.ruling, "reason": verdict.reason,
        "findings": verdict.obligations.findings,
    });
    Refusal::new(RefusalClass::Forbidden, code, message).details(details)
}

/// Who has to say yes to what `own` asks in `tenant`: roles become the principals that have them
/// now, never whoever asks, nor what they own.
///
/// # Errors
/// `policy_denied` when so many do not exist.
pub(super) fn terms(
    snapshot: &Snapshot,
    (tenant, own): (&Tenant, &Principal),
    verdict: &Verdict,
    now: Timestamp,
) -> Result<Terms, Refusal> {
    let asked = verdict.obligations.approval.as_deref();
    let Approval { quorum, approvers, expires_s } = asked.cloned().unwrap_or_default();
    let mut named: Vec<Principal> = Vec::new();
    for approver in &approvers {
        match approver.strip_prefix("role:") {
            Some(role) => named.extend(snapshot.with_role(tenant, role, now)),
            None => named.extend(approver.parse::<Principal>().ok()),
        }
    }
    // What somebody owns says what its owner wants.
    named.retain(|name| name != own && !kin::is_owned(snapshot, tenant, name, own));
    named.sort_unstable();
    named.dedup();
    named.truncate(policy::limits::ITEMS_MAX);
    if !approvers.is_empty() && named.len() < quorum as usize {
        let there = named.len();
        let message = format!("{} asks for {quorum} to say yes; {there} can", verdict.rule);
        return Err(refused("policy_denied", message, verdict));
    }
    let rule = verdict.rule.to_string();
    Ok(Terms { rule, quorum, approvers: named, expires_s })
}
