//! What a tool says no with.

use contracts::Refusal;

/// The arguments follow the schema, and still nothing can be done with them.
#[must_use]
pub fn fault(message: impl Into<String>) -> Refusal {
    Refusal::rejected("tool_arguments_invalid", message)
}
