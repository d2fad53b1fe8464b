use serde::{Deserialize, Serialize};

use super::Set;
use crate::ids::ActorId;

/// What happened to a cron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// What begins when was said.
    Set(Box<Set>),
    /// It was time.
    Fired(Fired),
    /// A run answered.
    Began(Began),
    /// None did, or it failed.
    Failed(Failed),
    /// The time until which it runs is over.
    Ended {},
    /// Nothing begins any more.
    Removed {},
}

/// That it was time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// How often it was, this time too.
    pub number: u64,
    /// The thread that the run answers in.
    pub thread: ActorId,
}

/// That a run was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// The thread that it answers in.
    pub thread: ActorId,
    /// The run.
    pub run: ActorId,
}

/// That none was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}
