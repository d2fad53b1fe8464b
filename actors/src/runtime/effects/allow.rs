//! Before an effect is performed: what the policies say of it. Nothing is asked, and nothing read,
//! where no policy has a rule about effects of its class.

use std::sync::Arc;

use contracts::effect::{Asking, Cancel, Effect, Pause};
use contracts::{CommandId, Entry, Recorded, Refusal, lifecycle};

use super::job::Ended;
use super::task::{BEHIND_MS, Task};
use crate::runtime::gate::{Allowed, Performed, Refused, effect_is_asked, wants_approval};

impl Task {
    /// Makes sure that no policy objects. What one does not allow is given up, or held until
    /// somebody says yes: both stand in the log before this returns.
    ///
    /// # Errors
    /// How the attempt ended before it began.
    pub(super) async fn ensure_allowed(&self, effect: &Effect) -> Result<(), Ended> {
        let (shared, due) = (&self.runtime.shared, self.due());
        let tenant = &due.address.tenant;
        if !effect_is_asked(&due.address, due.own)
            || !wants_approval(effect) && !shared.gate.names_effects(tenant, effect.class())
        {
            return Ok(());
        }
        let recorded = self.asked_by().await?;
        let performed = Performed {
            id: due.id,
            index: due.index,
            effect,
            commit: &recorded.commit,
            holds: due.holds,
            agreed: due.agreed.as_ref(),
        };
        let later = |refusal| Ended::Later(refusal, BEHIND_MS);
        let now = shared.world.clock.now();
        match shared.gate.check_effect(performed, now).map_err(later)? {
            Allowed::Yes => Ok(()),
            Allowed::No(no) => {
                let (refusal, record) = *no;
                self.ensure_owed().await?;
                Refused::keep(shared, record);
                Err(self.give_up(refusal).await)
            }
            Allowed::Held(held) => {
                let (refusal, asking) = *held;
                self.ensure_owed().await?;
                Err(self.hold_for(refusal, asking).await)
            }
        }
    }

    /// The commit that asked for the effect: it tells who caused it, and by which road.
    pub(super) async fn asked_by(&self) -> Result<Arc<Recorded>, Ended> {
        let due = self.due();
        let stored = self.runtime.shared.world.log.get(due.cursor).await;
        let stored = stored.map_err(|error| Ended::Later(error.into(), BEHIND_MS))?;
        match stored.map(Entry::from) {
            Some(Entry::Commit(recorded))
                if recorded.commit.address() == due.address
                    && recorded.commit.revision == due.revision =>
            {
                Ok(recorded)
            }
            _ => {
                let message = "the commit that asked for the effect cannot be read";
                Err(Ended::Later(Refusal::unavailable("log_unavailable", message), BEHIND_MS))
            }
        }
    }

    /// A policy says no: the effect is given up, and its actor told why.
    async fn give_up(&self, refusal: Refusal) -> Ended {
        let effect = self.due().id;
        let (reason, told) = (Some(refusal.message.clone()), Some(refusal.clone()));
        let cancel = Cancel { effect, reason, refusal: told, awaited: None };
        let id = CommandId::derived("cambium denied command v1", &[&effect.to_string()]);
        self.said(self.tell(id, lifecycle::CANCEL, &cancel).await, refusal)
    }

    /// A policy asks for a yes: the effect is held, and the approval asked in the same commit.
    async fn hold_for(&self, refusal: Refusal, asking: Asking) -> Ended {
        let effect = self.due().id;
        let parts = [effect.to_string(), asking.awaited.approval.to_string()];
        let id = CommandId::derived("cambium held command v1", &[&parts[0], &parts[1]]);
        let (reason, awaits) = (refusal.message.clone(), Some(Box::new(asking)));
        let pause = Pause { effect, reason, exhausted: None, awaits };
        self.said(self.tell(id, lifecycle::PAUSE, &pause).await, refusal)
    }

    /// Nothing was attempted, and the log is about to say why.
    fn said(&self, told: Ended, refusal: Refusal) -> Ended {
        match told {
            Ended::Told(_) => Ended::Later(refusal, BEHIND_MS),
            Ended::Refused(refused) => {
                tracing::error!(effect = %self.due().id, refusal = %refused, "effect.unheld");
                Ended::Later(refused, BEHIND_MS)
            }
            other => other,
        }
    }
}
