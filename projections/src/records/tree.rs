//! A trace as a tree.

use std::collections::{BTreeMap, BTreeSet};

use contracts::records::{RecordQuery, RecordRow, Signal, SpanNode, SpanStatus, TraceTree};
use contracts::{Refusal, Tenant};

use super::RecordRows;
use super::query::Walked;

/// The most spans of a tree, and the most lines of logs beside it.
const SPANS_MAX: usize = 5_000;

/// How deep a tree may be; what is deeper stands beside its parent.
const DEPTH_MAX: usize = 100;

impl RecordRows {
    /// All that is known of a trace; `None` = nothing.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn trace(&self, tenant: &Tenant, trace: &str) -> Result<Option<TraceTree>, Refusal> {
        let of = |signal| RecordQuery {
            trace: Some(trace.to_owned()),
            ..RecordQuery::all(tenant.clone(), signal)
        };
        let (spans, complete) = self.most(&of(Signal::Traces)).await?;
        let (mut logs, _) = self.most(&of(Signal::Logs)).await?;
        if spans.is_empty() && logs.is_empty() {
            return Ok(None);
        }
        logs.sort_by_key(|row| row.record.instant());
        Ok(Some(tree(trace, spans, logs, complete)))
    }

    async fn most(&self, query: &RecordQuery) -> Result<(Vec<RecordRow>, bool), Refusal> {
        let mut rows = Vec::new();
        let walked = self
            .walk(query, |row| {
                rows.push(row);
                rows.len() < SPANS_MAX
            })
            .await?;
        Ok((rows, walked == Walked::All))
    }
}

/// Nanoseconds since 1970.
fn begins_ns(row: &RecordRow) -> i128 {
    let (at, nanos) = row.record.instant();
    i128::from(at.as_millis()) * 1_000_000 + i128::from(nanos)
}

fn ends_ns(row: &RecordRow) -> i128 {
    begins_ns(row) + i128::from(row.record.duration_ns.unwrap_or_default())
}

fn ms(ns: i128) -> f64 {
    ns as f64 / 1e6
}

fn tree(trace: &str, mut spans: Vec<RecordRow>, logs: Vec<RecordRow>, complete: bool) -> TraceTree {
    spans.sort_by_key(|row| (begins_ns(row), row.cursor));
    let first = spans.iter().map(begins_ns).min().unwrap_or_default();
    let last = spans.iter().map(ends_ns).max().unwrap_or_default();
    let at = spans.first().or(logs.first()).and_then(|row| row.record.at).unwrap_or_default();
    let services: BTreeSet<String> =
        spans.iter().map(|row| row.record.service.clone()).filter(|it| !it.is_empty()).collect();
    let bad = |row: &&RecordRow| row.record.status == Some(SpanStatus::Error);
    let errors = spans.iter().filter(bad).count();
    let count = spans.len();
    let known: BTreeSet<String> = spans.iter().filter_map(|row| row.record.span.clone()).collect();
    let (mut children, mut roots) = (BTreeMap::<String, Vec<RecordRow>>::new(), Vec::new());
    let mut orphans = 0;
    for row in spans {
        match row.record.parent.clone() {
            Some(parent)
                if known.contains(&parent) && Some(&parent) != row.record.span.as_ref() =>
            {
                children.entry(parent).or_default().push(row);
            }
            parent => {
                orphans += usize::from(parent.is_some());
                roots.push(row);
            }
        }
    }
    let mut planted: Vec<SpanNode> =
        roots.into_iter().map(|row| node(row, first, &mut children, 0)).collect();
    // Spans that name each other as their parents hang nowhere: they are told all the same.
    while let Some((_, rows)) = children.pop_first() {
        for row in rows {
            orphans += 1;
            planted.push(node(row, first, &mut children, 0));
        }
    }
    TraceTree {
        trace: trace.to_owned(),
        at,
        duration_ms: ms(last - first),
        spans: count,
        errors,
        services: services.into_iter().collect(),
        orphans,
        complete,
        roots: planted,
        logs,
    }
}

fn node(
    span: RecordRow,
    first: i128,
    children: &mut BTreeMap<String, Vec<RecordRow>>,
    depth: usize,
) -> SpanNode {
    let below = depth < DEPTH_MAX;
    let parts = span.record.span.as_ref().filter(|_| below).and_then(|id| children.remove(id));
    let parts = parts.unwrap_or_default();
    let own = ends_ns(&span) - begins_ns(&span) - covered(&span, &parts);
    let (offset_ms, self_ms) = (ms(begins_ns(&span) - first), ms(own));
    let children = parts.into_iter().map(|row| node(row, first, children, depth + 1)).collect();
    SpanNode { span, offset_ms, self_ms, children }
}

/// How much of a span's time any of its parts took, which are in the order of their beginnings.
fn covered(whole: &RecordRow, parts: &[RecordRow]) -> i128 {
    let (mut at, end, mut covered) = (begins_ns(whole), ends_ns(whole), 0);
    for part in parts {
        let (from, to) = (begins_ns(part).max(at), ends_ns(part).min(end));
        if to > from {
            covered += to - from;
            at = to;
        }
    }
    covered
}
