//! How an effect is tried again.

use std::time::Duration;

use contracts::effect::{Delivery, Effect, Jitter, OnExhausted};
use contracts::{EffectId, Hash, Refusal, RefusalClass};

use crate::config::Config;

/// What an effect's terms say, and the configuration where they say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How often it may be attempted at all.
    pub delivery: Delivery,
    /// Attempts before it is exhausted.
    pub attempts_max: u32,
    /// How long one may take.
    pub timeout: Duration,
    /// What happens after the last one.
    pub on_exhausted: OnExhausted,
    backoff_ms_min: u64,
    backoff_ms_max: u64,
    jitter: Jitter,
}

impl Policy {
    /// The policy of `effect`.
    #[must_use]
    pub fn of(effect: &Effect, config: &Config) -> Self {
        let delivery = effect.delivery();
        let retry = effect.terms().retry.clone().unwrap_or_default();
        let attempts_max = match delivery {
            Delivery::AtMostOnce => 1,
            Delivery::Idempotent => config.effect_attempts_max,
        };
        let backoff_ms_min = retry.backoff_ms_min.unwrap_or(config.effect_retry_ms_min);
        let backoff_ms_max = retry.backoff_ms_max.unwrap_or(config.effect_retry_ms_max);
        Self {
            delivery,
            attempts_max: retry.attempts_max.unwrap_or(attempts_max).max(1),
            timeout: Duration::from_millis(retry.timeout_ms.unwrap_or(config.effect_timeout_ms)),
            on_exhausted: retry.on_exhausted,
            backoff_ms_min,
            backoff_ms_max: backoff_ms_max.max(backoff_ms_min),
            jitter: retry.jitter,
        }
    }

    /// Whether another attempt may help and may be made. Of what may be done only once, only an
    /// answer that says that nothing was done allows another.
    #[must_use]
    pub fn may_help(&self, refusal: &Refusal) -> bool {
        match self.delivery {
            Delivery::AtMostOnce => refusal.class == RefusalClass::Overloaded,
            Delivery::Idempotent => is_retryable(refusal),
        }
    }

    /// The pause after attempt `round`, from 1, in milliseconds: the back-off with its jitter, and
    /// never less than the refusal asks for. Always the same for one attempt.
    #[must_use]
    pub fn pause_ms(&self, effect: EffectId, round: u32, refusal: &Refusal) -> u64 {
        let doubled = self.backoff_ms_min.saturating_mul(1 << round.saturating_sub(1).min(32));
        let longest = doubled.min(self.backoff_ms_max);
        let pause = match self.jitter {
            Jitter::None => longest,
            Jitter::Full => spread(effect, round) % (longest.saturating_add(1)),
        };
        pause.max(refusal.retry_after_ms.unwrap_or(0))
    }
}

fn spread(effect: EffectId, round: u32) -> u64 {
    let (effect, round) = (effect.to_string(), round.to_string());
    let hash = Hash::of_parts("cambium back-off v1", &[&effect, &round]);
    hash.0.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Whether asking again may help.
#[must_use]
pub fn is_retryable(refusal: &Refusal) -> bool {
    refusal.retry_after_ms.is_some()
        || matches!(
            refusal.class,
            RefusalClass::Unavailable | RefusalClass::Overloaded | RefusalClass::Timeout
        )
}

#[cfg(test)]
mod tests {
    use contracts::effect::{Delivery, Effect, Jitter, Retry, Terms, Work};
    use contracts::{EffectId, Hash, Refusal, RefusalClass};
    use serde_json::Value;

    use super::Policy;
    use crate::config::Config;

    fn policy(delivery: Delivery, retry: Retry) -> Policy {
        let terms = Terms { retry: Some(retry), ..Terms::default() };
        let queue = "q".parse().expect("a queue");
        let (input, tag) = (Value::Null, Value::Null);
        Policy::of(&Effect::Work(Work { queue, input, tag, delivery, terms }), &Config::default())
    }

    fn effect(number: u8) -> EffectId {
        EffectId(Hash::of(&[number]))
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_are_spread_from_nothing() {
        let retry = Retry {
            backoff_ms_min: Some(100),
            backoff_ms_max: Some(1_000),
            jitter: Jitter::None,
            ..Retry::default()
        };
        let no = Refusal::rejected("no", "no");
        let even = policy(Delivery::Idempotent, retry.clone());
        let pauses = [1, 2, 3, 4, 5, 60].map(|round| even.pause_ms(effect(1), round, &no));
        assert_eq!(pauses, [100, 200, 400, 800, 1_000, 1_000]);
        let full = policy(Delivery::Idempotent, Retry { jitter: Jitter::Full, ..retry });
        let pauses: Vec<_> = (0..200).map(|it| full.pause_ms(effect(it), 9, &no)).collect();
        assert!(pauses.iter().all(|pause| *pause <= 1_000));
        assert!(pauses.iter().any(|pause| *pause < 100), "down to nothing");
        assert!(pauses.iter().any(|pause| *pause > 900), "up to the whole");
        let later = Refusal::rejected("later", "later").retry_after(5_000);
        assert_eq!(full.pause_ms(effect(1), 1, &later), 5_000, "as the refusal asks");
    }

    #[test]
    fn what_may_be_done_once_is_tried_again_only_after_a_clear_no() {
        let three = Retry { attempts_max: Some(3), ..Retry::default() };
        let once = policy(Delivery::AtMostOnce, three);
        let busy = Refusal::new(RefusalClass::Overloaded, "rate_limited", "later");
        let silent = Refusal::new(RefusalClass::Timeout, "model_timeout", "nothing");
        assert!(once.may_help(&busy));
        assert!(!once.may_help(&silent) && !once.may_help(&Refusal::unavailable("gone", "gone")));
        assert_eq!(policy(Delivery::AtMostOnce, Retry::default()).attempts_max, 1);
        assert_eq!(policy(Delivery::Idempotent, Retry::default()).attempts_max, 6);
    }
}
