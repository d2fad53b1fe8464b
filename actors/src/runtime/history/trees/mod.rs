//! Tree heads: signed roots over all chain heads.

mod maker;
mod store;

use std::sync::Arc;
use std::time::Duration;

use contracts::ports::PortError;
use contracts::tree::{Leaf, Proof, SignedTreeHead, Tree, key_of};
use contracts::{Address, Entry, Refusal};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::runtime::shared::Shared;
use maker::{Ask, Maker};

/// Heads that are read at once.
const HEADS_CONCURRENT: usize = 16;

/// Pause before the maker is opened again after trouble.
const REOPEN_AFTER: Duration = Duration::from_secs(1);

/// The way to the maker of tree heads.
#[derive(Clone)]
pub struct Trees {
    asks: mpsc::Sender<Ask>,
    shared: Arc<Shared>,
    /// Old trees are built in memory, one at a time.
    builders: Arc<Semaphore>,
}

impl Trees {
    /// Starts the maker.
    pub fn spawn(shared: &Arc<Shared>) -> Self {
        let (asks, mut asked) = mpsc::channel(16);
        let own = shared.clone();
        shared.tasks.spawn(async move {
            while !own.stop.is_cancelled() {
                let ended = match Maker::open(own.clone()).await {
                    Ok(mut maker) => maker.run(&mut asked).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = ended {
                    tracing::warn!(%error, "tree.maker_starts_again");
                    let pause = tokio::time::sleep(REOPEN_AFTER);
                    let _ = own.stop.run_until_cancelled(pause).await;
                }
            }
        });
        Self { asks, shared: shared.clone(), builders: Arc::new(Semaphore::new(1)) }
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, Refusal> {
        let stopping = || Refusal::unavailable("stopping", "the program is about to stop");
        let (respond, answer) = oneshot::channel();
        self.asks.send(ask(respond)).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())
    }

    /// A head of the log as it is now.
    pub async fn make(&self) -> Result<SignedTreeHead, Refusal> {
        self.ask(Ask::Make).await?
    }

    /// An actor's leaf in the newest head, with the head's number.
    pub async fn leaf(&self, address: &Address) -> Option<(u64, Leaf)> {
        self.ask(|respond| Ask::Leaf(address.clone(), respond)).await.ok().flatten()
    }

    /// A head; `None` = the newest.
    pub async fn head(&self, number: Option<u64>) -> Result<SignedTreeHead, Refusal> {
        let trees = &self.shared.world.trees;
        let found = match number {
            Some(number) => trees.get(number).await?,
            None => trees.last().await?,
        };
        Ok(decode(&found.ok_or_else(not_found)?)?)
    }

    /// The heads after `after`.
    pub async fn heads(&self, after: u64, limit: usize) -> Result<Vec<SignedTreeHead>, Refusal> {
        let trees = &self.shared.world.trees;
        let Some(last) = trees.last().await? else { return Ok(Vec::new()) };
        let last: SignedTreeHead = decode(&last)?;
        let numbers = (after.saturating_add(1)..=last.head.number).take(limit);
        let reads = numbers.map(|number| async move {
            let found = trees.get(number).await?;
            let missing = || PortError::Damaged(format!("there is no tree head {number}"));
            decode(&found.ok_or_else(missing)?)
        });
        let reads = stream::iter(reads.collect::<Vec<_>>());
        Ok(reads.buffered(HEADS_CONCURRENT).try_collect().await?)
    }

    /// The proof that a head covers an actor. Of the newest head it is at hand; for an older one
    /// the log is read again up to it.
    pub async fn prove(
        &self,
        number: Option<u64>,
        address: &Address,
    ) -> Result<(SignedTreeHead, Proof), Refusal> {
        let head = self.head(number).await?;
        let root = head.head.root;
        let at_hand = self.ask(|respond| Ask::Prove(root, address.clone(), respond)).await??;
        let proof = match at_hand {
            Some(proof) => Some(proof),
            None => self.rebuilt(&head).await?.prove(address),
        };
        let proof = proof.filter(|proof| proof.root() == Some(root)).ok_or_else(|| {
            let message = format!("tree head {} does not cover {address}", head.head.number);
            Refusal::not_found("tree_leaf_not_found", message)
        })?;
        Ok((head, proof))
    }

    async fn rebuilt(&self, head: &SignedTreeHead) -> Result<Tree, Refusal> {
        let busy = || Refusal::unavailable("overloaded", "the tree is being closed down");
        let _permit = self.builders.acquire().await.map_err(|_| busy())?;
        // A log that has lost its end must not be waited for.
        let now = self.shared.world.log.head().await?;
        let (mut tree, until) = (Tree::default(), head.head.cursor.min(now));
        if until == contracts::Cursor::ZERO {
            return Ok(tree);
        }
        let mut feed = self.shared.world.feed.subscribe(contracts::Cursor::ZERO);
        while let Some(entry) = feed.next().await {
            let entry = entry?;
            if entry.cursor() > until {
                break;
            }
            if let Entry::Commit(recorded) = &entry {
                let (revision, commit) = (recorded.commit.revision, recorded.hash);
                let leaf = Leaf { revision, commit, cursor: recorded.cursor };
                tree.take(key_of(&recorded.commit.address()), leaf);
            }
            if entry.cursor() >= until {
                break;
            }
        }
        Ok(tree)
    }
}

fn decode(bytes: &[u8]) -> Result<SignedTreeHead, PortError> {
    contracts::read::from_slice(bytes).map_err(|error| PortError::Damaged(error.to_string()))
}

fn not_found() -> Refusal {
    Refusal::not_found("tree_head_not_found", "there is no such tree head")
}
