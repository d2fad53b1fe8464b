//! Which copy of the trail's tables serves, and how far it has read.

use contracts::Hash;

use super::tables;
use crate::error::Error;
use crate::model::Stem;
use crate::store::{BYTES, Cell, Engine, Row, Store, Tx, int};

/// The name of the model: what its tables' names begin with.
pub(super) const NAME: &str = "audit";
/// The version of its tables and of its fold; a higher one is built anew.
pub(super) const VERSION: u32 = 1;

/// The statement that makes the table of the slot, when there is none. A server has it from its
/// second step on.
pub(crate) fn ddl() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS audit_trail (name TEXT PRIMARY KEY, version BIGINT NOT NULL, \
         stem TEXT NOT NULL, checkpoint BIGINT NOT NULL, anchor {BYTES} NOT NULL)"
    )
}

/// The copy that serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) stem: Stem,
    /// The last record that is in the rows.
    pub(super) checkpoint: u64,
    /// BLAKE3 of its bytes: by it a stream that was reset is told from the one that was read.
    pub(super) anchor: Hash,
}

impl Slot {
    /// The slot as the database has it; made, with its tables, when there is none.
    pub(super) async fn open(tx: &mut Tx) -> Result<Self, Error> {
        if tx.engine() == Engine::Sqlite {
            tx.define(&ddl()).await?;
        }
        if let Some(slot) = Self::load(tx).await? {
            return Ok(slot);
        }
        let slot = Self::empty(Stem::new(NAME, VERSION, 0));
        slot.reset(tx).await?;
        Ok(slot)
    }

    pub(super) const fn empty(stem: Stem) -> Self {
        Self { stem, checkpoint: 0, anchor: Hash::ZERO }
    }

    /// The slot of this version; `None` = there is none.
    pub(super) async fn load(tx: &mut Tx) -> Result<Option<Self>, Error> {
        let rows = tx.rows(select(), vec![NAME.into(), Cell::Int(i64::from(VERSION))]).await?;
        rows.first().map(read).transpose()
    }

    /// The slot as another process has written it.
    pub(super) async fn seen(store: &Store) -> Result<Option<Self>, Error> {
        let args = vec![NAME.into(), Cell::Int(i64::from(VERSION))];
        store.rows(select(), args).await?.first().map(read).transpose()
    }

    /// Makes the tables anew, empty, and reads from the beginning.
    pub(super) async fn reset(&self, tx: &mut Tx) -> Result<(), Error> {
        tables::create(tx, &self.stem).await?;
        Self::empty(self.stem.clone()).save(tx).await
    }

    pub(super) async fn save(&self, tx: &mut Tx) -> Result<(), Error> {
        let sql = "INSERT INTO audit_trail (name, version, stem, checkpoint, anchor) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET \
                   version = excluded.version, stem = excluded.stem, \
                   checkpoint = excluded.checkpoint, anchor = excluded.anchor";
        let args = vec![
            NAME.into(),
            Cell::Int(i64::from(VERSION)),
            self.stem.as_str().into(),
            int(self.checkpoint),
            Cell::Bytes(self.anchor.0.to_vec()),
        ];
        tx.execute(sql, args).await.map(drop)
    }
}

/// The query for the slot of a name and version.
pub(super) const fn select() -> &'static str {
    "SELECT stem, checkpoint, anchor FROM audit_trail WHERE name = $1 AND version = $2"
}

/// One row of [`select`].
pub(super) fn read(row: &Row) -> Result<Slot, Error> {
    Ok(Slot { stem: Stem::known(row.text(0)?), checkpoint: row.count(1)?, anchor: hash(row, 2)? })
}

pub(super) fn hash(row: &Row, at: usize) -> Result<Hash, Error> {
    let bytes = <[u8; 32]>::try_from(row.bytes(at)?);
    bytes.map(Hash).map_err(|_| Error::Row("a hash is 32 bytes".to_owned()))
}
