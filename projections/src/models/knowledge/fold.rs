//! What the events of bases change in the rows, of many commits together.

use std::collections::{BTreeMap, BTreeSet};

use contracts::kinds::knowledge::{Created, DocumentAdded, Embedded, Event, PartRead, Served};
use contracts::{Recorded, privacy};
use serde_json::json;

use super::tables::{self, DOCUMENTS};
use crate::error::Error;
use crate::model::{Stem, Table};
use crate::store::{Cell, HeldRows, Lookup, Tx, WordRow, int, optional};
use crate::words::words;

// Places of columns, in the orders of `PASSAGES`, `DOCUMENTS`, `VECTORS` and `BASES`.
const NUMBER: usize = 5;
const TITLE: usize = 4;
const CODE: usize = 7;
const GENERATION: usize = 4;
const MODEL: usize = 3;
const DIMENSIONS: usize = 4;
const SERVING: usize = 5;
const SERVING_MODEL: usize = 6;
const SERVING_DIMENSIONS: usize = 7;

/// The rows that events change.
pub(super) struct Fold<'a> {
    /// Nothing of them is read: they are only put and deleted.
    passages: HeldRows<'a>,
    documents: HeldRows<'a>,
    /// As passages.
    vectors: HeldRows<'a>,
    bases: HeldRows<'a>,
    /// What finds the passages that are put, by their numbers.
    found_by: BTreeMap<i64, WordRow>,
    /// From which generation on the vectors stay that a base had before, by tenant and base.
    served: BTreeMap<Vec<Cell>, Cell>,
}

/// Tenant and base, and then `rest`.
fn keyed(recorded: &Recorded, rest: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
    let commit = &recorded.commit;
    let base = [commit.tenant.as_str().into(), commit.id.as_str().into()];
    base.into_iter().chain(rest).collect()
}

impl<'a> Fold<'a> {
    /// Reads what `told` changes or looks at.
    pub(super) async fn load(
        tx: &mut Tx,
        [passages, documents, vectors, bases]: &'a [Table; 4],
        told: &[(&Recorded, Event)],
    ) -> Result<Self, Error> {
        let (mut read, mut based) = (Vec::new(), Vec::new());
        for (recorded, event) in told {
            let document = match event {
                Event::PartRead(read) => &read.document,
                Event::EmbedFailed(failed) => &failed.piece.document,
                Event::DocumentFailed(failed) => &failed.document,
                Event::ReembedStarted(_) | Event::Served(_) => {
                    based.push(keyed(recorded, []));
                    continue;
                }
                _ => continue,
            };
            read.push(keyed(recorded, [document.as_str().into()]));
        }
        Ok(Self {
            passages: HeldRows::none(passages),
            documents: HeldRows::load(tx, documents, read).await?,
            vectors: HeldRows::none(vectors),
            bases: HeldRows::load(tx, bases, based).await?,
            found_by: BTreeMap::new(),
            served: BTreeMap::new(),
        })
    }

    /// Folds an event.
    pub(super) fn event(&mut self, recorded: &Recorded, event: &Event) {
        match event {
            Event::Created(created) => self.created(recorded, created),
            Event::DocumentAdded(added) => self.added(recorded, added),
            Event::PartRead(read) => self.read(recorded, read),
            Event::Embedded(embedded) => self.embedded(recorded, embedded),
            Event::EmbedFailed(it) => self.coded(recorded, &it.piece.document, &it.code),
            Event::DocumentFailed(it) => self.coded(recorded, &it.document, &it.code),
            Event::DocumentRemoved(removed) => self.forget(recorded, &removed.document),
            Event::ReembedStarted(started) => {
                if let Some(base) = self.bases.change(&keyed(recorded, [])) {
                    base[MODEL] = started.model.as_str().into();
                    base[DIMENSIONS] = optional(started.dimensions.map(i64::from));
                }
            }
            Event::Served(served) => self.served(recorded, served),
            Event::ReadAsked(_) | Event::EmbedAsked(_) | Event::DocumentReady(_) => {}
        }
    }

    fn created(&mut self, recorded: &Recorded, created: &Created) {
        let (model, dimensions) = (created.model.as_deref(), created.dimensions.map(i64::from));
        let row = [
            optional(created.name.as_deref()),
            optional(model),
            optional(dimensions),
            Cell::Int(1),
            optional(model),
            optional(dimensions),
        ];
        self.bases.put(keyed(recorded, row));
    }

    fn added(&mut self, recorded: &Recorded, added: &DocumentAdded) {
        self.forget(recorded, &added.document);
        let commit = &recorded.commit;
        let row = [
            added.document.as_str().into(),
            int(commit.revision.0),
            added.title.as_str().into(),
            json!(added.source).to_string().into(),
            json!(added.metadata).to_string().into(),
            Cell::Null,
            commit.at.as_millis().into(),
            int(recorded.cursor.0),
        ];
        self.documents.put(keyed(recorded, row));
    }

    /// Takes all of a document out.
    fn forget(&mut self, recorded: &Recorded, document: &str) {
        let key = keyed(recorded, [document.into()]);
        let numbers = self.passages.under(&key).filter_map(|row| row[NUMBER].as_int());
        for number in numbers.collect::<Vec<_>>() {
            self.found_by.remove(&number);
        }
        self.passages.delete(key.clone());
        self.vectors.delete(key.clone());
        self.documents.delete(key);
    }

    fn read(&mut self, recorded: &Recorded, read: &PartRead) {
        let commit = &recorded.commit;
        let document = keyed(recorded, [read.document.as_str().into()]);
        let title = self.documents.get(&document).and_then(|row| row[TITLE].as_text());
        let title = title.unwrap_or_default().to_owned();
        let scope = tables::scope(&commit.tenant, &commit.id);
        for (place, passage) in read.passages.iter().enumerate() {
            let place = place as u64;
            let (part, at) = (read.part.to_string(), place.to_string());
            let key = [commit.tenant.as_str(), commit.id.as_str(), &read.document, &part, &at];
            let row = tables::number(&key);
            let sealed = privacy::carries(&passage.text);
            let texts = [&title, &passage.headings.join(" "), &passage.text];
            let plain = texts.into_iter().filter(|text| !privacy::carries(text));
            let words = if sealed { Vec::new() } else { plain.flat_map(|it| words(it)).collect() };
            let rest = [
                int(u64::from(read.part)),
                int(place),
                row.into(),
                json!(passage.headings).to_string().into(),
                passage.text.as_str().into(),
                int(words.len() as u64),
                Cell::Int(i64::from(sealed)),
                optional(read.source_revision.map(|revision| int(revision.0))),
                int(commit.revision.0),
                int(recorded.cursor.0),
            ];
            self.passages.put(document.iter().cloned().chain(rest).collect());
            if !words.is_empty() {
                self.found_by.insert(row, WordRow { row, scope: scope.clone(), words });
            }
        }
    }

    fn embedded(&mut self, recorded: &Recorded, embedded: &Embedded) {
        let row = [
            embedded.piece.document.as_str().into(),
            int(u64::from(embedded.piece.part)),
            int(u64::from(embedded.piece.generation)),
            embedded.model.as_str().into(),
            Cell::Bytes(embedded.blob.0.to_vec()),
            int(u64::from(embedded.count)),
            int(u64::from(embedded.dimensions)),
            int(recorded.cursor.0),
        ];
        self.vectors.put(keyed(recorded, row));
    }

    fn coded(&mut self, recorded: &Recorded, document: &str, code: &str) {
        if let Some(row) = self.documents.change(&keyed(recorded, [document.into()])) {
            row[CODE] = code.into();
        }
    }

    /// Vectors of earlier generations are compared with nothing any more.
    fn served(&mut self, recorded: &Recorded, served: &Served) {
        let (key, generation) = (keyed(recorded, []), int(u64::from(served.generation)));
        if let Some(base) = self.bases.change(&key) {
            base[SERVING] = generation.clone();
            base[SERVING_MODEL] = base[MODEL].clone();
            base[SERVING_DIMENSIONS] = base[DIMENSIONS].clone();
        }
        let earlier = self.vectors.under(&key).filter(|row| row[GENERATION] < generation);
        for key in earlier.map(|row| row[..=GENERATION].to_vec()).collect::<Vec<_>>() {
            self.vectors.delete(key);
        }
        let least = self.served.entry(key).or_insert_with(|| generation.clone());
        *least = generation.max(least.clone());
    }

    /// Writes what was changed into the rows of a copy.
    pub(super) async fn flush(self, tx: &mut Tx, stem: &Stem) -> Result<(), Error> {
        let found_by = tables::words(stem);
        let gone = self.passages.deleted();
        if !gone.is_empty() {
            let (table, key) = (stem.table(""), &DOCUMENTS[..3]);
            let lookup = Lookup { table: &table, key, columns: &["n"], only: None };
            let numbers: BTreeSet<Cell> =
                lookup.run(tx, &gone).await?.into_iter().flat_map(|row| row.0).collect();
            if !numbers.is_empty() {
                found_by.remove(tx, numbers.into_iter().collect()).await?;
            }
        }
        for (base, generation) in self.served {
            let vectors = stem.table("vectors");
            let sql =
                format!("DELETE FROM {vectors} WHERE tenant = ? AND base = ? AND generation < ?");
            tx.execute(sql, base.into_iter().chain([generation]).collect()).await?;
        }
        self.passages.flush(tx).await?;
        self.documents.flush(tx).await?;
        self.vectors.flush(tx).await?;
        self.bases.flush(tx).await?;
        if self.found_by.is_empty() {
            return Ok(());
        }
        found_by.add(tx, self.found_by.into_values().collect()).await
    }
}
