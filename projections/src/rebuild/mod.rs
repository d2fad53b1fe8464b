//! A fresh copy beside the live one: built from the first commit, compared, swapped in.

mod board;
mod build;
mod compare;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

pub(crate) use board::Board;
pub use board::RebuildState;
use contracts::ports::Feed;
use contracts::{Cursor, Hash, Refusal, RefusalClass};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::Core;
use crate::model::ModelRef;
use crate::registry::{self, State};

/// What becomes of the fresh copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildMode {
    /// It is compared and dropped.
    Check,
    /// It is compared and takes the place of the live one, equal or not: it is what the log says.
    /// The tables that served before are kept, to be gone back to.
    Swap,
    /// The kept tables read what came since, are compared and serve again; those that served are
    /// kept.
    RollBack,
}

/// What a rebuild is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It reads the log into the copy.
    Folding,
    /// It compares the copy with the live one, row by row.
    Comparing,
    /// It puts the copy in the place of the live one.
    Swapping,
}

/// How far a rebuild is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The model that is being rebuilt.
    pub model: &'static str,
    /// What it is doing.
    pub phase: Phase,
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
    /// What was asked for.
    pub mode: RebuildMode,
    /// How many rows the fresh copy has.
    pub rows: u64,
    /// How many rows the live copy had.
    pub rows_live: u64,
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
    /// The same of the live copy.
    pub rows_hash_live: Hash,
    /// Whether the fresh copy serves now.
    pub swapped: bool,
}

/// A row that is not the same in both copies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The table of the live copy.
    pub table: String,
    /// The columns of its key.
    pub key: Value,
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

pub(crate) fn known<'a>(core: &'a Core, name: &str) -> Result<&'a ModelRef, Refusal> {
    core.model(name).ok_or_else(|| {
        let names: Vec<&str> = core.models.iter().map(|model| model.name).collect();
        Refusal::not_found(
            "unknown_read_model",
            format!("there is no read model of that name; there are {}", names.join(", ")),
        )
    })
}

/// The models called `names`; all when there is no name.
fn named<'a>(core: &'a Core, names: &[String]) -> Result<Vec<&'a ModelRef>, Refusal> {
    if names.is_empty() {
        return Ok(core.models.iter().collect());
    }
    names.iter().map(|name| known(core, name)).collect()
}

/// Drops the tables that are kept of the models called `names`, all when there is no name; gives
/// the names of those that had any.
pub(crate) async fn forget(core: &Core, names: &[String]) -> Result<Vec<String>, Refusal> {
    let models = named(core, names)?;
    let _claim = Claim::new(core, &models)?;
    let _gate = core.gate.lock().await;
    let mut tx = core.store.begin().await?;
    let mut forgotten = Vec::new();
    for slot in registry::load(&mut tx).await? {
        let wanted = models.iter().any(|model| model.name == slot.name);
        if slot.state == State::Kept && wanted {
            tx.drop_tables(slot.stem.as_str()).await?;
            slot.remove(&mut tx).await?;
            forgotten.push(slot.name);
        }
    }
    tx.commit().await?;
    Ok(forgotten)
}

/// Rebuilds the models called `names`, one after the other; all when there is no name. Going back
/// without a name means all that can go back.
pub(crate) async fn rebuild(
    core: &Arc<Core>,
    names: &[String],
    mode: RebuildMode,
    feed: &Arc<dyn Feed>,
    progress: &(impl Fn(Progress) + Send + Sync),
) -> Result<Vec<RebuildReport>, Refusal> {
    let mut models = named(core, names)?;
    if mode == RebuildMode::RollBack {
        let slots = core.slots().await?;
        if names.is_empty() {
            models.retain(|model| build::kept(&slots, model.name).is_ok());
        }
        models.iter().try_for_each(|model| build::kept(&slots, model.name).map(drop))?;
    }
    let _claim = Claim::new(core, &models)?;
    models.iter().for_each(|model| core.rebuilds.begin(model.name, mode));
    let mut reports = Vec::new();
    for model in &models {
        let report = one(core, model, mode, feed, progress).await;
        core.rebuilds.end(model.name, &report);
        if report.is_err() {
            models.iter().for_each(|model| core.rebuilds.give_up(model.name));
        }
        reports.push(report?);
    }
    Ok(reports)
}

async fn one(
    core: &Arc<Core>,
    model: &ModelRef,
    mode: RebuildMode,
    feed: &Arc<dyn Feed>,
    progress: &(impl Fn(Progress) + Send + Sync),
) -> Result<RebuildReport, Refusal> {
    let begun = Instant::now();
    let mut build = match mode {
        RebuildMode::RollBack => build::Build::again(core, model, feed).await?,
        RebuildMode::Check | RebuildMode::Swap => build::Build::begin(core, model, feed).await?,
    };
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
        ?mode,
        rows = report.rows,
        commits = report.commits,
        equal = report.equal,
        swapped = report.swapped,
        "a read model was rebuilt"
    );
    Ok(report)
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
