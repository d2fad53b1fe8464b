//! How fast a budget is spent: what the spans before came to, and this one so far.

use contracts::Timestamp;
use contracts::kinds::budget::Spike;
use serde::{Deserialize, Serialize};

/// Spans that must have passed before anything is told: one or two make no habit.
const SPANS_MIN: u32 = 4;
/// Of how many spans the usual one is the mean, the latest counting the most.
const SMOOTHING: u64 = 4;
/// Idle spans after which nothing of the past is left.
const IDLE_MAX: i64 = 64;

/// How fast a budget is spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// When this span began.
    pub since: Timestamp,
    /// What was spent in it.
    pub spent: u64,
    /// What is usual.
    pub usual: u64,
    /// How many spans have passed.
    pub spans: u32,
    /// The span for which it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Timestamp>,
}

impl Pace {
    /// Whether nothing was ever measured.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// After `amount` more was spent at `at`.
    #[must_use]
    pub fn after(mut self, spike: Spike, amount: u64, at: Timestamp) -> Self {
        let length = i64::from(spike.minutes.max(1)) * 60_000;
        let starts = at.as_millis().div_euclid(length) * length;
        let since = Timestamp::from_millis(starts);
        if self.spans == 0 && self.spent == 0 {
            self.since = since;
        }
        // A clock that was set back spends in the span that is known.
        let passed = since.millis_since(self.since).max(0) / length;
        for _ in 0..passed.min(IDLE_MAX) {
            let kept = self.usual.saturating_mul(SMOOTHING - 1) / SMOOTHING;
            self.usual = match self.spans {
                0 => self.spent,
                _ => kept.saturating_add(self.spent / SMOOTHING),
            };
            (self.spent, self.spans) = (0, self.spans.saturating_add(1));
        }
        if passed > 0 {
            self.since = since;
        }
        self.spent = self.spent.saturating_add(amount);
        self
    }

    /// Whether this span is one that somebody wants to be told of, and was not yet.
    #[must_use]
    pub fn is_news(&self, spike: Spike) -> bool {
        let much = u128::from(self.usual) * u128::from(spike.percent) / 100;
        self.spans >= SPANS_MIN
            && self.told != Some(self.since)
            && self.spent >= spike.at_least
            && self.spent > 0
            && u128::from(self.spent) > much
    }
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use contracts::kinds::budget::Spike;

    use super::Pace;

    const SPIKE: Spike = Spike { minutes: 1, percent: 300, at_least: 50 };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + minute * 60_000)
    }

    #[test]
    fn more_than_is_usual_is_news_and_what_is_usual_is_not() {
        let mut pace = Pace::default();
        for minute in 0..10 {
            pace = pace.after(SPIKE, 20, at(minute));
            assert!(!pace.is_news(SPIKE), "minute {minute}");
        }
        assert_eq!(pace.usual, 20);
        pace = pace.after(SPIKE, 40, at(9));
        assert!(!pace.is_news(SPIKE), "three times as much is not more than that");
        pace = pace.after(SPIKE, 1, at(9));
        assert!(pace.is_news(SPIKE));
        pace.told = Some(pace.since);
        assert!(!pace.after(SPIKE, 500, at(9)).is_news(SPIKE), "told once in a span");
    }

    #[test]
    fn nothing_is_told_before_there_is_a_habit_nor_below_what_is_never_told() {
        let first = Pace::default().after(SPIKE, 1_000, at(0));
        assert!(!first.is_news(SPIKE));
        let quiet = Pace { since: at(0), usual: 1, spans: 9, ..Pace::default() };
        assert!(!quiet.after(SPIKE, 49, at(0)).is_news(SPIKE));
        assert!(quiet.after(SPIKE, 50, at(0)).is_news(SPIKE));
    }

    #[test]
    fn a_long_silence_is_forgotten_in_a_bounded_time_and_a_clock_set_back_changes_nothing() {
        let busy = Pace { since: at(0), spent: 100, usual: 100, spans: 9, told: None };
        assert_eq!(busy.after(SPIKE, 5, at(1_000_000)).usual, 0);
        let back = busy.after(SPIKE, 5, at(-1_000));
        assert_eq!((back.since, back.spent), (at(0), 105));
    }
}
