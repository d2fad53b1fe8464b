//! What may be asked of a budget.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::{Definition, Unit};
use super::events::Ledger;
use super::scope::Spender;
use super::{AMOUNT_MAX, HOLD_MS_MAX, MODEL_BYTES_MAX, REASON_BYTES_MAX, RESERVATION_BYTES_MAX};
use crate::kinds::check::Check;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// What may be asked of a budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Says what it allows, in place of what it allowed.
    Set(Box<Definition>),
    /// Sets aside what a call may cost at most.
    Reserve(Box<Reserve>),
    /// Counts what it did cost, in place of what was set aside.
    Settle(Settle),
    /// Gives back what was set aside for a call that was not made.
    Release(Release),
    /// Counts more or less by hand.
    Adjust(Adjust),
    /// Counts the window from zero again.
    Reset(Reset),
    /// Allows everything again.
    Clear(Nothing),
}

/// Input of `reserve`: what a call may cost at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// What it is called: asked again under the same name, nothing more is set aside.
    #[schemars(length(min = 1, max = RESERVATION_BYTES_MAX))]
    pub reservation: String,
    /// Tokens of prompt and answer.
    #[schemars(range(max = AMOUNT_MAX))]
    pub tokens: u64,
    /// Millionths of a US dollar; left out = nobody knows the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = AMOUNT_MAX))]
    pub micro_usd: Option<u64>,
    /// On which model, as `provider/model`.
    #[schemars(length(min = 1, max = MODEL_BYTES_MAX))]
    pub model: String,
    /// Who spends.
    pub spender: Spender,
    /// How long it is held, in milliseconds: then it is counted whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1_000, max = HOLD_MS_MAX))]
    pub hold_ms: Option<u64>,
}

/// Input of `settle`: what a call did cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// Which reservation.
    #[schemars(length(min = 1, max = RESERVATION_BYTES_MAX))]
    pub reservation: String,
    /// Tokens of prompt and answer; left out = nobody knows, and what was set aside is spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = AMOUNT_MAX))]
    pub tokens: Option<u64>,
    /// Millionths of a US dollar; left out = nobody knows the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = AMOUNT_MAX))]
    pub micro_usd: Option<u64>,
}

/// Input of `release`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Which reservation.
    #[schemars(length(min = 1, max = RESERVATION_BYTES_MAX))]
    pub reservation: String,
}

/// Input of `adjust`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// How much more was used in this window, in the budget's unit; negative = less.
    #[schemars(range(min = -(AMOUNT_MAX as i64), max = AMOUNT_MAX as i64))]
    pub amount: i64,
    /// Why, for people.
    #[schemars(length(min = 1, max = REASON_BYTES_MAX))]
    pub reason: String,
}

/// Input of `reset`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reset {
    /// Why, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REASON_BYTES_MAX))]
    pub reason: Option<String>,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The answer to `reserve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Whether it was set aside.
    pub granted: bool,
    /// How much, in the budget's unit.
    pub amount: u64,
    /// Why not: `budget_exceeded` or `budget_price_unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The model that may be asked instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// What is counted; left out when nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// How much may be spent in the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// How the window stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<Ledger>,
    /// When it is worth asking again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// The answer to every other command: how a budget stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Of `settle` and `release`: whether the reservation was open. Otherwise left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<bool>,
    /// How much may be spent in the window; left out when nothing is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// How the window stands.
    pub ledger: Ledger,
}

fn reservation(name: &str) -> Check {
    Check::new().text("reservation", name, RESERVATION_BYTES_MAX)
}

fn amount(check: Check, field: &str, amount: Option<u64>) -> Check {
    let small = amount.is_none_or(|it| it <= AMOUNT_MAX);
    check.ensure(small, field, format!("is at most {AMOUNT_MAX}"))
}

impl Reserve {
    /// Whether it can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self) -> Result<(), Refusal> {
        let held = self.hold_ms.is_none_or(|it| (1_000..=HOLD_MS_MAX).contains(&it));
        let check = reservation(&self.reservation).text("model", &self.model, MODEL_BYTES_MAX);
        let check = check.ensure(held, "hold_ms", format!("is 1000 to {HOLD_MS_MAX}"));
        let check = amount(check, "tokens", Some(self.tokens));
        amount(check, "micro_usd", self.micro_usd).done()
    }

    /// Until when it is held, from `now`.
    #[must_use]
    pub fn until(&self, definition: &Definition, now: Timestamp) -> Timestamp {
        let ms = self.hold_ms.unwrap_or_else(|| definition.hold_ms());
        now.plus_millis(i64::try_from(ms).unwrap_or(i64::MAX))
    }
}

impl Settle {
    /// Whether it can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self) -> Result<(), Refusal> {
        let check = amount(reservation(&self.reservation), "tokens", self.tokens);
        amount(check, "micro_usd", self.micro_usd).done()
    }
}

impl Release {
    /// Whether it can be meant.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        reservation(&self.reservation).done()
    }
}

impl Adjust {
    /// Whether it can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self) -> Result<(), Refusal> {
        let small = self.amount.unsigned_abs() <= AMOUNT_MAX;
        Check::new()
            .text("reason", &self.reason, REASON_BYTES_MAX)
            .ensure(small, "amount", format!("is at most {AMOUNT_MAX}"))
            .done()
    }
}

impl Reset {
    /// Whether it can be meant.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        let reason = self.reason.as_deref().unwrap_or_default();
        Check::new().body("reason", reason, REASON_BYTES_MAX).done()
    }
}
