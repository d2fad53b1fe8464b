//! Which records there are.

use contracts::records::{BatchId, Condition, RecordQuery, RecordRow, RecordTotals, Rule, Signal};
use contracts::view::Page;
use contracts::{Cursor, Hash, Refusal, RefusalClass, Tenant, Timestamp};

use super::RecordRows;
use super::tables::{self, BATCHES, RULES, TOTALS, stem};
use crate::error::Error;
use crate::page;
use crate::store::{Cell, Row, Select, int, like};

/// Rows that are read at once.
const PAGE_ROWS: usize = 1_000;

const SHOWN: &[&str] = &["place", "signal", "at", "received", "record"];

/// How far a walk over rows came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walked {
    /// To the end.
    All,
    /// As far as whoever looks wanted, or as far as one question may.
    Until(Cursor),
}

impl RecordRows {
    /// Lists records; what comes later is behind `next`. A page whose conditions few records meet
    /// may be short, or empty, and have a `next` all the same: so many rows are looked at for it.
    ///
    /// # Errors
    /// `query_invalid`, `read_models_unavailable`.
    pub async fn list(&self, query: &RecordQuery) -> Result<Page<RecordRow, String>, Refusal> {
        let wanted = query.items_max.clamp(1, self.config.page_items_max.max(1));
        let mut items = Vec::new();
        let walked = self
            .walk(query, |row| {
                items.push(row);
                items.len() < wanted
            })
            .await?;
        let next = match walked {
            Walked::All => None,
            Walked::Until(cursor) => Some(cursor.to_string()),
        };
        Ok(Page { items, next })
    }

    /// All records that fit, one by one, at most `scan_rows_max` rows looked at.
    ///
    /// # Errors
    /// `telemetry_too_wide`, and those of [`RecordRows::list`].
    pub(super) async fn every(
        &self,
        query: &RecordQuery,
        mut take: impl FnMut(RecordRow) + Send,
    ) -> Result<(), Refusal> {
        let walked = self
            .walk(query, |row| {
                take(row);
                true
            })
            .await?;
        match walked {
            Walked::All => Ok(()),
            Walked::Until(_) => Err(too_wide(self.scan_rows_max)),
        }
    }

    /// Hands over the records that fit until `take` says that it is enough, or until so many rows
    /// were looked at.
    pub(super) async fn walk(
        &self,
        query: &RecordQuery,
        mut take: impl FnMut(RecordRow) -> bool + Send,
    ) -> Result<Walked, Refusal> {
        let needle = page::needle(&self.config, query.text.as_deref())?;
        let (mut after, mut looked) = (query.after, 0);
        loop {
            let (sql, args) = select(query, needle.as_deref(), after);
            let rows = self.store.rows(sql, args).await?;
            let full = rows.len() == PAGE_ROWS;
            looked += rows.len();
            let last = rows.len().checked_sub(1);
            for (at, row) in rows.iter().enumerate() {
                let row = read(row)?;
                after = Some(row.cursor);
                let more = !fits(query, &row) || take(row);
                if !more {
                    // Whether anything follows is known only where a row does, or may.
                    let ended = Some(at) == last && !full;
                    return Ok(after.filter(|_| !ended).map_or(Walked::All, Walked::Until));
                }
            }
            if !full {
                return Ok(Walked::All);
            }
            if looked >= self.scan_rows_max {
                return Ok(after.map_or(Walked::All, Walked::Until));
            }
        }
    }

    /// What a batch that is in the rows says, by its hash, and where it stands.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn known(
        &self,
        tenant: &Tenant,
        id: BatchId,
    ) -> Result<Option<(u64, Hash)>, Refusal> {
        let (sql, args) = Select::from(&stem().table("batches"), &BATCHES[3..])
            .and("tenant = ?", [tenant.as_str().into()])
            .and("id = ?", [Cell::Bytes(id.0.0.to_vec())])
            .ordered("sequence", 1);
        let rows = self.store.rows(sql, args).await?;
        let read = |row: &Row| {
            let hash = <[u8; 32]>::try_from(row.bytes(1)?);
            let hash = hash.map_err(|_| Error::Row("a hash is 32 bytes".to_owned()))?;
            Ok::<_, Error>((row.count(0)?, Hash(hash)))
        };
        Ok(rows.first().map(read).transpose()?)
    }

    /// What is kept of a tenant, by sort.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn totals(&self, tenant: &Tenant) -> Result<Vec<RecordTotals>, Refusal> {
        let (sql, args) = Select::from(&stem().table("totals"), &TOTALS[1..])
            .and("tenant = ?", [tenant.as_str().into()])
            .ordered("signal", usize::MAX);
        let read = |row: &Row| {
            let (records, bytes) = (row.count(1)?, row.count(2)?);
            Ok::<_, Error>(RecordTotals { signal: tables::signal(row, 0)?, records, bytes })
        };
        let rows = self.store.rows(sql, args).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// What tenants say themselves of how long records are kept.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn rules(&self, tenant: Option<&Tenant>) -> Result<Vec<(Tenant, Rule)>, Refusal> {
        let (sql, args) = Select::from(&stem().table("rules"), RULES)
            .and_maybe("tenant = ?", tenant.map(Tenant::as_str))
            .ordered("tenant, signal", usize::MAX);
        let read = |row: &Row| {
            let days = Some(u32::try_from(row.count(2)?).unwrap_or(u32::MAX));
            Ok::<_, Error>((row.parse(0)?, Rule { signal: tables::signal(row, 1)?, days }))
        };
        let rows = self.store.rows(sql, args).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Of which tenants there are records, and of which sort.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn places(&self) -> Result<Vec<(Tenant, Signal)>, Refusal> {
        let (sql, args) = Select::from(&stem().table("totals"), &TOTALS[..2])
            .ordered("tenant, signal", usize::MAX);
        let read = |row: &Row| Ok::<_, Error>((row.parse(0)?, tables::signal(row, 1)?));
        let rows = self.store.rows(sql, args).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }
}

/// Nobody adds up more rows than that.
pub(super) fn too_wide(rows_max: usize) -> Refusal {
    let message = format!(
        "this would look at more than {rows_max} records; ask for a shorter time, one service or \
         one name"
    );
    Refusal::new(RefusalClass::Rejected, "telemetry_too_wide", message)
}

fn select(query: &RecordQuery, needle: Option<&str>, after: Option<Cursor>) -> (String, Vec<Cell>) {
    let one = Some(&query.services).filter(|services| services.len() == 1);
    let ns = |ms: Option<f64>| ms.map(|ms| (ms * 1e6).clamp(0.0, 9e18) as i64);
    let select = Select::from(&stem().table(""), SHOWN)
        .and("tenant = ?", [query.tenant.as_str().into()])
        .and("signal = ?", [query.signal.as_str().into()])
        .and_maybe("at >= ?", query.from.map(Timestamp::as_millis))
        .and_maybe("at < ?", query.to.map(Timestamp::as_millis))
        .and_maybe("level >= ?", query.level.map(|level| i64::from(level.number())))
        .and_maybe("service = ?", one.map(|services| services[0].as_str()))
        .and_maybe("name = ?", query.name.as_deref())
        .and_maybe("trace = ?", query.trace.as_deref())
        .and_maybe("status = ?", query.status.map(|status| status.as_str()))
        .and_maybe("duration >= ?", ns(query.min_ms))
        .and_maybe("duration <= ?", ns(query.max_ms))
        .and_maybe("search LIKE ? ESCAPE '\\'", needle.map(like));
    let place = after.map(|cursor| int(cursor.0));
    if query.newest_first {
        select.and_maybe("place < ?", place).ordered("place DESC", PAGE_ROWS)
    } else {
        select.and_maybe("place > ?", place).ordered("place", PAGE_ROWS)
    }
}

/// What the engines were not asked.
fn fits(query: &RecordQuery, row: &RecordRow) -> bool {
    let named = |service: &String| *service == row.record.service;
    (query.services.is_empty() || query.services.iter().any(named))
        && query.conditions.iter().all(|condition: &Condition| condition.holds(&row.record))
}

fn read(row: &Row) -> Result<RecordRow, Error> {
    let record = contracts::codec::decode(row.bytes(4)?);
    let mut record: contracts::records::Record =
        record.map_err(|error| Error::Row(error.to_string()))?;
    record.at = Some(Timestamp::from_millis(row.int(2)?));
    Ok(RecordRow {
        cursor: Cursor(row.count(0)?),
        signal: tables::signal(row, 1)?,
        received: Timestamp::from_millis(row.int(3)?),
        record,
    })
}
