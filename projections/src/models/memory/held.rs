//! What memories held before some commits, and what they hold afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contracts::kinds::conversation::{Conversation, Event as Talk};
use contracts::kinds::run::{self, Event as Step, Run};
use contracts::page::{Page as _, read_event};
use contracts::ports::Embedder;
use contracts::{Recorded, privacy};

use super::fold::{Fold, Told, of_place, own, place};
use super::tables::{self, AGENTS, ITEMS, PLACE};
use crate::error::Error;
use crate::model::{Stem, Table};
use crate::store::{Cell, HeldRows, Lookup, Tx, WordRow, int};
use crate::words::words;

// Places of columns, in the order of `ITEMS`.
const NUMBER: usize = 2;
const TEXT: usize = 8;
const SIZE: usize = 9;
const VECTOR: usize = 10;
const MODEL: usize = 11;

/// The events of `batch` that memories are made of. One that this program does not know says
/// nothing that it could remember.
pub(super) fn told(batch: &[Arc<Recorded>]) -> Vec<(&Recorded, Told)> {
    let mut all = Vec::new();
    for recorded in batch {
        let events = &recorded.commit.events;
        if recorded.commit.kind == run::KIND {
            let read = events.iter().map(read_event::<Run>).filter_map(Result::ok);
            all.extend(read.map(|event| (&**recorded, Told::Run(event))));
        } else if recorded.commit.kind == Conversation::KIND {
            let read = events.iter().map(read_event::<Conversation>).filter_map(Result::ok);
            all.extend(read.map(|event| (&**recorded, Told::Conversation(event))));
        }
    }
    all
}

/// Reads what `told` changes or looks at.
async fn load<'a>(
    tx: &mut Tx,
    [items, runs, agents]: &'a [Table; 3],
    told: &[(&Recorded, Told)],
) -> Result<Fold<'a>, Error> {
    let (mut ran, mut talked, mut touched) = (Vec::new(), Vec::new(), Vec::new());
    for (recorded, event) in told {
        let commit = &recorded.commit;
        match event {
            Told::Run(Step::Started(_) | Step::Answered(_)) => ran.push(own(commit).into()),
            Told::Run(_) => {}
            Told::Conversation(event) => {
                talked.push(own(commit).into());
                match event {
                    Talk::MessageEdited(edited) => touched.push(place(commit, edited.sequence)),
                    Talk::MessageDeleted(deleted) => touched.push(place(commit, deleted.sequence)),
                    _ => {}
                }
            }
        }
    }
    let by = PLACE.map(|(_, name)| name);
    let standing = (&by[..], Some("until_cursor IS NULL"));
    let items = HeldRows::load_by(tx, items, standing, touched).await?;
    let mut standing: BTreeMap<Vec<Cell>, BTreeSet<Vec<Cell>>> = BTreeMap::new();
    for item in items.all() {
        standing.entry(of_place(item)).or_default().insert(item[..=NUMBER].to_vec());
    }
    Ok(Fold {
        runs: HeldRows::load(tx, runs, ran).await?,
        agents: HeldRows::load_by(tx, agents, (&AGENTS[..2], None), talked).await?,
        items,
        standing,
        known: BTreeSet::new(),
        fresh: BTreeSet::new(),
    })
}

/// Folds `told` into the rows of a copy.
pub(super) async fn fold(
    tx: &mut Tx,
    stem: &Stem,
    told: &[(&Recorded, Told)],
    embedder: &dyn Embedder,
) -> Result<(), Error> {
    let tables = tables::of(stem);
    let before = load(tx, &tables, told).await?;
    // As if nothing of it had been said before; what was, is then left out.
    let mut after = before.clone().all(told);
    let said: Vec<Vec<Cell>> = after.fresh.iter().cloned().collect();
    if !said.is_empty() {
        let (table, key) = (stem.table(""), &ITEMS[..=NUMBER]);
        let lookup = Lookup { table: &table, key, columns: key, only: None };
        let known: BTreeSet<_> = lookup.run(tx, &said).await?.into_iter().map(|it| it.0).collect();
        if !known.is_empty() {
            after = Fold { known, ..before }.all(told);
        }
    }
    let Fold { runs, agents, mut items, fresh, .. } = after;
    let mut found_by = Vec::new();
    for key in fresh {
        let Some(item) = items.change(&key) else { continue };
        found_by.extend(finished(item, embedder));
    }
    runs.flush(tx).await?;
    agents.flush(tx).await?;
    items.flush(tx).await?;
    if found_by.is_empty() {
        return Ok(());
    }
    tables::words(stem).add(tx, found_by).await
}

/// Adds words and vector to an item: the row that finds it; a protected text has neither.
fn finished(item: &mut [Cell], embedder: &dyn Embedder) -> Option<WordRow> {
    let (text, row) = (item[TEXT].as_text()?, item[NUMBER].as_int()?);
    if privacy::carries(text) {
        return None;
    }
    let scope = tables::scope(item[0].as_text()?, item[1].as_text()?);
    let (words, vector) = (words(text), embedder.embed(text));
    item[SIZE] = int(words.len() as u64);
    if let Some(vector) = vector {
        item[VECTOR] = Cell::Bytes(vector.iter().flat_map(|it| it.to_le_bytes()).collect());
        item[MODEL] = embedder.model().into();
    }
    (!words.is_empty()).then_some(WordRow { row, scope, words })
}
