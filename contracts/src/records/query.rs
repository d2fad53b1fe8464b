use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::record::Record;
use super::signal::{Level, NoSuch, Signal, SpanStatus};
use crate::ids::{Cursor, Tenant};
use crate::time::Timestamp;

/// A record as the API tells it: `{cursor, signal, received, …}`, and all that the record says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordRow {
    /// Where it stands among all: in the order in which they came.
    pub cursor: Cursor,
    /// What sort it is.
    pub signal: Signal,
    /// When it came.
    pub received: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub record: Record,
}

/// Which records are wanted. All that is given must fit.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordQuery {
    /// Whose.
    pub tenant: Tenant,
    /// Of which sort.
    pub signal: Signal,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Until before when.
    pub to: Option<Timestamp>,
    /// Of these services; none = of all.
    pub services: Vec<String>,
    /// So called.
    pub name: Option<String>,
    /// As bad as this or worse.
    pub level: Option<Level>,
    /// Of this trace.
    pub trace: Option<String>,
    /// Spans that ended so.
    pub status: Option<SpanStatus>,
    /// Spans that took at least so long, in milliseconds.
    pub min_ms: Option<f64>,
    /// Spans that took at most so long, in milliseconds.
    pub max_ms: Option<f64>,
    /// In which this text stands, whatever the case.
    pub text: Option<String>,
    /// For which all of this holds.
    pub conditions: Vec<Condition>,
    /// Behind which one.
    pub after: Option<Cursor>,
    /// How many at most.
    pub items_max: usize,
    /// The newest first; otherwise the oldest.
    pub newest_first: bool,
}

impl RecordQuery {
    /// All records of a tenant of one sort, the oldest first.
    #[must_use]
    pub const fn all(tenant: Tenant, signal: Signal) -> Self {
        Self {
            tenant,
            signal,
            from: None,
            to: None,
            services: Vec::new(),
            name: None,
            level: None,
            trace: None,
            status: None,
            min_ms: None,
            max_ms: None,
            text: None,
            conditions: Vec::new(),
            after: None,
            items_max: 0,
            newest_first: false,
        }
    }
}

/// What many values become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AggregateFunction {
    /// How many records.
    Count,
    /// The sum of their values.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The arithmetic mean.
    Avg,
    /// The value of the newest record, by its own time.
    Last,
    /// So many hundredths of the values are at most this: from 0 to 100, between two values in
    /// proportion.
    Percentile(f64),
}

impl FromStr for AggregateFunction {
    type Err = NoSuch;
    fn from_str(text: &str) -> Result<Self, NoSuch> {
        Ok(match text {
            "count" => Self::Count,
            "sum" => Self::Sum,
            "min" => Self::Min,
            "max" => Self::Max,
            "avg" => Self::Avg,
            "last" => Self::Last,
            _ => {
                let share = text.strip_prefix('p').and_then(|share| share.parse::<f64>().ok());
                let share = share.filter(|share| (0.0..=100.0).contains(share));
                Self::Percentile(share.ok_or(NoSuch("function"))?)
            }
        })
    }
}

/// A function by the name under which its answer is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The name as it was asked: `avg`, `p95`.
    pub name: String,
    /// What it is.
    pub function: AggregateFunction,
}

/// Which numbers are wanted of which records.
#[derive(Debug, Clone, PartialEq)]
pub struct AggregateQuery {
    /// Of which records. Their order, place and number play no part.
    pub of: RecordQuery,
    /// What is made of the values.
    pub functions: Vec<Aggregate>,
    /// The member or label that is the value; `value` of metrics, `duration_ms` of spans.
    pub field: String,
    /// How long an interval is, in milliseconds; `None` = all of the time is one.
    pub interval_ms: Option<i64>,
    /// A series for each combination of these members and labels.
    pub by: Vec<String>,
}

/// The numbers of one combination of labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The labels by which it is told from others; `null` = records without it.
    pub labels: BTreeMap<String, serde_json::Value>,
    /// The numbers, in the order of time; intervals without a record are left out.
    pub points: Vec<Point>,
}

/// The numbers of one interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When the interval begins; `None` = all of the time is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The numbers by their names; `null` = no record has such a value.
    #[serde(flatten)]
    pub numbers: BTreeMap<String, Option<f64>>,
}

/// A span and those that are a part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpanNode {
    /// The span.
    #[serde(flatten)]
    pub span: RecordRow,
    /// How long after the trace's beginning it began, in milliseconds.
    pub offset_ms: f64,
    /// What of its time none of its parts took, in milliseconds.
    pub self_ms: f64,
    /// Its parts, in the order in which they began.
    pub children: Vec<SpanNode>,
}

/// All that is known of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceTree {
    /// Which.
    pub trace: String,
    /// When its first span began.
    pub at: Timestamp,
    /// From the first beginning to the last end, in milliseconds.
    pub duration_ms: f64,
    /// How many spans.
    pub spans: usize,
    /// How many of them ended badly.
    pub errors: usize,
    /// The services that took part.
    pub services: Vec<String>,
    /// How many spans name a parent that is not here; each of them is a root.
    pub orphans: usize,
    /// Whether all spans are here: no more than may be read at once.
    pub complete: bool,
    /// The spans without a parent here.
    pub roots: Vec<SpanNode>,
    /// Lines of logs that name the trace, the oldest first.
    pub logs: Vec<RecordRow>,
}

/// Which services call which.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceMap {
    /// The services by their names.
    pub services: Vec<ServiceNode>,
    /// Who calls whom.
    pub edges: Vec<ServiceEdge>,
    /// How many spans were read.
    pub spans: usize,
}

/// A service of a map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceNode {
    /// Its name.
    pub service: String,
    /// How many spans.
    pub spans: usize,
    /// How many ended badly.
    pub errors: usize,
    /// Their mean time, in milliseconds.
    pub avg_ms: f64,
}

/// Spans of one service that are a part of another's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceEdge {
    /// Whose span is the whole.
    pub from: String,
    /// Whose is the part.
    pub to: String,
    /// How many.
    pub calls: usize,
    /// How many ended badly.
    pub errors: usize,
}

/// What is kept of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordTotals {
    /// Of which sort.
    pub signal: Signal,
    /// How many records.
    pub records: u64,
    /// How many bytes they have.
    pub bytes: u64,
}
