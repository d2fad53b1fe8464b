//! What an actor waits for, and why.

use contracts::effect::{Awaited, EffectHold, EffectPhase, EffectView};
use contracts::view::{At, EffectStatus};
use contracts::{Address, EffectId, Refusal};

use crate::runtime::Runtime;
use crate::runtime::effects::pending::{PendingEffect, Standing};
use crate::runtime::schedule;

impl Runtime {
    pub(super) async fn waits(&self, address: &Address) -> Result<Vec<EffectStatus>, Refusal> {
        let living = self.living(address, At::Latest).await?;
        let header = &living.header;
        let open = header.open.iter().map(|(id, open)| EffectStatus {
            what: "command".to_owned(),
            id: id.to_string(),
            name: open.name.clone(),
            revision: open.revision,
            status: "open".to_owned(),
            attempts: 0,
            why: None,
            deadline: Some(open.deadline),
        });
        let effects = header.pending.iter().map(|(id, pending)| {
            let (status, why) = self.standing_of(*id, pending, header.is_muted());
            EffectStatus {
                what: "effect".to_owned(),
                id: id.to_string(),
                name: pending.class.clone(),
                revision: pending.revision,
                status: status.to_owned(),
                attempts: pending.attempts,
                why,
                deadline: None,
            }
        });
        Ok(open.chain(effects).chain(schedule::view::waiting(header)).collect())
    }

    /// What an effect does at this moment, and what it waits for.
    fn standing_of(
        &self,
        id: EffectId,
        pending: &PendingEffect,
        muted: bool,
    ) -> (&'static str, Option<String>) {
        let because = |text: &str| Some(text.to_owned());
        if pending.imported {
            let why = "it was asked in another log, from which an import brought it";
            return ("muted", because(why));
        }
        if muted {
            let why = "the actor is a fork whose effects are kept from the world";
            return ("muted", because(why));
        }
        match &pending.standing {
            Standing::Paused { awaits: Some(Awaited { approval, rule, .. }), .. } => {
                let (approval, rule) = (approval.clone(), rule.clone());
                ("paused", Some(EffectHold::Approval { approval, rule }.to_string()))
            }
            Standing::Paused { by, reason, .. } => {
                ("paused", Some(format!("{by} paused it: {reason}")))
            }
            Standing::Unknown => {
                let why =
                    "it was attempted, and nobody knows what came of it: it is to be resolved";
                ("unknown", because(why))
            }
            Standing::Cancelled => ("running", because("it is cancelled; the actor is being told")),
            Standing::Refused(refusal) => {
                ("running", Some(format!("{refusal}; the actor is being told")))
            }
            Standing::Resolved(_) => {
                ("running", because("it is resolved; the actor is being told"))
            }
            Standing::Due => match self.shared.effects.board().get(id, self.now()) {
                Some(view) => (view.status.as_str(), self.why(&view)),
                None => ("queued", None),
            },
        }
    }

    /// Why an effect does not do more.
    fn why(&self, view: &EffectView) -> Option<String> {
        if view.status == EffectPhase::Leased {
            return Some(match self.shared.leases.worker(view.id) {
                Some(Some(worker)) => format!("the worker {worker} has it"),
                Some(None) => "a worker has it".to_owned(),
                None => "a worker had it before a restart".to_owned(),
            });
        }
        let mut why = match (&view.why, &view.queue) {
            (Some(EffectHold::Worker), Some(queue)) => {
                format!("no worker has asked for work of {queue}")
            }
            (Some(hold), _) => hold.to_string(),
            (None, _) => return None,
        };
        if let Some(last) = &view.last {
            why = format!("{why}; the last attempt was refused: {last}");
        }
        if let Some(at) = view.next_at {
            why = format!("{why}; not before {at}");
        }
        Some(why)
    }
}
