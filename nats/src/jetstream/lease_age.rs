//! How old the last change of a lease is, told without trusting this machine's clock: clocks of
//! machines differ, and one that is set would make every lease run out at once, or never.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contracts::Partition;
use tokio::time::Instant;

/// How long a reading of the broker's time is used.
const TIME_KEPT: Duration = Duration::from_millis(500);

/// What was seen of each lease, and of the broker's time.
#[derive(Default)]
pub(super) struct Ages(Mutex<Known>);

struct Known {
    seen: [Option<Seen>; Partition::COUNT as usize],
    broker: Option<Moment>,
    /// When the broker's time was asked for last.
    asked: Option<Instant>,
}

/// A version of a lease, and since when it is known.
#[derive(Clone, Copy)]
struct Seen {
    version: u64,
    since: Instant,
    /// Whether this process wrote it: its stamp is from before `since`.
    own: bool,
}

/// A moment by the broker's clock, which was not later than one by ours that never is set.
#[derive(Clone, Copy)]
struct Moment {
    /// Since the epoch, as the broker believes.
    stamp: Duration,
    at: Instant,
}

impl Default for Known {
    fn default() -> Self {
        Self { seen: [None; Partition::COUNT as usize], broker: None, asked: None }
    }
}

impl Ages {
    /// This process has written a version and heard of it at `now`.
    pub(super) fn wrote(&self, partition: Partition, version: u64, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.seen[index(partition)] = Some(Seen { version, since: now, own: true });
    }

    /// Whether the broker's time should be read anew: two clocks may run apart, and another server
    /// may stamp what is written next.
    pub(super) fn wants_time(&self, now: Instant) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = known.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= TIME_KEPT);
        if due {
            known.asked = Some(now);
        }
        due
    }

    /// How old a version is at least that has the broker's stamp, told since the epoch.
    ///
    /// A version that is met for the first time is as old as the broker's time says, as far as this
    /// process's own writes have told that; from then on it ages by our own clock too.
    pub(super) fn of(
        &self,
        partition: Partition,
        version: u64,
        stamp: Duration,
        now: Instant,
    ) -> Duration {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &mut *guard;
        let seen = &mut known.seen[index(partition)];
        let seen = match seen {
            Some(seen) if seen.version == version => *seen,
            _ => *seen.insert(Seen { version, since: now, own: false }),
        };
        if seen.own && known.broker.is_none_or(|broker| broker.at < seen.since) {
            known.broker = Some(Moment { stamp, at: seen.since });
        }
        let by_broker = known.broker.map_or(Duration::ZERO, |broker| {
            let time = broker.stamp + now.saturating_duration_since(broker.at);
            time.saturating_sub(stamp)
        });
        by_broker.max(now.saturating_duration_since(seen.since))
    }
}

fn index(partition: Partition) -> usize {
    usize::from(partition.number())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::Partition;
    use tokio::time::Instant;

    use super::Ages;

    const fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn partition(number: u8) -> Partition {
        Partition::new(number).expect("there are 64")
    }

    #[test]
    fn what_never_changes_ages_by_our_own_clock() {
        let (ages, now) = (Ages::default(), Instant::now());
        // The broker's clock may say what it likes.
        assert_eq!(ages.of(partition(1), 7, at(99_000), now), Duration::ZERO);
        let later = now + Duration::from_secs(3);
        assert_eq!(ages.of(partition(1), 7, at(99_000), later), Duration::from_secs(3));
        assert_eq!(ages.of(partition(1), 8, at(102_000), later), Duration::ZERO, "it has changed");
        assert_eq!(ages.of(partition(2), 7, at(99_000), later), Duration::ZERO, "another");
    }

    #[test]
    fn who_has_written_knows_how_old_is_what_it_meets_first() {
        let (ages, now) = (Ages::default(), Instant::now());
        ages.wrote(partition(1), 7, now);
        // Our own write was stamped at 50 s, and is read a second later.
        let later = now + Duration::from_secs(1);
        assert_eq!(ages.of(partition(1), 7, at(50_000), later), Duration::from_secs(1));
        // Another's was stamped two seconds before ours: it is three seconds old now.
        assert_eq!(ages.of(partition(2), 3, at(48_000), later), Duration::from_secs(3));
        // One that is stamped after ours is younger, and one from the future has no age.
        assert_eq!(ages.of(partition(3), 4, at(50_500), later).as_millis(), 500);
        assert_eq!(ages.of(partition(4), 4, at(90_000), later), Duration::ZERO);
    }
}
