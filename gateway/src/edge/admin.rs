//! What the edge asks of the parts for operators.

use contracts::Refusal;
use contracts::ports::Fut;
use serde_json::Value;

/// The parts as operators see them; each answer is a JSON object with `items`, one per row.
pub trait Admin: Send + Sync {
    /// The streams: `{name, messages, bytes, first, last, consumers}`.
    fn streams(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// How far each reader is behind: read models, ledger, command queues.
    fn lag(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// The partitions with their owner and what waits in them.
    fn partitions(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// The read models with their positions and rows.
    fn models(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// Builds read models anew and swaps them in; with `check`, only compares.
    fn rebuild(&self, models: Vec<String>, check: bool) -> Fut<'_, Result<Value, Refusal>>;
}
