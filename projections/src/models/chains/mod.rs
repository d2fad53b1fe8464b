//! `chains`: where the hash chain of each actor stands, and which messages do not continue one.
//!
//! What stands on an `evt.` subject and does not continue its actor's chain was not written by
//! us. This model is folded before the others, in the same transaction, and they leave out what it
//! refuses; a later commit that names the refused messages as skipped goes on behind them. The
//! rules are those of `contracts::chain`, by which cells and `verify` judge.

mod query;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use contracts::chain::{Doubts, Head, Skip};
use contracts::{Address, Cursor, Entry, Hash, Recorded, Revision};

pub(crate) use query::{list, load};

use crate::desk::{Desk, Notice, Refused};
use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{BYTES, Cell, Lookup, Row, Tx, Upsert, int};

/// The name of the model, before which no other is folded.
pub(crate) const NAME: &str = "chains";

/// The name of the table of what was refused.
pub(super) const REFUSED: &str = "refused";

const KEY: &[&str] = &["tenant", "kind", "id"];

const COLUMNS: &[&str] = &["tenant", "kind", "id", "revision", "cursor", "commit_hash", "doubts"];

const REFUSED_COLUMNS: &[&str] =
    &["tenant", "kind", "id", "cursor", "hash", "reason", "is_commit", "is_open"];

/// The model.
pub(crate) struct Chains;

/// An actor's chain while a batch is folded into it.
struct Chain {
    head: Head,
    doubts: Doubts,
    changed: bool,
    /// Whether a commit named what stood open as skipped.
    closed: bool,
    refused: Vec<(Refused, bool)>,
}

impl ReadModel for Chains {
    const NAME: &'static str = NAME;
    const VERSION: u32 = 1;
    const ENTRIES: bool = true;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        let (text, number) = ("TEXT NOT NULL", "BIGINT NOT NULL");
        let bytes = format!("{BYTES} NOT NULL");
        let types = [text, text, text, number, number, &bytes, number];
        let refused = [text, text, text, number, &bytes, text, number, number];
        vec![
            Table::new(stem.table(""), COLUMNS, &types, KEY.len()),
            Table::new(stem.table(REFUSED), REFUSED_COLUMNS, &refused, KEY.len() + 1),
        ]
    }

    async fn apply(&self, _: &mut Tx, _: &Stem, _: &[Arc<Recorded>]) -> Result<(), Error> {
        Err(Error::Model("chains are folded of entries".to_owned()))
    }

    async fn fold(
        &self,
        tx: &mut Tx,
        stem: &Stem,
        entries: &[Entry],
        desk: &Desk,
    ) -> Result<(), Error> {
        let mut chains = read(tx, stem, entries).await?;
        for entry in entries {
            let Some(address) = address(entry) else { continue };
            let chain = chains.entry(address.clone()).or_default();
            let head = chain.before(&address, entry, desk).await?;
            let was_open = !chain.doubts.messages().is_empty();
            if let Some(next) = chain.doubts.follow(head, &address, entry) {
                chain.head = next;
                chain.closed |= was_open;
            } else {
                chain.refuse(head, &address, entry, desk);
            }
            chain.changed = true;
        }
        write(tx, stem, chains).await
    }
}

/// Whose subject an entry stands on.
fn address(entry: &Entry) -> Option<Address> {
    match entry {
        Entry::Commit(recorded) => Some(recorded.commit.address()),
        Entry::Foreign(foreign) => foreign.address.clone(),
    }
}

impl Default for Chain {
    fn default() -> Self {
        let (head, doubts) = (Head::default(), Doubts::default());
        Self { head, doubts, changed: false, closed: false, refused: Vec::new() }
    }
}

impl Chain {
    /// The head that `entry` must continue: of a fork's first commit, its parent's, where that can
    /// be read.
    async fn before(&self, address: &Address, entry: &Entry, desk: &Desk) -> Result<Head, Error> {
        let (Entry::Commit(recorded), Revision::ZERO) = (entry, self.head.revision) else {
            return Ok(self.head);
        };
        let Some(parent) = Head::forked_from(entry) else { return Ok(self.head) };
        let revision = parent.revision;
        let hash = desk.ancestors.hash_at(address, parent).await?;
        Ok(Head { revision, hash: hash.unwrap_or(recorded.commit.prev), cursor: Cursor::ZERO })
    }

    fn refuse(&mut self, head: Head, address: &Address, entry: &Entry, desk: &Desk) {
        let reason = match (head.follow(address, entry), entry) {
            (Err(broken), _) => broken.reason,
            (Ok(_), Entry::Foreign(foreign)) => foreign.reason.clone(),
            (Ok(_), Entry::Commit(_)) => {
                "what it names as skipped is not what stands before it".to_owned()
            }
        };
        let is_commit = matches!(entry, Entry::Commit(_));
        let (cursor, hash) = (entry.cursor(), entry.hash());
        let refused = Refused { actor: address.to_string(), cursor, hash, reason, open: true };
        // Every copy comes to the same verdict; the first one tells it.
        if is_commit && desk.verdicts.refuse(cursor) {
            tracing::error!(
                actor = refused.actor,
                cursor = cursor.0,
                reason = refused.reason,
                "a commit does not continue its actor's chain; no read model applies it"
            );
            desk.notices.add(Notice::Refused(refused.clone()));
        }
        self.refused.push((refused, is_commit));
    }
}

fn key(address: &Address) -> Vec<Cell> {
    vec![address.tenant.as_str().into(), address.kind.as_str().into(), address.id.as_str().into()]
}

fn hash_in(row: &Row, at: usize) -> Result<Hash, Error> {
    <[u8; 32]>::try_from(row.bytes(at)?)
        .map(Hash)
        .map_err(|_| Error::Row("a hash is 32 bytes".to_owned()))
}

/// The chains that `entries` meet, as the tables have them.
async fn read(
    tx: &mut Tx,
    stem: &Stem,
    entries: &[Entry],
) -> Result<HashMap<Address, Chain>, Error> {
    let mut chains: HashMap<Address, Chain> =
        entries.iter().filter_map(address).map(|address| (address, Chain::default())).collect();
    let mut keys: Vec<Vec<Cell>> = chains.keys().map(key).collect();
    keys.sort_unstable();
    let (main, refused) = (stem.table(""), stem.table(REFUSED));
    let mut doubtful = Vec::new();
    for row in
        (Lookup { table: &main, key: KEY, columns: COLUMNS, only: None }).run(tx, &keys).await?
    {
        let address = Address::new(row.parse(0)?, row.parse(1)?, row.parse(2)?);
        let (revision, cursor) = (Revision(row.count(3)?), Cursor(row.count(4)?));
        let head = Head { revision, hash: hash_in(&row, 5)?, cursor };
        if row.int(6)? > 0 {
            doubtful.push(key(&address));
        }
        chains.insert(address, Chain { head, ..Chain::default() });
    }
    let mut open: BTreeMap<Address, Vec<Skip>> = BTreeMap::new();
    let lookup = Lookup { table: &refused, key: KEY, columns: REFUSED_COLUMNS, only: None };
    for row in lookup.run(tx, &doubtful).await? {
        if row.int(7)? == 0 {
            continue;
        }
        let address = Address::new(row.parse(0)?, row.parse(1)?, row.parse(2)?);
        let message = Skip { cursor: Cursor(row.count(3)?), hash: hash_in(&row, 4)? };
        open.entry(address).or_default().push(message);
    }
    for (address, mut messages) in open {
        messages.sort_unstable_by_key(|message| message.cursor);
        chains.entry(address).or_default().doubts = Doubts::standing(messages);
    }
    Ok(chains)
}

async fn write(tx: &mut Tx, stem: &Stem, chains: HashMap<Address, Chain>) -> Result<(), Error> {
    let (main, refused) = (stem.table(""), stem.table(REFUSED));
    let mut chains: Vec<(Address, Chain)> = chains.into_iter().collect();
    chains.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (address, _) in chains.iter().filter(|(_, chain)| chain.closed) {
        let sql =
            format!("UPDATE {refused} SET is_open = 0 WHERE tenant = $1 AND kind = $2 AND id = $3");
        tx.execute(sql, key(address)).await?;
    }
    let rows = chains.iter().filter(|(_, chain)| chain.changed).map(|(address, chain)| {
        let Head { revision, cursor, hash } = chain.head;
        let doubts = Cell::Int(i64::from(!chain.doubts.messages().is_empty()));
        let mut cells = key(address);
        cells.extend([int(revision.0), int(cursor.0), Cell::Bytes(hash.0.to_vec()), doubts]);
        cells
    });
    let tail = "ON CONFLICT (tenant, kind, id) DO UPDATE SET revision = excluded.revision, \
                cursor = excluded.cursor, commit_hash = excluded.commit_hash, \
                doubts = excluded.doubts";
    Upsert { table: &main, columns: COLUMNS, tail }.run(tx, rows.collect()).await?;
    let mut rows = Vec::new();
    for (address, chain) in &chains {
        let standing = chain.doubts.messages();
        for (message, is_commit) in &chain.refused {
            let open = standing.iter().any(|standing| standing.cursor == message.cursor);
            let mut cells = key(address);
            cells.extend([
                int(message.cursor.0),
                Cell::Bytes(message.hash.0.to_vec()),
                message.reason.as_str().into(),
                Cell::Int(i64::from(*is_commit)),
                Cell::Int(i64::from(open)),
            ]);
            rows.push(cells);
        }
    }
    Upsert { table: &refused, columns: REFUSED_COLUMNS, tail: "" }.run(tx, rows).await
}
