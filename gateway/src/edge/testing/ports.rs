//! The ports on the small world.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use contracts::caller::Caller;
use contracts::effect::{EffectRow, EffectRowQuery};
use contracts::lifecycle::Parent;
use contracts::ports::{
    CommandBus, Feed, FeedItem, Flow, Fut, History, Live, LiveItem, PortError, Wait,
};
use contracts::usage::{UsageBy, UsageQuery, UsageRow};
use contracts::view::{
    Answer, At, CommandView, Diff, EffectStatus, Page, Replay, ReplayMode, Replayed, Side,
    StateView, Status, Verification,
};
use contracts::{
    ActorId, Address, CommandId, Cursor, EffectId, Entry, Envelope, Hash, Kind, NodeId, Refusal,
    Revision, Signal, Tenant,
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_stream::wrappers::BroadcastStream;

use super::world::{Mood, World, answer};
use crate::edge::admin::{Admin, Rebuild};
use crate::edge::health::{Health, Part, PartState};
use crate::edge::reading::{HeadsQuery, MessagesQuery, Reading, Rows, TimelineQuery};

impl CommandBus for World {
    fn ask(&self, envelope: Envelope, wait: Wait) -> Fut<'_, Result<Answer, Refusal>> {
        Box::pin(async move {
            self.asked.lock().unwrap().push((envelope.clone(), wait));
            let mood = self.mood.lock().unwrap().clone();
            let status = match mood {
                Mood::Refusing(refusal) => return Err(refusal),
                Mood::Panicking => panic!("the code behind the port is broken"),
                Mood::Silent => std::future::pending().await,
                Mood::Busy => Status::Accepted,
                Mood::Failing => Status::Failed,
                Mood::Willing => Status::Completed,
            };
            let decided = self.decide(envelope)?;
            let log = self.log.lock().unwrap();
            let place = usize::try_from(decided.cursor.0 - 1).unwrap();
            Ok(answer(&log[place], status))
        })
    }

    fn tell(&self, _: Envelope) -> Fut<'_, Result<(), PortError>> {
        Box::pin(async { Err(PortError::Refused("the edge tells nothing".to_owned())) })
    }
}

fn missing() -> Refusal {
    Refusal::not_found("actor_not_found", "there is no such counter")
}

impl World {
    fn view(&self, address: &Address, at: At) -> Result<StateView, Refusal> {
        let commits = self.of(address);
        let last = match at {
            At::Latest => commits.last(),
            At::Revision(revision) => commits.iter().find(|one| one.commit.revision == revision),
            At::Time(time) => commits.iter().rfind(|one| one.commit.at <= time),
        };
        let last = last.ok_or_else(missing)?;
        let state = json!({ "value": last.commit.events[0].data["value"] });
        Ok(StateView {
            kind: address.kind.clone(),
            id: address.id.clone(),
            revision: last.commit.revision,
            cursor: last.cursor,
            commit_hash: last.hash,
            state_hash: contracts::state_hash(&state).unwrap(),
            at: last.commit.at,
            state,
        })
    }
}

impl History for World {
    fn state<'a>(&'a self, address: &'a Address, at: At) -> Fut<'a, Result<StateView, Refusal>> {
        Box::pin(async move { self.view(address, at) })
    }

    fn entries<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Page<Entry, Cursor>, Refusal>> {
        Box::pin(async move {
            let commits = self.of(address);
            if commits.is_empty() {
                return Err(missing());
            }
            // Two at a time at most, so that readers have to come again.
            let seen = self.lag.lock().unwrap().take().unwrap_or(Revision(u64::MAX));
            let rest =
                commits.into_iter().filter(|one| one.cursor > after && one.commit.revision <= seen);
            let rest: Vec<_> = rest.collect();
            let items: Vec<_> = rest.iter().take(limit.min(2)).cloned().collect();
            let next =
                (items.len() < rest.len()).then(|| items.last().map(|last| last.cursor)).flatten();
            Ok(Page { items: items.into_iter().map(Entry::Commit).collect(), next })
        })
    }

    fn replay_told<'a>(
        &'a self,
        address: &'a Address,
        at: At,
        mode: ReplayMode,
        told: &'a (dyn Fn(Replayed) + Send + Sync),
    ) -> Fut<'a, Result<Replay, Refusal>> {
        Box::pin(async move {
            let state = self.view(address, at)?;
            let commits = state.revision.0;
            let matches_cell = Some(mode == ReplayMode::Decide);
            told(Replayed { commits, revision: state.revision, deciding: false });
            let (matches_snapshot, matches_tree_head, drift) = (None, None, Vec::new());
            let events = commits;
            Ok(Replay {
                state,
                commits,
                events,
                matches_cell,
                matches_snapshot,
                matches_tree_head,
                drift,
            })
        })
    }

    fn fork<'a>(
        &'a self,
        parent: &'a Address,
        at: At,
        child: ActorId,
        _: bool,
        _: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>> {
        Box::pin(async move {
            let state = self.view(parent, at)?;
            Ok(Answer {
                command: contracts::commit::sample_command_id(9),
                address: Address::new(parent.tenant.clone(), parent.kind.clone(), child),
                status: Status::Completed,
                revision: state.revision.next(),
                cursor: state.cursor,
                reply: json!({}),
                at: state.at,
            })
        })
    }

    fn unmute<'a>(&'a self, address: &'a Address, by: Caller) -> Fut<'a, Result<Answer, Refusal>> {
        self.fork(address, At::Latest, address.id.clone(), false, by)
    }

    fn parent<'a>(&'a self, _: &'a Address) -> Fut<'a, Result<Option<Parent>, Refusal>> {
        Box::pin(async { Ok(None) })
    }

    fn diff<'a>(
        &'a self,
        left: (&'a Address, At),
        right: (&'a Address, At),
    ) -> Fut<'a, Result<Diff, Refusal>> {
        Box::pin(async move {
            let side = |view: StateView| Side {
                id: view.id,
                revision: view.revision,
                state_hash: view.state_hash,
            };
            let (left, right) = (self.view(left.0, left.1)?, self.view(right.0, right.1)?);
            Ok(Diff {
                left: side(left),
                right: side(right),
                common: Revision::ZERO,
                left_only: Vec::new(),
                right_only: Vec::new(),
                patch: json!([]),
                texts: Vec::new(),
            })
        })
    }

    fn verify<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Verification, Refusal>> {
        Box::pin(async move {
            let state = self.view(address, At::Latest)?;
            Ok(Verification {
                kind: state.kind,
                id: state.id,
                ok: true,
                commits: state.revision.0,
                revision: state.revision,
                commit_hash: state.commit_hash,
                state_hash: Some(state.state_hash),
                broken_at: None,
                reason: None,
            })
        })
    }

    fn waiting<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Vec<EffectStatus>, Refusal>> {
        Box::pin(async move { self.view(address, At::Latest).map(|_| Vec::new()) })
    }
}

/// Tells when a subscriber of the feed is gone.
struct Left(Arc<Notify>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Feed for World {
    fn subscribe(&self, after: Cursor) -> Flow<FeedItem> {
        let (length, log) = (self.length.subscribe(), Arc::clone(&self.log));
        let (pulled, left) = (Arc::clone(&self.pulled), Left(Arc::clone(&self.dropped)));
        let begun = (after.0, length, log, left);
        Box::pin(stream::unfold(begun, move |(at, mut length, log, left)| {
            let pulled = Arc::clone(&pulled);
            async move {
                length.wait_for(|length| *length > at).await.ok()?;
                let place = usize::try_from(at).unwrap();
                let recorded = Arc::clone(&log.lock().unwrap()[place]);
                pulled.fetch_add(1, Ordering::SeqCst);
                Some((Ok(Entry::Commit(recorded)), (at + 1, length, log, left)))
            }
        }))
    }

    fn position(&self) -> Cursor {
        Cursor(*self.length.borrow())
    }

    fn reached(&self, cursor: Cursor) -> Fut<'_, ()> {
        let mut length = self.length.subscribe();
        Box::pin(async move {
            let _ = length.wait_for(|length| *length >= cursor.0).await;
        })
    }
}

impl Live for World {
    fn publish<'a>(
        &'a self,
        address: &'a Address,
        signal: &'a Signal,
    ) -> Fut<'a, Result<(), PortError>> {
        let item = LiveItem { address: address.clone(), signal: signal.clone() };
        let _ = self.signals.send(item);
        Box::pin(async { Ok(()) })
    }

    fn listen(&self, tenant: &Tenant, kind: Option<&Kind>, id: Option<&ActorId>) -> Flow<LiveItem> {
        let (tenant, kind, id) = (tenant.clone(), kind.cloned(), id.cloned());
        let items = BroadcastStream::new(self.signals.subscribe());
        Box::pin(items.filter_map(move |item| {
            let fits = item.ok().filter(|LiveItem { address, .. }| {
                address.tenant == tenant
                    && kind.as_ref().is_none_or(|kind| *kind == address.kind)
                    && id.as_ref().is_none_or(|id| *id == address.id)
            });
            std::future::ready(fits)
        }))
    }
}

impl Reading for World {
    fn heads(&self, query: HeadsQuery) -> Fut<'_, Result<Rows, Refusal>> {
        Box::pin(async move {
            let log = self.log.lock().unwrap();
            let ids: std::collections::BTreeSet<_> = log
                .iter()
                .filter(|one| one.commit.tenant == query.tenant)
                .filter(|one| query.kind.as_ref().is_none_or(|kind| *kind == one.commit.kind))
                .map(|one| one.commit.id.to_string())
                .filter(|id| query.id_prefix.as_ref().is_none_or(|with| id.starts_with(with)))
                .collect();
            let items = ids.into_iter().take(query.limit).map(|id| json!({ "id": id })).collect();
            Ok(Page { items, next: None })
        })
    }

    fn timeline(&self, query: TimelineQuery) -> Fut<'_, Result<Rows, Refusal>> {
        let items = vec![json!({ "tenant": query.tenant, "kind": query.kind })];
        Box::pin(async { Ok(Page { items, next: None }) })
    }

    fn messages(&self, query: MessagesQuery) -> Fut<'_, Result<Rows, Refusal>> {
        let items = vec![json!({ "conversation": query.conversation })];
        Box::pin(async { Ok(Page { items, next: None }) })
    }

    fn command<'a>(
        &'a self,
        tenant: &'a Tenant,
        id: CommandId,
    ) -> Fut<'a, Result<Option<CommandView>, Refusal>> {
        Box::pin(async move {
            let upto = self.read.lock().unwrap().unwrap_or(Cursor(u64::MAX));
            let log = self.log.lock().unwrap();
            let found = log.iter().find(|one| {
                let commit = &one.commit;
                commit.tenant == *tenant && commit.command.id == id && one.cursor <= upto
            });
            Ok(found.map(|one| CommandView {
                id,
                kind: one.commit.kind.clone(),
                actor: one.commit.id.clone(),
                name: one.commit.command.name.clone(),
                status: Status::Completed,
                revision: one.commit.revision,
                cursor: one.cursor,
                reply: Some(json!({ "value": 1 })),
                rejection: None,
            }))
        })
    }

    fn personal<'a>(
        &'a self,
        _: &'a Tenant,
        subject: &'a ActorId,
        _: Option<String>,
        _: usize,
    ) -> Fut<'a, Result<Rows, Refusal>> {
        let items = vec![json!({ "subject": subject, "value": "cambium-protected.1.x" })];
        Box::pin(async { Ok(Page { items, next: None }) })
    }

    fn personal_count<'a>(
        &'a self,
        _: &'a Tenant,
        _: &'a ActorId,
    ) -> Fut<'a, Result<u64, Refusal>> {
        Box::pin(async { Ok(1) })
    }

    fn effects(&self, query: EffectRowQuery) -> Fut<'_, Result<Page<EffectRow, String>, Refusal>> {
        let rows = super::effects::rows(&query);
        Box::pin(async move { Ok(Page { items: rows, next: None }) })
    }

    fn effect<'a>(
        &'a self,
        tenant: &'a Tenant,
        id: EffectId,
    ) -> Fut<'a, Result<Option<EffectRow>, Refusal>> {
        Box::pin(async move { Ok(super::effects::row(tenant, id)) })
    }

    /// One row that tells what was asked by.
    fn usage(&self, query: UsageQuery) -> Fut<'_, Result<Page<UsageRow, String>, Refusal>> {
        let has = |by: UsageBy| query.by.contains(&by);
        let row = UsageRow {
            model: has(UsageBy::Model).then(|| "fake/paid".to_owned()),
            principal: has(UsageBy::Principal).then(|| "ada".to_owned()),
            calls: 2,
            input_tokens: 30,
            ..UsageRow::default()
        };
        Box::pin(async move { Ok(Page { items: vec![row], next: None }) })
    }

    /// Catches up while it is waited for.
    fn reached(&self, cursor: Cursor) -> Fut<'_, ()> {
        Box::pin(async move {
            if cursor <= Feed::position(self) {
                *self.read.lock().unwrap() = None;
            } else {
                std::future::pending().await
            }
        })
    }

    fn position(&self) -> Cursor {
        self.read.lock().unwrap().unwrap_or_else(|| Feed::position(self))
    }
}

impl Health for World {
    fn parts(&self) -> Fut<'_, Vec<Part>> {
        let failing = matches!(*self.mood.lock().unwrap(), Mood::Silent);
        let state = if failing { PartState::Failing } else { PartState::Ready };
        Box::pin(async move { vec![Part::new("log", state)] })
    }
}

/// One row that says what was asked.
fn row(what: &str) -> Fut<'static, Result<Value, Refusal>> {
    let value = json!({ "items": [{ "name": what, "hash": Hash::ZERO }] });
    Box::pin(async { Ok(value) })
}

impl Admin for World {
    fn streams(&self) -> Fut<'_, Result<Value, Refusal>> {
        row("streams")
    }

    fn peers(&self) -> Fut<'_, Result<Value, Refusal>> {
        row("peers")
    }

    fn lag(&self) -> Fut<'_, Result<Value, Refusal>> {
        row("lag")
    }

    fn partitions(&self) -> Fut<'_, Result<Value, Refusal>> {
        row("partitions")
    }

    fn nodes(&self) -> Fut<'_, Result<Value, Refusal>> {
        row("nodes")
    }

    fn drain<'a>(&'a self, node: &'a NodeId) -> Fut<'a, Result<Value, Refusal>> {
        row(&format!("drain {node}"))
    }

    fn models(&self) -> Fut<'_, Result<Value, Refusal>> {
        row("models")
    }

    fn rebuild(&self, models: Vec<String>, what: Rebuild) -> Fut<'_, Result<Value, Refusal>> {
        row(&format!("rebuild {models:?} {what:?}"))
    }

    fn rebuilds(&self) -> Fut<'_, Result<Value, Refusal>> {
        row("rebuilds")
    }

    fn forget(&self, models: Vec<String>) -> Fut<'_, Result<Value, Refusal>> {
        row(&format!("forget {models:?}"))
    }

    fn skip(&self, model: String, cursor: Cursor, by: Caller) -> Fut<'_, Result<Value, Refusal>> {
        row(&format!("skip {model} {cursor} {}", by.principal))
    }

    fn refused(&self, after: Cursor, limit: usize) -> Fut<'_, Result<Value, Refusal>> {
        row(&format!("refused {after} {limit}"))
    }

    fn timers(&self) -> Fut<'_, Result<Value, Refusal>> {
        row("timers")
    }
}
