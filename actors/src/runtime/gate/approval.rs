//! Asking somebody: the gate proposes what it holds back, and knows its own question again.

use std::sync::Arc;

use contracts::envelope::NodeKey;
use contracts::kinds::approval::{self, Held, Propose, Proposed};
use contracts::{
    ActorId, Address, Caller, CommandId, CommandName, Envelope, Hash, Principal, Revision, Tenant,
    Timestamp, codec,
};
use serde_json::Value;

use super::{Asked, Gate, policy};
use crate::runtime::bus::SEALED;
use crate::runtime::shared::Shared;

/// The code of what is held back.
pub const REQUIRED: &str = "approval_required";

/// On which terms a command is let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The rule that asks for it.
    pub rule: String,
    /// How many have to say yes.
    pub quorum: u32,
    /// Who may; everybody with the capability when empty.
    pub approvers: Vec<Principal>,
    /// How long it waits, in seconds.
    pub expires_s: u64,
}

/// The approval that a command is held back for: always the same, so that a repeat asks nobody
/// twice.
#[must_use]
pub fn id(envelope: &Envelope, rule: &str) -> ActorId {
    let parts = [envelope.to.tenant.as_str(), &envelope.id.to_string(), rule];
    let id = CommandId::derived("cambium approval v1", &parts);
    ActorId::new(id.to_string()).unwrap_or(approval::EXPIRY)
}

/// What the gate knows its own question by: nobody without the key of the nodes can make it.
#[must_use]
pub fn seal(
    key: &NodeKey,
    tenant: &Tenant,
    proposal: &Hash,
    command: CommandId,
    terms: &Terms,
) -> Hash {
    let Terms { rule, quorum, approvers, .. } = terms;
    let names = approvers.iter().map(Principal::as_str).collect::<Vec<_>>().join(",");
    let parts = [
        tenant.as_str(),
        &proposal.to_string(),
        &command.to_string(),
        rule,
        &quorum.to_string(),
        &names,
    ];
    Hash::keyed(&key.0, &Hash::of_parts("cambium approval seal v1", &parts).0)
}

impl Gate {
    /// Proposes a command that is held back. Nobody waits for it: when it cannot be stored, the
    /// next repeat of the command proposes it again.
    pub fn open_approval(
        &self,
        shared: &Arc<Shared>,
        envelope: &Envelope,
        revision: Revision,
        now: Timestamp,
    ) {
        let Some(propose) = self.proposal(envelope, revision, now) else { return };
        let sealed = self.node_key.seal(&propose).and_then(|sealed| codec::encode(&sealed));
        let Ok(payload) = sealed else { return };
        let opening = shared.clone();
        shared.tasks.spawn(async move {
            let headers = vec![(SEALED.to_owned(), "1".to_owned())];
            let queued = opening.world.queue.enqueue(&propose.to, headers, payload.into()).await;
            if let Err(error) = queued {
                tracing::error!(%error, approval = %propose.to, "approval.unopened");
            }
        });
    }

    fn proposal(
        &self,
        envelope: &Envelope,
        revision: Revision,
        now: Timestamp,
    ) -> Option<Envelope> {
        let snapshot = self.directory.snapshot();
        let asked = Asked { command: &envelope.name, input: &envelope.input, revision };
        let standing = policy::Standing { snapshot: &snapshot, envelope, asked, now };
        let verdict = standing.verdict()?;
        let terms = standing.terms(&verdict).ok()?;
        let (to, by) = (&envelope.to, &envelope.by.principal);
        let command = Proposed {
            kind: to.kind.clone(),
            id: to.id.clone(),
            name: envelope.name.clone(),
            input: envelope.input.clone(),
        };
        let hash = command.hash(by, None).ok()?;
        let seal = seal(&self.node_key, &to.tenant, &hash, envelope.id, &terms);
        let id = id(envelope, &terms.rule);
        let Terms { rule, quorum, approvers, expires_s } = terms;
        let gate = Held {
            principal: by.clone(),
            origin: Some(envelope.by.origin),
            credential: envelope.by.credential.clone(),
            rule,
            command: envelope.id,
            seal,
        };
        let input = Propose {
            command,
            reason: verdict.reason,
            quorum,
            approvers,
            expires_s,
            wait: false,
            gate: Some(gate),
            effect: None,
        };
        let input: Value = serde_json::to_value(input).ok()?;
        let command = CommandId::derived("cambium approval command v1", &[id.as_str()]);
        let address = Address::new(to.tenant.clone(), approval::KIND, id);
        let name = CommandName::from_static("propose");
        let mut propose = Envelope::new(command, address, name, input, Caller::runtime());
        propose.correlation.clone_from(&envelope.correlation);
        propose.hops = envelope.hops;
        propose.trace.clone_from(&envelope.trace);
        Some(propose)
    }
}
