//! iCalendar files, in and out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::CALENDAR_BYTES_MAX;
use super::schedules::Deed;
use crate::ids::ActorId;
use crate::kinds::check::SAID;
use crate::time::Timestamp;

/// Input of `import_calendar`: each appointment becomes a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportCalendar {
    /// The file: `.ics`, RFC 5545.
    #[schemars(length(max = CALENDAR_BYTES_MAX), regex(pattern = SAID))]
    pub text: String,
    /// What happens at each appointment; in texts `{what}` is its summary.
    #[serde(rename = "do")]
    pub deed: Deed,
    /// The IANA time zone of days, and of times without a zone; that which the file names, else
    /// UTC, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// Input of `export_calendar`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportCalendar {
    /// With schedules that fire, as appointments.
    #[serde(default = "yes")]
    pub schedules: bool,
    /// With the tasks of the plan, as things to be done.
    #[serde(default = "yes")]
    pub tasks: bool,
}

const fn yes() -> bool {
    true
}

/// Answer to `import_calendar`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// The schedules that came of it.
    pub schedules: Vec<FromCalendar>,
    /// Schedules that are gone, since their appointments were called off.
    pub removed: Vec<ActorId>,
    /// What was left out of entries, and how often: names of components and properties.
    pub left_out: BTreeMap<String, u64>,
    /// Entries of which nothing came, 100 at most.
    pub unread: Vec<Unread>,
    /// How many they are.
    pub unread_count: u64,
}

/// A schedule that came of an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FromCalendar {
    /// The schedule.
    pub name: ActorId,
    /// What tells the appointment from others.
    pub uid: String,
    /// Its first run.
    pub next: Timestamp,
}

/// An entry of which nothing came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unread {
    /// What tells it from others.
    pub uid: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// Answer to `export_calendar`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// `text/calendar; charset=utf-8`.
    pub media_type: String,
    /// What the file may be called.
    pub filename: String,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// The file.
    pub text: String,
    /// What of schedules an iCalendar cannot say, in sentences.
    pub left_out: Vec<Unread>,
}
