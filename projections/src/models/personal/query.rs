//! Questions about what is known of somebody.

use contracts::privacy::{DataClass, KeyId};
use contracts::view::Page;
use contracts::{ActorId, Cursor, Kind, Refusal, Revision, Tenant, Timestamp};
use serde::{Deserialize, Serialize};

use super::Personal;
use crate::core::Core;
use crate::error::Error;
use crate::model::{ReadModel as _, Stem};
use crate::page;
use crate::store::{Cell, Row, Select, int};

/// Whose values are wanted, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalQuery {
    /// In whose house.
    pub tenant: Tenant,
    /// Whose.
    pub subject: ActorId,
    /// How many at most; the config's default when left out.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// One protected value: `{kind, id, revision, cursor, at, class, key, place, value}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonalRow {
    /// Of which kind the actor is.
    pub kind: Kind,
    /// In which actor's log it stands.
    pub id: ActorId,
    /// In which commit.
    pub revision: Revision,
    /// Where that stands in the log.
    pub cursor: Cursor,
    /// When it was decided.
    pub at: Timestamp,
    /// How much it is protected.
    pub class: DataClass,
    /// Under which key.
    pub key: KeyId,
    /// A JSON pointer into the commit.
    pub place: String,
    /// Its protected form.
    pub value: String,
}

const SHOWN: &[&str] =
    &["kind", "id", "revision", "cursor", "at", "class", "key_id", "place", "value", "idx"];

fn read(row: &Row) -> Result<PersonalRow, Error> {
    Ok(PersonalRow {
        kind: row.parse(0)?,
        id: row.parse(1)?,
        revision: Revision(row.count(2)?),
        cursor: Cursor(row.count(3)?),
        at: Timestamp::from_millis(row.int(4)?),
        class: row.parse(5)?,
        key: row.parse(6)?,
        place: row.text(7)?.to_owned(),
        value: row.text(8)?.to_owned(),
    })
}

/// Where a page ended.
#[derive(Serialize, Deserialize)]
struct Place {
    cursor: u64,
    index: u64,
}

/// Answers `query`.
pub(crate) async fn list(
    core: &Core,
    query: &PersonalQuery,
) -> Result<Page<PersonalRow, String>, Refusal> {
    let limit = page::limit(&core.config, query.limit)?;
    let place: Option<Place> = page::place(query.after.as_deref())?;
    let rows = core.read(Personal::NAME, |stem| select(stem, query, place, limit + 1)).await?;
    let mut rows = rows;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| Ok::<_, Error>((row.count(3)?, row.count(9)?))).transpose()?;
    let next = next.map(|(cursor, index)| page::token(&Place { cursor, index }));
    let items = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

fn select(
    stem: &Stem,
    query: &PersonalQuery,
    place: Option<Place>,
    limit: usize,
) -> (String, Vec<Cell>) {
    let select = Select::from(stem.as_str(), SHOWN)
        .and("tenant = ?", [query.tenant.as_str().into()])
        .and("subject = ?", [query.subject.as_str().into()]);
    match place {
        Some(Place { cursor, index }) => {
            select.and("(cursor, idx) > (?, ?)", [int(cursor), int(index)])
        }
        None => select,
    }
    .ordered("cursor, idx", limit)
}

/// How many values of a subject there are, under whichever key.
pub(crate) async fn count(core: &Core, tenant: &Tenant, subject: &ActorId) -> Result<u64, Refusal> {
    let rows = core
        .read(Personal::NAME, |stem| {
            Select::from(stem.as_str(), &["COUNT(*)"])
                .and("tenant = ?", [tenant.as_str().into()])
                .and("subject = ?", [subject.as_str().into()])
                .ordered("1", 1)
        })
        .await?;
    let count = rows.first().map(|row| row.count(0)).transpose()?;
    Ok(count.unwrap_or_default())
}
