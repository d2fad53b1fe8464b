//! `heads`: one row per actor, an index of what there is and when it last changed. Never full
//! states: a state is read from its cell or by a fold of the log.

mod query;
mod summary;

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::lifecycle::{self, Event, FORKED};
use contracts::{Address, Commit, Hash, Pages, Recorded};
use serde_json::{Value, json};

pub use query::{HeadRow, HeadsOrder, HeadsQuery};
pub(crate) use query::{get, list};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{BYTES, Cell, Lookup, Row, Tx, Upsert, int};

/// The model.
pub(crate) struct Heads {
    pages: Pages,
}

impl Heads {
    /// The model over the kinds of `pages`, which say what an event changes in a summary.
    pub(crate) const fn new(pages: Pages) -> Self {
        Self { pages }
    }
}

const KEY: &[&str] = &["tenant", "kind", "id"];

const COLUMNS: &[&str] = &[
    "tenant",
    "kind",
    "id",
    "revision",
    "cursor",
    "commit_hash",
    "at",
    "created_at",
    "summary",
    "search",
];

/// An actor's row while a batch is folded into it.
struct Head {
    revision: u64,
    cursor: u64,
    hash: Hash,
    at: i64,
    created_at: i64,
    summary: Value,
    changed: bool,
}

impl ReadModel for Heads {
    const NAME: &'static str = "heads";
    const VERSION: u32 = 2;
    const SERVES: &'static [u32] = &[1];
    const SHARES: bool = true;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        let (text, number) = ("TEXT NOT NULL", "BIGINT NOT NULL");
        let bytes = format!("{BYTES} NOT NULL");
        let types = [text, text, text, number, number, &bytes, number, number, text, text];
        vec![
            Table::new(stem.table(""), COLUMNS, &types, KEY.len())
                .index("order", "tenant, cursor", None)
                .index("kind_order", "tenant, kind, cursor", None),
        ]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let table = stem.table("");
        let mut heads: BTreeMap<Address, Option<Head>> =
            batch.iter().map(|recorded| (recorded.commit.address(), None)).collect();
        let keys: Vec<Vec<Cell>> = heads.keys().map(key).collect();
        for row in (Lookup { table: &table, key: KEY, columns: COLUMNS, only: None })
            .run(tx, &keys)
            .await?
        {
            let address = Address::new(row.parse(0)?, row.parse(1)?, row.parse(2)?);
            heads.insert(address, Some(stored(&row)?));
        }
        for recorded in batch {
            let head = heads.entry(recorded.commit.address()).or_default();
            self.fold(head, recorded);
        }
        let rows = heads.iter().filter_map(|(address, head)| {
            head.as_ref().filter(|head| head.changed).map(|head| row(address, head))
        });
        let tail = "ON CONFLICT (tenant, kind, id) DO UPDATE SET revision = excluded.revision, \
                    cursor = excluded.cursor, commit_hash = excluded.commit_hash, \
                    at = excluded.at, summary = excluded.summary, search = excluded.search";
        Upsert { table: &table, columns: COLUMNS, tail }.run(tx, rows.collect()).await
    }
}

impl Heads {
    fn fold(&self, head: &mut Option<Head>, recorded: &Recorded) {
        let Recorded { cursor, hash, commit, .. } = recorded;
        // What does not continue the actor's chain was not written by us and changes nothing.
        let continues = |head: &Head| {
            commit.prev == head.hash && commit.revision.0 == head.revision.saturating_add(1)
        };
        if !head.as_ref().is_none_or(continues) {
            return;
        }
        let (created_at, mut value) = head.take().map_or_else(
            || (commit.at.as_millis(), json!({})),
            |head| (head.created_at, head.summary),
        );
        // A fork shares what was before it, and begins when it was made.
        let forked = commit.events.first().is_some_and(|event| event.r#type == FORKED);
        let created_at = if forked { commit.at.as_millis() } else { created_at };
        for event in &commit.events {
            if let Some(patch) = self.patch(commit, event) {
                summary::merge(&mut value, &patch);
            }
        }
        summary::fit(&mut value);
        *head = Some(Head {
            revision: commit.revision.0,
            cursor: cursor.0,
            hash: *hash,
            at: commit.at.as_millis(),
            created_at,
            summary: value,
            changed: true,
        });
    }

    /// What an event changes in the summary. Of the runtime's own events only a fork shows.
    fn patch(&self, commit: &Commit, event: &contracts::EventRecord) -> Option<Value> {
        if !event.r#type.starts_with(lifecycle::PREFIX) {
            return self.pages.get(&commit.kind)?.summary(event);
        }
        let forked = (event.r#type == FORKED).then(|| Event::from_record(event)).flatten();
        let Some(Event::Forked(parent)) = forked else { return None };
        Some(json!({ "forked_from": { "id": parent.id, "revision": parent.revision } }))
    }
}

fn key(address: &Address) -> Vec<Cell> {
    vec![address.tenant.as_str().into(), address.kind.as_str().into(), address.id.as_str().into()]
}

fn stored(row: &Row) -> Result<Head, Error> {
    let hash = <[u8; 32]>::try_from(row.bytes(5)?)
        .map_err(|_| Error::Row("a commit hash is 32 bytes".to_owned()))?;
    Ok(Head {
        revision: row.count(3)?,
        cursor: row.count(4)?,
        hash: Hash(hash),
        at: row.int(6)?,
        created_at: row.int(7)?,
        summary: row.json(8)?,
        changed: false,
    })
}

fn row(address: &Address, head: &Head) -> Vec<Cell> {
    let mut cells = key(address);
    cells.extend([
        int(head.revision),
        int(head.cursor),
        Cell::Bytes(head.hash.0.to_vec()),
        Cell::Int(head.at),
        Cell::Int(head.created_at),
        Cell::from(head.summary.to_string()),
        Cell::from(summary::words(&head.summary)),
    ]);
    cells
}
