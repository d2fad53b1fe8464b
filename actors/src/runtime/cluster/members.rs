//! Who there is: each node says so again and again, and who has been silent for too long is dead.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::node::NodeRow;
use contracts::ports::{PortError, Store, Versioned};
use contracts::{Hash, NodeId};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The nodes as this one sees them.
pub struct Members {
    store: Arc<dyn Store>,
    own: NodeId,
    run: Hash,
    ttl: Duration,
    seen: Mutex<BTreeMap<NodeId, Seen>>,
    /// The revision of our own row; 0 = not written yet.
    revision: Mutex<u64>,
}

/// A row, and since when it stands so by our own clock: those of other machines may be wrong.
struct Seen {
    row: NodeRow,
    revision: u64,
    since: Instant,
}

impl Members {
    /// Nobody is known yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, own: NodeId, run: Hash, ttl: Duration) -> Self {
        let (seen, revision) = (Mutex::default(), Mutex::default());
        Self { store, own, run, ttl, seen, revision }
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<NodeId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn revision(&self) -> MutexGuard<'_, u64> {
        self.revision.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how this node is; false = another run that lives speaks under the same id, and nothing
    /// was said.
    ///
    /// # Errors
    /// When the store cannot be reached, or somebody spoke at the same moment.
    pub async fn say(&self, row: &NodeRow) -> Result<bool, PortError> {
        let value = serde_json::to_vec(row).map_err(|it| PortError::Refused(it.to_string()))?;
        let known = *self.revision();
        if known > 0
            && let Some(now) = self.store.update(self.own.as_str(), value.clone(), known).await?
        {
            *self.revision() = now;
            return Ok(true);
        }
        // Never written, forgotten for its age, or written by somebody else.
        let standing = self.store.get(self.own.as_str()).await?;
        if standing.as_ref().is_some_and(|it| self.is_rivals(it)) {
            return Ok(false);
        }
        let written = match standing {
            Some(it) => self.store.update(self.own.as_str(), value, it.revision).await?,
            None => self.store.create(self.own.as_str(), value, None).await?,
        };
        let spoken = "the row of this node was written by somebody else at the same moment";
        *self.revision() = written.ok_or_else(|| PortError::Unavailable(spoken.to_owned()))?;
        Ok(true)
    }

    /// Whether what stands under our id is the word of another run that lives.
    fn is_rivals(&self, standing: &Versioned) -> bool {
        let Some(row) = read(standing).filter(|row| row.run != self.run && !row.left) else {
            return false;
        };
        self.hear(row, standing.revision);
        self.seen().get(&self.own).is_some_and(|it| it.since.elapsed() < self.ttl)
    }

    /// Those who may keep a node that says `own` from beginning, if they live: other runs under its
    /// id, and nodes with another key; each with the revision of its row.
    #[must_use]
    pub fn in_the_way(&self, own: &NodeRow) -> Vec<(NodeRow, u64)> {
        let seen = self.seen();
        let met = seen.values().filter(|Seen { row, .. }| {
            let is_in_the_way =
                if row.id == own.id { row.run != own.run } else { row.proof != own.proof };
            is_in_the_way && !row.left
        });
        met.map(|it| (it.row.clone(), it.revision)).collect()
    }

    /// The row that stands under our id.
    #[must_use]
    pub fn standing(&self) -> Option<NodeRow> {
        self.seen().get(&self.own).map(|it| it.row.clone())
    }

    /// Looks who has said something.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn look(&self) -> Result<(), PortError> {
        let names = self.store.names("").await?;
        let rows = join_all(names.iter().map(|name| self.store.get(name))).await;
        let mut found = BTreeMap::new();
        for row in rows {
            let Some(standing) = row? else { continue };
            let Some(row) = read(&standing) else { continue };
            found.insert(row.id.clone(), (row, standing.revision));
        }
        let (now, mut seen) = (Instant::now(), self.seen());
        seen.retain(|id, _| found.contains_key(id));
        for (id, (row, revision)) in found {
            match seen.get_mut(&id) {
                // It may have been heard meanwhile.
                Some(before) if before.revision >= revision => {}
                _ => drop(seen.insert(id, Seen { row, revision, since: now })),
            }
        }
        Ok(())
    }

    /// Hears what nodes say the moment they say it, without end; `news` is told of one that was not
    /// known, that gives its partitions away, or that left.
    pub async fn follow(&self, news: &Notify) {
        let mut changes = self.store.watch();
        while let Some(change) = changes.next().await {
            let (row, revision) = match change {
                Ok((_, Some(standing))) => match read(&standing) {
                    Some(row) => (row, standing.revision),
                    None => continue,
                },
                Ok((_, None)) => continue,
                Err(error) => {
                    tracing::debug!(%error, "nodes.unheard");
                    continue;
                }
            };
            if self.hear(row, revision) {
                news.notify_one();
            }
        }
    }

    /// True when others may have to own something now.
    fn hear(&self, row: NodeRow, revision: u64) -> bool {
        let mut seen = self.seen();
        let before = seen.get(&row.id);
        if before.is_some_and(|before| before.revision >= revision) {
            return false;
        }
        let changed = before.is_none_or(|before| {
            let now = (row.may_own(), row.left);
            (before.row.may_own(), before.row.left) != now
        });
        let since = Instant::now();
        seen.insert(row.id.clone(), Seen { row, revision, since });
        changed
    }

    /// The nodes that live, in order.
    #[must_use]
    pub fn live(&self) -> Vec<NodeRow> {
        let seen = self.seen();
        let live = seen.values().filter(|it| !it.row.left && it.since.elapsed() < self.ttl);
        live.map(|it| it.row.clone()).collect()
    }

    /// All rows that are known, those of the dead too, each with whether it lives.
    #[must_use]
    pub fn all(&self) -> Vec<(NodeRow, bool)> {
        let seen = self.seen();
        let all =
            seen.values().map(|it| (it.row.clone(), !it.row.left && it.since.elapsed() < self.ttl));
        all.collect()
    }
}

/// A row; `None` = it is of another shape.
fn read(standing: &Versioned) -> Option<NodeRow> {
    contracts::read::from_slice(&standing.value).ok()
}
