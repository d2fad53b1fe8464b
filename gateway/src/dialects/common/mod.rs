//! What the dialects that ask models have in common: who asks, the members of a body, and runs
//! begun, watched and read back. Each dialect only puts these into its own words.

pub mod asker;
pub mod assistants;
pub mod fields;
pub mod images;
pub mod models;
pub mod runs;
pub mod steps;
pub mod threads;
pub mod told;

use contracts::Refusal;
use serde_json::Value;

use crate::edge::body;
use crate::edge::call::Call;
use crate::edge::shared::Shared;

/// The body. Pictures may be longer than any text: what is left of it is checked when it becomes
/// the input of a command.
///
/// # Errors
/// As [`body::value`].
pub async fn read(shared: &Shared, call: &mut Call) -> Result<Value, Refusal> {
    let body = std::mem::take(&mut call.body);
    body::value(&call.parts.headers, body, &shared.edge.config).await
}
