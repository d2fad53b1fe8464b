//! What this process does about one effect.

use contracts::effect::EffectClass;
use contracts::view::Answer;
use contracts::{Refusal, Timestamp};
use tokio_util::sync::CancellationToken;

use super::due::Due;
use super::lanes::Lane;
use super::lines::Line;
use super::pending::Standing;

/// What this process does about one effect.
pub struct Job {
    /// Where it is.
    pub stage: Stage,
    /// Where it waits to start.
    pub lane: Lane,
    /// Where it stands until those behind it may start.
    pub line: Option<Line>,
    /// How many attempts have begun.
    pub attempts: u32,
    /// How many of them since it was last let go on by hand.
    pub round: u32,
    /// Of how many of them this process knows what came of them.
    pub known: u32,
    /// What was sent is taken, and only its answer is waited for: it holds nobody's place.
    pub waits: bool,
    /// What its actor is being told.
    pub settling: Standing,
    /// What the last one was refused with.
    pub last: Option<Refusal>,
    /// Counts its visits in the lane.
    pub visit: u64,
    /// Cuts off what runs.
    pub cut: CancellationToken,
    /// It has its outcome; what runs is only about to end.
    pub concluded: bool,
}

/// Where an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for its turn.
    Queued,
    /// It is attempted again then.
    BackOff(Timestamp),
    /// It is being performed.
    Running,
    /// A worker has it.
    Leased,
    /// A worker had it when the program ended, and may still answer until then.
    Adrift(Timestamp),
    /// It waits until it is resumed.
    Paused,
    /// It waits until it is resolved.
    Unknown,
    /// Its actor is about to be told something about it.
    Settling,
    /// Its actor was told; the log will say so.
    Told,
    /// Another node attempts it, which ends by itself before then.
    Elsewhere(Timestamp),
    /// Its actor does not take what it is told.
    Stuck,
}

impl Stage {
    /// Whether something of this process is at work on it.
    #[must_use]
    pub const fn is_busy(self) -> bool {
        matches!(self, Self::Running | Self::Leased | Self::Settling)
    }
}

/// What is to be done about an effect now.
#[derive(Clone)]
pub struct Start {
    /// Which.
    pub due: Due,
    /// What.
    pub what: What,
    /// Cuts it off.
    pub cut: CancellationToken,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is performed.
    Perform {
        /// The how-manyeth attempt, from 1.
        attempt: u32,
        /// The how-manyeth since it was last let go on by hand, from 1.
        round: u32,
    },
    /// Its actor is told what was said of it, or that nobody knows what came of it.
    Settle,
}

/// How it ended.
#[derive(Debug)]
pub enum Ended {
    /// Its actor was told, and this is what it answered.
    Told(Option<Box<Answer>>),
    /// It never reached the worker for whom it was taken.
    Back,
    /// Its actor does not take what it is told.
    Refused(Refusal),
    /// It was refused, and is attempted again after so many milliseconds.
    Retry(Refusal, u64),
    /// Nothing was attempted; another look is taken after so many milliseconds.
    Later(Refusal, u64),
    /// Its actor does not wait for it.
    NotOwed,
    /// Another node attempts it.
    Elsewhere,
    /// It was cut off.
    Cut,
}

impl Job {
    /// A job about an effect of this class.
    #[must_use]
    pub fn new(due: &Due, lane: Lane, line: Option<Line>) -> Self {
        Self {
            stage: Stage::Queued,
            lane,
            line,
            attempts: due.attempts,
            round: 0,
            known: 0,
            waits: false,
            settling: Standing::Due,
            last: None,
            visit: 0,
            cut: CancellationToken::new(),
            concluded: false,
        }
    }

    /// Whether an attempt that may be made only once has begun, and nobody knows what came of it.
    #[must_use]
    pub fn is_doubtful(&self, due: &Due) -> bool {
        due.is_doubtful() && due.attempts > self.known
    }

    /// Its class.
    #[must_use]
    pub const fn class(&self) -> EffectClass {
        self.lane.class
    }
}
