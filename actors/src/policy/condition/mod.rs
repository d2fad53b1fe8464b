//! Conditions: a part of CEL, the Common Expression Language, that always ends. Names are checked
//! and expressions compiled once; what is evaluated costs fuel, so that the time of one evaluation
//! is bounded whatever the input.

mod evaluate;
mod lex;
mod parse;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use contracts::kinds::policy::limits::CONDITION_BYTES_MAX;

use super::question::Question;
use tree::{Node, Root};

/// How much one evaluation may do: a step or sixteen bytes of text are one.
pub const FUEL_MAX: u64 = 100_000;

/// A condition that can be evaluated.
#[derive(Debug, Clone)]
pub struct Condition {
    node: Node,
}

/// A text that is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {message}")]
pub struct ConditionError {
    /// Where, in bytes.
    pub at: usize,
    /// What is wrong there.
    pub message: String,
}

impl ConditionError {
    pub(super) fn at(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

/// Why a condition is neither true nor false.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A member is not there.
    #[error("there is no member {0}")]
    Absent(Box<str>),
    /// A value is of another sort than is needed.
    #[error("{0}")]
    Sort(String),
    /// A number leaves its bounds, or is divided by zero.
    #[error("a number leaves its bounds")]
    Bounds,
    /// It takes too long.
    #[error("it takes more than {FUEL_MAX} steps")]
    Fuel,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// Where it is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        if text.len() > CONDITION_BYTES_MAX {
            let message = format!("a condition has at most {CONDITION_BYTES_MAX} bytes");
            return Err(ConditionError::at(CONDITION_BYTES_MAX, message));
        }
        parse::parse(text).map(|node| Self { node })
    }

    /// Whether it asks about the effect, so that nothing can be said of a command.
    #[must_use]
    pub fn is_of_effects(&self) -> bool {
        self.node.names(Root::Effect)
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// When it is neither true nor false.
    pub fn holds(&self, question: &Question<'_>) -> Result<bool, Trouble> {
        evaluate::holds(&self.node, question)
    }
}
