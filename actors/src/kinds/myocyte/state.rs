//! What a workbook is: what people put in. What its formulas come to is computed when it is asked.

use contracts::Timestamp;
use office::sheet::Workbook;
use serde::{Deserialize, Serialize};

use super::engine::Engine;

/// What a fold of the events leads to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// When the workbook began; none = it has not.
    pub created: Option<Timestamp>,
    /// What it is called.
    pub title: Option<String>,
    /// Its sheets and names.
    pub book: Workbook,
    /// What computes it, and what that knows by now: never stored, and shared by copies.
    #[serde(skip)]
    pub(super) engine: Engine,
}
