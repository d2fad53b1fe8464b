//! Follows the log for webhooks.
//!
//! Each event that a webhook asks for becomes a durable command to it, under an id that webhook and
//! event lead to: sent again after a crash, it causes nothing new. How far the log was read is kept
//! while there are webhooks; where there are none, a commit costs a look into an empty table.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contracts::effect::EventPlace;
use contracts::kinds::webhook::{self, Deliver};
use contracts::ports::{CommandBus as _, FeedItem, Flow, PortError};
use contracts::{
    Address, Caller, CommandId, CommandName, Cursor, Entry, Envelope, Hash, Recorded, codec,
};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;

use super::may_read;
use super::table::Table;
use crate::runtime::Runtime;
use crate::runtime::effects::insist::Backoff;
use crate::runtime::shared::Shared;

/// The checkpoint's name.
const NAME: &str = "hooks";
/// The version of the checkpoint's shape.
const VERSION: u16 = 1;
/// Webhooks that are told at once.
const TOLD_CONCURRENT: usize = 32;
/// Pause before the log is opened again after trouble.
const REOPEN_AFTER: Duration = Duration::from_secs(1);
const DELIVER: CommandName = CommandName::from_static("deliver");

/// How far the log was read: a commit, named so that it can be no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    v: u16,
    cursor: Cursor,
    hash: Hash,
}

struct Follower {
    runtime: Runtime,
    table: Table,
    feed: Flow<FeedItem>,
    at: Option<Mark>,
    saved: Option<Mark>,
    saved_at: Instant,
}

/// Follows the log until the runtime stops.
pub fn spawn(runtime: &Runtime) {
    let runtime = runtime.clone();
    runtime.shared.tasks.clone().spawn(async move {
        let stop = runtime.shared.stop.clone();
        while !stop.is_cancelled() {
            // One node follows for all; what two of them send is one command all the same.
            if !runtime.leads() {
                stop.run_until_cancelled(tokio::time::sleep(REOPEN_AFTER)).await;
                continue;
            }
            match stop.run_until_cancelled(Follower::open(&runtime)).await {
                None => return,
                Some(Ok(mut follower)) => {
                    stop.run_until_cancelled(follower.run()).await;
                    follower.save().await;
                }
                Some(Err(error)) => tracing::warn!(%error, "hooks.opened_again"),
            }
            stop.run_until_cancelled(tokio::time::sleep(REOPEN_AFTER)).await;
        }
    });
}

/// The webhooks as they were at `upto`.
async fn table(shared: &Shared, upto: Cursor) -> Result<Table, PortError> {
    let mut table = Table::default();
    if upto == Cursor::ZERO {
        return Ok(table);
    }
    let mut messages = shared.world.log.read_kinds(&[webhook::KIND], Cursor::ZERO, upto);
    while let Some(stored) = messages.next().await {
        table.take(&Entry::from(stored?));
    }
    Ok(table)
}

/// How far the log was read before, when that is known and was this log.
async fn known(shared: &Shared) -> Result<Option<Mark>, PortError> {
    let Some(bytes) = shared.world.checkpoints.load(NAME).await? else { return Ok(None) };
    let mark: Option<Mark> = codec::decode(&bytes).ok();
    let Some(mark) = mark.filter(|mark| mark.v == VERSION) else { return Ok(None) };
    let stored = shared.world.log.get(mark.cursor).await?;
    Ok(stored.filter(|stored| Hash::of(&stored.payload) == mark.hash).map(|_| mark))
}

impl Follower {
    async fn open(runtime: &Runtime) -> Result<Self, PortError> {
        let shared = &runtime.shared;
        let head = shared.world.log.head().await?;
        let (known, mut now) = (known(shared).await?, table(shared, head).await?);
        let from = match known {
            Some(mark) if !now.is_empty() => mark.cursor.min(head),
            _ => now.resume(head),
        };
        if from < head {
            now = table(shared, from).await?;
        }
        let feed = shared.world.feed.subscribe(from);
        let saved_at = Instant::now();
        Ok(Self { runtime: runtime.clone(), table: now, feed, at: known, saved: known, saved_at })
    }

    async fn run(&mut self) {
        let entries_max = self.runtime.shared.config.hooks.entries_max.max(1);
        while self.runtime.leads() {
            let (unsaved, interval) = (self.at != self.saved, self.interval());
            let mut chunk = Vec::new();
            tokio::select! {
                biased;
                item = self.feed.next() => match item {
                    Some(item) => chunk.push(item),
                    None => return,
                },
                () = tokio::time::sleep(interval), if unsaved => {}
            }
            while chunk.len() < entries_max {
                let next = futures_util::FutureExt::now_or_never(self.feed.next());
                match next.flatten() {
                    Some(item) => chunk.push(item),
                    None => break,
                }
            }
            self.take(chunk).await;
            if self.at != self.saved && self.saved_at.elapsed() >= self.interval() {
                self.save().await;
            }
        }
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(self.runtime.shared.config.hooks.checkpoint_interval_ms.max(1))
    }

    async fn take(&mut self, chunk: Vec<FeedItem>) {
        let hooks = |item: &FeedItem| matches!(item, Ok(entry) if is_of_hook(entry));
        if !self.table.is_empty() || chunk.iter().any(hooks) {
            // What somebody was given before an event, he had when it happened.
            if let Some(Ok(last)) = chunk.iter().rev().find(|item| item.is_ok()) {
                self.runtime.shared.directory.reached(last.cursor()).await;
            }
        }
        let mut told: BTreeMap<Address, Vec<Envelope>> = BTreeMap::new();
        for item in chunk {
            let entry = match item {
                Ok(entry) => entry,
                Err(error) => {
                    tracing::error!(%error, "hooks.interrupted");
                    continue;
                }
            };
            if let Entry::Commit(recorded) = &entry {
                if recorded.commit.kind == webhook::KIND {
                    self.table.take(&entry);
                } else if !self.table.is_empty() {
                    self.look(recorded, &mut told);
                }
                if !self.table.is_empty() {
                    let (cursor, hash) = (recorded.cursor, recorded.hash);
                    self.at = Some(Mark { v: VERSION, cursor, hash });
                }
            } else {
                self.table.take(&entry);
            }
        }
        let runtime = &self.runtime;
        let told = futures_util::stream::iter(told.into_values());
        told.for_each_concurrent(TOLD_CONCURRENT, |envelopes| async move {
            for envelope in envelopes {
                tell(runtime, envelope).await;
            }
        })
        .await;
    }

    /// What a commit leads to.
    fn look(&self, recorded: &Arc<Recorded>, told: &mut BTreeMap<Address, Vec<Envelope>>) {
        // What is brought from elsewhere has been told there.
        if recorded.imported {
            return;
        }
        let commit = &recorded.commit;
        for (id, hook, events) in self.table.wanted(commit) {
            let shared = &self.runtime.shared;
            if !may_read(shared, &commit.tenant, &hook.owner, &commit.kind, &commit.id) {
                continue;
            }
            let to = Address::new(commit.tenant.clone(), webhook::KIND, id.clone());
            let envelopes = told.entry(to.clone()).or_default();
            for index in events {
                envelopes.push(deliver(recorded, index, &to, &hook.owner));
            }
        }
    }

    /// Keeps how far the log was read.
    async fn save(&mut self) {
        let Some(mark) = self.at.filter(|_| self.at != self.saved) else { return };
        self.saved_at = Instant::now();
        let Ok(bytes) = codec::encode(&mark) else { return };
        match self.runtime.shared.world.checkpoints.save(NAME, Bytes::from(bytes)).await {
            Ok(()) => self.saved = Some(mark),
            Err(error) => tracing::warn!(%error, "hooks.unsaved"),
        }
    }
}

fn is_of_hook(entry: &Entry) -> bool {
    matches!(entry, Entry::Commit(recorded) if recorded.commit.kind == webhook::KIND)
}

/// The command that has one event sent.
fn deliver(recorded: &Recorded, index: u32, to: &Address, owner: &Caller) -> Envelope {
    let commit = &recorded.commit;
    let place = EventPlace {
        kind: commit.kind.clone(),
        id: commit.id.clone(),
        revision: commit.revision,
        index,
        cursor: recorded.cursor,
        reader: owner.clone(),
    };
    let message = place.message(&commit.tenant);
    let parts = [to.tenant.as_str(), to.id.as_str(), &message];
    let id = CommandId::derived("cambium webhook delivery v1", &parts);
    let r#type = commit.events.get(index as usize).map(|event| event.r#type.clone());
    let input = json!(Deliver { place, r#type: r#type.unwrap_or_default() });
    let mut envelope = Envelope::new(id, to.clone(), DELIVER, input, Caller::runtime());
    envelope.correlation = commit.command.correlation.clone();
    envelope.hops = commit.command.hops;
    envelope.trace = commit.command.trace.clone();
    envelope
}

/// Stores a command until it is stored, or the runtime stops.
async fn tell(runtime: &Runtime, envelope: Envelope) {
    let seed = Hash::of(envelope.id.0.as_bytes());
    let mut backoff = Backoff::new(&runtime.shared.config, seed);
    while let Err(error) = runtime.tell(envelope.clone()).await {
        tracing::warn!(%error, hook = %envelope.to, "hooks.untold");
        if !backoff.wait(&runtime.shared.stop).await {
            return;
        }
    }
}
