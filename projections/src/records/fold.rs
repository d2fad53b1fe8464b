//! From batches to rows: a pure function of the batches and the rows before them.

use std::collections::{BTreeMap, BTreeSet};

use contracts::ports::RecordEntry;
use contracts::records::{Batch, Record, Rule, Signal};
use contracts::{Hash, Tenant};

use super::place;
use super::tables::{BATCHES, Mark, RECORDS, RULES, TOTALS, stem};
use crate::error::Error;
use crate::store::{Cell, Lookup, Tx, Upsert, int, optional};

type Totals = BTreeMap<(Tenant, Signal), (u64, u64)>;

/// Folds `entries`, which stand behind the mark, in order; the mark goes on to the last of them.
/// What is no batch is passed over: nobody but this program writes there.
pub(super) async fn fold(
    tx: &mut Tx,
    mark: &mut Mark,
    entries: &[RecordEntry],
) -> Result<(), Error> {
    let Some(last) = entries.last() else { return Ok(()) };
    let read: Vec<(&RecordEntry, Batch)> =
        entries.iter().filter_map(|entry| Some((entry, entry.batch().ok()?))).collect();
    let mut known = known(tx, &read).await?;
    let (mut rows, mut batches, mut totals) = (Vec::new(), Vec::new(), Totals::new());
    for (entry, batch) in read {
        let tenant = &entry.place.tenant;
        let Some(signal) = entry.place.signal else {
            if let Some(rule) = batch.rule {
                retain(tx, tenant, rule).await?;
            }
            continue;
        };
        if !known.insert((tenant.clone(), batch.id.0)) {
            continue;
        }
        batches.push(vec![
            tenant.as_str().into(),
            Cell::Bytes(batch.id.0.0.to_vec()),
            signal.as_str().into(),
            int(entry.sequence),
            Cell::Bytes(batch.content().0.to_vec()),
        ]);
        let total = totals.entry((tenant.clone(), signal)).or_default();
        for (index, record) in batch.records.iter().enumerate().take(Batch::RECORDS_MAX) {
            let at = place(entry.sequence, index);
            let (row, bytes) = row(tenant, signal, at, &batch, record)?;
            rows.push(row);
            *total = (total.0 + 1, total.1 + bytes);
        }
    }
    let (records, told) = (stem().table(""), stem().table("batches"));
    let tail = "ON CONFLICT (tenant, place) DO NOTHING";
    Upsert { table: &records, columns: RECORDS, tail }.run(tx, rows).await?;
    let tail = "ON CONFLICT (tenant, id) DO NOTHING";
    Upsert { table: &told, columns: BATCHES, tail }.run(tx, batches).await?;
    add(tx, totals).await?;
    *mark = Mark { checkpoint: last.sequence, anchor: Hash::of(&last.payload) };
    Ok(())
}

/// Which of the batches are in the rows already.
async fn known(
    tx: &mut Tx,
    read: &[(&RecordEntry, Batch)],
) -> Result<BTreeSet<(Tenant, Hash)>, Error> {
    let keys: BTreeSet<(&str, Hash)> = read
        .iter()
        .filter(|(entry, _)| entry.place.signal.is_some())
        .map(|(entry, batch)| (entry.place.tenant.as_str(), batch.id.0))
        .collect();
    let keys: Vec<Vec<Cell>> = keys
        .into_iter()
        .map(|(tenant, id)| vec![tenant.into(), Cell::Bytes(id.0.to_vec())])
        .collect();
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let table = stem().table("batches");
    let lookup = Lookup { table: &table, key: &BATCHES[..2], columns: &BATCHES[..2], only: None };
    let rows = lookup.run(tx, &keys).await?;
    let read = |row: &crate::store::Row| {
        let id = <[u8; 32]>::try_from(row.bytes(1)?);
        let id = id.map_err(|_| Error::Row("a batch's id is 32 bytes".to_owned()))?;
        Ok((row.parse(0)?, Hash(id)))
    };
    rows.iter().map(read).collect()
}

fn row(
    tenant: &Tenant,
    signal: Signal,
    place: i64,
    batch: &Batch,
    record: &Record,
) -> Result<(Vec<Cell>, u64), Error> {
    let stored = contracts::codec::encode(record);
    let stored = stored.map_err(|error| Error::Model(error.to_string()))?;
    let bytes = stored.len() as u64;
    let at = record.at.unwrap_or(batch.at);
    let cells = vec![
        tenant.as_str().into(),
        place.into(),
        signal.as_str().into(),
        at.as_millis().into(),
        batch.at.as_millis().into(),
        optional(record.level.map(|level| i64::from(level.number()))),
        record.service.as_str().into(),
        record.name.as_str().into(),
        optional(record.trace.as_deref()),
        optional(record.status.map(|status| status.as_str())),
        optional(record.duration_ns.map(|ns| i64::try_from(ns).unwrap_or(i64::MAX))),
        search(record).into(),
        int(bytes),
        Cell::Bytes(stored),
    ];
    Ok((cells, bytes))
}

/// All that is looked through for a text, in lower case. SQLite looks no further than a NUL.
fn search(record: &Record) -> String {
    let mut text = [&*record.name, &*record.message].join(" ");
    for (name, value) in &record.labels {
        text.push(' ');
        text.push_str(name);
        text.push('=');
        match value.as_str() {
            Some(value) => text.push_str(value),
            None => text.push_str(&value.to_string()),
        }
    }
    text.to_lowercase().replace('\0', " ")
}

/// Adds what came, or with `taken` takes away what went.
pub(super) async fn add(tx: &mut Tx, more: Totals) -> Result<(), Error> {
    change(tx, more, u64::saturating_add).await
}

/// Takes away what went.
pub(super) async fn subtract(tx: &mut Tx, less: Totals) -> Result<(), Error> {
    change(tx, less, u64::saturating_sub).await
}

async fn change(tx: &mut Tx, by: Totals, apply: fn(u64, u64) -> u64) -> Result<(), Error> {
    if by.is_empty() {
        return Ok(());
    }
    let table = stem().table("totals");
    let key = |(tenant, signal): &(Tenant, Signal)| -> Vec<Cell> {
        vec![tenant.as_str().into(), signal.as_str().into()]
    };
    let keys: Vec<Vec<Cell>> = by.keys().map(key).collect();
    let lookup = Lookup { table: &table, key: &TOTALS[..2], columns: TOTALS, only: None };
    let mut there = Totals::new();
    for row in lookup.run(tx, &keys).await? {
        let of = (row.parse(0)?, super::tables::signal(&row, 1)?);
        there.insert(of, (row.count(2)?, row.count(3)?));
    }
    let rows = by.iter().map(|(of, (records, bytes))| {
        let before = there.get(of).copied().unwrap_or_default();
        let mut cells = key(of);
        cells.extend([int(apply(before.0, *records)), int(apply(before.1, *bytes))]);
        cells
    });
    let tail = "ON CONFLICT (tenant, signal) DO UPDATE SET records = excluded.records, \
                bytes = excluded.bytes";
    Upsert { table: &table, columns: TOTALS, tail }.run(tx, rows.collect()).await
}

async fn retain(tx: &mut Tx, tenant: &Tenant, rule: Rule) -> Result<(), Error> {
    let table = stem().table("rules");
    let mut cells: Vec<Cell> = vec![tenant.as_str().into(), rule.signal.as_str().into()];
    let Some(days) = rule.days else {
        let sql = format!("DELETE FROM {table} WHERE tenant = $1 AND signal = $2");
        return tx.execute(sql, cells).await.map(drop);
    };
    cells.push(Cell::Int(i64::from(days)));
    let tail = "ON CONFLICT (tenant, signal) DO UPDATE SET days = excluded.days";
    Upsert { table: &table, columns: RULES, tail }.run(tx, vec![cells]).await
}
