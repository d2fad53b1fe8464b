//! The audit trail as rows: folded from AUDIT, a stream of its own, in the order in which it is
//! stored, with the hash of each record's chain beside it.
//!
//! It is a read model like the others (rows and checkpoint change in one transaction, a copy
//! folded again equals the one that serves) over another source: what it reads are records, not
//! commits, and the beginning of that stream may have been purged behind signed anchors.

mod fold;
mod queries;
mod rebuild;
mod run;
mod state;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use contracts::Refusal;
use contracts::audit::{ChainName, Link};
use contracts::ports::Audit;
use tokio::sync::{Mutex, watch};

pub use rebuild::TrailReport;

use crate::config::Config;
use crate::error::Error;
use crate::following::Following;
use crate::store::Store;
use state::Slot;
pub(crate) use state::ddl;

/// The rows of the audit trail. Clones share everything.
#[derive(Clone)]
pub struct Trail {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    config: Config,
    following: Following,
    /// Held while the stream's beginning is purged, and while a copy is folded from it.
    purging: Mutex<()>,
}

/// Where the rows of the trail stand.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TrailStatus {
    /// The last record that is in the rows, or was.
    pub cursor: u64,
    /// How many rows there are.
    pub rows: u64,
    /// What keeps it from following the stream; `None` = nothing.
    pub trouble: Option<String>,
}

impl Trail {
    /// The trail in `store`, its tables made when there are none.
    pub(crate) async fn open(store: Store, config: Config) -> Result<Self, Error> {
        let slot = match store.begin().await {
            Ok(mut tx) => {
                let slot = Slot::open(&mut tx).await?;
                tx.commit().await?;
                Some(slot)
            }
            // Whoever writes makes the tables, or has made them.
            Err(Error::Elsewhere(_)) => Slot::seen(&store).await?,
            Err(error) => return Err(error),
        };
        let checkpoint = slot.map_or(0, |slot| slot.checkpoint);
        let inner = Inner {
            store,
            config,
            following: Following::new("the audit trail", checkpoint),
            purging: Mutex::new(()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Up to where the rows have read the stream.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.inner.following.position()
    }

    /// The positions, as they change.
    #[must_use]
    pub fn positions(&self) -> watch::Receiver<u64> {
        self.inner.following.positions()
    }

    /// What keeps the rows from following the stream; `None` = nothing.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.inner.following.trouble()
    }

    /// Resolves once the rows have read `sequence`.
    ///
    /// # Errors
    /// `min_cursor_timeout` when that takes longer than `within`.
    pub async fn reached(&self, sequence: u64, within: Duration) -> Result<(), Refusal> {
        self.inner.following.reached(sequence, within).await
    }

    /// Purges the stream up to `until`, when the rows say that the anchor for it holds: that none
    /// of them is left, which a legal hold prevents. How many records went.
    ///
    /// # Errors
    /// `read_models_unavailable`; what the stream refuses with.
    pub async fn purge(
        &self,
        audit: &dyn Audit,
        chain: &ChainName,
        until: u64,
    ) -> Result<Option<u64>, Refusal> {
        let _purging = self.inner.purging.lock().await;
        if self.holds_any(chain, until).await? {
            return Ok(None);
        }
        Ok(Some(audit.purge(chain, until).await?))
    }

    /// How far the chain is in the rows.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn link(&self, chain: &ChainName) -> Result<Option<Link>, Refusal> {
        let links = self.links(Some(&chain.tenant)).await?;
        Ok(links.into_iter().find(|(name, _)| name == chain).map(|(_, link)| link))
    }
}
