//! When a provider is asked again. Nothing that may have cost money is asked twice: only a call
//! that did nothing for certain.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use contracts::{Refusal, RefusalClass};

use crate::model::config::ProviderConfig;
use crate::model::done::Done;

/// How a provider is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often.
    pub retries_max: u32,
    /// The longest pause before the first time; doubles.
    pub ms_min: u64,
    /// The longest pause at all.
    pub ms_max: u64,
}

impl Retry {
    /// As the settings of a provider say.
    #[must_use]
    pub const fn of(config: &ProviderConfig) -> Self {
        Self {
            retries_max: config.retries_max,
            ms_min: config.retry_ms_min,
            ms_max: config.retry_ms_max,
        }
    }

    /// The pause before try `round`, from 1, of a call that ended so; `None` = it is not asked
    /// again.
    #[must_use]
    pub fn pause_ms(&self, round: u32, refusal: &Refusal) -> Option<u64> {
        let passing = matches!(refusal.class, RefusalClass::Overloaded | RefusalClass::Unavailable);
        let nothing = Done::of(refusal) == Done::Nothing;
        let asked_for = Done::again_ms(refusal).unwrap_or(0);
        if round > self.retries_max || !passing || !nothing || asked_for > self.ms_max {
            return None;
        }
        Some(pause_ms((self.ms_min, self.ms_max), round, chance()).max(asked_for))
    }
}

/// A pause between nothing and the whole of what doubles with each round: full jitter, so that
/// many callers that failed at once do not come again at once.
fn pause_ms((min, max): (u64, u64), round: u32, chance: u64) -> u64 {
    let longest = min.saturating_mul(1 << round.saturating_sub(1).min(32)).min(max.max(min));
    chance % longest.saturating_add(1)
}

/// Of the system's randomness.
fn chance() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use contracts::{Refusal, RefusalClass};

    use super::{Retry, pause_ms};
    use crate::model::done::Done;

    const RETRY: Retry = Retry { retries_max: 2, ms_min: 100, ms_max: 1_000 };

    fn busy() -> Refusal {
        Refusal::new(RefusalClass::Overloaded, "model_rate_limit", "later")
    }

    #[test]
    fn only_what_did_nothing_is_asked_again_and_not_for_ever() {
        assert!(RETRY.pause_ms(1, &Done::Nothing.told_by(busy())).is_some());
        assert!(RETRY.pause_ms(2, &Done::Nothing.told_by(busy())).is_some());
        assert_eq!(RETRY.pause_ms(3, &Done::Nothing.told_by(busy())), None);
        for done in [Done::Failed, Done::Unknown] {
            assert_eq!(RETRY.pause_ms(1, &done.told_by(busy())), None, "{done:?}");
        }
        let no = Done::Nothing.told_by(Refusal::rejected("model_auth", "no"));
        assert_eq!(RETRY.pause_ms(1, &no), None, "it stays so");
    }

    #[test]
    fn a_provider_that_says_when_is_believed_and_one_that_says_too_late_is_not_asked() {
        let later = |ms| Done::Nothing.asking_again(busy(), ms);
        assert!(RETRY.pause_ms(1, &later(700)).is_some_and(|ms| ms >= 700));
        assert_eq!(RETRY.pause_ms(1, &later(60_000)), None);
    }

    #[test]
    fn pauses_are_spread_from_nothing_to_the_whole() {
        let all = |round| (0..2_000).map(move |chance| pause_ms((100, 1_000), round, chance));
        assert_eq!((all(1).min(), all(1).max()), (Some(0), Some(100)));
        assert_eq!((all(3).min(), all(3).max()), (Some(0), Some(400)));
        assert_eq!(all(60).max(), Some(1_000));
    }
}
