//! Folding the stream again and comparing what comes out with what serves.

use contracts::Refusal;
use contracts::ports::{Audit, AuditFilter};
use serde::{Deserialize, Serialize};

use super::run::{PAGE_RECORDS, seed};
use super::state::{NAME, Slot, VERSION};
use super::{Trail, fold, tables};
use crate::error::Error;
use crate::model::Stem;
use crate::store::Tx;

/// What came of a rebuild of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailReport {
    /// The model: `audit`.
    pub model: String,
    /// Whether both copies have the same rows.
    pub equal: bool,
    /// How many rows the fresh copy has.
    pub rows: u64,
    /// How many rows one of the two has and the other has not.
    pub differing: u64,
    /// Up to where both have read the stream.
    pub cursor: u64,
    /// Whether the fresh copy serves now.
    pub swapped: bool,
}

impl Trail {
    /// Folds the stream from its beginning into tables beside those that serve, compares both at
    /// the same position, and with `swap` lets the fresh ones serve. Nothing is written meanwhile
    /// but at the end, and nothing is purged.
    ///
    /// # Errors
    /// `read_models_unavailable`, or trouble with the stream.
    pub async fn rebuild(&self, audit: &dyn Audit, swap: bool) -> Result<TrailReport, Refusal> {
        let _purging = self.inner.purging.lock().await;
        let mut tx = self.inner.store.begin().await?;
        let live = Slot::open(&mut tx).await?;
        let copy = usize::from(live.stem == Stem::new(NAME, VERSION, 0));
        let mut fresh = Slot::empty(Stem::new(NAME, VERSION, copy));
        tables::create(&mut tx, &fresh.stem).await?;
        seed(&mut tx, &fresh, audit).await?;
        tx.commit().await?;
        // Most of it page by page, so that the rows that serve can grow; the rest at one stroke.
        while fresh.checkpoint < live.checkpoint {
            let mut tx = self.inner.store.begin().await?;
            let done = step(&mut tx, &mut fresh, audit, live.checkpoint).await?;
            tx.commit().await?;
            if done {
                break;
            }
        }
        let mut tx = self.inner.store.begin().await?;
        let now = Slot::open(&mut tx).await?;
        while !step(&mut tx, &mut fresh, audit, now.checkpoint).await? {}
        // What stood at the end may have been purged: both have read as far.
        (fresh.checkpoint, fresh.anchor) = (now.checkpoint, now.anchor);
        let (rows, differing) = compare(&mut tx, &now.stem, &fresh.stem).await?;
        let gone = if swap { &now.stem } else { &fresh.stem };
        if swap {
            fresh.save(&mut tx).await?;
        }
        tx.drop_tables(gone.as_str()).await?;
        tx.commit().await?;
        Ok(TrailReport {
            model: NAME.to_owned(),
            equal: differing == 0,
            rows,
            differing,
            cursor: now.checkpoint,
            swapped: swap,
        })
    }
}

/// Folds one page up to `until`; whether there is no more.
async fn step(tx: &mut Tx, fresh: &mut Slot, audit: &dyn Audit, until: u64) -> Result<bool, Error> {
    let mut page = audit.entries(&AuditFilter::default(), fresh.checkpoint, PAGE_RECORDS).await?;
    let read = page.len();
    page.retain(|entry| entry.sequence <= until);
    let done = page.len() < PAGE_RECORDS || read > page.len();
    fold::fold(tx, fresh, &page).await?;
    Ok(done)
}

/// How many rows the second copy has, and how many differ.
async fn compare(tx: &mut Tx, one: &Stem, other: &Stem) -> Result<(u64, u64), Error> {
    let mut differing = 0;
    for (a, b) in tables::all(one).iter().zip(tables::all(other)) {
        let columns = a.columns.join(", ");
        for (a, b) in [(&a.name, &b.name), (&b.name, &a.name)] {
            let sql = format!(
                "SELECT COUNT(*) FROM (SELECT {columns} FROM {a} EXCEPT SELECT {columns} FROM {b}) \
                 AS differing"
            );
            let rows = tx.rows(sql, Vec::new()).await?;
            differing += rows.first().map_or(Ok(0), |row| row.count(0))?;
        }
    }
    let rows = tx.rows(format!("SELECT COUNT(*) FROM {}", other.as_str()), Vec::new()).await?;
    Ok((rows.first().map_or(Ok(0), |row| row.count(0))?, differing))
}
