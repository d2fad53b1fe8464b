//! BIOwerk: its accounts, and its six agents behind messages.

pub mod account;
pub mod agents;
mod artifacts;
mod asking;
mod plans;
mod tables;
mod weeks;

use contracts::{Refusal, RefusalClass};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The input of an intent, which is of its shape or refused.
///
/// # Errors
/// `invalid_input`.
fn shaped<T: DeserializeOwned>(input: Value) -> Result<T, Refusal> {
    contracts::read::from_value(input).map_err(|error| {
        let message = format!("the input is not of its shape: {error}");
        Refusal::new(RefusalClass::Malformed, "invalid_input", message)
    })
}

/// That a member of an input is not as it must be.
fn wrong(member: &str, rule: &str) -> Refusal {
    let message = "the input breaks a rule";
    Refusal::new(RefusalClass::Malformed, "invalid_input", message)
        .field(format!("input.{member}"), rule)
}
