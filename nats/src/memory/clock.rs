use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contracts::Timestamp;
use tokio::time::Instant;

/// Wall time that follows tokio's clock, so that pausing that one pauses this one.
pub(super) struct Clock {
    started: Instant,
    at: Timestamp,
}

impl Clock {
    pub(super) fn starting_at(at: Timestamp) -> Self {
        Self { started: Instant::now(), at }
    }

    pub(super) fn from_system() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::starting_at(Timestamp::from_millis(millis(since)))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.at.plus_millis(millis(self.started.elapsed()))
    }

    /// The instant at which the wall shows `at`; now, when that has passed.
    pub(super) fn instant(&self, at: Timestamp) -> Instant {
        let after = at.as_millis().saturating_sub(self.at.as_millis());
        let due = Duration::from_millis(u64::try_from(after).unwrap_or(0));
        (self.started + due).max(Instant::now())
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
