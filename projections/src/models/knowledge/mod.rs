//! `knowledge`: the passages of all bases with their words, where their vectors are kept, and what
//! a citation says of them. The vectors themselves stand in the tenants' blobs.

mod fold;
mod query;
mod tables;

use std::sync::Arc;

use contracts::Recorded;
use contracts::kinds::knowledge::{Event, Knowledge as Kind};
use contracts::page::{Page as _, read_event};
pub(crate) use query::{base, by_words, passages, sealed, vectors};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::Tx;

/// The model.
pub(crate) struct Knowledge;

impl ReadModel for Knowledge {
    const NAME: &'static str = "knowledge";
    const VERSION: u32 = 1;
    const SHARES: bool = true;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        tables::of(stem).into()
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let mut told: Vec<(&Recorded, Event)> = Vec::new();
        for recorded in batch.iter().filter(|it| it.commit.kind == Kind::KIND) {
            // An event that this program does not know brings nothing that it could find.
            let events = recorded.commit.events.iter().map(read_event::<Kind>);
            told.extend(events.filter_map(Result::ok).map(|event| (&**recorded, event)));
        }
        if told.is_empty() {
            return Ok(());
        }
        let tables = tables::of(stem);
        let mut fold = fold::Fold::load(tx, &tables, &told).await?;
        told.iter().for_each(|(recorded, event)| fold.event(recorded, event));
        fold.flush(tx, stem).await
    }
}
