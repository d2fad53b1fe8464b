//! Token buckets: so many requests per window and key, refilled evenly.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Buckets by key. A quota of 0 never refuses.
pub struct Buckets {
    quota: f64,
    window_s: f64,
    keys_max: usize,
    levels: Mutex<HashMap<String, Level>>,
}

#[derive(Clone, Copy)]
struct Level {
    tokens: f64,
    at: Instant,
}

/// What a bucket says of one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Whether it may go on.
    pub allowed: bool,
    /// Requests left in the window.
    pub left: u64,
    /// After how many milliseconds the next one is allowed; 0 when one is left.
    pub retry_after_ms: u64,
    /// After how many seconds the bucket is full again.
    pub full_after_s: u64,
}

impl Buckets {
    /// `quota` requests per `window_s` seconds for each of at most `keys_max` keys.
    #[must_use]
    pub fn new(quota: u32, window_s: u32, keys_max: usize) -> Self {
        let (quota, window_s) = (f64::from(quota), f64::from(window_s.max(1)));
        Self { quota, window_s, keys_max, levels: Mutex::default() }
    }

    /// Takes a token of `key`; `None` when nothing is limited.
    #[must_use]
    pub fn take(&self, key: &str, now: Instant) -> Option<Verdict> {
        if self.quota <= 0.0 {
            return None;
        }
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if levels.len() >= self.keys_max && !levels.contains_key(key) {
            self.forget(&mut levels, now);
        }
        let full = Level { tokens: self.quota, at: now };
        let level = levels.entry(key.to_owned()).or_insert(full);
        *level = Level { tokens: self.refilled(*level, now), at: now };
        let allowed = level.tokens >= 1.0;
        if allowed {
            level.tokens -= 1.0;
        }
        Some(self.verdict(allowed, level.tokens))
    }

    fn refilled(&self, level: Level, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        (level.tokens + passed * self.quota / self.window_s).min(self.quota)
    }

    /// Drops full buckets, which say nothing; and all of them when none is full, since a flood of
    /// keys must not grow without bound.
    fn forget(&self, levels: &mut HashMap<String, Level>, now: Instant) {
        levels.retain(|_, level| self.refilled(*level, now) < self.quota);
        if levels.len() >= self.keys_max {
            levels.clear();
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tokens and times are small and not negative"
    )]
    fn verdict(&self, allowed: bool, tokens: f64) -> Verdict {
        let per_token_s = self.window_s / self.quota;
        let wait_s = if tokens >= 1.0 { 0.0 } else { (1.0 - tokens) * per_token_s };
        Verdict {
            allowed,
            left: tokens as u64,
            retry_after_ms: (wait_s * 1_000.0).ceil() as u64,
            full_after_s: ((self.quota - tokens) * per_token_s).ceil() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Buckets;

    #[test]
    fn a_bucket_empties_and_fills_again_evenly() {
        let (buckets, start) = (Buckets::new(2, 10, 8), Instant::now());
        assert!(buckets.take("a", start).unwrap().allowed);
        assert_eq!(buckets.take("a", start).unwrap().left, 0);
        let refused = buckets.take("a", start).unwrap();
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after_ms, 5_000);
        assert!(buckets.take("b", start).unwrap().allowed, "keys do not share");
        assert!(!buckets.take("a", start + Duration::from_secs(4)).unwrap().allowed);
        assert!(buckets.take("a", start + Duration::from_secs(5)).unwrap().allowed);
    }

    #[test]
    fn zero_means_no_limit() {
        assert_eq!(Buckets::new(0, 10, 8).take("a", Instant::now()), None);
    }

    #[test]
    fn a_flood_of_keys_does_not_grow_without_bound() {
        let (buckets, now) = (Buckets::new(5, 10, 4), Instant::now());
        for number in 0..100 {
            let _ = buckets.take(&number.to_string(), now);
        }
        assert!(buckets.levels.lock().unwrap().len() <= 4);
    }
}
