//! What the edge asks of the parts for operators.

use contracts::caller::Caller;
use contracts::ports::Fut;
use contracts::{Cursor, NodeId, Refusal};
use serde_json::Value;

/// The parts as operators see them; each answer is a JSON object with `items`, one per row.
pub trait Admin: Send + Sync {
    /// The streams: `{name, messages, bytes, first, last, replicas, leader, consumers}`.
    fn streams(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// The servers that keep each stream: `{stream, server, leads, current, offline, behind,
    /// silent_ms}`.
    fn peers(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// How far each reader is behind: read models, ledger, command queues.
    fn lag(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// The partitions with their owner and what waits in them.
    fn partitions(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// The nodes: `{id, live, this, roles, version, address, started, partitions, behind,
    /// draining}`.
    fn nodes(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// Lets a node give all its partitions to others and take none any more.
    fn drain<'a>(&'a self, node: &'a NodeId) -> Fut<'a, Result<Value, Refusal>>;

    /// The read models with their positions and rows.
    fn models(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// Builds read models anew and does with them as `what` says; goes on when nobody waits for it
    /// any more.
    fn rebuild(&self, models: Vec<String>, what: Rebuild) -> Fut<'_, Result<Value, Refusal>>;

    /// How far the rebuilds are, and how the last one of each model ended.
    fn rebuilds(&self) -> Fut<'_, Result<Value, Refusal>>;

    /// Drops the former tables of read models that are kept: `{items: [{model}]}`.
    fn forget(&self, models: Vec<String>) -> Fut<'_, Result<Value, Refusal>>;

    /// Lets a read model pass the commit at which it stands still, on the word of `by`, who is
    /// written down.
    fn skip(&self, model: String, cursor: Cursor, by: Caller) -> Fut<'_, Result<Value, Refusal>>;

    /// The messages that no read model applies, after `after`: `{items, next}`.
    fn refused(&self, after: Cursor, limit: usize) -> Fut<'_, Result<Value, Refusal>>;

    /// Makes the broker's schedules agree with the timers of the log: a row per node with what it
    /// found, `{node, armed, scheduled, set, cancelled, firing}`, or `{node, code, why}` of one
    /// that does not say.
    fn timers(&self) -> Fut<'_, Result<Value, Refusal>>;
}

/// What becomes of read models that are built anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuild {
    /// They are compared with those that serve, and dropped.
    Check,
    /// They are compared, and serve; those that served are kept.
    Swap,
    /// Not built: those that were kept read what came since, and serve again.
    RollBack,
}
