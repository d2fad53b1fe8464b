//! Is this actor's log what it says it is?

use contracts::chain::Broken;
use contracts::view::{At, Verification};
use contracts::{Address, Refusal, Revision};

use super::super::hydrate::{HydrateError, Visit, Walk};
use super::Runtime;

impl Runtime {
    /// Folds an actor's history and tells the first revision at fault, if there is one.
    pub(super) async fn verify_now(&self, address: &Address) -> Result<Verification, Refusal> {
        let hydrator = &self.shared.hydrator;
        let mut living = hydrator.fresh(address)?;
        let mut commits = 0;
        let mut broken = None;
        let visit = |visit: Visit<'_>| {
            match visit {
                Visit::Fork => living.become_fork(),
                Visit::Entry { owner, entry } => match living.take(owner, &entry) {
                    Ok(()) => commits += 1,
                    Err(fault) => {
                        broken = Some(fault);
                        return Ok::<_, Broken>(Walk::Stop);
                    }
                },
            }
            Ok(Walk::On)
        };
        let walked = hydrator.walk(address, At::Latest.into(), visit).await;
        let doubts = walked.map_err(|error| match error {
            HydrateError::Broken(broken) => Refusal::internal(broken.to_string()),
            other => other.into(),
        })?;
        let broken = broken.or_else(|| doubts.close().err());
        if commits == 0 && broken.is_none() {
            let message = format!("there is no {} {}", address.kind, address.id);
            return Err(Refusal::not_found("actor_not_found", message));
        }
        let state_hash = match &broken {
            None => Some(living.view(address)?.state_hash),
            Some(_) => None,
        };
        Ok(Verification {
            kind: address.kind.clone(),
            id: address.id.clone(),
            ok: broken.is_none(),
            commits,
            revision: living.head.revision,
            commit_hash: living.head.hash,
            state_hash,
            broken_at: broken.as_ref().map(|fault: &Broken| -> Revision { fault.revision }),
            reason: broken.map(|fault| fault.reason),
        })
    }
}
