//! The parts of a running system as operators see them.

use std::sync::Arc;

use actors::Runtime;
use contracts::caller::Caller;
use contracts::ports::{Feed, Fut};
use contracts::{Cursor, NodeId, Partition, Refusal, Tenant};
use nats::Broker;
use nats::broker::{ConsumerStatus, Status};
use projections::Models;
use serde::Serialize;
use serde_json::{Value, json};

use super::audit::Trails;
use super::pacing::Pacing;
use super::rebuilds;
use crate::edge::admin::{Admin, Rebuild};

/// Asks the parts.
pub struct Operators {
    /// The broker.
    pub broker: Arc<Broker>,
    /// The tail.
    pub feed: Arc<dyn Feed>,
    /// The actors.
    pub runtime: Runtime,
    /// The read models.
    pub models: Models,
    /// Who lets appends wait for the read models.
    pub pacing: Pacing,
    /// In whose house it is written down when something concerns no single tenant.
    pub tenant: Tenant,
    /// The audit trail.
    pub trails: Trails,
}

impl Operators {
    async fn status(&self) -> Result<Status, Refusal> {
        self.broker.status().await.map_err(Refusal::from)
    }

    async fn lags(&self) -> Result<Value, Refusal> {
        let (status, models) = (self.status().await?, self.models.status().await?);
        let tail = self.feed.position();
        let behind = |at: Cursor| tail.0.saturating_sub(at.0);
        let mut items = vec![json!({ "reader": "tail", "at": tail, "behind": 0 })];
        let ledger = self.runtime.readiness().ledger_at;
        items.push(json!({ "reader": "ledger", "at": ledger, "behind": behind(ledger) }));
        items.extend(models.iter().map(|model| {
            json!({
                "reader": format!("read model {}", model.name),
                "at": model.cursor,
                "behind": behind(model.cursor),
                "failed_reason": model.failed_reason,
            })
        }));
        let (audit, seen) = (self.trails.rows.position(), self.trails.look().await?);
        items.push(json!({
            "reader": "audit trail",
            "at": Cursor(audit),
            "behind": seen.saturating_sub(audit),
            "failed_reason": self.trails.rows.trouble(),
        }));
        let waiting: u64 = commands(&status).map(|consumer| consumer.pending).sum();
        let unsettled: usize = commands(&status).map(|consumer| consumer.unsettled).sum();
        items.push(json!({
            "reader": "commands", "behind": waiting, "unsettled": unsettled,
        }));
        items.push(json!({ "reader": "appends held for rows", "behind": self.pacing.waiting() }));
        Ok(json!({ "items": items }))
    }

    async fn shares(&self) -> Result<Value, Refusal> {
        let (status, owners) = (self.status().await?, self.runtime.owners().await?);
        let items: Vec<Value> = Partition::all()
            .map(|partition| {
                let name = format!("p{:02}", partition.number());
                let consumer = commands(&status).find(|consumer| consumer.name == name);
                json!({
                    "partition": partition,
                    "owner": match &owners {
                        None => Some("this node"),
                        Some(owners) => owners
                            .iter()
                            .find(|(owned, _)| *owned == partition)
                            .map(|(_, owner)| owner.as_str()),
                    },
                    "pending": consumer.map(|consumer| consumer.pending),
                    "unsettled": consumer.map(|consumer| consumer.unsettled),
                    "redelivered": consumer.map(|consumer| consumer.redelivered),
                })
            })
            .collect();
        Ok(json!({ "items": items }))
    }
}

/// The durable consumers of COMMANDS, one per partition.
fn commands(status: &Status) -> impl Iterator<Item = &ConsumerStatus> {
    let stream = status.streams.iter().find(|stream| stream.name == "COMMANDS");
    stream.into_iter().flat_map(|stream| &stream.consumers)
}

pub(super) fn items<T: Serialize>(items: Vec<T>) -> Value {
    json!({ "items": items })
}

impl Admin for Operators {
    fn streams(&self) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            let rows = self.status().await?.streams.into_iter().map(|mut stream| {
                let consumers = stream.consumers.len();
                let leader = stream.peers.drain(..).find(|peer| peer.leads);
                let mut row = serde_json::to_value(stream).unwrap_or_default();
                row["consumers"] = json!(consumers);
                row["leader"] = json!(leader.map(|peer| peer.server));
                if let Some(row) = row.as_object_mut() {
                    row.remove("peers");
                }
                row
            });
            Ok(items(rows.collect::<Vec<_>>()))
        })
    }

    fn peers(&self) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            let streams = self.status().await?.streams.into_iter();
            let rows = streams.flat_map(|stream| {
                stream.peers.into_iter().map(move |peer| {
                    let mut row = serde_json::to_value(peer).unwrap_or_default();
                    row["stream"] = json!(stream.name);
                    row
                })
            });
            Ok(items(rows.collect::<Vec<_>>()))
        })
    }

    fn lag(&self) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(self.lags())
    }

    fn partitions(&self) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(self.shares())
    }

    fn nodes(&self) -> Fut<'_, Result<Value, Refusal>> {
        let head = self.feed.position();
        let rows = self.runtime.nodes().into_iter().map(|node| {
            let row = node.row;
            json!({
                "id": row.id,
                "live": node.live,
                "this": node.this,
                "roles": row.roles,
                "version": row.version,
                "address": row.address,
                "started": row.started,
                "partitions": row.partitions.len(),
                "behind": head.0.saturating_sub(row.directory.0),
                "draining": row.draining,
                "left": row.left,
                "same_key": node.is_known,
            })
        });
        let rows = items(rows.collect::<Vec<_>>());
        Box::pin(async move { Ok(rows) })
    }

    fn drain<'a>(&'a self, node: &'a NodeId) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            self.runtime.drain_node(node).await?;
            Ok(items(vec![json!({ "id": node, "draining": true })]))
        })
    }

    fn models(&self) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(rebuilds::models(&self.models, &self.trails))
    }

    fn rebuild(&self, models: Vec<String>, what: Rebuild) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(rebuilds::rebuild((&self.models, &self.trails), &self.feed, models, what))
    }

    fn rebuilds(&self) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async { Ok(items(self.models.rebuilds())) })
    }

    fn forget(&self, models: Vec<String>) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            let forgotten = self.models.forget(&models).await?.into_iter();
            Ok(items(forgotten.map(|model| json!({ "model": model })).collect::<Vec<_>>()))
        })
    }

    fn skip(&self, model: String, cursor: Cursor, by: Caller) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            let audit = &self.trails.audit;
            rebuilds::skip(&self.models, &**audit, &self.tenant, (model, cursor), by).await
        })
    }

    fn refused(&self, after: Cursor, limit: usize) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            let refused = self.models.refused(after, limit).await?;
            let full = refused.len() >= limit;
            let next = refused.last().filter(|_| full).map(|last| last.cursor.to_string());
            Ok(json!({ "items": refused, "next": next }))
        })
    }

    fn timers(&self) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            let found = self.runtime.reconcile_timers_everywhere().await?.into_iter();
            let rows = found.map(|(node, found)| {
                let mut row = match found {
                    Ok(found) => json!(found),
                    Err(refusal) => json!({ "code": refusal.code, "why": refusal.message }),
                };
                row["node"] = node.map_or_else(|| json!("this node"), |node| json!(node));
                row
            });
            Ok(items(rows.collect::<Vec<_>>()))
        })
    }
}
