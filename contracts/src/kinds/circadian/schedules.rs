//! Schedules: when something happens, and what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::{
    BACK_FILL_MAX, JITTER_MS_MAX, MAIL_TO_MAX, MISSED_RUNS_MAX, SUBJECT_BYTES_MAX, TEXT_BYTES_MAX,
    TITLE_BYTES_MAX, UPCOMING_MAX,
};
use crate::effect::{URL_BYTES_MAX, URL_PATTERN};
use crate::ids::{ActorId, CommandName, Kind, Queue};
use crate::kinds::check::{SAID, is_zero};
use crate::schedule::{Cron, Every, Missed, Recurrence, Rrule};
use crate::time::Timestamp;

/// When something happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Once, at an instant.
    At(Timestamp),
    /// After equal spans of elapsed time, whatever clocks on walls do.
    Every(Every),
    /// At local times that a cron expression names.
    Cron(Cron),
    /// At local times that an RFC 5545 rule names.
    Rrule(Rrule),
}

impl When {
    /// How it recurs; none = it happens once.
    #[must_use]
    pub fn recurrence(&self) -> Option<Recurrence> {
        match self.clone() {
            Self::At(_) => None,
            Self::Every(every) => Some(Recurrence::Every(every)),
            Self::Cron(cron) => Some(Recurrence::Cron(cron)),
            Self::Rrule(rule) => Some(Recurrence::Rrule(rule)),
        }
    }
}

impl From<Recurrence> for When {
    fn from(recurrence: Recurrence) -> Self {
        match recurrence {
            Recurrence::Every(every) => Self::Every(every),
            Recurrence::Cron(cron) => Self::Cron(cron),
            Recurrence::Rrule(rule) => Self::Rrule(rule),
        }
    }
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A command goes to another actor.
    Send(Order),
    /// Something is said in a conversation, as whoever set the schedule.
    Post(Post),
    /// A web server is told.
    Call(Call),
    /// A mail goes out by a worker.
    Mail(Mail),
}

/// A command to another actor of the same tenant. It asks for the rights of whoever set the
/// schedule, each time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its kind.
    pub kind: Kind,
    /// The actor.
    pub id: ActorId,
    /// What is asked of it.
    pub command: CommandName,
    /// With what, at most 64 KiB of JSON; an empty object when left out.
    #[serde(default = "nothing")]
    pub input: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// Something said in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// In which; who set the schedule is a member.
    pub conversation: ActorId,
    /// What is said. `{what}`, `{planned}` and `{schedule}` stand for what they name.
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: String,
}

/// A request to a web server: `POST` with `{schedule, what, run, planned, text}` as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Where to: `http` or `https`, without user and password.
    #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
    pub url: String,
    /// What it is told in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: Option<String>,
    /// Signed as Standard Webhooks describes it, with the secret `circadian:<id>` of the vault.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signed: bool,
}

/// A mail: work `{to, subject, text, …}` for whoever leases the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// To whom.
    #[schemars(length(min = 1, max = MAIL_TO_MAX))]
    pub to: Vec<String>,
    /// Its subject.
    #[schemars(length(max = SUBJECT_BYTES_MAX), regex(pattern = SAID))]
    pub subject: String,
    /// What it says. `{what}`, `{planned}` and `{schedule}` stand for what they name.
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: String,
    /// Where it waits for a worker.
    #[serde(default = "mail", skip_serializing_if = "is_mail")]
    pub queue: Queue,
}

const fn mail() -> Queue {
    Queue::from_static("mail")
}

fn is_mail(queue: &Queue) -> bool {
    *queue == mail()
}

/// What becomes of a run whose time comes while the one before goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It begins beside it.
    #[default]
    Allow,
    /// It is left out.
    Skip,
}

impl Overlap {
    const fn is_default(&self) -> bool {
        matches!(self, Self::Allow)
    }
}

/// Input of `schedule`: sets a schedule, in place of the one of that name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// What it is called.
    pub name: ActorId,
    /// When: `{"at": …}`, `{"every": …}`, `{"cron": …}` or `{"rrule": …}`.
    pub when: When,
    /// What happens then.
    #[serde(rename = "do")]
    pub deed: Deed,
    /// Until when, that instant included; left out = for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What becomes of runs whose time passed while nobody could begin them.
    #[serde(default, skip_serializing_if = "Missed::is_default")]
    pub missed: Missed,
    /// Missed runs that are made up for at most, when each is; 100 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = MISSED_RUNS_MAX))]
    pub missed_runs_max: Option<u32>,
    /// Each run is put off by up to so many milliseconds, always the same for a time.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(max = JITTER_MS_MAX))]
    pub jitter_ms_max: u64,
    /// What becomes of a run whose time comes while the one before goes on.
    #[serde(default, skip_serializing_if = "Overlap::is_default")]
    pub overlap: Overlap,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub note: Option<String>,
}

/// Input of what is about one schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Which.
    pub name: ActorId,
}

/// Input of `back_fill`: runs that were planned in a span and did not begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackFill {
    /// Of which schedule.
    pub name: ActorId,
    /// From when, that instant included.
    pub from: Timestamp,
    /// Until when, that instant included; now when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How many at most, the earliest first.
    #[serde(default = "some_runs")]
    #[schemars(range(min = 1, max = BACK_FILL_MAX))]
    pub runs_max: u32,
}

const fn some_runs() -> u32 {
    BACK_FILL_MAX
}

/// Input of `upcoming`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upcoming {
    /// Of which schedule; of all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ActorId>,
    /// After when; now when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// How many.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = UPCOMING_MAX))]
    pub count: u32,
}

const fn ten() -> u32 {
    10
}

/// Why a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was time.
    Time,
    /// Somebody asked for it.
    Asked,
    /// It makes up for one that did not begin.
    BackFill,
}
