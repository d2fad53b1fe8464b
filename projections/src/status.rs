//! Where the copies of the read models stand.

use contracts::{Cursor, Refusal};
use serde::{Deserialize, Serialize};

use crate::desk::Fault;
use crate::error::Error;
use crate::handle::Models;
use crate::registry::{self, State};

/// Where one copy of a read model stands:
/// `{name, version, state, cursor, rows, commits, foreign, failed_reason}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStatus {
    /// The model.
    pub name: String,
    /// The version that its tables were built for.
    pub version: u32,
    /// `live`; `building` until it has caught up and replaces the live one; `failed` when it
    /// stands still; `shadow` while a rebuild makes it; `kept` after a rebuild took its place;
    /// `retired` when it waits for its successor.
    pub state: String,
    /// Up to where it has read the log.
    pub cursor: Cursor,
    /// How many rows its tables have.
    pub rows: u64,
    /// How many commits it has folded.
    pub commits: u64,
    /// How many messages of the log it skipped since they are no commits.
    pub foreign: u64,
    /// Why it stands still; also set, of all models, while the database is in trouble.
    pub failed_reason: Option<String>,
    /// The commit at which it stands still, when that is why.
    pub fault: Option<Fault>,
}

impl Models {
    /// Where every copy of every model stands. Counts rows, so that it costs more the more there
    /// are: for people, not for every request.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn status(&self) -> Result<Vec<ModelStatus>, Refusal> {
        loop {
            match self.counted().await {
                // PostgreSQL's view is of rows, not of tables: a swap took one from under it.
                Err(error) if error.is_swapped() => tokio::task::yield_now().await,
                told => return Ok(told?),
            }
        }
    }

    async fn counted(&self) -> Result<Vec<ModelStatus>, Error> {
        let trouble = self.core.trouble().borrow().clone();
        // One view for all of it: a swap in between would drop tables that are to be counted.
        let mut view = self.core.store.snapshot().await?;
        let mut all = Vec::new();
        for slot in view.rows(registry::all()).await?.iter().map(registry::read) {
            let slot = slot?;
            let Some(model) = self.core.model(&slot.name) else { continue };
            let mut rows = 0;
            if slot.state != State::Retired {
                for table in model.tables(&slot.stem) {
                    let found = view.rows(format!("SELECT COUNT(*) FROM {}", table.name)).await?;
                    rows += found.first().map_or(Ok(0), |row| row.count(0))?;
                }
            }
            let failed = slot.reason.is_some() && slot.state == State::Live;
            all.push(ModelStatus {
                name: slot.name,
                version: slot.version,
                state: if failed { "failed" } else { slot.state.as_str() }.to_owned(),
                cursor: slot.checkpoint,
                rows,
                commits: slot.commits,
                foreign: slot.foreign,
                failed_reason: match &slot.reason {
                    Some(fault) => Some(fault.to_string()),
                    None => trouble.clone(),
                },
                fault: slot.reason,
            });
        }
        Ok(all)
    }
}
