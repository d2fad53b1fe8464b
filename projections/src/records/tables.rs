//! The tables of records, and how far they have read TELEMETRY.

use contracts::Hash;
use contracts::records::Signal;

use crate::error::Error;
use crate::model::{Stem, Table};
use crate::store::{BYTES, Cell, Row, Store, Tx, int};

/// What the tables' names begin with; a higher version is built from the stream, as far as that
/// goes back.
const NAME: &str = "records";
const VERSION: u32 = 1;

/// The columns of a record's row.
pub(super) const RECORDS: &[&str] = &[
    "tenant", "place", "signal", "at", "received", "level", "service", "name", "trace", "status",
    "duration", "search", "bytes", "record",
];

/// The columns of a batch's row.
pub(super) const BATCHES: &[&str] = &["tenant", "id", "signal", "sequence", "content"];

/// The columns of what is kept of a sort.
pub(super) const TOTALS: &[&str] = &["tenant", "signal", "records", "bytes"];

/// The columns of a tenant's own rule.
pub(super) const RULES: &[&str] = &["tenant", "signal", "days"];

const STATE: &[&str] = &["id", "checkpoint", "anchor"];

/// What the names of the tables begin with.
pub(super) fn stem() -> Stem {
    Stem::new(NAME, VERSION, 0)
}

fn all(stem: &Stem) -> Vec<Table> {
    let (text, number, bytes) = ("TEXT NOT NULL", "BIGINT NOT NULL", format!("{BYTES} NOT NULL"));
    let bytes = bytes.as_str();
    let records = [
        text, number, text, number, number, "BIGINT", text, text, "TEXT", "TEXT", "BIGINT", text,
        number, bytes,
    ];
    vec![
        Table::new(stem.table(""), RECORDS, &records, 2)
            .index("signal", "tenant, signal, place", None)
            .index("at", "tenant, signal, at", None)
            .index("received", "tenant, signal, received", None)
            .index("name", "tenant, signal, name, at", None)
            .index("trace", "tenant, trace", Some("trace IS NOT NULL")),
        Table::new(stem.table("batches"), BATCHES, &[text, bytes, text, number, bytes], 2).index(
            "sequence",
            "tenant, signal, sequence",
            None,
        ),
        Table::new(stem.table("totals"), TOTALS, &[text, text, number, number], 2),
        Table::new(stem.table("rules"), RULES, &[text, text, number], 2),
        Table::new(stem.table("state"), STATE, &[number, number, bytes], 1),
    ]
}

/// Makes what is missing of the tables.
pub(super) async fn ensure(tx: &mut Tx) -> Result<(), Error> {
    for statement in all(&stem()).iter().flat_map(|table| &table.ddl) {
        let sql = statement.replacen("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1).replacen(
            "CREATE INDEX ",
            "CREATE INDEX IF NOT EXISTS ",
            1,
        );
        tx.define(&sql).await?;
    }
    Ok(())
}

/// Empties the tables: another stream is to be read.
pub(super) async fn empty(tx: &mut Tx) -> Result<(), Error> {
    for table in all(&stem()) {
        tx.execute(format!("DELETE FROM {}", table.name), Vec::new()).await?;
    }
    Ok(())
}

/// How far the rows have read the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    /// The last batch that is in the rows.
    pub(super) checkpoint: u64,
    /// BLAKE3 of its bytes: by it a stream that was reset is told from the one that was read.
    pub(super) anchor: Hash,
}

impl Mark {
    fn select() -> String {
        format!("SELECT checkpoint, anchor FROM {} WHERE id = 1", stem().table("state"))
    }

    fn read(rows: &[Row]) -> Result<Self, Error> {
        let Some(row) = rows.first() else { return Ok(Self::default()) };
        let anchor = <[u8; 32]>::try_from(row.bytes(1)?);
        let anchor = anchor.map_err(|_| Error::Row("an anchor is 32 bytes".to_owned()))?;
        Ok(Self { checkpoint: row.count(0)?, anchor: Hash(anchor) })
    }

    /// The mark as the database has it.
    pub(super) async fn load(tx: &mut Tx) -> Result<Self, Error> {
        Self::read(&tx.rows(Self::select(), Vec::new()).await?)
    }

    /// The mark as another process has written it.
    pub(super) async fn seen(store: &Store) -> Result<Self, Error> {
        Self::read(&store.rows(Self::select(), Vec::new()).await?)
    }

    /// Writes it.
    pub(super) async fn save(&self, tx: &mut Tx) -> Result<(), Error> {
        let sql = format!(
            "INSERT INTO {} (id, checkpoint, anchor) VALUES (1, $1, $2) ON CONFLICT (id) DO \
             UPDATE SET checkpoint = excluded.checkpoint, anchor = excluded.anchor",
            stem().table("state")
        );
        let args = vec![int(self.checkpoint), Cell::Bytes(self.anchor.0.to_vec())];
        tx.execute(sql, args).await.map(drop)
    }
}

/// The signal that a cell names.
pub(super) fn signal(row: &Row, at: usize) -> Result<Signal, Error> {
    row.text(at)?.parse().map_err(|_| Error::Row("an unknown signal".to_owned()))
}
