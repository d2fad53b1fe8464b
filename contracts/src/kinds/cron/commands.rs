use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::ActorId;
use crate::kinds::run::Start;
use crate::schedule::{Missed, Recurrence};
use crate::time::Timestamp;

/// What other interfaces may keep with a cron, in bytes of JSON.
pub const NOTES_BYTES_MAX: usize = 64 * 1024;

/// What may be asked of a cron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Says what begins when.
    Set(Box<Set>),
    /// Lets nothing begin any more.
    Remove(Nothing),
    /// Begins a run now.
    Fire(Nothing),
}

/// Input of `set`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// When.
    pub repeat: Recurrence,
    /// Until when; left out = for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether it runs at all.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
    /// What becomes of runs whose time passed while nobody could begin them.
    #[serde(default, skip_serializing_if = "Missed::is_default")]
    pub missed: Missed,
    /// In which thread its runs answer; left out = each in one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ActorId>,
    /// What begins. It comes after what was said in the thread, so `after` is left out.
    pub start: Box<Start>,
    /// What other interfaces keep with it, at most 64 KiB of JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Value>,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_yes(flag: &bool) -> bool {
    *flag
}

/// No input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The answer of every command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Next {
    /// When it fires next; `None` = it does not.
    pub next: Option<Timestamp>,
}
