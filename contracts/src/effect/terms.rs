//! On which terms an effect is performed: as data in the effect, so that an upgrade or a change of
//! the configuration never changes what was asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::LimitKey;

/// What an effect may say of how it is performed. Left out, it is as the program is configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Terms {
    /// How it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Whose rate, concurrency and pause it shares beside those of its class and tenant: an
    /// account, a host, a device. See the kind `limit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitKey>,
    /// It may start before effects that its actor asked earlier.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub independent: bool,
    /// What happens when an attempt that may be made only once has no known outcome.
    #[serde(skip_serializing_if = "OnUnknown::is_tell")]
    pub on_unknown: OnUnknown,
}

/// How an effect is tried again. What is left out is as the program is configured.
///
/// One that may be attempted only once is tried again only when this asks for it, and only after an
/// answer that says that nothing was done (too many requests), never after silence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// Attempts before it is exhausted, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_max: Option<u32>,
    /// The longest pause after the first attempt, in milliseconds; it doubles with each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_ms_min: Option<u64>,
    /// The longest pause of all, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_ms_max: Option<u64>,
    /// How pauses are spread.
    #[serde(skip_serializing_if = "Jitter::is_full")]
    pub jitter: Jitter,
    /// How long one attempt may take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// What happens after the last attempt.
    #[serde(skip_serializing_if = "OnExhausted::is_fail")]
    pub on_exhausted: OnExhausted,
}

/// How the pauses of many effects are spread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Anything from nothing to the whole pause.
    #[default]
    Full,
    /// Always the whole pause.
    None,
}

/// What happens to an effect whose attempts are used up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExhausted {
    /// Its actor is told that it failed.
    #[default]
    Fail,
    /// It waits, visible, until it is resumed, resolved or cancelled.
    Pause,
    /// As `pause`, and its actor is told of it by an outcome that does not conclude it.
    PauseAndTell,
}

/// What happens to an effect of which nobody knows whether it was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// Its actor is told so: the outcome is `unknown`.
    #[default]
    Tell,
    /// It waits, visible, until somebody who has looked resolves it.
    Hold,
}

impl Terms {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Jitter {
    const fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }
}

impl OnExhausted {
    const fn is_fail(&self) -> bool {
        matches!(self, Self::Fail)
    }
}

impl OnUnknown {
    const fn is_tell(&self) -> bool {
        matches!(self, Self::Tell)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{OnExhausted, OnUnknown, Retry, Terms};

    #[test]
    fn nothing_said_stores_nothing() {
        assert_eq!(serde_json::to_value(Terms::default()).unwrap(), json!({}));
        let retry = Retry { on_exhausted: OnExhausted::Pause, ..Retry::default() };
        let terms = Terms { retry: Some(retry), on_unknown: OnUnknown::Hold, ..Terms::default() };
        let stored = serde_json::to_value(&terms).unwrap();
        let expected = json!({ "retry": { "on_exhausted": "pause" }, "on_unknown": "hold" });
        assert_eq!(stored, expected);
        assert_eq!(serde_json::from_value::<Terms>(stored).unwrap(), terms);
    }
}
