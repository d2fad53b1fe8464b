//! What happens to an assistant.

use serde::{Deserialize, Serialize};

use super::commands::{Ask, Define};
use crate::ids::{ActorId, CommandId};
use crate::kinds::run::Definition;

/// What happened to an assistant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It is something else now, or is at all.
    Defined(Box<Defined>),
    /// It was asked; its run is begun.
    Asked(Box<Asked>),
    /// Its run has answered, or waits for tools of whoever asked.
    Answered(Answered),
    /// Its run gave no answer.
    Failed(Failed),
    /// Nobody may ask it any more.
    Retired {},
    /// It may be asked again.
    Restored {},
}

/// Data of `Defined`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Defined {
    /// Its version, from 1.
    pub version: u32,
    /// What its runs are made of.
    pub definition: Define,
}

/// Data of `Asked`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The command that waits for the answer.
    pub command: CommandId,
    /// The run that makes it.
    pub run: ActorId,
    /// Which definition it is made from.
    pub of: Definition,
    /// What was asked.
    pub ask: Ask,
}

/// Data of `Answered`. The answer stands in the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Which run.
    pub run: ActorId,
}

/// Data of `Failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Which run.
    pub run: ActorId,
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}
