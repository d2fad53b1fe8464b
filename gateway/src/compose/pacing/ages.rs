//! For how long there has been something in the log that the rows have not read.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many instants are remembered; of more, every second one is forgotten.
const INSTANTS_MAX: usize = 4_096;

/// When the log was first seen to reach where it stood.
#[derive(Debug, Default)]
pub struct Ages {
    heads: VecDeque<(u64, Instant)>,
}

impl Ages {
    /// Notes where the log stands, and up to where it was read; the age of the oldest commit that
    /// was not, as far as it was seen coming.
    pub fn look(&mut self, now: Instant, head: u64, read: u64) -> Duration {
        if self.heads.back().is_none_or(|(last, _)| head > *last) {
            self.heads.push_back((head, now));
        }
        while self.heads.front().is_some_and(|(head, _)| *head <= read) {
            self.heads.pop_front();
        }
        if self.heads.len() > INSTANTS_MAX {
            // The older one of two says that more has been there for longer: never too young.
            let kept = self.heads.make_contiguous().chunks(2);
            self.heads = kept.map(|pair| (pair[pair.len() - 1].0, pair[0].1)).collect();
        }
        self.heads.front().map_or(Duration::ZERO, |(_, since)| now.duration_since(*since))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Ages, INSTANTS_MAX};

    #[test]
    fn rows_are_as_old_as_what_they_have_not_read() {
        let (mut ages, begun) = (Ages::default(), Instant::now());
        let after = |ms: u64| begun + Duration::from_millis(ms);
        assert_eq!(ages.look(after(0), 10, 10), Duration::ZERO);
        assert_eq!(ages.look(after(100), 20, 10), Duration::ZERO);
        assert_eq!(ages.look(after(150), 30, 15), Duration::from_millis(50));
        assert_eq!(ages.look(after(200), 30, 20), Duration::from_millis(50));
        assert_eq!(ages.look(after(300), 30, 30), Duration::ZERO);
    }

    #[test]
    fn however_long_it_lasts_little_is_remembered_and_nothing_gets_younger() {
        let (mut ages, begun) = (Ages::default(), Instant::now());
        for step in 1..=20_000_u64 {
            let now = begun + Duration::from_millis(step);
            assert_eq!(ages.look(now, step, 0), Duration::from_millis(step - 1));
            assert!(ages.heads.len() <= INSTANTS_MAX);
        }
        let now = begun + Duration::from_millis(20_000);
        let age = ages.look(now, 20_000, 10_000);
        let really = Duration::from_millis(9_999);
        assert!(age >= really && age < really + Duration::from_millis(100), "{age:?}");
    }
}
