//! What a fork shares with those that it continues: read models that show actors as they are fold
//! it under the fork's own name, in the same transaction as the fork's first commit.

use std::sync::{Arc, OnceLock};

use contracts::chain::Head;
use contracts::lifecycle::Parent;
use contracts::limits::FORK_DEPTH_MAX;
use contracts::ports::Feed;
use contracts::{Address, Commit, Cursor, Entry, Hash, Recorded, Revision};

use crate::error::Error;

/// Commits read at once.
const READ_COMMITS: usize = 500;

/// Reads the ancestors of forks once there is a feed.
#[derive(Clone, Default)]
pub(crate) struct Ancestors(Arc<OnceLock<Arc<dyn Feed>>>);

impl Ancestors {
    /// From now on they are read from `feed`; the first one stays.
    pub(crate) fn read_from(&self, feed: &Arc<dyn Feed>) {
        let _first_stays = self.0.set(Arc::clone(feed));
    }

    /// `batch` with what each fork that begins in it shares before its first commit; `None` = no
    /// fork begins in it.
    ///
    /// # Errors
    /// [`Error::Log`] when the log is away.
    pub(crate) async fn before(
        &self,
        batch: &[Arc<Recorded>],
    ) -> Result<Option<Vec<Arc<Recorded>>>, Error> {
        let parent = |recorded: &Arc<Recorded>| {
            let first = recorded.commit.events.first()?;
            let begins = first.r#type.starts_with(contracts::lifecycle::PREFIX);
            begins.then(|| Head::forked_from(&Entry::Commit(Arc::clone(recorded)))).flatten()
        };
        if !batch.iter().any(|recorded| parent(recorded).is_some()) {
            return Ok(None);
        }
        let mut whole = Vec::new();
        for recorded in batch {
            if let Some(parent) = parent(recorded) {
                whole.extend(self.shared(&recorded.commit.address(), parent).await?);
            }
            whole.push(Arc::clone(recorded));
        }
        Ok(Some(whole))
    }

    /// The hash of the last commit that `fork` shares; `None` = it cannot be read.
    ///
    /// # Errors
    /// [`Error::Log`] when the log is away.
    pub(crate) async fn hash_at(
        &self,
        fork: &Address,
        parent: Parent,
    ) -> Result<Option<Hash>, Error> {
        let revision = parent.revision;
        let shared = self.shared(fork, parent).await?;
        Ok(shared.last().filter(|last| last.commit.revision == revision).map(|last| last.hash))
    }

    /// The commits that `fork` shares, oldest first, as if they were its own.
    async fn shared(&self, fork: &Address, parent: Parent) -> Result<Vec<Arc<Recorded>>, Error> {
        let Some(feed) = self.0.get() else { return Ok(Vec::new()) };
        let (mut parts, mut next) = (Vec::new(), Some(parent));
        while let Some(Parent { id, revision, .. }) = next.take() {
            if parts.len() > FORK_DEPTH_MAX {
                break;
            }
            let above = Address { id, ..fork.clone() };
            let part = read(feed, &above, revision).await?;
            let first = part.first().map(|first| Entry::Commit(Arc::clone(first)));
            next = first.as_ref().and_then(Head::forked_from).map(|further| {
                // A fork may begin before its parent did, in the history that the parent shares.
                Parent { revision: further.revision.min(revision), ..further }
            });
            parts.push(part.into_iter().filter(|it| it.commit.revision <= revision).collect());
        }
        let oldest_first = parts.into_iter().rev().flat_map(|part: Vec<Arc<Recorded>>| part);
        let renamed = oldest_first.map(|recorded| {
            let commit = Commit { id: fork.id.clone(), ..recorded.commit.clone() };
            Arc::new(Recorded { commit, ..(*recorded).clone() })
        });
        Ok(renamed.collect())
    }
}

/// An actor's own commits up to `until`, and its first one in any case.
async fn read(
    feed: &Arc<dyn Feed>,
    address: &Address,
    until: Revision,
) -> Result<Vec<Arc<Recorded>>, Error> {
    let (mut commits, mut after): (Vec<Arc<Recorded>>, _) = (Vec::new(), Cursor::ZERO);
    loop {
        let page = feed.of_actor(address, after, READ_COMMITS).await?;
        let Some(last) = page.last().map(Entry::cursor) else { return Ok(commits) };
        for entry in page {
            let Entry::Commit(recorded) = entry else { continue };
            if recorded.commit.revision > until && !commits.is_empty() {
                return Ok(commits);
            }
            // What does not continue the chain was not written by us and changes nothing.
            let before = commits.last();
            if before.is_none_or(|before| recorded.commit.prev == before.hash) {
                commits.push(recorded);
            }
        }
        after = last;
    }
}
