//! How much may stand in the log that the rows have not read yet, from how fast they read.

use std::time::{Duration, Instant};

/// The fewest commits that may be unread before an append waits.
const COMMITS_MIN: usize = 256;

/// The most.
const COMMITS_MAX: usize = 1 << 20;

/// How fast rows are taken to read before they have shown it, in commits a second.
const RATE_FIRST: f64 = 8_000.0;

/// What a look finds.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// When.
    pub now: Instant,
    /// The last commit of the log.
    pub head: u64,
    /// Up to where the slowest read model has read that is alive; `None` = none is.
    pub read: Option<u64>,
    /// Commits that were let pass and are not in the log yet.
    pub on_way: usize,
    /// How many more were allowed that have not come.
    pub left: usize,
    /// Whether any waits.
    pub holding: bool,
}

/// What may be appended until the next look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// As much as there is.
    All,
    /// So many commits.
    Commits(usize),
}

/// The rows' pace, and what follows from it.
#[derive(Debug)]
pub struct Window {
    lag: Duration,
    stand: Duration,
    /// Commits a second, while there were commits to read.
    rate: f64,
    read: u64,
    moved: Instant,
    /// Whether there was more to read when they moved last.
    behind: bool,
    open: bool,
}

impl Window {
    /// Rows are to be at most `lag` behind; zero = they hold nobody up. Who has not moved for
    /// `stand` is waited for no longer.
    #[must_use]
    pub const fn new(lag: Duration, stand: Duration, now: Instant) -> Self {
        Self { lag, stand, rate: RATE_FIRST, read: 0, moved: now, behind: false, open: true }
    }

    /// How many commits may be unread.
    #[must_use]
    pub fn commits(&self) -> usize {
        let commits = self.rate * self.lag.as_secs_f64();
        (commits as usize).clamp(COMMITS_MIN, COMMITS_MAX)
    }

    /// What may be appended from now on.
    pub fn look(&mut self, look: Look) -> Allowed {
        let Some(read) = look.read.filter(|_| !self.lag.is_zero()) else {
            self.behind = false;
            return self.let_go();
        };
        let moved = self.note(read, &look);
        let unread = usize::try_from(look.head.saturating_sub(read)).unwrap_or(usize::MAX);
        if unread == 0 {
            self.moved = look.now;
        }
        if look.now.saturating_duration_since(self.moved) >= self.stand {
            return self.let_go();
        }
        let left = if std::mem::replace(&mut self.open, false) { 0 } else { look.left };
        let (most, used) = (self.commits(), unread.saturating_add(look.on_way));
        // What lies further behind than that, as after a database was away, gets shorter while
        // commands go on: one comes in for every two that are read.
        let allowed = if used < most { most - used } else { (left + moved / 2).min(most) };
        Allowed::Commits(allowed)
    }

    fn let_go(&mut self) -> Allowed {
        self.open = true;
        Allowed::All
    }

    /// Learns from where they have read to; how many commits that are since the last look.
    fn note(&mut self, read: u64, look: &Look) -> usize {
        if read == self.read {
            return 0;
        }
        let moved = read.saturating_sub(self.read);
        let took = look.now.saturating_duration_since(self.moved).as_secs_f64();
        if self.behind && took > 0.0 {
            let rate = moved as f64 / took;
            // Who had little to read shows nothing of how fast it could have been.
            if rate > self.rate || look.holding {
                self.rate = f64::midpoint(self.rate, rate);
            }
        }
        (self.read, self.moved, self.behind) = (read, look.now, look.head > read);
        usize::try_from(moved).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Allowed, COMMITS_MIN, Look, Window};

    const LAG: Duration = Duration::from_millis(500);
    const STAND: Duration = Duration::from_secs(3);

    fn window() -> (Window, Instant) {
        let now = Instant::now();
        (Window::new(LAG, STAND, now), now)
    }

    fn look(now: Instant, head: u64, read: u64) -> Look {
        Look { now, head, read: Some(read), on_way: 0, left: 0, holding: false }
    }

    #[test]
    fn what_is_unread_and_what_is_on_its_way_count() {
        let (mut window, now) = window();
        assert_eq!(window.look(look(now, 0, 0)), Allowed::Commits(4_000));
        assert_eq!(window.look(look(now, 1_000, 0)), Allowed::Commits(3_000));
        let on_way = Look { on_way: 500, ..look(now, 1_000, 0) };
        assert_eq!(window.look(on_way), Allowed::Commits(2_500));
        assert_eq!(window.look(look(now, 4_000, 0)), Allowed::Commits(0));
        let left = Look { left: 7, ..look(now, 4_100, 0) };
        assert_eq!(window.look(left), Allowed::Commits(7), "what was allowed stays so");
    }

    #[test]
    fn slow_rows_make_the_window_small_once_somebody_waits_for_them() {
        let (mut window, begun) = window();
        let mut read = 1;
        for second in 0..40 {
            let now = begun + Duration::from_secs(second);
            read += 100;
            let holding = second > 20;
            window.look(Look { holding, ..look(now, read + 5_000, read) });
            if !holding {
                assert_eq!(window.commits(), 4_000, "little to read shows nothing");
            }
        }
        assert_eq!(window.commits(), COMMITS_MIN);
        for step in 0..40 {
            let now = begun + Duration::from_secs(40) + Duration::from_millis(step * 100);
            read += 2_000;
            window.look(look(now, read + 5_000, read));
        }
        assert!(window.commits() > 9_000, "{}", window.commits());
    }

    #[test]
    fn a_long_way_behind_gets_shorter_and_lets_commands_go_on() {
        let (mut window, begun) = window();
        let (mut head, mut read, mut taken) = (1_000_000_u64, 0_u64, 0_u64);
        for step in 1..=100 {
            let now = begun + Duration::from_millis(step * 100);
            read += 1_000;
            let Allowed::Commits(allowed) = window.look(look(now, head, read)) else {
                panic!("they move")
            };
            head += allowed as u64;
            taken += allowed as u64;
        }
        assert_eq!(taken, 50_000);
        assert_eq!(head - read, 950_000);
    }

    #[test]
    fn nobody_waits_for_rows_that_stand_or_are_away() {
        let (mut window, now) = window();
        window.look(look(now, 9_000, 100));
        let late = now + STAND;
        assert_eq!(window.look(look(late, 9_000, 100)), Allowed::All);
        let left = Look { left: 1 << 30, ..look(late, 9_000, 200) };
        assert_eq!(window.look(left), Allowed::Commits(50), "they go on, and begin anew");
        let away = Look { read: None, ..look(late, 9_000, 0) };
        assert_eq!(window.look(away), Allowed::All);
        let idle = late + STAND * 10;
        assert_eq!(window.look(look(idle, 200, 200)), Allowed::Commits(window.commits()));
        let mut never = Window::new(Duration::ZERO, STAND, now);
        assert_eq!(never.look(look(now, 1 << 40, 1)), Allowed::All);
    }
}
