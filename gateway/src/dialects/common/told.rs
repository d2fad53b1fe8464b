//! A run as the log has it, in whatever dialect it is told.

use contracts::kinds::run::{Answer, Start};
use contracts::{ActorId, Refusal};

/// A run, however far it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Which run.
    pub run: ActorId,
    /// What was asked.
    pub start: Start,
    /// When it began, in seconds since 1970.
    pub created: i64,
    /// When it was over, in seconds since 1970.
    pub ended: Option<i64>,
    /// Where it stands.
    pub stands: Stands,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stands {
    /// It goes on.
    Running,
    /// It has answered, or waits for the caller's tools.
    Answered(Box<Answer>),
    /// It failed.
    Failed(Refusal),
    /// It was cancelled.
    Cancelled,
}
