//! Where the commits of an actor stand. Whoever needs what one of them says finds it at once, and
//! the whole history is read for the first of them alone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use contracts::chain::{Doubts, Head};
use contracts::{Address, Cursor, Entry, Hash, Recorded, Revision};
use tokio::sync::Mutex as Turnstile;

use super::hydrate::{HydrateError, Hydrator, Until, Visit, Walk};

/// Actors of which it is known at once, at most.
const ACTORS_MAX: usize = 16;

/// Where the commits of a few actors stand, of those that were asked about last.
#[derive(Default)]
pub struct Places {
    tracks: Mutex<Tracks>,
}

/// The tracks, and whose was asked for when.
#[derive(Default)]
struct Tracks {
    by_actor: BTreeMap<Address, Arc<Turnstile<Track>>>,
    oldest: VecDeque<Address>,
}

/// What was read of an actor's chain so far.
#[derive(Default)]
struct Track {
    /// Position and hash of each commit, by its revision from 1.
    commits: Vec<(Cursor, Hash)>,
    head: Head,
    doubts: Doubts,
    /// The last message of the actor's own subject that was read.
    after: Cursor,
    begun: bool,
}

impl Places {
    /// A commit of an actor's; `None` = it has none of that revision, or it is not where it was.
    ///
    /// # Errors
    /// When the log is away.
    pub async fn find(
        &self,
        hydrator: &Hydrator,
        address: &Address,
        revision: Revision,
    ) -> Result<Option<Arc<Recorded>>, HydrateError> {
        let track = self.track(address);
        let known = {
            // Those who come meanwhile want other commits of the same history.
            let mut track = track.lock().await;
            if track.at(revision).is_none() {
                track.read_on(hydrator, address).await?;
            }
            track.at(revision)
        };
        let Some((cursor, hash)) = known else { return Ok(None) };
        let stored = hydrator.log.get(cursor).await?.map(Entry::from);
        Ok(match stored {
            Some(Entry::Commit(recorded)) if recorded.hash == hash => Some(recorded),
            _ => None,
        })
    }

    fn track(&self, address: &Address) -> Arc<Turnstile<Track>> {
        let mut tracks = self.tracks.lock().unwrap_or_else(PoisonError::into_inner);
        let Tracks { by_actor, oldest } = &mut *tracks;
        oldest.retain(|known| known != address);
        oldest.push_back(address.clone());
        let track = Arc::clone(by_actor.entry(address.clone()).or_default());
        if oldest.len() > ACTORS_MAX
            && let Some(forgotten) = oldest.pop_front()
        {
            by_actor.remove(&forgotten);
        }
        track
    }
}

impl Track {
    fn at(&self, revision: Revision) -> Option<(Cursor, Hash)> {
        let place = usize::try_from(revision.0.checked_sub(1)?).ok()?;
        self.commits.get(place).copied()
    }

    fn take(&mut self, recorded: &Recorded) {
        let Recorded { cursor, hash, commit, .. } = recorded;
        self.head = Head { revision: commit.revision, hash: *hash, cursor: *cursor };
        self.commits.push((*cursor, *hash));
    }

    /// Reads what was not read yet; each commit must continue the one before it.
    async fn read_on(
        &mut self,
        hydrator: &Hydrator,
        address: &Address,
    ) -> Result<(), HydrateError> {
        if !self.begun {
            let mut fresh = Self::default();
            let walked = hydrator.walk(address, Until::END, |visit| {
                if let Visit::Entry { owner, entry: Entry::Commit(recorded) } = visit {
                    fresh.take(&recorded);
                    if owner == address {
                        fresh.after = recorded.cursor;
                    }
                }
                Ok(Walk::On)
            });
            walked.await?;
            fresh.begun = true;
            *self = fresh;
            return Ok(());
        }
        loop {
            let page = hydrator.log.read(address, self.after, hydrator.read_commits_max).await?;
            let last = page.len() < hydrator.read_commits_max;
            for stored in page {
                self.after = stored.cursor;
                let entry = Entry::from(stored);
                let follows = self.doubts.follow(self.head, address, &entry).is_some();
                if let (true, Entry::Commit(recorded)) = (follows, &entry) {
                    self.take(recorded);
                }
            }
            if last {
                return Ok(());
            }
        }
    }
}
