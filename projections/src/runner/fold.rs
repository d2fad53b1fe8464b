//! Entries into the rows of one copy, within a transaction that others share.

use std::panic::AssertUnwindSafe;

use contracts::Entry;
use futures_util::FutureExt as _;

use super::source::hash_of;
use crate::desk::{Fault, Notice};
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
    let (mut folded, before) = (Folded::All, slot.commits);
    if let Err(error) = part(tx, model, slot, entries).await? {
        folded = one_by_one(tx, model, slot, entries, &error).await?;
    }
    slot.save(tx).await?;
    if has_grown(before, slot.commits) {
        for table in model.tables(&slot.stem) {
            tx.count(&table.name).await?;
        }
    }
    Ok(folded)
}

/// The first time that the rows of a copy are counted, in commits.
const COUNTED_MIN: u64 = 256;

/// Whether a copy has come so far since it was last counted that its engine should look at it anew.
/// One that plans by numbers takes a table that has grown from nothing within seconds for an empty
/// one, and reads all of a tenant's rows where it wants a few.
const fn has_grown(before: u64, now: u64) -> bool {
    now >= COUNTED_MIN && (before < COUNTED_MIN || now.ilog2() / 2 > before.ilog2() / 2)
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
            let commit = match entry {
                Entry::Commit(recorded) => Some(&recorded.commit),
                Entry::Foreign(_) => None,
            };
            let fault = Fault {
                cursor: entry.cursor(),
                hash: entry.hash(),
                actor: commit.map(|commit| commit.address().to_string()),
                revision: commit.map(|commit| commit.revision.0),
                error: error.to_string(),
            };
            tracing::error!(
                model = model.name,
                cursor = fault.cursor.0,
                reason = %fault,
                "a read model stands still; the others go on"
            );
            let name = model.name.to_owned();
            model.desk.notices.add(Notice::Stopped { model: name, fault: fault.clone() });
            slot.reason = Some(fault);
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
    tx.mark().await?;
    let copy = slot.stem.clone();
    let applying = model.apply(tx, (&copy, slot.version), entries);
    let applied = AssertUnwindSafe(applying).catch_unwind().await;
    let folded =
        match applied.unwrap_or_else(|_| Err(Error::Model("the model panicked".to_owned()))) {
            Ok(folded) => folded,
            Err(error) if error.remedy() == Remedy::StopModel => {
                tx.take_back().await?;
                return Ok(Err(error));
            }
            Err(error) => return Err(error),
        };
    tx.keep().await?;
    slot.commits += folded as u64;
    slot.foreign += (entries.len() - folded) as u64;
    if let Some(last) = entries.last() {
        (slot.checkpoint, slot.anchor) = (last.cursor(), hash_of(last));
    }
    // A live copy that stopped is told healthy only when it has met the others again.
    if slot.state == State::Building {
        slot.reason = None;
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::has_grown;

    #[test]
    fn rows_are_counted_each_time_there_are_four_times_as_many() {
        let counted: Vec<u64> = (1..100_000).filter(|now| has_grown(now - 1, *now)).collect();
        assert_eq!(counted, [256, 1_024, 4_096, 16_384, 65_536]);
        assert!(has_grown(0, 300) && has_grown(300, 4_300) && !has_grown(4_300, 8_300));
    }
}
