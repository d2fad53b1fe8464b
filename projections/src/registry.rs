//! The table that says which copies of which models there are, and how far each has read.
//!
//! No migration tool: the tables of a model carry its version in their names and are built from
//! the log, so nothing in them is ever altered in place. What remains is this one table, and when
//! its own layout changes, everything is dropped and built again ([`LAYOUT`]).

use std::fmt;
use std::str::FromStr;

use contracts::{Cursor, Hash};

use crate::desk::{Fault, Skips};
use crate::error::Error;
use crate::model::Stem;
use crate::store::{BYTES, Cell, Engine, Row, Tx, int, optional};

/// The layout of the registry.
pub(crate) const LAYOUT: i64 = 1;

/// What a copy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Serves queries.
    Live,
    /// Is built to become live once it has caught up.
    Building,
    /// Is built by `rebuild` to be compared; worth nothing after a restart.
    Shadow,
    /// Was live under a version that this program does not speak; goes when its successor is live.
    Retired,
    /// Was live until a rebuild took its place, and stays as it was, to be gone back to.
    Kept,
}

impl State {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Building => "building",
            Self::Shadow => "shadow",
            Self::Retired => "retired",
            Self::Kept => "kept",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Live, Self::Building, Self::Shadow, Self::Retired, Self::Kept]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}

/// One copy of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// What its tables' names begin with.
    pub(crate) stem: Stem,
    /// The model.
    pub(crate) name: String,
    /// The version that it was built for.
    pub(crate) version: u32,
    /// What it is for.
    pub(crate) state: State,
    /// The last entry that is in its rows, or was skipped as foreign.
    pub(crate) checkpoint: Cursor,
    /// The hash of the commit at the checkpoint; zero when a foreign message stands there. By it
    /// a log that was reset or has lost its end is told from the one that was read.
    pub(crate) anchor: Hash,
    /// How many commits were folded.
    pub(crate) commits: u64,
    /// How many foreign messages were skipped.
    pub(crate) foreign: u64,
    /// Why it stands still.
    pub(crate) reason: Option<Fault>,
}

const COLUMNS: &str =
    "stem, name, version, state, checkpoint, anchor, commits, foreign_messages, reason";

/// The statements that make the registry, when there is none.
pub(crate) fn ddl() -> [String; 2] {
    [
        format!(
            "CREATE TABLE IF NOT EXISTS read_models (stem TEXT PRIMARY KEY, name TEXT NOT NULL, \
             version BIGINT NOT NULL, state TEXT NOT NULL, checkpoint BIGINT NOT NULL, anchor \
             {BYTES} NOT NULL, commits BIGINT NOT NULL, foreign_messages BIGINT NOT NULL, reason \
             TEXT)"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS read_model_skips (model TEXT NOT NULL, version BIGINT NOT \
             NULL, cursor BIGINT NOT NULL, hash {BYTES} NOT NULL, actor TEXT, error TEXT NOT NULL, \
             principal TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (model, version, cursor))"
        ),
    ]
}

/// Makes the registry when there is none. A server has it from its first step on.
pub(crate) async fn create(tx: &mut Tx) -> Result<(), Error> {
    if tx.engine() == Engine::Postgres {
        return Ok(());
    }
    for statement in ddl() {
        tx.define(&statement).await?;
    }
    Ok(())
}

/// Reads which commits operators let which models pass.
pub(crate) async fn load_skips(tx: &mut Tx, skips: &Skips) -> Result<(), Error> {
    let sql = "SELECT model, version, cursor FROM read_model_skips";
    for row in tx.rows(sql, Vec::new()).await? {
        let version = u32::try_from(row.int(1)?).map_err(|error| Error::Row(error.to_string()))?;
        skips.pass(row.text(0)?, version, Cursor(row.count(2)?));
    }
    Ok(())
}

/// All copies, in the order of their names.
pub(crate) async fn load(tx: &mut Tx) -> Result<Vec<Slot>, Error> {
    let rows = tx.rows(all(), Vec::new()).await?;
    rows.iter().map(read).collect()
}

/// The query for all copies.
pub(crate) fn all() -> String {
    format!("SELECT {COLUMNS} FROM read_models ORDER BY name, stem")
}

/// One row of [`all`].
pub(crate) fn read(row: &Row) -> Result<Slot, Error> {
    let anchor = <[u8; 32]>::try_from(row.bytes(5)?)
        .map_err(|_| Error::Row("an anchor is 32 bytes".to_owned()))?;
    Ok(Slot {
        stem: Stem::known(row.text(0)?),
        name: row.text(1)?.to_owned(),
        version: u32::try_from(row.int(2)?).map_err(|error| Error::Row(error.to_string()))?,
        state: row.parse(3).map_err(|_| Error::Row("an unknown state of a model".to_owned()))?,
        checkpoint: Cursor(row.count(4)?),
        anchor: Hash(anchor),
        commits: row.count(6)?,
        foreign: row.count(7)?,
        reason: row.maybe(8, |row, at| row.text(at).map(Fault::from_text))?,
    })
}

impl Slot {
    /// A copy that has read nothing.
    pub(crate) fn empty(stem: Stem, name: &str, version: u32, state: State) -> Self {
        Self {
            stem,
            name: name.to_owned(),
            version,
            state,
            checkpoint: Cursor::ZERO,
            anchor: Hash::ZERO,
            commits: 0,
            foreign: 0,
            reason: None,
        }
    }

    /// Whether it serves and nothing holds it.
    pub(crate) fn healthy(&self) -> bool {
        self.state == State::Live && self.reason.is_none()
    }

    /// Writes the copy's row.
    pub(crate) async fn save(&self, tx: &mut Tx) -> Result<(), Error> {
        let sql = format!(
            "INSERT INTO read_models ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (stem) DO UPDATE SET state = excluded.state, \
             checkpoint = excluded.checkpoint, anchor = excluded.anchor, \
             commits = excluded.commits, foreign_messages = excluded.foreign_messages, \
             reason = excluded.reason"
        );
        let args = vec![
            self.stem.as_str().into(),
            self.name.as_str().into(),
            Cell::Int(i64::from(self.version)),
            self.state.as_str().into(),
            int(self.checkpoint.0),
            Cell::Bytes(self.anchor.0.to_vec()),
            int(self.commits),
            int(self.foreign),
            optional(self.reason.as_ref().map(Fault::to_text)),
        ];
        tx.execute(sql, args).await.map(drop)
    }

    /// Removes the copy's row.
    pub(crate) async fn remove(&self, tx: &mut Tx) -> Result<(), Error> {
        tx.execute("DELETE FROM read_models WHERE stem = $1", vec![self.stem.as_str().into()])
            .await
            .map(drop)
    }
}
