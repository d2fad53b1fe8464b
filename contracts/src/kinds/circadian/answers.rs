//! What a schedule book answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::ActorId;
use crate::time::Timestamp;

/// Answer to `create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct About {
    /// What it is called; null while it has no title.
    pub title: Option<String>,
    /// How many schedules it has.
    pub schedules: u32,
}

/// Answer to what changes a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Which.
    pub name: ActorId,
    /// `active`, `paused`, `ended` or `removed`.
    pub status: String,
    /// Its next run; null = none is ahead.
    pub next: Option<Timestamp>,
}

/// Answer to `run_now`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Began {
    /// Which schedule.
    pub name: ActorId,
    /// The run that began; null = the one before still goes on.
    pub run: Option<String>,
    /// The schedule's next run; null = none is ahead.
    pub next: Option<Timestamp>,
}

/// Answer to `back_fill`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Filled {
    /// Which schedule.
    pub name: ActorId,
    /// The runs that began, in order.
    pub runs: Vec<Planned>,
    /// Runs of the span that had begun before.
    pub known: u32,
    /// From when to ask on, when the span has more; null = it has no more.
    pub more_from: Option<Timestamp>,
}

/// A run that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Planned {
    /// What it is called.
    pub run: String,
    /// The time that it was planned for.
    pub planned: Timestamp,
}

/// Answer to `upcoming`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ahead {
    /// The next runs, in order.
    pub runs: Vec<Next>,
    /// Whether there are more.
    pub more: bool,
}

/// A run ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Next {
    /// Of which schedule.
    pub name: ActorId,
    /// When.
    pub at: Timestamp,
}
