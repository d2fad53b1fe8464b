//! `usage`: what was spent on models, added up by hour, principal, key, actor, model and
//! connector.

mod query;

use std::sync::Arc;

use contracts::effect::Metered;
use contracts::lifecycle::Event;
use contracts::{Commit, Recorded};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{Cell, HeldRows, Tx, int};

/// The model.
pub(crate) struct Usage;

const COLUMNS: &[&str] = &[
    "tenant",
    "hour",
    "principal",
    "credential",
    "kind",
    "actor",
    "model",
    "connector",
    "calls",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "micro_usd",
    "unpriced",
    "unknown",
    "degraded",
];

const KEY: usize = 8;
const HOUR_MS: i64 = 3_600_000;

impl ReadModel for Usage {
    const NAME: &'static str = "usage";
    const VERSION: u32 = 2;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        vec![table(stem)]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let table = table(stem);
        let metered: Vec<_> = batch
            .iter()
            // What another log paid for is its own: an import spends nothing.
            .filter(|recorded| !recorded.imported)
            .flat_map(|recorded| metered(&recorded.commit))
            .collect();
        if metered.is_empty() {
            return Ok(());
        }
        let keys = metered.iter().map(|(key, _)| key.clone()).collect();
        let mut rows = HeldRows::load(tx, &table, keys).await?;
        for (key, metered) in metered {
            let counts = counts(&metered);
            match rows.change(&key) {
                Some(cells) => add(&mut cells[KEY..], &counts),
                None => rows.put(key.into_iter().chain(counts.map(int)).collect()),
            }
        }
        rows.flush(tx).await
    }
}

fn table(stem: &Stem) -> Table {
    let (text, number) = ("TEXT NOT NULL", "BIGINT NOT NULL");
    let types = [
        text, number, text, text, text, text, text, text, number, number, number, number, number,
        number, number, number, number, number,
    ];
    Table::new(stem.table(""), COLUMNS, &types, KEY)
}

/// What the calls came to that a commit concludes, and the rows that they belong to.
fn metered(commit: &Commit) -> impl Iterator<Item = (Vec<Cell>, Metered)> {
    let hour = commit.at.as_millis().div_euclid(HOUR_MS) * HOUR_MS;
    let by = &commit.command.by;
    let credential = by.credential.as_ref().map_or("", |it| it.as_str());
    let events = commit.events.iter().filter_map(Event::from_record);
    events.filter_map(move |event| {
        let Event::EffectConcluded { metered: Some(metered), .. } = event else { return None };
        let key = vec![
            commit.tenant.as_str().into(),
            hour.into(),
            by.principal.as_str().into(),
            credential.into(),
            commit.kind.as_str().into(),
            commit.id.as_str().into(),
            metered.model.as_str().into(),
            metered.connector.as_ref().map_or("", |it| it.as_str()).into(),
        ];
        Some((key, *metered))
    })
}

fn counts(metered: &Metered) -> [u64; COLUMNS.len() - KEY] {
    let usage = metered.usage;
    [
        1,
        u64::from(usage.input_tokens),
        u64::from(usage.output_tokens),
        u64::from(usage.cached_tokens),
        u64::from(usage.cache_write_tokens),
        u64::from(usage.reasoning_tokens),
        metered.cost.as_ref().map_or(0, |cost| cost.micro_usd),
        u64::from(metered.cost.is_none()),
        u64::from(metered.unknown),
        u64::from(metered.degraded),
    ]
}

fn add(cells: &mut [Cell], counts: &[u64]) {
    for (cell, count) in cells.iter_mut().zip(counts) {
        if let Cell::Int(sum) = cell {
            *sum = sum.saturating_add(i64::try_from(*count).unwrap_or(i64::MAX));
        }
    }
}
