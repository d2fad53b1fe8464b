//! Folds the log into the tree and signs a head of it now and then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{AppendError, FeedItem, Flow, PortError};
use contracts::tree::{Leaf, Proof, SignedTreeHead, TREE_HEAD_VERSION, TreeHead, key_of};
use contracts::{Address, Cursor, Entry, Hash, Refusal};
use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::store::Store;
use super::{decode, not_found};
use crate::runtime::shared::Shared;

/// Changed leaves that are kept before they are put into their parts, head or no head.
const CHANGED_LEAVES_MAX: usize = 100_000;

/// What the maker is asked.
pub enum Ask {
    /// For a head of the log as it is now.
    Make(oneshot::Sender<Result<SignedTreeHead, Refusal>>),
    /// For a proof, when the tree is still the one of the head with this root.
    Prove(Hash, Address, oneshot::Sender<Result<Option<Proof>, Refusal>>),
    /// For an actor's leaf in the newest head, when the tree is still that one's.
    Leaf(Address, oneshot::Sender<Option<(u64, Leaf)>>),
}

/// The one task that makes tree heads in this process.
pub struct Maker {
    shared: Arc<Shared>,
    store: Store,
    changed: HashMap<Hash, Leaf>,
    at: Cursor,
    feed: Flow<FeedItem>,
    /// The parts were lost: what was read before counts no more.
    lost: bool,
}

impl Maker {
    /// Goes on where the last one stopped.
    pub async fn open(shared: Arc<Shared>) -> Result<Self, PortError> {
        let store = Store::open(shared.world.trees.clone()).await?;
        let (at, changed) = (store.at(), HashMap::new());
        let feed = shared.world.feed.subscribe(at);
        Ok(Self { shared, store, changed, at, feed, lost: false })
    }

    /// Runs until the runtime stops; ends early only with an error, to be opened again.
    pub async fn run(&mut self, asks: &mut mpsc::Receiver<Ask>) -> Result<(), PortError> {
        let interval = Duration::from_millis(self.shared.config.tree_head_interval_ms.max(1));
        let mut tick = tokio::time::interval_at(Instant::now() + interval, interval);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let stop = self.shared.stop.clone();
        while !self.lost {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                item = self.feed.next() => self.take(item).await?,
                Some(ask) = asks.recv() => self.answer(ask).await?,
                _ = tick.tick() => {
                    if !self.shared.shares.leads() {
                        continue;
                    }
                    match self.make().await {
                        Ok(head) => tracing::debug!(number = head.head.number, "tree.head"),
                        Err(refusal) if refusal.code == "tree_head_not_found" => {}
                        Err(refusal) => tracing::warn!(%refusal, "tree.head_failed"),
                    }
                }
            }
        }
        Err(PortError::Damaged("a part of the tree; it is built anew".to_owned()))
    }

    async fn take(&mut self, item: Option<FeedItem>) -> Result<(), PortError> {
        let entry = match item {
            Some(Ok(entry)) => entry,
            Some(Err(error)) => return Err(error),
            None => return Err(PortError::Unavailable("the feed has ended".to_owned())),
        };
        self.at = entry.cursor();
        let Entry::Commit(recorded) = entry else { return Ok(()) };
        let key = key_of(&recorded.commit.address());
        let (revision, commit) = (recorded.commit.revision, recorded.hash);
        let leaf = Leaf { revision, commit, cursor: recorded.cursor };
        let known = self.changed.entry(key).or_insert(leaf);
        if known.revision < revision {
            *known = leaf;
        }
        if self.changed.len() >= CHANGED_LEAVES_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), PortError> {
        if self.at == self.store.at() {
            return Ok(());
        }
        match self.store.put(&self.changed, self.at).await {
            Ok(()) => {
                self.changed.clear();
                self.store.mark().await
            }
            Err(PortError::Damaged(reason)) => {
                tracing::error!(reason, "tree.part_damaged");
                self.lost = true;
                self.store.reset().await?;
                Err(PortError::Damaged(reason))
            }
            Err(error) => Err(error),
        }
    }

    async fn answer(&mut self, ask: Ask) -> Result<(), PortError> {
        // Who asked may have gone.
        match ask {
            Ask::Make(respond) => {
                let caught_up = self.catch_up().await;
                let made = match caught_up {
                    Ok(()) => self.make().await,
                    Err(refusal) => Err(refusal),
                };
                let _ = respond.send(made);
            }
            Ask::Prove(root, address, respond) => {
                let same = self.store.root().hash == root;
                let proof = if same { self.store.prove(&address).await } else { Ok(None) };
                let _ = respond.send(proof.map_err(Refusal::from));
            }
            Ask::Leaf(address, respond) => {
                let _ = respond.send(self.leaf(&address).await.ok().flatten());
            }
        }
        Ok(())
    }

    /// Reads what stands in the log now.
    async fn catch_up(&mut self) -> Result<(), Refusal> {
        let target = self.shared.world.log.head().await?;
        let limit = Duration::from_millis(self.shared.config.tree_head_wait_ms_max);
        let until = Instant::now() + limit;
        while self.at < target {
            let late = || Refusal::unavailable("tree_head_late", "the tree is far behind the log");
            let item = timeout_at(until, self.feed.next()).await.map_err(|_| late())?;
            self.take(item).await?;
        }
        Ok(())
    }

    async fn leaf(&mut self, address: &Address) -> Result<Option<(u64, Leaf)>, PortError> {
        let Some(last) = self.last().await? else { return Ok(None) };
        if last.head.root != self.store.root().hash {
            return Ok(None);
        }
        Ok(self.store.leaf(address).await?.map(|leaf| (last.head.number, leaf)))
    }

    async fn last(&mut self) -> Result<Option<SignedTreeHead>, PortError> {
        self.shared.world.trees.last().await?.as_deref().map(decode).transpose()
    }

    /// Signs a head of what was read; the newest one again when nothing has changed.
    async fn make(&mut self) -> Result<SignedTreeHead, Refusal> {
        self.flush().await?;
        let root = self.store.root().hash;
        let last = self.last().await?;
        if let Some(last) = last.as_ref().filter(|last| last.head.root == root) {
            return Ok(last.clone());
        }
        if root == Hash::ZERO {
            return Err(not_found());
        }
        let head = TreeHead {
            v: TREE_HEAD_VERSION,
            number: last.as_ref().map_or(0, |last| last.head.number) + 1,
            at: self.shared.world.clock.now(),
            cursor: self.at,
            root,
            prev: last.map_or(Hash::ZERO, |last| last.hash),
        };
        let signer = &self.shared.world.signer;
        let signature = signer.sign(&head.message());
        let (hash, public_key) = (head.hash(), signer.public_key());
        let signed = SignedTreeHead { head, hash, public_key, signature };
        self.keep(signed).await
    }

    async fn keep(&mut self, signed: SignedTreeHead) -> Result<SignedTreeHead, Refusal> {
        let bytes = serde_json::to_vec(&signed).map(Bytes::from);
        let bytes = bytes.map_err(|error| Refusal::internal(error.to_string()))?;
        let number = signed.head.number;
        match self.shared.world.trees.keep(number, bytes.clone()).await {
            Ok(()) => Ok(signed),
            // Another node was faster, or our own word was not acknowledged: what stands counts.
            Err(AppendError::Conflict | AppendError::InDoubt(_)) => {
                let standing = self.shared.world.trees.get(number).await?;
                let away = || Refusal::unavailable("log_unavailable", "the tree head is in doubt");
                Ok(decode(&standing.ok_or_else(away)?)?)
            }
            Err(AppendError::Unavailable(_)) => {
                Err(PortError::Unavailable("the broker is away".to_owned()).into())
            }
            Err(AppendError::Refused(reason)) => Err(Refusal::internal(reason)),
        }
    }
}
