//! The gate's questions about effects: asked when one is about to be performed, in the name of
//! whoever caused it.

use contracts::audit::{AuditRecord, classes};
use contracts::commit::Commit;
use contracts::effect::{Agreed, Asking, Awaited, Effect, EffectClass};
use contracts::envelope::{Approved, NodeKey};
use contracts::kinds::approval::{self, Held, Propose, Proposed, ProposedEffect};
use contracts::kinds::policy::Ruling;
use contracts::{
    ActorId, Address, Caller, CommandId, EffectId, Envelope, Hash, Origin, Refusal, RefusalClass,
    Tenant, Timestamp, lifecycle,
};
use serde_json::{Value, json};

use super::approval::{Terms, seal};
use super::policy::{denied, required, terms};
use super::{Gate, stale};
use crate::policy::{EffectFacts, Question, Verdict, effect_input};
use crate::runtime::directory::Snapshot;

/// An effect that is about to be performed.
#[derive(Clone, Copy)]
pub struct Performed<'a> {
    /// Its id.
    pub id: EffectId,
    /// At which place of its commit it was asked.
    pub index: u32,
    /// What is asked of the world.
    pub effect: &'a Effect,
    /// The commit that asked it.
    pub commit: &'a Commit,
    /// How often it was held for a yes.
    pub holds: u32,
    /// The yes that it was let go on with.
    pub agreed: Option<&'a Agreed>,
}

/// What the gate says of an effect.
pub enum Allowed {
    /// It is performed.
    Yes,
    /// It is not performed, and this is written down.
    No(Box<(Refusal, AuditRecord)>),
    /// Somebody has to say yes first.
    Held(Box<(Refusal, Asking)>),
}

impl Gate {
    /// Whether policies have rules about effects of this class at all.
    #[must_use]
    pub fn names_effects(&self, tenant: &Tenant, class: EffectClass) -> bool {
        self.directory.snapshot().policies.names_effects(tenant, class)
    }

    /// Whether policies decide by the host of a request: then each redirect that leaves it is asked
    /// about anew.
    #[must_use]
    pub fn names_hosts(&self, tenant: &Tenant) -> bool {
        self.directory.snapshot().policies.names_hosts(tenant)
    }

    /// What the policies say to an effect at `now`.
    ///
    /// # Errors
    /// `gate_stale` when nobody can tell at the moment.
    pub fn check_effect(
        &self,
        performed: Performed<'_>,
        now: Timestamp,
    ) -> Result<Allowed, Refusal> {
        if self.directory.is_stale(self.stale_after) {
            return Err(stale());
        }
        let (as_of, snapshot) = (self.directory.as_of(), self.directory.snapshot());
        let Some(verdict) = verdict(&snapshot, &performed, now) else { return Ok(Allowed::Yes) };
        let refusal = match verdict.ruling {
            Ruling::Allow => return Ok(Allowed::Yes),
            Ruling::Deny => denied(&verdict),
            Ruling::Review | Ruling::Escalate => {
                match self.review(&snapshot, &performed, &verdict, now) {
                    Ok(allowed) => return Ok(allowed),
                    // What nobody can say yes to is refused.
                    Err(refusal) => refusal,
                }
            }
        };
        let mut record = record(&performed, &refusal, now);
        record.policy = Some(self.digests.of(&snapshot.policies, &performed.commit.tenant));
        record.as_of = Some(as_of);
        Ok(Allowed::No(Box::new((refusal, record))))
    }

    fn review(
        &self,
        snapshot: &Snapshot,
        performed: &Performed<'_>,
        verdict: &Verdict,
        now: Timestamp,
    ) -> Result<Allowed, Refusal> {
        let Performed { id, index, effect, commit, holds, agreed } = *performed;
        let by = &commit.command.by;
        let terms = terms(snapshot, (&commit.tenant, &by.principal), verdict, now)?;
        let proposed = ProposedEffect::of(id, (commit.revision, index), effect)?;
        let command = proposed.resume(&commit.address());
        let hash = command.hash(&by.principal, Some(&proposed))?;
        if agreed.is_some_and(|agreed| is_agreed(agreed, hash, &terms)) {
            return Ok(Allowed::Yes);
        }
        let approval = approval_of(&commit.tenant, id, &terms.rule, holds);
        let mut refusal = required(verdict, &terms, &approval);
        refusal.message = format!("the effect waits: {}", refusal.message);
        let rule = terms.rule.clone();
        let awaited = Awaited { approval, hash, rule };
        let gate = Held {
            principal: by.principal.clone(),
            origin: Some(by.origin),
            credential: by.credential.clone(),
            rule: terms.rule.clone(),
            command: commit.command.id,
            seal: seal(&self.node_key, &commit.tenant, &hash, commit.command.id, &terms),
        };
        let reason = verdict.reason.clone();
        let propose = propose(command, (gate, proposed), terms, reason);
        let propose =
            serde_json::to_value(propose).map_err(|error| Refusal::internal(error.to_string()))?;
        Ok(Allowed::Held(Box::new((refusal, Asking { awaited, propose }))))
    }
}

fn propose(
    command: Proposed,
    (gate, effect): (Held, ProposedEffect),
    Terms { quorum, approvers, expires_s, .. }: Terms,
    reason: Option<String>,
) -> Propose {
    let (gate, effect, wait) = (Some(gate), Some(effect), false);
    Propose { command, reason, quorum, approvers, expires_s, wait, gate, effect }
}

/// What the policies say of an effect; `None` = none is about it.
fn verdict(snapshot: &Snapshot, performed: &Performed<'_>, now: Timestamp) -> Option<Verdict> {
    let Performed { effect, commit, .. } = performed;
    let by = &commit.command.by;
    let roles = snapshot.role_names(&commit.tenant, &by.principal, now);
    let question = question(commit, effect);
    let verdict = snapshot.policies.evaluate(&Question {
        roles: &roles,
        at: now,
        input: &effect_input(effect),
        ..question
    });
    if !wants_approval(effect) {
        return verdict;
    }
    let reason = Some("whoever begins the run wants a yes to each call of this tool".to_owned());
    let own = Verdict::new(Ruling::Review, OWN_WISH.into(), reason);
    Some(match verdict {
        Some(verdict) => verdict.or_stricter(own),
        None => own,
    })
}

/// What asks for a yes where no policy does.
const OWN_WISH: &str = "run/approval";

/// Whether an effect asks for a yes by itself, whatever the policies say.
#[must_use]
pub fn wants_approval(effect: &Effect) -> bool {
    matches!(effect, Effect::Tool(tool) if tool.approval && tool.recorded.is_none())
}

/// What is known of an effect whatever the time.
pub fn question<'a>(commit: &'a Commit, effect: &'a Effect) -> Question<'a> {
    let Commit { tenant, kind, id, revision, command, .. } = commit;
    Question {
        tenant,
        kind,
        id,
        revision: *revision,
        command: &command.name,
        input: &Value::Null,
        principal: &command.by.principal,
        roles: &[],
        origin: command.by.origin,
        at: commit.at,
        effect: Some(EffectFacts::of(effect)),
    }
}

/// Whether effects of this actor are asked about: an approval sends what passes the gate anyway,
/// and to hold its clock would hold what ends it.
#[must_use]
pub fn is_asked(address: &Address, own: bool) -> bool {
    !own && address.kind != approval::KIND
}

/// Whether this is a yes to this very effect, for this rule, by as many and by such as it takes
/// now.
fn is_agreed(agreed: &Agreed, hash: Hash, terms: &Terms) -> bool {
    let still = match (agreed.approvers.is_empty(), terms.approvers.is_empty()) {
        (_, true) => true,
        (true, false) => false,
        (false, false) => agreed.approvers.iter().all(|it| terms.approvers.contains(it)),
    };
    agreed.hash == hash && agreed.rule == terms.rule && agreed.quorum >= terms.quorum && still
}

/// The approval that an effect waits for: always the same, so that nobody is asked twice, and
/// another one each time that it is held anew.
fn approval_of(tenant: &Tenant, effect: EffectId, rule: &str, holds: u32) -> ActorId {
    let parts = [tenant.as_str(), &effect.to_string(), rule, &holds.to_string()];
    let id = CommandId::derived("cambium effect approval v1", &parts);
    ActorId::new(id.to_string()).unwrap_or(approval::EXPIRY)
}

fn record(performed: &Performed<'_>, refusal: &Refusal, now: Timestamp) -> AuditRecord {
    let Performed { id, effect, commit, .. } = performed;
    let (tenant, class) = (commit.tenant.clone(), effect.class().as_str());
    let mut record = AuditRecord::new(tenant, classes::REFUSED, now, refusal.message.clone())
        .by(&commit.command.by)
        .refused(refusal)
        .action(format!("effect.{class}"))
        .details(json!({ "effect": id, "command_id": commit.command.id }));
    record.actor = Some(format!("{}/{}", commit.kind, commit.id));
    record.trace_id = commit.command.trace.as_ref().and_then(|trace| trace.id());
    record
}

/// Makes sure that a yes or no to an effect is that of an approval which this gate, or that of
/// another node, has asked for: nobody without the key of the nodes can make one.
///
/// # Errors
/// `forbidden`.
pub fn ensure_sealed(envelope: &Envelope, key: &NodeKey) -> Result<(), Refusal> {
    let Envelope { to, name, input, by, approved, .. } = envelope;
    let (said, member) = match approved.as_deref() {
        _ if *name != lifecycle::RESUME && *name != lifecycle::CANCEL => return Ok(()),
        Some(it) if *name == lifecycle::RESUME => {
            (Some((it, json!(it.proposal.agreed(&it.approval)))), "agreed")
        }
        Some(it) => (Some((it, json!(it.proposal.held_by(&it.approval)))), "awaited"),
        None => (None, ""),
    };
    let sound = match said {
        Some((approved, said)) => {
            input[member] == said && is_sealed(to, &input["effect"], approved, key)
        }
        // Nobody's hand says what only an approval, or a policy, can.
        None => {
            let own = by.principal == Caller::RUNTIME && by.origin == Origin::Runtime;
            input["agreed"].is_null()
                && input["awaited"].is_null()
                && (own || input["refusal"].is_null())
        }
    };
    if sound {
        return Ok(());
    }
    let message = "this is no yes or no that the gate has asked for";
    Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message))
}

fn is_sealed(
    to: &Address,
    about: &Value,
    Approved { proposal, .. }: &Approved,
    key: &NodeKey,
) -> bool {
    let (Some(held), Some(effect)) = (&proposal.gate, &proposal.effect) else { return false };
    let terms = Terms {
        rule: held.rule.clone(),
        quorum: proposal.quorum,
        approvers: proposal.approvers.clone(),
        expires_s: 0,
    };
    let hash = proposal.command.hash(&proposal.by, Some(effect));
    about == &json!(effect.id)
        && proposal.command == effect.resume(to)
        && hash.is_ok_and(|hash| hash == proposal.hash)
        && held.principal == proposal.by
        && held.seal.same(&seal(key, &to.tenant, &proposal.hash, held.command, &terms))
}
