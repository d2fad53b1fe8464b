//! A fresh copy beside the live one: built from the first commit, compared, swapped in.

mod build;
mod compare;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use contracts::ports::Feed;
use contracts::{Cursor, Hash, Refusal, RefusalClass};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::Core;
use crate::model::ModelRef;

/// What becomes of the fresh copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildMode {
    /// It is compared and dropped.
    Check,
    /// It is compared and takes the place of the live one, equal or not: it is what the log says.
    Swap,
}

/// How far a rebuild is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The model that is being rebuilt.
    pub model: &'static str,
    /// The commits that are in the fresh copy.
    pub commits: u64,
    /// Where the fresh copy stands.
    pub cursor: Cursor,
    /// Where the live copy stands.
    pub target: Cursor,
}

/// What a rebuild of one model found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RebuildReport {
    /// The model.
    pub model: String,
    /// The version of its tables.
    pub version: u32,
    /// How many rows the fresh copy has.
    pub rows: u64,
    /// How many commits were folded into it.
    pub commits: u64,
    /// The position at which both copies were compared.
    pub cursor: Cursor,
    /// How long building and comparing took.
    pub seconds: f64,
    /// Whether both copies had the same rows.
    pub equal: bool,
    /// How many rows were in one copy only, or not the same in both.
    pub differing: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
    /// A digest of all rows of the fresh copy in the order of their keys.
    pub rows_hash: Hash,
    /// Whether the fresh copy serves now.
    pub swapped: bool,
}

/// A row that is not the same in both copies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The table of the live copy.
    pub table: String,
    /// The row in the live copy; `None` = it is not there.
    pub live: Option<Value>,
    /// The row in the fresh copy; `None` = it is not there.
    pub rebuilt: Option<Value>,
}

/// Keeps a second rebuild of the same models away until it is dropped.
struct Claim<'a> {
    core: &'a Core,
    names: BTreeSet<&'static str>,
}

impl<'a> Claim<'a> {
    fn new(core: &'a Core, models: &[&ModelRef]) -> Result<Self, Refusal> {
        let names: BTreeSet<&'static str> = models.iter().map(|model| model.name).collect();
        let mut running = core.rebuilding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.intersection(&running).next() {
            return Err(Refusal::new(
                RefusalClass::Conflict,
                "rebuild_running",
                format!("the read model {name} is being rebuilt already"),
            ));
        }
        running.extend(&names);
        drop(running);
        Ok(Self { core, names })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut running = self.core.rebuilding.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|name| !self.names.contains(name));
    }
}

fn known<'a>(core: &'a Core, name: &str) -> Result<&'a ModelRef, Refusal> {
    core.model(name).ok_or_else(|| {
        let names: Vec<&str> = core.models.iter().map(|model| model.name).collect();
        Refusal::not_found(
            "unknown_read_model",
            format!("there is no read model of that name; there are {}", names.join(", ")),
        )
    })
}

/// Rebuilds the models called `names`, one after the other; all when there is no name.
pub(crate) async fn rebuild(
    core: &Arc<Core>,
    names: &[String],
    mode: RebuildMode,
    feed: &Arc<dyn Feed>,
    progress: &(impl Fn(Progress) + Send + Sync),
) -> Result<Vec<RebuildReport>, Refusal> {
    let models: Vec<&ModelRef> = if names.is_empty() {
        core.models.iter().collect()
    } else {
        names.iter().map(|name| known(core, name)).collect::<Result<_, _>>()?
    };
    let _claim = Claim::new(core, &models)?;
    let mut reports = Vec::new();
    for model in models {
        let begun = Instant::now();
        let mut build = build::Build::begin(core, model, feed).await?;
        let report = build.run(mode, progress).await;
        if report.as_ref().map_or(true, |report| !report.swapped) {
            // A copy that stays behind here is dropped at the next start.
            let dropped = build.drop_copy().await;
            if report.is_ok() {
                dropped?;
            }
        }
        let mut report = report?;
        report.seconds = begun.elapsed().as_secs_f64();
        tracing::info!(
            model = model.name,
            rows = report.rows,
            commits = report.commits,
            equal = report.equal,
            swapped = report.swapped,
            "a read model was rebuilt"
        );
        reports.push(report);
    }
    Ok(reports)
}

/// The rows of the live copy of the model `name`, as JSON.
pub(crate) async fn dump(core: &Core, name: &str) -> Result<Vec<String>, Refusal> {
    let model = known(core, name)?;
    let stem = core.serving(model.name).await?;
    let mut rows = Vec::new();
    for table in model.tables(&stem) {
        let found = core.store.rows(table.all(), Vec::new()).await?;
        rows.extend(found.iter().map(|row| compare::row_json(table.columns, row).to_string()));
    }
    Ok(rows)
}
