use serde::{Deserialize, Serialize};

use super::{ScheduleError, wrong};
use crate::time::Timestamp;

/// The shortest span between two runs, in milliseconds: each is a commit.
pub const EVERY_MS_MIN: u64 = 100;

/// The longest, in milliseconds: a hundred years.
pub const EVERY_MS_MAX: u64 = 100 * 366 * 24 * 60 * 60 * 1_000;

/// Equal spans of elapsed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Every {
    /// The span, in milliseconds.
    pub every_ms: u64,
    /// An instant from which the spans are counted; itself a run when it is ahead. Absent = when
    /// the timer is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Timestamp>,
}

impl Every {
    pub(super) fn checked(self) -> Result<Self, ScheduleError> {
        if (EVERY_MS_MIN..=EVERY_MS_MAX).contains(&self.every_ms) {
            Ok(self)
        } else {
            wrong(format!("every_ms is from {EVERY_MS_MIN} to {EVERY_MS_MAX}"))
        }
    }

    fn anchor(&self) -> Timestamp {
        self.anchor.unwrap_or_default()
    }

    const fn span(&self) -> i64 {
        // Checked to be far below what an i64 holds.
        self.every_ms as i64
    }

    pub(super) fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let (anchor, span) = (self.anchor().as_millis(), self.span());
        let since = instant.as_millis() - anchor;
        let spans = if since < 0 { 0 } else { since / span + 1 };
        let next = Timestamp::from_millis(anchor.saturating_add(spans.saturating_mul(span)));
        (next > instant).then_some(next)
    }

    pub(super) fn count_within(&self, after: Timestamp, until: Timestamp) -> u32 {
        let Some(first) = self.next_after(after).filter(|first| *first <= until) else { return 0 };
        let more = (until.as_millis() - first.as_millis()) / self.span();
        u32::try_from(more).unwrap_or(u32::MAX).saturating_add(1)
    }
}
