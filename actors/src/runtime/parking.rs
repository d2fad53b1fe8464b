//! Whether something must be dealt with before an actor goes on: a part of its header state, and so
//! the same on every node.

use std::collections::BTreeSet;

use contracts::lifecycle::{self, Event};
use contracts::{CommandId, CommandName, Recorded, Refusal, RefusalClass, Revision, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The command that an actor is parked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Which command.
    pub command: CommandId,
    /// Why it cannot be decided: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
    /// In which commit that was found.
    pub revision: Revision,
    /// When.
    pub at: Timestamp,
}

/// Free, parked at a head, or draining what waits behind a head that was dealt with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parking {
    head: Option<Parked>,
    draining: bool,
    /// Letters that are dealt with and may still lie in DEAD.
    settled: BTreeSet<u64>,
}

impl Parking {
    /// Folds an event.
    pub fn fold(&mut self, event: &Event, recorded: &Recorded) {
        // What an import waited for lies in the DEAD of another system.
        if recorded.imported {
            return;
        }
        let commit = &recorded.commit;
        match event {
            Event::Parked { command, code, reason } => {
                let (revision, at) = (commit.revision, commit.at);
                let (command, code, reason) = (*command, code.clone(), reason.clone());
                self.head = Some(Parked { command, code, reason, revision, at });
                self.draining = false;
            }
            Event::LetterSettled { letter, command, .. } if !self.is_free() => {
                self.settled.insert(*letter);
                let head = self.head.take_if(|head| Some(head.command) == *command);
                self.draining |= head.is_some();
            }
            Event::Unparked {} => *self = Self::default(),
            Event::Skipped { .. } => self.draining = true,
            _ => {}
        }
    }

    /// Whether the actor goes on as always.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.head.is_none() && !self.draining
    }

    /// Whether what waits in DEAD is being decided.
    #[must_use]
    pub const fn is_draining(&self) -> bool {
        self.draining
    }

    /// The command that it is parked at.
    #[must_use]
    pub const fn head(&self) -> Option<&Parked> {
        self.head.as_ref()
    }

    /// Letters that are dealt with and may still lie in DEAD.
    #[must_use]
    pub const fn settled(&self) -> &BTreeSet<u64> {
        &self.settled
    }

    /// Whether a command of this name must wait: all that the kind decides. What the runtime keeps
    /// for itself, such as attempts and deadlines, goes on.
    #[must_use]
    pub fn holds(&self, name: &CommandName) -> bool {
        !self.is_free()
            && (!lifecycle::is_runtime(name)
                || *name == lifecycle::OUTCOME
                || *name == lifecycle::FIRE)
    }

    /// What an interactive command is told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let Some(head) = &self.head else {
            let message = "what waits for this actor is being decided; try again";
            let refusal = Refusal::new(RefusalClass::Conflict, "actor_parked", message);
            return refusal.retry_after(200).details(json!({ "draining": true }));
        };
        let message = "a command before this one could not be decided; the actor waits until an \
                       operator has dealt with it";
        Refusal::new(RefusalClass::Conflict, "actor_parked", message).details(json!({
            "draining": false,
            "command": head.command,
            "code": head.code,
            "reason": head.reason,
            "revision": head.revision,
            "since": head.at,
        }))
    }
}
