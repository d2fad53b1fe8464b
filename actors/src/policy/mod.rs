//! Policies: documents compiled into rules, and what those say of a command. Pure: no clock, no
//! log, no randomness, so that a candidate can be asked about the past.

mod compile;
mod condition;
mod effect;
mod evaluate;
mod files;
mod pattern;
mod question;
mod rego;
pub mod risk;
mod standing;
pub mod templates;
#[cfg(test)]
mod tests;
mod text;
mod walk;
mod wizard;

pub use compile::Compiled;
pub use condition::{Condition, ConditionError, Trouble};
pub use effect::{EffectFacts, input as effect_input};
pub use question::{Obligations, Question, Verdict};
pub use standing::{Engaged, Standing};
pub use text::{digest, document, read, value, write};
pub use wizard::{Answers, Strictness, wizard};
