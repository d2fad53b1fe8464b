//! What a command takes of its caller.

use contracts::access::Capability;
use contracts::kinds::budget;
use contracts::{Caller, CommandName, Envelope, Refusal, RefusalClass, lifecycle};

use super::is_forged;

/// What a command takes.
#[derive(Debug, Clone, Copy)]
pub enum Takes<'a> {
    /// Nothing: the runtime keeps its books.
    Nothing,
    /// `cap:<kind>.<command>`.
    Command(&'a CommandName),
    /// `cap:<kind>.fork`, and a kind that can be forked at all.
    Fork,
    /// This, in the tenant as a whole.
    Capability(Capability<'a>),
}

/// Seeing to effects.
const CONTROL: Capability<'static> = Capability::new("effects", "control");
/// The commands about effects that somebody sends, and not the runtime by itself.
const CONTROLS: [CommandName; 4] =
    [lifecycle::PAUSE, lifecycle::RESUME, lifecycle::CANCEL, lifecycle::RESOLVE];

/// Whether the runtime tells a budget what a call came to: that is written down whatever is
/// engaged, since it was spent.
fn settles(envelope: &Envelope) -> bool {
    envelope.to.kind == budget::KIND
        && envelope.by == Caller::runtime()
        && matches!(envelope.name.as_str(), "settle" | "release")
}

impl<'a> Takes<'a> {
    /// What `envelope` takes.
    ///
    /// # Errors
    /// `forbidden` for a command of the runtime that did not come from it.
    pub fn of(envelope: &'a Envelope) -> Result<Self, Refusal> {
        if is_forged(envelope) {
            let message = format!("{} is a command of the runtime", envelope.name);
            return Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message));
        }
        if !lifecycle::is_runtime(&envelope.name) {
            return Ok(if settles(envelope) {
                Self::Nothing
            } else {
                Self::Command(&envelope.name)
            });
        }
        Ok(if envelope.name == lifecycle::FORK {
            Self::Fork
        } else if envelope.name == lifecycle::UNMUTE {
            Self::Capability(Capability::new(envelope.to.kind.as_str(), "unmute"))
        } else if CONTROLS.contains(&envelope.name) {
            Self::Capability(CONTROL)
        } else {
            Self::Nothing
        })
    }
}
