//! What programs of a tenant tell of themselves: lines of logs, points of metrics, spans, objects.
//!
//! They are no events: nothing is decided on them, they may be too many to keep for ever, and what
//! is old goes. A [`Batch`] is stored as one message; its records are told apart by where they
//! stand in it.

mod analysis;
mod batch;
mod check;
mod condition;
mod query;
mod record;
mod signal;

pub use analysis::{Analysis, Finding, FindingKind, MessagePattern, Severity};
pub use batch::{Batch, BatchId, BatchPart, RecordPlace, Rule};
pub use check::{
    LABEL_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX, check, is_span_id, is_trace_id,
};
pub use condition::{Condition, NoCondition, Operand, Operator};
pub use query::{
    Aggregate, AggregateFunction, AggregateQuery, Point, RecordQuery, RecordRow, RecordTotals,
    Series, ServiceEdge, ServiceMap, ServiceNode, SpanNode, TraceTree,
};
pub use record::Record;
pub use signal::{Level, NoSuch, Signal, SpanStatus};

#[cfg(test)]
mod tests;
