//! Entries into the rows of one copy, within a transaction that others share.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use contracts::{Entry, Recorded};
use futures_util::FutureExt as _;

use super::source::hash_of;
use crate::error::{Error, Remedy};
use crate::model::ModelRef;
use crate::registry::Slot;
use crate::registry::State;
use crate::store::Tx;

/// How far a copy came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folded {
    /// To the end of the entries.
    All,
    /// To the entry that its model could not fold; the slot says why.
    Stopped,
}

/// Folds those of `entries` that are after the copy's checkpoint and moves the checkpoint.
///
/// When the model is at fault, its part of the transaction is taken back and tried again commit
/// by commit, so that the copy stands still exactly before the one it cannot fold, and the other
/// models lose nothing.
///
/// # Errors
/// Trouble with the database: the whole transaction is to be given up.
pub(crate) async fn fold(
    tx: &mut Tx,
    model: &ModelRef,
    slot: &mut Slot,
    entries: &[Entry],
) -> Result<Folded, Error> {
    let start = entries.partition_point(|entry| entry.cursor() <= slot.checkpoint);
    let entries = &entries[start..];
    if entries.is_empty() {
        return Ok(Folded::All);
    }
    let mut folded = Folded::All;
    if let Err(error) = part(tx, model, slot, entries).await? {
        folded = one_by_one(tx, model, slot, entries, &error).await?;
    }
    slot.save(tx).await?;
    Ok(folded)
}

async fn one_by_one(
    tx: &mut Tx,
    model: &ModelRef,
    slot: &mut Slot,
    entries: &[Entry],
    first: &Error,
) -> Result<Folded, Error> {
    for entry in entries {
        if let Err(error) = part(tx, model, slot, std::slice::from_ref(entry)).await? {
            let place = match entry {
                Entry::Commit(r) => {
                    format!("{} revision {}", r.commit.address(), r.commit.revision)
                }
                Entry::Foreign(_) => "a foreign message".to_owned(),
            };
            let reason = format!("{place} (cursor {}): {error}", entry.cursor());
            tracing::error!(
                model = model.name,
                cursor = entry.cursor().0,
                reason = %reason,
                "a read model stands still; the others go on"
            );
            slot.reason = Some(reason);
            return Ok(Folded::Stopped);
        }
    }
    tracing::warn!(
        model = model.name,
        error = %first,
        "a read model could fold commits one by one, not together"
    );
    Ok(Folded::All)
}

/// Folds `entries` as a part of the transaction. The inner error is the model's fault and has left
/// no trace in the rows.
async fn part(
    tx: &mut Tx,
    model: &ModelRef,
    slot: &mut Slot,
    entries: &[Entry],
) -> Result<Result<(), Error>, Error> {
    let commits: Vec<Arc<Recorded>> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Commit(recorded) => Some(Arc::clone(recorded)),
            Entry::Foreign(_) => None,
        })
        .collect();
    if !commits.is_empty() {
        tx.mark().await?;
        let applied = AssertUnwindSafe(model.apply(tx, &slot.stem, &commits)).catch_unwind().await;
        match applied.unwrap_or_else(|_| Err(Error::Model("the model panicked".to_owned()))) {
            Ok(()) => tx.keep().await?,
            Err(error) if error.remedy() == Remedy::StopModel => {
                tx.take_back().await?;
                return Ok(Err(error));
            }
            Err(error) => return Err(error),
        }
    }
    let foreign = entries.len() - commits.len();
    slot.commits += commits.len() as u64;
    slot.foreign += foreign as u64;
    if let Some(last) = entries.last() {
        (slot.checkpoint, slot.anchor) = (last.cursor(), hash_of(last));
    }
    // A live copy that stopped is told healthy only when it has met the others again.
    if slot.state == State::Building {
        slot.reason = None;
    }
    Ok(Ok(()))
}
