//! Plans: tasks, who does them, and how far they are.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{
    BEFORE_S_MAX, GOALS_MAX, LINKS_MAX, NAME_BYTES_MAX, SIMULATED_RUNS_MAX, SKILLS_MAX, TEAM_MAX,
    TITLE_BYTES_MAX, WEEKS_MAX, WIDTH_PIXELS_MAX, WIDTH_PIXELS_MIN,
};
use super::schedules::Deed;
use crate::ids::ActorId;
use crate::kinds::check::{SAID, is_zero};
use crate::time::Timestamp;

/// Input of `plan_timeline`: tasks, or goals of which a task each is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTimeline {
    /// What the plan is called; as before when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// When it begins; now when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// The IANA time zone of its working time.
    #[serde(default = "utc", skip_serializing_if = "is_utc")]
    pub zone: String,
    /// The tasks, 500 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
    /// What is to be reached, one after the other, in equal parts of `duration_weeks`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = GOALS_MAX))]
    pub goals: Vec<String>,
    /// How long all goals take together.
    #[serde(default = "twelve")]
    #[schemars(range(min = 1, max = WEEKS_MAX))]
    pub duration_weeks: u32,
    /// When people work; Monday to Friday from 09:00 to 17:00 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Who works, 100 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub team: Vec<Member>,
    /// How many work, where nobody is named: `p1`, `p2` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TEAM_MAX))]
    pub team_size: Option<u32>,
    /// Nobody does two things at once.
    #[serde(default = "yes")]
    pub level: bool,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn is_utc(zone: &str) -> bool {
    zone == "UTC"
}

const fn twelve() -> u32 {
    12
}

const fn yes() -> bool {
    true
}

/// A task. Its minutes are working time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What others name it by.
    pub id: ActorId,
    /// What it is called; its id when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NAME_BYTES_MAX), regex(pattern = SAID))]
    pub name: Option<String>,
    /// How long it takes, in minutes; 0 = a milestone.
    pub minutes: u64,
    /// How long at least, as far as anybody knows; as `minutes` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes_min: Option<u64>,
    /// How long at most; as `minutes` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes_max: Option<u64>,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LINKS_MAX))]
    pub after: Vec<After>,
    /// The skills that it takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = SKILLS_MAX))]
    pub skills: Vec<String>,
    /// Who does it; whoever can and is done first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<ActorId>,
    /// Before when it does not begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

/// That a task waits for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// For which.
    pub task: ActorId,
    /// What of the one waits for what of the other.
    #[serde(default, rename = "type", skip_serializing_if = "LinkType::is_default")]
    pub sort: LinkType,
    /// For how much longer, in minutes of working time; below zero = so much is done before.
    #[serde(default, skip_serializing_if = "is_no_lag")]
    pub lag_minutes: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_no_lag(lag: &i64) -> bool {
    *lag == 0
}

/// What of a task waits for what of the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LinkType {
    /// Its start for the other's finish.
    #[default]
    Fs,
    /// Its start for the other's start.
    Ss,
    /// Its finish for the other's finish.
    Ff,
    /// Its finish for the other's start.
    Sf,
}

impl LinkType {
    const fn is_default(&self) -> bool {
        matches!(self, Self::Fs)
    }
}

/// When people work, on the clocks of the plan's zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// By day, `mon` to `sun`: spans such as `09:00-12:30`. A day that is left out is not worked.
    pub week: BTreeMap<Day, Vec<String>>,
    /// Dates that are not worked, such as `2027-04-05`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days_off: Vec<String>,
}

/// A day of the week.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// Somebody who does tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// What tasks name him by.
    pub id: ActorId,
    /// What he can do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = SKILLS_MAX))]
    pub skills: Vec<String>,
    /// How much of the working time is his, in hundredths.
    #[serde(default = "all", skip_serializing_if = "is_all")]
    #[schemars(range(min = 1, max = 100))]
    pub percent: u32,
}

const fn all() -> u32 {
    100
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_all(percent: &u32) -> bool {
    *percent == 100
}

/// Input of `assign`: who works from now on, and who does what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// Who works; as before when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Vec<Member>>,
    /// Tasks that somebody is named for; null = whoever can and is done first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub who: BTreeMap<ActorId, Option<ActorId>>,
}

/// Input of `progress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Which task.
    pub task: ActorId,
    /// How much of it is done, in hundredths. 100 = it ended.
    #[schemars(range(max = 100))]
    pub percent: u32,
    /// When it began; when this was first said when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended; now, when it did and this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
}

/// Input of `track`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// At which moment; now when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
}

/// Input of `simulate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulate {
    /// How often the plan is run through.
    #[serde(default = "thousand")]
    #[schemars(range(min = 10, max = SIMULATED_RUNS_MAX))]
    pub runs: u32,
    /// What chance follows from: the same seed leads to the same numbers.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
}

const fn thousand() -> u32 {
    1_000
}

/// Input of `gantt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gantt {
    /// How wide the picture is, in pixels.
    #[serde(default = "wide")]
    #[schemars(range(min = WIDTH_PIXELS_MIN, max = WIDTH_PIXELS_MAX))]
    pub width: u32,
}

const fn wide() -> u32 {
    960
}

/// Input of `remind`: a schedule that follows a task when the plan changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remind {
    /// Of which task.
    pub task: ActorId,
    /// Of its start or its finish.
    #[serde(default)]
    pub of: Moment,
    /// How long before, in seconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(max = BEFORE_S_MAX))]
    pub before_s: u64,
    /// What happens then: `post`, `call` or `mail`. In texts `{what}` is the task's name.
    #[serde(rename = "do")]
    pub deed: Deed,
}

/// A moment of a task.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// When it begins.
    #[default]
    Start,
    /// When it ends.
    Finish,
}
