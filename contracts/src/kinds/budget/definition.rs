//! What a budget allows, and what it does when that is used up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scope::Scope;
use super::{AMOUNT_MAX, HOLD_MS_DEFAULT, HOLD_MS_MAX, MODEL_BYTES_MAX};
use crate::kinds::check::Check;
use crate::refusal::Refusal;
use crate::schedule::{Window, ZONE_BYTES_MAX};
use crate::time::Timestamp;

/// How many thresholds a budget may have.
pub const THRESHOLDS_MAX: usize = 8;

/// What a budget counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Tokens of prompts and answers.
    #[default]
    Tokens,
    /// Money, in millionths of a US dollar.
    MicroUsd,
}

impl Unit {
    /// Its name, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::MicroUsd => "micro_usd",
        }
    }
}

/// What happens to a call for which too little is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExceeded {
    /// It is refused.
    #[default]
    Refuse,
    /// This model is asked instead, when the budgets allow that.
    Fallback(#[schemars(length(min = 1, max = MODEL_BYTES_MAX))] String),
}

/// What a call counts whose price nobody knows, under a budget of money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownPrice {
    /// It is refused.
    #[default]
    Deny,
    /// Nothing.
    Allow,
    /// So many millionths of a US dollar.
    Count(#[schemars(range(max = AMOUNT_MAX))] u64),
}

/// When a budget speaks up before it is used up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// Shares of the limit, in percent, rising: each is told once in a window.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = THRESHOLDS_MAX))]
    pub thresholds: Vec<u8>,
    /// When it is spent faster than usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spike: Option<Spike>,
}

/// What is faster than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spike {
    /// The spans that are compared, in minutes.
    #[schemars(range(min = 1, max = 1_440))]
    pub minutes: u32,
    /// What is usual times this, in percent.
    #[schemars(range(min = 101, max = 100_000))]
    pub percent: u32,
    /// What is never told, in the budget's unit.
    #[serde(default)]
    #[schemars(range(max = AMOUNT_MAX))]
    pub at_least: u64,
}

/// What a budget allows: the input of `set`, which replaces what was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Which spending it is about.
    #[serde(default)]
    pub scope: Scope,
    /// What is counted.
    pub unit: Unit,
    /// How much may be spent in a window, in that unit.
    #[schemars(range(max = AMOUNT_MAX))]
    pub limit: u64,
    /// From when to when it is counted.
    pub window: Window,
    /// Whether it refuses; a soft one only tells.
    #[serde(default = "yes")]
    pub hard: bool,
    /// What happens to a call for which too little is left.
    #[serde(default, skip_serializing_if = "refuses")]
    pub on_exceeded: OnExceeded,
    /// What a call counts whose price nobody knows.
    #[serde(default, skip_serializing_if = "denies")]
    pub unknown_price: UnknownPrice,
    /// When it speaks up before.
    #[serde(default, skip_serializing_if = "silent")]
    pub alerts: Alerts,
    /// How long a reservation is held that does not say, in milliseconds; then it is counted whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1_000, max = HOLD_MS_MAX))]
    pub hold_ms: Option<u64>,
}

const fn yes() -> bool {
    true
}

fn refuses(what: &OnExceeded) -> bool {
    *what == OnExceeded::Refuse
}

fn denies(what: &UnknownPrice) -> bool {
    *what == UnknownPrice::Deny
}

fn silent(alerts: &Alerts) -> bool {
    *alerts == Alerts::default()
}

impl Definition {
    /// How long a reservation is held that does not say, in milliseconds.
    #[must_use]
    pub fn hold_ms(&self) -> u64 {
        self.hold_ms.unwrap_or(HOLD_MS_DEFAULT)
    }

    /// The model that is asked instead of one for which too little is left.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        match &self.on_exceeded {
            OnExceeded::Fallback(model) => Some(model),
            OnExceeded::Refuse => None,
        }
    }

    /// Whether it can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        let thresholds = &self.alerts.thresholds;
        let rising = thresholds.windows(2).all(|pair| pair[0] < pair[1]);
        let shares = thresholds.iter().all(|it| (1..=100).contains(it));
        let zone = self.window.around(now);
        let mut check = Check::new()
            .ensure(self.limit <= AMOUNT_MAX, "limit", format!("is at most {AMOUNT_MAX}"))
            .body("window.zone", &self.window.zone, ZONE_BYTES_MAX)
            .ensure(zone.is_ok(), "window.zone", "is no time zone; give one as Europe/Berlin")
            .items("alerts.thresholds", thresholds.len(), THRESHOLDS_MAX)
            .ensure(shares && rising, "alerts.thresholds", "are 1 to 100 percent, rising");
        check = self.scope.check(check);
        if let Some(spike) = self.alerts.spike {
            check = check
                .ensure((1..=1_440).contains(&spike.minutes), "alerts.spike.minutes", "1 to 1440")
                .ensure(
                    (101..=100_000).contains(&spike.percent),
                    "alerts.spike.percent",
                    "is 101 to 100000",
                )
                .ensure(spike.at_least <= AMOUNT_MAX, "alerts.spike.at_least", "is too much");
        }
        if let Some(model) = self.fallback() {
            check = check.text("on_exceeded.fallback", model, MODEL_BYTES_MAX);
        }
        if let UnknownPrice::Count(amount) = self.unknown_price {
            check = check.ensure(amount <= AMOUNT_MAX, "unknown_price.count", "is too much");
        }
        if let Some(hold_ms) = self.hold_ms {
            let held = (1_000..=HOLD_MS_MAX).contains(&hold_ms);
            check = check.ensure(held, "hold_ms", format!("is 1000 to {HOLD_MS_MAX}"));
        }
        check.done()
    }
}
