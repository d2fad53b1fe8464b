//! What a schedule book is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use contracts::kinds::circadian::{Planned, ReminderSet, Schedule, Why};
use contracts::{ActorId, SecretName, Timestamp};
use serde::{Deserialize, Serialize};

/// What a fold of the events leads to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When it began; none = it has not.
    pub created: Option<Timestamp>,
    /// What it is called.
    pub title: Option<String>,
    /// Its schedules, by their names.
    pub schedules: BTreeMap<ActorId, Entry>,
    /// The latest runs of all schedules, in the order in which they began.
    pub runs: VecDeque<Run>,
    /// The plan; none = none was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Arc<Planned>>,
    /// How far its tasks are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub progress: BTreeMap<ActorId, Known>,
    /// The schedules that follow tasks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reminders: BTreeMap<ActorId, ReminderSet>,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// How much of it is done, in hundredths.
    pub percent: u32,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What was said of it.
    pub schedule: Schedule,
    /// What signs what it tells a web server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretName>,
    /// Where it stands.
    pub status: Status,
    /// When it was said.
    pub set_at: Timestamp,
    /// Its next run.
    pub next: Option<Timestamp>,
    /// How many runs began.
    pub started: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The last run that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// The planned times of the latest runs that began.
    pub begun: BTreeSet<Timestamp>,
    /// The last planned time that is no longer among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Timestamp>,
}

/// Where a schedule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It fires.
    Active,
    /// It rests.
    Paused,
    /// It has no run ahead.
    Ended,
}

impl Status {
    /// As it is told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What it is called.
    pub run: String,
    /// Of which schedule.
    pub name: ActorId,
    /// Why it began.
    pub why: Why,
    /// The time that it was planned for.
    pub planned: Timestamp,
    /// Runs that were left out beside it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub missed: u32,
    /// When it began.
    pub began: Timestamp,
    /// Where it stands.
    pub status: RunStatus,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Why it failed: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It goes on.
    Running,
    /// It did what it should.
    Done,
    /// It did not.
    Failed,
}
