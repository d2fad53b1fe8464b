//! Questions about the trail.

use contracts::audit::{AuditQuery, AuditRecord, AuditRow, ChainName, Hold, Link, Retention};
use contracts::view::Page;
use contracts::{ActorId, Cursor, Hash, Refusal, Tenant, Timestamp};

use super::fold::chain;
use super::state::{self, Slot};
use super::tables::{CHAINS, HOLDS, RULES};
use super::{Trail, TrailStatus};
use crate::error::Error;
use crate::model::Stem;
use crate::page;
use crate::store::{Cell, Row, Select, int, like};

const SHOWN: &[&str] = &["sequence", "hash", "record"];

impl Trail {
    async fn slot(&self) -> Result<Slot, Error> {
        let slot = Slot::seen(&self.inner.store).await?;
        slot.ok_or_else(|| Error::Row("the audit trail has no tables".to_owned()))
    }

    /// The rows that `query` finds; asked again when a rebuild has swapped the tables meanwhile.
    async fn rows(&self, query: impl Fn(&Stem) -> (String, Vec<Cell>)) -> Result<Vec<Row>, Error> {
        let stem = self.slot().await?.stem;
        let (sql, args) = query(&stem);
        match self.inner.store.rows(sql, args).await {
            Ok(rows) => Ok(rows),
            Err(error) => {
                let now = self.slot().await?.stem;
                if now == stem {
                    return Err(error);
                }
                let (sql, args) = query(&now);
                self.inner.store.rows(sql, args).await
            }
        }
    }

    /// Lists records. `next` is the cursor to ask after for more.
    ///
    /// # Errors
    /// `query_invalid`, `read_models_unavailable`.
    pub async fn list(&self, query: &AuditQuery) -> Result<Page<AuditRow, String>, Refusal> {
        let config = &self.inner.config;
        let limit = query.items_max.clamp(1, config.page_items_max.max(1));
        let needle = page::needle(config, query.text.as_deref())?;
        let rows = self.rows(|stem| select(stem, query, needle.as_deref(), limit + 1)).await?;
        let next = |row: &AuditRow| row.cursor.to_string();
        Ok(page::page(rows, limit, read, next)?)
    }

    /// How far the chains of `tenant`, or of all, are.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn links(&self, tenant: Option<&Tenant>) -> Result<Vec<(ChainName, Link)>, Refusal> {
        let of = |stem: &Stem| {
            Select::from(&stem.table("chains"), CHAINS)
                .and_maybe("tenant = ?", tenant.map(Tenant::as_str))
                .ordered("tenant, class", usize::MAX)
        };
        Ok(self.rows(of).await?.iter().map(chain).collect::<Result<_, _>>()?)
    }

    /// The hashes of the chains at the records of `tenant` from `from` to `to`, by sequence.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn hashes(
        &self,
        tenant: Option<&Tenant>,
        from: u64,
        to: u64,
    ) -> Result<Vec<(u64, Hash)>, Refusal> {
        let of = |stem: &Stem| {
            Select::from(stem.as_str(), &["sequence", "hash"])
                .and_maybe("tenant = ?", tenant.map(Tenant::as_str))
                .and("sequence >= ?", [int(from)])
                .and("sequence <= ?", [int(to)])
                .ordered("sequence", usize::MAX)
        };
        let rows = self.rows(of).await?;
        let read = |row: &Row| Ok((row.count(0)?, state::hash(row, 1)?));
        Ok(rows.iter().map(read).collect::<Result<_, Error>>()?)
    }

    /// The holds in force of `tenant`, or of all; with `released` also those that were.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn holds(
        &self,
        tenant: Option<&Tenant>,
        released: bool,
    ) -> Result<Vec<(Hold, Option<Timestamp>)>, Refusal> {
        let of = |stem: &Stem| {
            let select = Select::from(&stem.table("holds"), HOLDS)
                .and_maybe("tenant = ?", tenant.map(Tenant::as_str));
            let select = if released { select } else { select.and("released_at IS NULL", []) };
            select.ordered("tenant, at, id", usize::MAX)
        };
        Ok(self.rows(of).await?.iter().map(hold).collect::<Result<_, _>>()?)
    }

    /// What tenants say themselves of how long records are kept.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn rules(
        &self,
        tenant: Option<&Tenant>,
    ) -> Result<Vec<(Tenant, Retention)>, Refusal> {
        let of = |stem: &Stem| {
            Select::from(&stem.table("rules"), RULES)
                .and_maybe("tenant = ?", tenant.map(Tenant::as_str))
                .ordered("tenant, class", usize::MAX)
        };
        let read = |row: &Row| -> Result<(Tenant, Retention), Error> {
            let days = u32::try_from(row.count(2)?).unwrap_or(u32::MAX);
            Ok((row.parse(0)?, Retention { class: row.parse(1)?, days: Some(days) }))
        };
        Ok(self.rows(of).await?.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// The chain at the last record of the beginning that is older than `before` and that no
    /// principal of `held` is in; `None` = there is none.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn purgeable(
        &self,
        chain: &ChainName,
        before: Timestamp,
        held: &[String],
    ) -> Result<Option<Link>, Refusal> {
        let kept = self.first_kept(chain, before, held).await?;
        let (tenant, class) = (chain.tenant.as_str(), chain.class.as_str());
        let of = |stem: &Stem| {
            let select = Select::from(stem.as_str(), &["sequence", "hash"])
                .and("tenant = ?", [tenant.into()])
                .and("class = ?", [class.into()]);
            let select = match kept {
                Some(kept) => select.and("sequence < ?", [int(kept)]),
                None => select,
            };
            select.ordered("sequence DESC", 1)
        };
        let rows = self.rows(of).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (sequence, hash) = (row.count(0)?, state::hash(row, 1)?);
        let Some(now) = self.link(chain).await? else { return Ok(None) };
        let behind = self.count_behind(chain, sequence).await?;
        Ok(Some(Link { sequence, count: now.count.saturating_sub(behind), hash }))
    }

    /// The first record that must stay.
    async fn first_kept(
        &self,
        chain: &ChainName,
        before: Timestamp,
        held: &[String],
    ) -> Result<Option<u64>, Error> {
        let first = |principal: Option<&str>| {
            let (chain, principal) = (chain.clone(), principal.map(str::to_owned));
            move |stem: &Stem| {
                let select = Select::from(stem.as_str(), &["sequence"])
                    .and("tenant = ?", [chain.tenant.as_str().into()])
                    .and("class = ?", [chain.class.as_str().into()]);
                let select = match &principal {
                    Some(principal) => select.and("principal = ?", [principal.as_str().into()]),
                    None => select.and("at >= ?", [before.as_millis().into()]),
                };
                select.ordered("sequence", 1)
            }
        };
        let mut kept = Vec::new();
        for principal in std::iter::once(None).chain(held.iter().map(|one| Some(one.as_str()))) {
            let rows = self.rows(first(principal)).await?;
            kept.extend(rows.first().map(|row| row.count(0)).transpose()?);
        }
        Ok(kept.into_iter().min())
    }

    async fn count_behind(&self, chain: &ChainName, sequence: u64) -> Result<u64, Error> {
        let (tenant, class) = (chain.tenant.as_str(), chain.class.as_str());
        let of = |stem: &Stem| {
            Select::from(stem.as_str(), &["COUNT(*)"])
                .and("tenant = ?", [tenant.into()])
                .and("class = ?", [class.into()])
                .and("sequence > ?", [int(sequence)])
                .ordered("1", 1)
        };
        self.rows(of).await?.first().map_or(Ok(0), |row| row.count(0))
    }

    /// Whether a row of the chain up to `until` is left.
    pub(super) async fn holds_any(&self, chain: &ChainName, until: u64) -> Result<bool, Error> {
        let (tenant, class) = (chain.tenant.as_str(), chain.class.as_str());
        let of = |stem: &Stem| {
            Select::from(stem.as_str(), &["sequence"])
                .and("tenant = ?", [tenant.into()])
                .and("class = ?", [class.into()])
                .and("sequence <= ?", [int(until)])
                .ordered("sequence", 1)
        };
        Ok(!self.rows(of).await?.is_empty())
    }

    /// Where the rows stand. Counts them: for people, not for every request.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn status(&self) -> Result<TrailStatus, Refusal> {
        let slot = self.slot().await?;
        let sql = format!("SELECT COUNT(*) FROM {}", slot.stem.as_str());
        let rows = self.inner.store.rows(sql, Vec::new()).await?;
        let rows = rows.first().map_or(Ok(0), |row| row.count(0))?;
        Ok(TrailStatus { cursor: slot.checkpoint, rows, trouble: self.trouble() })
    }
}

fn select(
    stem: &Stem,
    query: &AuditQuery,
    needle: Option<&str>,
    limit: usize,
) -> (String, Vec<Cell>) {
    let select = Select::from(stem.as_str(), SHOWN)
        .and_maybe("tenant = ?", query.tenant.as_ref().map(Tenant::as_str))
        .and_maybe("class = ?", query.class.as_ref().map(ActorId::as_str))
        .and_maybe("principal = ?", query.principal.as_deref())
        .and_maybe("actor = ?", query.actor.as_deref())
        .and_maybe("code = ?", query.code.as_deref())
        .and_maybe("outcome = ?", query.outcome.map(|outcome| outcome.as_str()))
        .and_maybe("at >= ?", query.from.map(Timestamp::as_millis))
        .and_maybe("at < ?", query.until.map(Timestamp::as_millis))
        .and_maybe("search LIKE ? ESCAPE '\\'", needle.map(like));
    let place = query.after.map(|cursor| int(cursor.0));
    if query.newest_first {
        select.and_maybe("sequence < ?", place).ordered("sequence DESC", limit)
    } else {
        select.and_maybe("sequence > ?", place).ordered("sequence", limit)
    }
}

fn read(row: &Row) -> Result<AuditRow, Error> {
    let record: AuditRecord = row.json(2)?;
    Ok(AuditRow { cursor: Cursor(row.count(0)?), hash: state::hash(row, 1)?, record })
}

fn hold(row: &Row) -> Result<(Hold, Option<Timestamp>), Error> {
    let text = |row: &Row, at: usize| row.text(at).map(str::to_owned);
    let hold = Hold {
        tenant: row.parse(0)?,
        id: text(row, 1)?,
        class: row.maybe(2, Row::parse)?,
        principal: row.maybe(3, text)?,
        reason: text(row, 4)?,
        by: row.maybe(5, text)?,
        at: Timestamp::from_millis(row.int(6)?),
    };
    Ok((hold, row.maybe(8, |row, at| row.int(at).map(Timestamp::from_millis))?))
}
