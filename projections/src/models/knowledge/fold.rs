//! What an event of a base changes in the rows.

use contracts::Recorded;
use contracts::kinds::knowledge::{
    Created, DocumentAdded, Embedded, Event, PartRead, ReembedStarted, Served,
};
use contracts::privacy;
use serde_json::json;

use super::tables::{self, BASES, DOCUMENTS, PASSAGES, VECTORS};
use crate::error::Error;
use crate::model::Stem;
use crate::store::{Cell, Tx, Upsert, WordRow, int, optional};
use crate::words::words;

/// One commit on its way into the rows of a copy.
pub(super) struct Fold<'a> {
    /// The transaction.
    pub(super) tx: &'a mut Tx,
    /// The copy.
    pub(super) stem: &'a Stem,
    /// The commit.
    pub(super) recorded: &'a Recorded,
}

impl Fold<'_> {
    /// Folds one of its events.
    pub(super) async fn event(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Created(created) => self.created(created).await,
            Event::DocumentAdded(added) => self.added(added).await,
            Event::PartRead(read) => self.read(read).await,
            Event::Embedded(embedded) => self.embedded(embedded).await,
            Event::EmbedFailed(failed) => self.coded(&failed.piece.document, &failed.code).await,
            Event::DocumentFailed(failed) => self.coded(&failed.document, &failed.code).await,
            Event::DocumentRemoved(removed) => self.forget(&removed.document).await,
            Event::ReembedStarted(started) => self.reembed(started).await,
            Event::Served(served) => self.served(served).await,
            Event::ReadAsked(_) | Event::EmbedAsked(_) | Event::DocumentReady(_) => Ok(()),
        }
    }

    fn base(&self) -> Vec<Cell> {
        let commit = &self.recorded.commit;
        vec![commit.tenant.as_str().into(), commit.id.as_str().into()]
    }

    fn keyed(&self, rest: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
        self.base().into_iter().chain(rest).collect()
    }

    async fn put(
        &mut self,
        name: &str,
        columns: &[&str],
        key: usize,
        rows: Vec<Vec<Cell>>,
    ) -> Result<(), Error> {
        let sets = columns[key..].iter().map(|it| format!("{it} = excluded.{it}"));
        let sets: Vec<String> = sets.collect();
        let keys = columns[..key].join(", ");
        let tail = format!("ON CONFLICT ({keys}) DO UPDATE SET {}", sets.join(", "));
        Upsert { table: &self.stem.table(name), columns, tail: &tail }.run(self.tx, rows).await
    }

    async fn created(&mut self, created: &Created) -> Result<(), Error> {
        let (model, dimensions) = (created.model.as_deref(), created.dimensions.map(i64::from));
        let row = self.keyed([
            optional(created.name.as_deref()),
            optional(model),
            optional(dimensions),
            Cell::Int(1),
            optional(model),
            optional(dimensions),
        ]);
        self.put("bases", BASES, 2, vec![row]).await
    }

    async fn added(&mut self, added: &DocumentAdded) -> Result<(), Error> {
        self.forget(&added.document).await?;
        let commit = &self.recorded.commit;
        let row = self.keyed([
            added.document.as_str().into(),
            int(commit.revision.0),
            added.title.as_str().into(),
            json!(added.source).to_string().into(),
            json!(added.metadata).to_string().into(),
            Cell::Null,
            commit.at.as_millis().into(),
            int(self.recorded.cursor.0),
        ]);
        self.put("documents", DOCUMENTS, 3, vec![row]).await
    }

    /// Takes all of a document out.
    async fn forget(&mut self, document: &str) -> Result<(), Error> {
        let condition = "WHERE tenant = ? AND base = ? AND document = ?";
        let args = self.keyed([document.into()]);
        let passages = self.stem.table("");
        let numbers = format!("SELECT n FROM {passages} {condition}");
        tables::words(self.stem).remove(self.tx, &numbers, args.clone()).await?;
        for name in ["", "documents", "vectors"] {
            let sql = format!("DELETE FROM {} {condition}", self.stem.table(name));
            self.tx.execute(sql, args.clone()).await?;
        }
        Ok(())
    }

    async fn title(&mut self, document: &str) -> Result<String, Error> {
        let documents = self.stem.table("documents");
        let sql =
            format!("SELECT title FROM {documents} WHERE tenant = ? AND base = ? AND document = ?");
        let args = self.keyed([document.into()]);
        let rows = self.tx.rows(sql, args).await?;
        rows.first().map_or_else(|| Ok(String::new()), |row| Ok(row.text(0)?.to_owned()))
    }

    async fn read(&mut self, read: &PartRead) -> Result<(), Error> {
        let title = self.title(&read.document).await?;
        let commit = &self.recorded.commit;
        let scope = tables::scope(&commit.tenant, &commit.id);
        let (mut rows, mut found_by) = (Vec::new(), Vec::new());
        for (place, passage) in read.passages.iter().enumerate() {
            let place = place as u64;
            let (part, at) = (read.part.to_string(), place.to_string());
            let key = [commit.tenant.as_str(), commit.id.as_str(), &read.document, &part, &at];
            let row = tables::number(&key);
            let sealed = privacy::carries(&passage.text);
            let texts = [&title, &passage.headings.join(" "), &passage.text];
            let plain = texts.into_iter().filter(|text| !privacy::carries(text));
            let words = if sealed { Vec::new() } else { plain.flat_map(|it| words(it)).collect() };
            rows.push(self.keyed([
                read.document.as_str().into(),
                int(u64::from(read.part)),
                int(place),
                row.into(),
                json!(passage.headings).to_string().into(),
                passage.text.as_str().into(),
                int(words.len() as u64),
                Cell::Int(i64::from(sealed)),
                optional(read.source_revision.map(|revision| int(revision.0))),
                int(commit.revision.0),
                int(self.recorded.cursor.0),
            ]));
            if !words.is_empty() {
                found_by.push(WordRow { row, scope: scope.clone(), words });
            }
        }
        self.put("", PASSAGES, 5, rows).await?;
        tables::words(self.stem).add(self.tx, found_by).await
    }

    async fn embedded(&mut self, embedded: &Embedded) -> Result<(), Error> {
        let row = self.keyed([
            embedded.piece.document.as_str().into(),
            int(u64::from(embedded.piece.part)),
            int(u64::from(embedded.piece.generation)),
            embedded.model.as_str().into(),
            Cell::Bytes(embedded.blob.0.to_vec()),
            int(u64::from(embedded.count)),
            int(u64::from(embedded.dimensions)),
            int(self.recorded.cursor.0),
        ]);
        self.put("vectors", VECTORS, 5, vec![row]).await
    }

    async fn coded(&mut self, document: &str, code: &str) -> Result<(), Error> {
        let documents = self.stem.table("documents");
        let sql = format!(
            "UPDATE {documents} SET code = ? WHERE tenant = ? AND base = ? AND document = ?"
        );
        let args = std::iter::once(code.into()).chain(self.keyed([document.into()])).collect();
        self.tx.execute(sql, args).await.map(drop)
    }

    async fn reembed(&mut self, started: &ReembedStarted) -> Result<(), Error> {
        let bases = self.stem.table("bases");
        let sql =
            format!("UPDATE {bases} SET model = ?, dimensions = ? WHERE tenant = ? AND base = ?");
        let changed = [started.model.as_str().into(), optional(started.dimensions.map(i64::from))];
        let args = changed.into_iter().chain(self.base()).collect();
        self.tx.execute(sql, args).await.map(drop)
    }

    /// Vectors of earlier generations are compared with nothing any more.
    async fn served(&mut self, served: &Served) -> Result<(), Error> {
        let bases = self.stem.table("bases");
        let sql = format!(
            "UPDATE {bases} SET serving = ?, serving_model = model, serving_dimensions = \
             dimensions WHERE tenant = ? AND base = ?"
        );
        let generation = int(u64::from(served.generation));
        let args = std::iter::once(generation.clone()).chain(self.base()).collect();
        self.tx.execute(sql, args).await?;
        let vectors = self.stem.table("vectors");
        let sql = format!("DELETE FROM {vectors} WHERE tenant = ? AND base = ? AND generation < ?");
        let args = self.keyed([generation]);
        self.tx.execute(sql, args).await.map(drop)
    }
}
