use std::time::Duration;

use super::{Fut, PortError};
use crate::envelope::Envelope;
use crate::refusal::Refusal;
use crate::view::Answer;

/// How long a caller waits for the final answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until the commit is stored.
    Accepted,
    /// Until the command is answered, at most so long; then `Accepted` is told.
    Completed(Duration),
}

/// How a command reaches its actor.
pub trait CommandBus: Send + Sync {
    /// Decides a command now and waits for its answer.
    ///
    /// A refusal means that nothing was stored, except for the codes `in_doubt` and `timeout`,
    /// whose message says so.
    fn ask(&self, envelope: Envelope, wait: Wait) -> Fut<'_, Result<Answer, Refusal>>;

    /// Stores a command in COMMANDS, to be decided by whoever owns the actor's partition.
    fn tell(&self, envelope: Envelope) -> Fut<'_, Result<(), PortError>>;
}
