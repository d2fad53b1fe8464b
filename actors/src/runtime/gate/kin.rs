//! Who speaks for whom: a bot, an agent or a service says what its owner wants, so a yes of one is
//! a yes of the other.

use contracts::kinds::approval;
use contracts::{Envelope, Principal, Refusal, RefusalClass, Tenant};
use serde_json::Value;

use super::Gate;
use crate::runtime::directory::Snapshot;

/// How many owners of owners are looked at.
const DEPTH_MAX: usize = 16;

/// Whose word it is: the principal, its owner, the owner of that, and so on; those who are at home
/// elsewhere as `name@home`.
fn chain(snapshot: &Snapshot, tenant: &Tenant, principal: &Principal) -> Vec<Principal> {
    let mut chain = vec![principal.clone()];
    while let Some(last) = chain.last() {
        let home = last.home().and_then(|home| Tenant::new(home).ok());
        let house = home.as_ref().unwrap_or(tenant);
        let resident = snapshot.resident(house, last.name());
        let Some(owner) = resident.and_then(|it| it.access.owner.clone()) else { break };
        // An owner is named as at the home of what it owns.
        let owner = match &home {
            Some(home) if owner.home().is_none() => Principal::new(format!("{owner}@{home}")).ok(),
            _ => Some(owner),
        };
        match owner.filter(|owner| !chain.contains(owner) && chain.len() < DEPTH_MAX) {
            Some(owner) => chain.push(owner),
            None => break,
        }
    }
    chain
}

/// Whether `principal` is owned by `owner`, or by somebody who is.
#[must_use]
pub fn is_owned(
    snapshot: &Snapshot,
    tenant: &Tenant,
    principal: &Principal,
    owner: &Principal,
) -> bool {
    chain(snapshot, tenant, principal).iter().skip(1).any(|it| it == owner)
}

/// Whether both are the same, one owns the other, or somebody owns both.
fn is_kin(snapshot: &Snapshot, tenant: &Tenant, one: &Principal, other: &Principal) -> bool {
    let others = chain(snapshot, tenant, other);
    chain(snapshot, tenant, one).iter().any(|it| others.contains(it))
}

impl Gate {
    /// Makes sure that nobody says yes to what they have asked for themselves by way of what they
    /// own, or what owns them. `state` is that of the approval.
    ///
    /// Whom a policy or whoever asks has named may own the asker: somebody chose a bot's owner to
    /// decide about the bot. Where nobody is named, and for a delegate, kinship of any sort is in
    /// the way.
    ///
    /// # Errors
    /// `approval_own`.
    pub fn ensure_unrelated(&self, envelope: &Envelope, state: &Value) -> Result<(), Refusal> {
        let Envelope { to, by, name, .. } = envelope;
        let voter = match name.as_str() {
            "approve" => Some(by.principal.clone()),
            "delegate" => envelope.input["to"].as_str().and_then(|to| to.parse().ok()),
            _ => None,
        };
        let asker = state["proposal"]["by"].as_str().and_then(|by| by.parse::<Principal>().ok());
        let (Some(voter), Some(asker)) = (voter, asker) else { return Ok(()) };
        if name.as_str() == "approve" && voter == asker {
            // The kind's own rule, which looks at the input first.
            return Ok(());
        }
        let snapshot = self.directory.snapshot();
        let named = state["proposal"]["approvers"].as_array();
        let named = named.is_some_and(|named| named.iter().any(|it| *it == voter.as_str()));
        let chosen = named && name.as_str() != "delegate";
        let related = if chosen {
            is_owned(&snapshot, &to.tenant, &voter, &asker)
        } else {
            is_kin(&snapshot, &to.tenant, &voter, &asker)
        };
        if !related {
            return Ok(());
        }
        let message = format!("{voter} speaks for {asker}, who asks, or both for the same owner");
        Err(Refusal::new(RefusalClass::Forbidden, "approval_own", message))
    }
}

/// Whether a command is somebody's word on what another has asked for.
#[must_use]
pub fn is_vote(envelope: &Envelope) -> bool {
    envelope.to.kind == approval::KIND && matches!(envelope.name.as_str(), "approve" | "delegate")
}
