//! What a socket follows: each subscription is a task that ends with the socket.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::access::Capability;
use contracts::{ActorId, Address, Kind, Refusal, Tenant};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::task::AbortHandle;

use super::frames::{self, Subscribe};
use super::session::Outbox;
use crate::edge::call::Scene;
use crate::edge::needs::Reader;
use crate::edge::shared::Shared;
use crate::edge::stream::{self, Commits, Filter, Place};
use crate::problem::codes;

/// The subscriptions of one socket.
pub(super) struct Subscriptions {
    shared: Arc<Shared>,
    tenant: Tenant,
    reader: Reader,
    tasks: BTreeMap<String, Vec<AbortHandle>>,
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        self.tasks.values().flatten().for_each(AbortHandle::abort);
    }
}

impl Subscriptions {
    pub(super) fn new(shared: Arc<Shared>, tenant: Tenant, reader: Reader) -> Self {
        Self { shared, tenant, reader, tasks: BTreeMap::new() }
    }

    /// Ends a subscription; one that there is not has ended already.
    pub(super) fn end(&mut self, sub: &Value) {
        for task in self.tasks.remove(&sub.to_string()).into_iter().flatten() {
            task.abort();
        }
    }

    /// Begins a subscription and says so before its first frame.
    pub(super) async fn begin(
        &mut self,
        wanted: Subscribe,
        outbox: &Outbox,
        scene: &Arc<Scene>,
    ) -> Result<(), Refusal> {
        let sub = wanted.r#ref.clone();
        if sub.is_null() || self.tasks.contains_key(&sub.to_string()) {
            return Err(codes::frame_invalid("a subscription has a ref that no other has"));
        }
        let max = self.shared.edge.config.ws_subscriptions_max;
        if self.tasks.len() >= max {
            return Err(codes::subscriptions_exceeded(max));
        }
        let (kind, id) = self.whom(&wanted)?;
        let refused =
            kind.as_ref().filter(|kind| !self.reader.reads(kind, id.as_ref().map(ActorId::as_str)));
        if let Some(kind) = refused {
            let capability = Capability::read(kind.as_str());
            return Err(codes::forbidden_capability(capability, "the socket's principal"));
        }
        let commits =
            if wanted.events { Some(self.commits(&wanted, &kind, &id).await?) } else { None };
        outbox.send(frames::subscribed(&sub)).await;
        let mut tasks = Vec::new();
        if let Some(commits) = commits {
            let reader = self.reader.clone();
            let task = forward((commits, reader), sub.clone(), outbox.clone(), Arc::clone(scene));
            tasks.push(tokio::spawn(task).abort_handle());
        }
        if wanted.live || !wanted.events {
            let listen = self.shared.edge.live.listen(&self.tenant, kind.as_ref(), id.as_ref());
            let (mut signals, outbox, sub) = (listen, outbox.clone(), sub.clone());
            let reader = self.reader.clone();
            let task = async move {
                while let Some(item) = signals.next().await {
                    let id = Some(item.address.id.as_str());
                    if !reader.reads(&item.address.kind, id) {
                        continue;
                    }
                    let frame = reader.shown(frames::signal(&sub, &item)).await;
                    if !outbox.send(frame).await {
                        break;
                    }
                }
            };
            tasks.push(tokio::spawn(task).abort_handle());
        }
        self.tasks.insert(sub.to_string(), tasks);
        Ok(())
    }

    fn whom(&self, wanted: &Subscribe) -> Result<(Option<Kind>, Option<ActorId>), Refusal> {
        let known = |text: &String| {
            let kind = text.parse().ok().filter(|kind| self.shared.edge.pages.get(kind).is_some());
            kind.ok_or_else(codes::unknown_kind)
        };
        let kind = wanted.kind.as_ref().map(known).transpose()?;
        let id = wanted.id.as_deref().map(ActorId::new).transpose();
        let id = id.map_err(|error| codes::invalid_id("id", &error))?;
        if id.is_some() && kind.is_none() {
            return Err(codes::frame_invalid("id needs kind"));
        }
        Ok((kind, id))
    }

    async fn commits(
        &self,
        wanted: &Subscribe,
        kind: &Option<Kind>,
        id: &Option<ActorId>,
    ) -> Result<Commits, Refusal> {
        let edge = &self.shared.edge;
        let after = match wanted.after.as_deref() {
            None | Some("now") => Place { cursor: edge.feed.position(), revision: None },
            Some(text) => text.parse().map_err(|_| {
                codes::frame_invalid("after is a cursor as an answer gave it, or now")
            })?,
        };
        match (kind, id) {
            (Some(kind), Some(id)) => {
                let address = Address::new(self.tenant.clone(), kind.clone(), id.clone());
                let (history, feed) = (Arc::clone(&edge.history), Arc::clone(&edge.feed));
                let commits = stream::of_actor(history, feed, address, after).await?;
                Ok(stream::readable(commits, self.reader.clone(), true))
            }
            _ => {
                let filter = Filter { tenant: self.tenant.clone(), kind: kind.clone() };
                let commits = stream::of_tenant(edge.feed.as_ref(), filter, after.cursor);
                Ok(stream::readable(commits, self.reader.clone(), false))
            }
        }
    }
}

async fn forward(
    (mut commits, reader): (Commits, Reader),
    sub: Value,
    outbox: Outbox,
    scene: Arc<Scene>,
) {
    while let Some(item) = commits.next().await {
        let frame = match item {
            Ok(recorded) => frames::event(&sub, &recorded),
            Err(refusal) => frames::error(&sub, &refusal, &scene),
        };
        if !outbox.send(reader.shown(frame).await).await {
            break;
        }
    }
}
