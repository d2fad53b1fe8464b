//! Three ways of counting, as pure functions of a small state: the fixed window, the sliding window
//! and the token bucket. Whole numbers only, so that every node comes to the same answer.

use serde::{Deserialize, Serialize};

/// How what was spent is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// So much in each window; windows begin at multiples of their length. Twice the quota may
    /// come around the border of two windows.
    FixedWindow,
    /// So much in any window, as far as two counters can tell: what came in the window before
    /// counts by the share of it that the sliding one still covers.
    SlidingWindow,
    /// A full bucket at first, refilled evenly: the quota is the burst, and quota per window the
    /// lasting rate.
    TokenBucket,
}

/// So much per time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    /// How it is counted.
    pub algorithm: Algorithm,
    /// How much; at least 1.
    pub quota: u32,
    /// In what time, in milliseconds; at least 1.
    pub window_ms: u32,
}

/// What is remembered of one key under one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The beginning of the window; of a bucket, when it was last filled.
    at_ms: u64,
    /// Spent in the window; of a bucket, the tokens in it times the window's milliseconds. Below
    /// zero when others spent what was not there any more.
    level: i64,
    /// Spent in the window before; of a sliding window only.
    before: i64,
}

/// What is left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How much may be spent at once.
    pub left: u32,
    /// After how many milliseconds it is as if nothing had been spent.
    pub full_after_ms: u64,
}

impl Limit {
    /// What is remembered of a key that has spent nothing.
    #[must_use]
    pub fn fresh(&self, now_ms: u64) -> State {
        let level = match self.algorithm {
            Algorithm::TokenBucket => self.capacity(),
            Algorithm::FixedWindow | Algorithm::SlidingWindow => 0,
        };
        State { at_ms: self.begins(now_ms), level, before: 0 }
    }

    /// Spends `cost` when so much is left; says whether it was.
    pub fn spend(&self, state: &mut State, now_ms: u64, cost: u32) -> bool {
        self.advance(state, now_ms);
        let fits = i64::from(cost) <= self.left(state, now_ms);
        if fits {
            self.add(state, i64::from(cost));
        }
        fits
    }

    /// Notes that `cost` was spent elsewhere, whether it was there or not.
    pub fn charge(&self, state: &mut State, now_ms: u64, cost: u32) {
        self.advance(state, now_ms);
        self.add(state, i64::from(cost));
    }

    /// Takes back what was spent a moment ago.
    pub fn refund(&self, state: &mut State, now_ms: u64, cost: u32) {
        self.advance(state, now_ms);
        self.add(state, -i64::from(cost));
    }

    /// What is left.
    pub fn standing(&self, state: &mut State, now_ms: u64) -> Standing {
        self.advance(state, now_ms);
        let left = u32::try_from(self.left(state, now_ms).max(0)).unwrap_or(self.quota);
        Standing { left, full_after_ms: self.full_after_ms(state, now_ms) }
    }

    /// After how many milliseconds `cost` may be spent, when nothing else is meanwhile; 0 = now.
    /// What is more than the quota is never there: then it is a whole window.
    pub fn wait_ms(&self, state: &mut State, now_ms: u64, cost: u32) -> u64 {
        self.advance(state, now_ms);
        let (quota, window) = (i64::from(self.quota), i64::from(self.window_ms));
        let cost = i64::from(cost);
        if cost <= self.left(state, now_ms) {
            return 0;
        }
        if cost > quota {
            return self.window_ms.into();
        }
        let gone = self.gone_ms(state, now_ms);
        let wait = match self.algorithm {
            Algorithm::FixedWindow => window - gone,
            Algorithm::SlidingWindow if state.level + cost <= quota => {
                let room = quota - cost - state.level;
                window - room * window / state.before.max(1) - gone
            }
            Algorithm::SlidingWindow => {
                let room = quota - cost;
                let into_next = window - room * window / state.level.max(1);
                window - gone + into_next.max(0)
            }
            Algorithm::TokenBucket => (cost * window - state.level + quota - 1) / quota,
        };
        u64::try_from(wait.max(1)).unwrap_or(1)
    }

    /// A bucket that is full.
    fn capacity(&self) -> i64 {
        i64::from(self.quota) * i64::from(self.window_ms)
    }

    fn begins(&self, now_ms: u64) -> u64 {
        match self.algorithm {
            Algorithm::TokenBucket => now_ms,
            Algorithm::FixedWindow | Algorithm::SlidingWindow => {
                now_ms - now_ms % u64::from(self.window_ms)
            }
        }
    }

    fn gone_ms(&self, state: &State, now_ms: u64) -> i64 {
        let gone = now_ms.saturating_sub(state.at_ms).min(self.window_ms.into());
        i64::try_from(gone).unwrap_or(i64::MAX)
    }

    /// Brings a state to `now_ms`. A clock that went back changes nothing.
    fn advance(&self, state: &mut State, now_ms: u64) {
        let begins = self.begins(now_ms);
        if begins <= state.at_ms {
            return;
        }
        let passed = begins - state.at_ms;
        match self.algorithm {
            Algorithm::FixedWindow => state.level = 0,
            Algorithm::SlidingWindow => {
                let follows = passed == u64::from(self.window_ms);
                state.before = if follows { state.level } else { 0 };
                state.level = 0;
            }
            Algorithm::TokenBucket => {
                let passed = i64::try_from(passed).unwrap_or(i64::MAX);
                let more = i64::from(self.quota).saturating_mul(passed);
                state.level = state.level.saturating_add(more).min(self.capacity());
            }
        }
        state.at_ms = begins;
    }

    fn left(&self, state: &State, now_ms: u64) -> i64 {
        let (quota, window) = (i64::from(self.quota), i64::from(self.window_ms));
        match self.algorithm {
            Algorithm::FixedWindow => quota - state.level,
            Algorithm::SlidingWindow => {
                let covered = state.before * (window - self.gone_ms(state, now_ms));
                quota - state.level - (covered + window - 1) / window
            }
            Algorithm::TokenBucket => state.level.div_euclid(window),
        }
    }

    /// Others' spending may lead beyond the quota, by as much again at most, so that nobody is shut
    /// out for longer than two windows.
    fn add(&self, state: &mut State, cost: i64) {
        let quota = i64::from(self.quota);
        match self.algorithm {
            Algorithm::FixedWindow | Algorithm::SlidingWindow => {
                state.level = (state.level + cost).clamp(0, 2 * quota);
            }
            Algorithm::TokenBucket => {
                let level = state.level - cost * i64::from(self.window_ms);
                state.level = level.clamp(-self.capacity(), self.capacity());
            }
        }
    }

    fn full_after_ms(&self, state: &State, now_ms: u64) -> u64 {
        let (quota, window) = (i64::from(self.quota), i64::from(self.window_ms));
        let rest = window - self.gone_ms(state, now_ms);
        let after = match self.algorithm {
            Algorithm::FixedWindow if state.level == 0 => 0,
            Algorithm::FixedWindow => rest,
            Algorithm::SlidingWindow if state.level > 0 => rest + window,
            Algorithm::SlidingWindow if state.before > 0 => rest,
            Algorithm::SlidingWindow => 0,
            Algorithm::TokenBucket => (self.capacity() - state.level + quota - 1) / quota,
        };
        u64::try_from(after).unwrap_or_default()
    }
}
