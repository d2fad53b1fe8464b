//! Timers: commands that an actor sends to itself later, once or again and again.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Terms;
use crate::ids::{ActorId, CommandName};
use crate::schedule::{Missed, Recurrence};
use crate::time::Timestamp;

/// A timer that is set or cancelled. Setting one of the same name replaces it.
///
/// Made by [`Timer::once`], [`Timer::recurring`], [`Timer::cancel`] and [`Timer::cancel_all`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timer {
    /// Its name within the actor.
    pub name: ActorId,
    /// When it fires first. `None` = it is cancelled; of one that recurs, the runtime says it in
    /// the commit that sets it.
    pub at: Option<Timestamp>,
    /// The command that it sends to the actor.
    pub command: CommandName,
    /// With what.
    pub input: Value,
    /// On which terms it is set.
    #[serde(default, skip_serializing_if = "Terms::is_default")]
    pub terms: Terms,
    /// How it fires again; `None` = it fires once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Recurrence>,
    /// What becomes of runs whose time passed while nobody could run them.
    #[serde(default, skip_serializing_if = "Missed::is_default")]
    pub missed: Missed,
    /// Missed runs that are made up for at most, when each is; `None` =
    /// [`crate::schedule::MISSED_RUNS_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_runs_max: Option<u32>,
    /// Each firing is put off by up to so many milliseconds, so that many timers do not fire in one
    /// moment. By how much follows from the timer and its time: always the same.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub jitter_ms_max: u64,
    /// It means all timers of the actor: they are cancelled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Timer {
    /// Sends `command` with `input` at `at`.
    #[must_use]
    pub fn once(name: ActorId, at: Timestamp, command: CommandName, input: Value) -> Self {
        Self {
            name,
            at: Some(at),
            command,
            input,
            terms: Terms::default(),
            repeat: None,
            missed: Missed::default(),
            missed_runs_max: None,
            jitter_ms_max: 0,
            all: false,
        }
    }

    /// Sends `command` with `input` whenever `repeat` says. A schedule that cannot be read, or
    /// never runs, makes the command that sets it be refused: `schedule_invalid`.
    #[must_use]
    pub fn recurring(
        name: ActorId,
        repeat: Recurrence,
        command: CommandName,
        input: Value,
    ) -> Self {
        let once = Self::once(name, Timestamp::default(), command, input);
        Self { at: None, repeat: Some(repeat), ..once }
    }

    /// Cancels the timer of this name; one that is not set is cancelled already.
    #[must_use]
    pub fn cancel(name: ActorId) -> Self {
        let nothing = CommandName::from_static("cancel");
        Self { at: None, ..Self::once(name, Timestamp::default(), nothing, json!({})) }
    }

    /// Cancels all timers of the actor.
    #[must_use]
    pub fn cancel_all() -> Self {
        Self { all: true, ..Self::cancel(ActorId::from_static("all")) }
    }

    /// Says what becomes of missed runs.
    #[must_use]
    pub const fn missed(mut self, missed: Missed) -> Self {
        self.missed = missed;
        self
    }

    /// Says how many missed runs are made up for at most, when each is.
    #[must_use]
    pub const fn missed_runs_max(mut self, runs: u32) -> Self {
        self.missed_runs_max = Some(runs);
        self
    }

    /// Puts each firing off by up to so many milliseconds.
    #[must_use]
    pub const fn jitter_ms_max(mut self, most: u64) -> Self {
        self.jitter_ms_max = most;
        self
    }

    /// Whether it is set rather than cancelled.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        !self.all && (self.at.is_some() || self.repeat.is_some())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ActorId, CommandName, Missed, Recurrence, Timer, Timestamp};

    /// What was stored before timers recurred is what a timer that fires once is stored as.
    #[test]
    fn a_timer_that_fires_once_is_stored_as_ever() {
        let old = json!({
            "name": "wake", "at": "2027-01-15T08:01:00.123Z", "command": "reset", "input": {},
        });
        let timer: Timer = serde_json::from_value(old.clone()).unwrap();
        let at: Timestamp = "2027-01-15T08:01:00.123Z".parse().unwrap();
        let name = ActorId::from_static("wake");
        let reset = CommandName::from_static("reset");
        assert_eq!(timer, Timer::once(name.clone(), at, reset.clone(), json!({})));
        assert_eq!(serde_json::to_value(&timer).unwrap(), old);
        let cancelled: Timer = serde_json::from_value(json!({
            "name": "wake", "at": null, "command": "reset", "input": {},
        }))
        .unwrap();
        assert!(!cancelled.is_set() && timer.is_set());
        let daily = Recurrence::cron("0 9 * * *", "Europe/Berlin");
        let daily = Timer::recurring(name, daily, reset, json!({})).missed(Missed::All);
        let stored = serde_json::to_value(&daily).unwrap();
        assert_eq!(
            stored["repeat"],
            json!({ "cron": { "expr": "0 9 * * *", "zone": "Europe/Berlin" } })
        );
        assert_eq!(serde_json::from_value::<Timer>(stored).unwrap(), daily);
    }
}
