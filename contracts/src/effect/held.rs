//! An effect that waits for somebody's yes: what its actor's log says of that.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::commit::Commit;
use crate::hash::Hash;
use crate::ids::{ActorId, CommandName, Principal};
use crate::lifecycle::{self, Event};

/// What a paused effect waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// The approval, in the tenant of the effect.
    pub approval: ActorId,
    /// What tells the proposal from any other: only a yes to this one counts.
    pub hash: Hash,
    /// The rule that asks for it.
    pub rule: String,
}

/// A yes that an effect was resumed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// The approval that gave it.
    pub approval: ActorId,
    /// What was agreed to.
    pub hash: Hash,
    /// The rule that asked for it.
    pub rule: String,
    /// How many have said it.
    pub quorum: u32,
    /// Who might; everybody with the capability when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Principal>,
}

/// Of the input of [`crate::lifecycle::PAUSE`]: the approval that is asked in the same commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asking {
    /// What the effect waits for.
    pub awaited: Awaited,
    /// The input of the approval's `propose`.
    pub propose: Value,
}

/// Whether the effects of `commit` are the runtime's own, such as the question to an approval: its
/// kind asked for none of them, and is told nothing of what comes of them.
#[must_use]
pub fn is_runtimes(commit: &Commit) -> bool {
    const HANDS: [CommandName; 2] = [lifecycle::CANCEL, lifecycle::RESOLVE];
    let name = &commit.command.name;
    let awaits = |event: Event| matches!(event, Event::EffectPaused { awaits: Some(_), .. });
    HANDS.contains(name)
        || *name == lifecycle::PAUSE
            && commit.events.iter().filter_map(Event::from_record).any(awaits)
}
