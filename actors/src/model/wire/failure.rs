//! Why a call gave no answer, and what it may have done all the same.

use contracts::Refusal;
use serde_json::Value;

use super::scrub::scrub;
use crate::model::done::Done;
use crate::model::error::ModelError;

/// The longest piece of a provider's own words that is passed on, in characters.
const WORDS_CHARS_MAX: usize = 300;

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub error: ModelError,
    /// What it may have done.
    pub done: Done,
    /// When the provider says that it is worth asking again, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl Failure {
    /// Of a call that did nothing.
    #[must_use]
    pub const fn nothing(error: ModelError) -> Self {
        Self { error, done: Done::Nothing, retry_after_ms: None }
    }

    /// Of a call that was answered, and not with what was asked.
    #[must_use]
    pub const fn failed(error: ModelError) -> Self {
        Self { error, done: Done::Failed, retry_after_ms: None }
    }

    /// Of a call of which nobody knows.
    #[must_use]
    pub const fn unknown(error: ModelError) -> Self {
        Self { error, done: Done::Unknown, retry_after_ms: None }
    }

    /// That its answer has not this part.
    #[must_use]
    pub fn without(part: &str) -> Self {
        Self::failed(ModelError::Provider(format!("its answer has no {part}")))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let Failure { error, done, retry_after_ms } = failure;
        match retry_after_ms {
            Some(ms) => done.asking_again(error.into(), ms),
            None => done.told_by(error.into()),
        }
    }
}

/// An answer other than a good one, or an error in the middle of one.
pub struct Refused<'a> {
    /// Its status; of an error in a stream that began well, 200.
    pub status: u16,
    /// Its JSON; null when it has none.
    pub body: &'a Value,
    /// The model that was asked, as the provider calls it.
    pub model: &'a str,
    /// When it says that it is worth asking again.
    pub retry_after_ms: Option<u64>,
    /// Whether pieces of an answer have come before.
    pub begun: bool,
}

impl Refused<'_> {
    /// The provider's own words, cut, and without anything that may be a secret.
    #[must_use]
    pub fn words(&self) -> String {
        let error = &self.body["error"];
        let words = [&error["message"], error, &self.body["message"], &self.body["detail"]];
        let words = words.into_iter().find_map(Value::as_str).unwrap_or_default();
        let scrubbed = scrub(words);
        let cut: String = scrubbed.chars().take(WORDS_CHARS_MAX).collect();
        if cut.is_empty() { format!("it answers {}", self.status) } else { cut }
    }
}

/// What a status means where the body says nothing better.
#[must_use]
pub fn by_status(refused: &Refused<'_>) -> Failure {
    let Refused { status, retry_after_ms, begun, .. } = *refused;
    let error = match status {
        401 | 403 => ModelError::Auth,
        402 => ModelError::Quota,
        404 => ModelError::NotFound(refused.model.to_owned()),
        400 | 405 | 411 | 413 | 414 | 415 | 422 | 431 => ModelError::Validation(refused.words()),
        429 | 529 => ModelError::RateLimit { retry_after_ms },
        // It says when to come again: it has not begun.
        503 if retry_after_ms.is_some() => ModelError::RateLimit { retry_after_ms },
        300..=399 => ModelError::Provider("it sends elsewhere, which is not followed".to_owned()),
        status => ModelError::Provider(format!("it answers {status}")),
    };
    let idle = matches!(error, ModelError::RateLimit { .. }) && !begun;
    let done = if idle { Done::Nothing } else { Done::Failed };
    Failure { error, done, retry_after_ms }
}

/// When a provider says that it is worth asking again: `retry-after-ms`, or `retry-after` as
/// seconds. A date is not read: clocks differ.
#[must_use]
pub fn retry_after_ms<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<u64> {
    let number = |name: &str| header(name)?.trim().parse::<f64>().ok().filter(|it| *it >= 0.0);
    let ms = number("retry-after-ms").or_else(|| Some(number("retry-after")? * 1_000.0))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float that is not negative saturates"
    )]
    let ms = ms.ceil() as u64;
    Some(ms)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Refused, by_status, retry_after_ms};
    use crate::model::done::Done;
    use crate::model::error::ModelError;

    fn refused(status: u16, body: &Value, retry_after_ms: Option<u64>) -> Refused<'_> {
        Refused { status, body, model: "m", retry_after_ms, begun: false }
    }

    #[test]
    fn only_what_says_that_nothing_was_done_is_taken_for_it() {
        let done = |status, after| by_status(&refused(status, &Value::Null, after)).done;
        assert_eq!(done(429, None), Done::Nothing);
        assert_eq!(done(529, None), Done::Nothing);
        assert_eq!(done(503, Some(5)), Done::Nothing);
        assert_eq!(done(503, None), Done::Failed);
        assert_eq!(done(500, Some(5)), Done::Failed);
        let mut late = refused(429, &Value::Null, None);
        late.begun = true;
        assert_eq!(by_status(&late).done, Done::Failed, "pieces of it had come");
    }

    #[test]
    fn a_pause_is_read_in_both_forms() {
        let after = |name: &'static str, value: &'static str| {
            retry_after_ms(move |asked| (asked == name).then_some(value))
        };
        assert_eq!(after("retry-after-ms", "50"), Some(50));
        assert_eq!(after("retry-after", "2"), Some(2_000));
        assert_eq!(after("retry-after", "1.5"), Some(1_500));
        assert_eq!(after("retry-after", "-1"), None);
        assert_eq!(after("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(after("retry-after", "1e300"), Some(u64::MAX));
    }

    #[test]
    fn words_of_a_provider_are_passed_on_without_secrets() {
        let body = json!({ "error": { "message": "bad key sk-abcdefghijklmnop0123456789" } });
        let failure = by_status(&refused(400, &body, None));
        assert_eq!(failure.error, ModelError::Validation("bad key …".to_owned()));
    }
}
