//! The read models as the edge asks them.

use std::time::Duration;

use contracts::effect::{EffectRow, EffectRowQuery};
use contracts::ports::Fut;
use contracts::usage::{UsageQuery, UsageRow};
use contracts::view::{CommandView, Page};
use contracts::{ActorId, CommandId, Cursor, EffectId, Refusal, RefusalClass, Tenant};
use projections::Models;
use serde::Serialize;
use serde_json::Value;

use crate::edge::reading::{HeadsQuery, MessagesQuery, Order, Reading, Rows, TimelineQuery};

/// How long one look at the read models' position lasts before the next; the edge sets the real
/// limit.
const LOOK: Duration = Duration::from_secs(60);

/// The read models of this program.
pub struct ModelsReading(pub Models);

impl Reading for ModelsReading {
    fn heads(&self, query: HeadsQuery) -> Fut<'_, Result<Rows, Refusal>> {
        Box::pin(async move {
            let mut wanted = projections::HeadsQuery::new(query.tenant);
            wanted.kind = query.kind;
            wanted.id_prefix = query.id_prefix;
            wanted.text = query.text;
            wanted.status = query.status;
            wanted.after = query.after;
            wanted.limit = Some(query.limit);
            wanted.order = match query.order {
                Order::Newest => projections::HeadsOrder::Recent,
                Order::Id => projections::HeadsOrder::Id,
            };
            let page = self.0.heads(&wanted).await?;
            rows(page.items, page.next)
        })
    }

    fn timeline(&self, query: TimelineQuery) -> Fut<'_, Result<Rows, Refusal>> {
        Box::pin(async move {
            let mut wanted = projections::TimelineQuery::new(query.tenant);
            wanted.kind = query.kind;
            wanted.id = query.id;
            wanted.r#type = query.r#type;
            wanted.principal = query.principal;
            wanted.correlation = query.correlation;
            wanted.trace_id = query.trace;
            wanted.from = query.from;
            wanted.until = query.to;
            wanted.after = query.after;
            wanted.limit = Some(query.limit);
            wanted.order = projections::TimelineOrder::Newest;
            let page = self.0.timeline(&wanted).await?;
            rows(page.items, page.next)
        })
    }

    fn messages(&self, query: MessagesQuery) -> Fut<'_, Result<Rows, Refusal>> {
        Box::pin(async move {
            let mut wanted = projections::MessagesQuery::new(query.tenant, query.conversation);
            wanted.before = sequence(query.before.as_deref(), "before")?;
            wanted.after = sequence(query.after.as_deref(), "after")?;
            wanted.text = query.text;
            wanted.limit = Some(query.limit);
            let page = self.0.messages(&wanted).await?;
            rows(page.items, page.next.map(|next| next.to_string()))
        })
    }

    fn personal<'a>(
        &'a self,
        tenant: &'a Tenant,
        subject: &'a ActorId,
        after: Option<String>,
        limit: usize,
    ) -> Fut<'a, Result<Rows, Refusal>> {
        Box::pin(async move {
            let (tenant, subject) = (tenant.clone(), subject.clone());
            let query = projections::PersonalQuery { tenant, subject, limit: Some(limit), after };
            let page = self.0.personal(&query).await?;
            rows(page.items, page.next)
        })
    }

    fn personal_count<'a>(
        &'a self,
        tenant: &'a Tenant,
        subject: &'a ActorId,
    ) -> Fut<'a, Result<u64, Refusal>> {
        Box::pin(self.0.personal_count(tenant, subject))
    }

    fn command<'a>(
        &'a self,
        tenant: &'a Tenant,
        id: CommandId,
    ) -> Fut<'a, Result<Option<CommandView>, Refusal>> {
        Box::pin(self.0.command(tenant, id))
    }

    fn effects(&self, query: EffectRowQuery) -> Fut<'_, Result<Page<EffectRow, String>, Refusal>> {
        Box::pin(async move { self.0.effects(&query).await })
    }

    fn effect<'a>(
        &'a self,
        tenant: &'a Tenant,
        id: EffectId,
    ) -> Fut<'a, Result<Option<EffectRow>, Refusal>> {
        Box::pin(self.0.effect(tenant, id))
    }

    fn usage(&self, query: UsageQuery) -> Fut<'_, Result<Page<UsageRow, String>, Refusal>> {
        Box::pin(async move { self.0.usage(&query).await })
    }

    fn reached(&self, cursor: Cursor) -> Fut<'_, ()> {
        Box::pin(async move { while self.0.reached(cursor, LOOK).await.is_err() {} })
    }

    fn position(&self) -> Cursor {
        self.0.position()
    }
}

fn rows<T: Serialize>(items: Vec<T>, next: Option<String>) -> Result<Rows, Refusal> {
    let items: Result<Vec<Value>, _> = items.into_iter().map(serde_json::to_value).collect();
    let items = items.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Page { items, next })
}

fn sequence(token: Option<&str>, field: &'static str) -> Result<Option<u64>, Refusal> {
    token.map(str::parse).transpose().map_err(|_| {
        Refusal::new(RefusalClass::Malformed, "query_invalid", "a message's sequence is a number")
            .field(field, "is no number")
    })
}
