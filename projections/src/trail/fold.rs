//! From records to rows: a pure function of the records and the rows before them.

use std::collections::BTreeMap;

use contracts::audit::{
    AuditRecord, ChainName, HoldChange, Link, Retention, Signed, TrailAnchor, classes,
};
use contracts::ports::AuditEntry;
use contracts::{Hash, Timestamp};
use serde_json::json;

use super::state::{self, Slot};
use super::tables::{CHAINS, HOLDS, RECORDS, RULES};
use crate::error::Error;
use crate::model::Stem;
use crate::store::{Cell, Lookup, Tx, Upsert, int, optional};

/// Folds `entries`, which stand behind the slot's checkpoint, in order; the slot goes on to the
/// last of them.
pub(super) async fn fold(
    tx: &mut Tx,
    slot: &mut Slot,
    entries: &[AuditEntry],
) -> Result<(), Error> {
    let Some(last) = entries.last() else { return Ok(()) };
    let stem = slot.stem.clone();
    let mut chains = load(tx, &stem, entries).await?;
    let mut rows = Vec::new();
    for entry in entries {
        let link = chains.entry(entry.chain.clone()).or_default();
        *link = link.then(entry.sequence, &entry.payload);
        let record = readable(entry);
        rows.push(row(entry, &record, link.hash));
        let ruling = entry.chain.class == classes::HOLD || entry.chain.class == classes::RETENTION;
        if ruling {
            // What it is about must stand in the rows.
            insert(tx, &stem, std::mem::take(&mut rows)).await?;
            rule(tx, &stem, entry, record).await?;
        }
    }
    insert(tx, &stem, rows).await?;
    save(tx, &stem, chains).await?;
    (slot.checkpoint, slot.anchor) = (last.sequence, Hash::of(&last.payload));
    Ok(())
}

/// How far the chains of `entries` are.
async fn load(
    tx: &mut Tx,
    stem: &Stem,
    entries: &[AuditEntry],
) -> Result<BTreeMap<ChainName, Link>, Error> {
    let mut chains: BTreeMap<ChainName, Link> =
        entries.iter().map(|entry| (entry.chain.clone(), Link::default())).collect();
    let keys: Vec<Vec<Cell>> = chains.keys().map(key).collect();
    let table = stem.table("chains");
    let lookup = Lookup { table: &table, key: &CHAINS[..2], columns: CHAINS, only: None };
    for row in lookup.run(tx, &keys).await? {
        let (name, link) = chain(&row)?;
        chains.insert(name, link);
    }
    Ok(chains)
}

/// One row of the chains.
pub(super) fn chain(row: &crate::store::Row) -> Result<(ChainName, Link), Error> {
    let name = ChainName { tenant: row.parse(0)?, class: row.parse(1)? };
    let (sequence, count) = (row.count(2)?, row.count(3)?);
    Ok((name, Link { sequence, count, hash: state::hash(row, 4)? }))
}

fn key(name: &ChainName) -> Vec<Cell> {
    vec![name.tenant.as_str().into(), name.class.as_str().into()]
}

/// Writes how far chains are.
pub(super) async fn save(
    tx: &mut Tx,
    stem: &Stem,
    chains: BTreeMap<ChainName, Link>,
) -> Result<(), Error> {
    let rows = chains.into_iter().map(|(name, link)| {
        let mut cells = key(&name);
        cells.extend([int(link.sequence), int(link.count), Cell::Bytes(link.hash.0.to_vec())]);
        cells
    });
    let table = stem.table("chains");
    let tail = "ON CONFLICT (tenant, class) DO UPDATE SET sequence = excluded.sequence, \
                records = excluded.records, hash = excluded.hash";
    Upsert { table: &table, columns: CHAINS, tail }.run(tx, rows.collect()).await
}

/// What an entry says; of one that is no record, that it is none. Whose it is says its subject.
fn readable(entry: &AuditEntry) -> AuditRecord {
    let ChainName { tenant, class } = entry.chain.clone();
    match entry.record() {
        Ok(record) => AuditRecord { tenant, class, ..record },
        Err(_) => {
            let said = "what stands here is no record of the audit trail";
            let record = AuditRecord::new(tenant, class, Timestamp::default(), said);
            record.details(json!({ "payload_hash": Hash::of(&entry.payload) }))
        }
    }
}

fn row(entry: &AuditEntry, record: &AuditRecord, hash: Hash) -> Vec<Cell> {
    let text = serde_json::to_string(record).unwrap_or_default();
    vec![
        record.tenant.as_str().into(),
        int(entry.sequence),
        record.class.as_str().into(),
        record.at.as_millis().into(),
        optional(record.principal.as_deref()),
        optional(record.actor.as_deref()),
        optional(record.code.as_deref()),
        record.outcome.as_str().into(),
        text.to_lowercase().into(),
        Cell::Bytes(hash.0.to_vec()),
        text.into(),
    ]
}

async fn insert(tx: &mut Tx, stem: &Stem, rows: Vec<Vec<Cell>>) -> Result<(), Error> {
    let tail = "ON CONFLICT (tenant, sequence) DO NOTHING";
    Upsert { table: stem.as_str(), columns: RECORDS, tail }.run(tx, rows).await
}

/// What follows from a record about holds or about what is kept.
async fn rule(
    tx: &mut Tx,
    stem: &Stem,
    entry: &AuditEntry,
    record: AuditRecord,
) -> Result<(), Error> {
    if entry.chain.class == classes::HOLD {
        return match contracts::read::from_ref(&record.details) {
            Ok(HoldChange::Hold { class, principal }) => {
                let class = class.as_ref().map(contracts::ActorId::as_str);
                hold(tx, stem, entry, &record, (class, principal.as_deref())).await
            }
            Ok(HoldChange::Release { hold }) => release(tx, stem, &record, &hold).await,
            Err(_) => Ok(()),
        };
    }
    if let Ok(anchor) = contracts::read::from_ref::<Signed<TrailAnchor>>(&record.details) {
        return purge(tx, stem, &entry.chain, anchor.statement).await;
    }
    match contracts::read::from_value::<Retention>(record.details) {
        Ok(rule) => retain(tx, stem, &entry.chain, rule).await,
        Err(_) => Ok(()),
    }
}

async fn hold(
    tx: &mut Tx,
    stem: &Stem,
    entry: &AuditEntry,
    record: &AuditRecord,
    (class, principal): (Option<&str>, Option<&str>),
) -> Result<(), Error> {
    let cells = vec![
        record.tenant.as_str().into(),
        entry.sequence.to_string().into(),
        optional(class),
        optional(principal),
        record.reason.clone().unwrap_or_default().into(),
        optional(record.principal.as_deref()),
        record.at.as_millis().into(),
        Cell::Null,
        Cell::Null,
        Cell::Null,
    ];
    let table = stem.table("holds");
    let tail = "ON CONFLICT (tenant, id) DO NOTHING";
    Upsert { table: &table, columns: HOLDS, tail }.run(tx, vec![cells]).await
}

async fn release(tx: &mut Tx, stem: &Stem, record: &AuditRecord, hold: &str) -> Result<(), Error> {
    let sql = format!(
        "UPDATE {} SET released_by = $1, released_at = $2, release_reason = $3 \
         WHERE tenant = $4 AND id = $5 AND released_at IS NULL",
        stem.table("holds")
    );
    let args = vec![
        optional(record.principal.as_deref()),
        record.at.as_millis().into(),
        optional(record.reason.as_deref()),
        record.tenant.as_str().into(),
        hold.into(),
    ];
    tx.execute(sql, args).await.map(drop)
}

async fn retain(tx: &mut Tx, stem: &Stem, chain: &ChainName, rule: Retention) -> Result<(), Error> {
    let table = stem.table("rules");
    let mut cells: Vec<Cell> = vec![chain.tenant.as_str().into(), rule.class.as_str().into()];
    let Some(days) = rule.days else {
        let sql = format!("DELETE FROM {table} WHERE tenant = $1 AND class = $2");
        return tx.execute(sql, cells).await.map(drop);
    };
    cells.push(Cell::Int(i64::from(days)));
    let tail = "ON CONFLICT (tenant, class) DO UPDATE SET days = excluded.days";
    Upsert { table: &table, columns: RULES, tail }.run(tx, vec![cells]).await
}

/// Lets the rows go that an anchor stands for, unless a hold that was said before it covers one
/// of them: the order of the stream decides, on every node alike.
async fn purge(
    tx: &mut Tx,
    stem: &Stem,
    chain: &ChainName,
    anchor: TrailAnchor,
) -> Result<(), Error> {
    if anchor.tenant != chain.tenant || classes::KEPT.contains(&anchor.class) {
        return Ok(());
    }
    let (main, holds) = (stem.as_str(), stem.table("holds"));
    let args = || -> Vec<Cell> {
        vec![anchor.tenant.as_str().into(), anchor.class.as_str().into(), int(anchor.link.sequence)]
    };
    let sql = format!(
        "SELECT 1 FROM {holds} AS h WHERE h.tenant = $1 AND h.released_at IS NULL \
         AND (h.class IS NULL OR h.class = $2) AND (h.principal IS NULL OR EXISTS (\
         SELECT 1 FROM {main} AS r WHERE r.tenant = $1 AND r.class = $2 AND r.sequence <= $3 \
         AND r.principal = h.principal)) LIMIT 1"
    );
    if !tx.rows(sql, args()).await?.is_empty() {
        return Ok(());
    }
    // An anchor that says otherwise than the rows stands for nothing.
    let sql = format!("SELECT hash FROM {main} WHERE tenant = $1 AND class = $2 AND sequence = $3");
    let told = tx.rows(sql, args()).await?;
    if let Some(row) = told.first()
        && state::hash(row, 0)? != anchor.link.hash
    {
        return Ok(());
    }
    let sql = format!("DELETE FROM {main} WHERE tenant = $1 AND class = $2 AND sequence <= $3");
    tx.execute(sql, args()).await.map(drop)
}
