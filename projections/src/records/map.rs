//! Which services call which.

use std::collections::BTreeMap;

use contracts::Refusal;
use contracts::records::{RecordQuery, ServiceEdge, ServiceMap, ServiceNode, SpanStatus};

use super::RecordRows;

/// What is remembered of a span.
struct Seen {
    service: String,
    parent: Option<(String, String)>,
    error: bool,
}

impl RecordRows {
    /// The services of the spans that fit, and who calls whom.
    ///
    /// # Errors
    /// `telemetry_too_wide`, `query_invalid`, `read_models_unavailable`.
    pub async fn services(&self, query: &RecordQuery) -> Result<ServiceMap, Refusal> {
        let mut spans: BTreeMap<(String, String), Seen> = BTreeMap::new();
        let mut nodes: BTreeMap<String, ServiceNode> = BTreeMap::new();
        self.every(query, |row| {
            let record = row.record;
            let error = record.status == Some(SpanStatus::Error);
            let node = nodes.entry(record.service.clone()).or_default();
            node.spans += 1;
            node.errors += usize::from(error);
            node.avg_ms += record.duration_ms().unwrap_or_default();
            if let (Some(trace), Some(span)) = (record.trace, record.span) {
                let parent = record.parent.map(|parent| (trace.clone(), parent));
                spans.insert((trace, span), Seen { service: record.service, parent, error });
            }
        })
        .await?;
        let mut edges: BTreeMap<(String, String), ServiceEdge> = BTreeMap::new();
        for seen in spans.values() {
            let caller = seen.parent.as_ref().and_then(|parent| spans.get(parent));
            let Some(caller) = caller.filter(|caller| caller.service != seen.service) else {
                continue;
            };
            let between = (caller.service.clone(), seen.service.clone());
            let edge = edges.entry(between).or_default();
            edge.calls += 1;
            edge.errors += usize::from(seen.error);
        }
        let count = nodes.values().map(|node| node.spans).sum();
        let mean = |(service, node): (String, ServiceNode)| {
            let avg_ms = node.avg_ms / node.spans.max(1) as f64;
            ServiceNode { service, avg_ms, ..node }
        };
        let named = |((from, to), edge)| ServiceEdge { from, to, ..edge };
        Ok(ServiceMap {
            services: nodes.into_iter().map(mean).collect(),
            edges: edges.into_iter().map(named).collect(),
            spans: count,
        })
    }
}
