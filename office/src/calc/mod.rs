//! What formulas come to: one engine behind our own words, without a clock and without chance of
//! its own.

mod changed;
mod cycle;
mod engine;
#[cfg(test)]
mod tests;
mod value;

pub use changed::{CHANGED_MAX, Changed};
pub use cycle::{At, cycles};
pub use engine::{Brought, Calculator, Clock, Failed, Limits, functions};
pub use value::Value;

/// Whether a formula can be read at all.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check(formula: &str, limits: &Limits) -> Result<(), String> {
    engine::check(formula, limits)
}
