//! Questions about effects.

use contracts::effect::{EffectRecorded, EffectRow, EffectRowQuery};
use contracts::view::Page;
use contracts::{ActorId, Cursor, EffectId, Kind, LimitKey, Refusal, Revision, Tenant, Timestamp};
use serde::{Deserialize, Serialize};

use super::Effects;
use crate::core::Core;
use crate::error::Error;
use crate::model::{ReadModel as _, Stem};
use crate::page;
use crate::store::{Cell, Row, Select, int};

const SHOWN: &[&str] = &[
    "id",
    "kind",
    "actor",
    "revision",
    "idx",
    "class",
    "limit_key",
    "queue",
    "status",
    "attempts",
    "asked_at",
    "concluded_at",
    "code",
    "reason",
    "principal",
    "cursor",
    "last_cursor",
];

fn read(row: &Row) -> Result<EffectRow, Error> {
    let small = |at: usize| {
        u32::try_from(row.int(at)?).map_err(|_| Error::Row(format!("column {at} is too large")))
    };
    let text = |row: &Row, at: usize| row.text(at).map(str::to_owned);
    let status = row.text(8)?;
    let status = EffectRecorded::named(status)
        .ok_or_else(|| Error::Row(format!("an effect is {status}")))?;
    Ok(EffectRow {
        id: row.parse(0)?,
        kind: row.parse(1)?,
        actor: row.parse(2)?,
        revision: Revision(row.count(3)?),
        index: small(4)?,
        class: row.text(5)?.to_owned(),
        limit: row.maybe(6, Row::parse)?,
        queue: row.maybe(7, Row::parse)?,
        status,
        attempts: small(9)?,
        asked_at: Timestamp::from_millis(row.int(10)?),
        concluded_at: row.maybe(11, |row, at| row.int(at).map(Timestamp::from_millis))?,
        code: row.maybe(12, text)?,
        reason: row.maybe(13, text)?,
        by: row.maybe(14, Row::parse)?,
        cursor: Cursor(row.count(15)?),
        last_cursor: Cursor(row.count(16)?),
    })
}

/// One effect of `tenant`.
pub(crate) async fn get(
    core: &Core,
    tenant: &Tenant,
    id: EffectId,
) -> Result<Option<EffectRow>, Refusal> {
    let by_id = |stem: &Stem| {
        Select::from(stem.as_str(), SHOWN)
            .and("tenant = ?", [tenant.as_str().into()])
            .and("id = ?", [id.to_string().into()])
            .ordered("cursor", 1)
    };
    let rows = core.read(Effects::NAME, by_id).await?;
    Ok(rows.first().map(read).transpose()?)
}

/// Where a page of effects ended.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    effects: u64,
    index: u32,
}

/// Answers `query`, the last asked first.
pub(crate) async fn list(
    core: &Core,
    query: &EffectRowQuery,
) -> Result<Page<EffectRow, String>, Refusal> {
    let limit = page::limit(&core.config, query.items_max)?;
    let place: Option<Place> = page::place(query.after.as_deref())?;
    let rows = core.read(Effects::NAME, |stem| select(stem, query, place, limit + 1)).await?;
    let next = |row: &EffectRow| page::token(&Place { effects: row.cursor.0, index: row.index });
    Ok(page::page(rows, limit, read, next)?)
}

/// The query for at most `limit` rows after `place`.
fn select(
    stem: &Stem,
    query: &EffectRowQuery,
    place: Option<Place>,
    limit: usize,
) -> (String, Vec<Cell>) {
    let select = Select::from(stem.as_str(), SHOWN)
        .and("tenant = ?", [query.tenant.as_str().into()])
        .and_maybe("kind = ?", query.kind.as_ref().map(Kind::as_str))
        .and_maybe("actor = ?", query.actor.as_ref().map(ActorId::as_str))
        .and_maybe("class = ?", query.class.as_deref())
        .and_maybe("limit_key = ?", query.limit.as_ref().map(LimitKey::as_str))
        .and_maybe("status = ?", query.status.map(EffectRecorded::as_str));
    match place {
        Some(Place { effects, index }) => {
            select.and("(cursor, idx) < (?, ?)", [int(effects), Cell::Int(i64::from(index))])
        }
        None => select,
    }
    .ordered("cursor DESC, idx DESC", limit)
}
