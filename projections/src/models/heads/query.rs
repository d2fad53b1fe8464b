//! Questions to the index of actors.

use contracts::view::Page;
use contracts::{ActorId, Address, Cursor, Hash, Kind, Refusal, Revision, Tenant, Timestamp, ids};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Heads;
use crate::core::Core;
use crate::error::Error;
use crate::handle::Models;
use crate::model::{ReadModel as _, Stem};
use crate::page;
use crate::store::{Row, Select, int, like};

/// In which order actors are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadsOrder {
    /// The last changed first. An actor that changes while pages are read moves to the front: it
    /// is never shown twice, and may be missing from the pages that follow.
    #[default]
    Recent,
    /// By kind and id. Every actor that was there at the start is met exactly once.
    Id,
}

/// Which actors are wanted: those for which all that is given holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadsQuery {
    /// Whose.
    pub tenant: Tenant,
    /// Of which kind.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// What their ids begin with.
    #[serde(default)]
    pub id_prefix: Option<String>,
    /// What stands somewhere in their summaries, whatever the case.
    #[serde(default)]
    pub text: Option<String>,
    /// What their summaries say as `status`.
    #[serde(default)]
    pub status: Option<String>,
    /// Changed at or after.
    #[serde(default)]
    pub updated_after: Option<Timestamp>,
    /// Changed before.
    #[serde(default)]
    pub updated_before: Option<Timestamp>,
    /// In which order.
    #[serde(default)]
    pub order: HeadsOrder,
    /// How many at most; the config's default when left out.
    #[serde(default)]
    pub limit: Option<usize>,
    /// `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
}

impl HeadsQuery {
    /// All actors of `tenant`.
    #[must_use]
    pub const fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            kind: None,
            id_prefix: None,
            text: None,
            status: None,
            updated_after: None,
            updated_before: None,
            order: HeadsOrder::Recent,
            limit: None,
            after: None,
        }
    }
}

/// One actor: `{kind, id, revision, cursor, commit_hash, at, created_at, summary}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadRow {
    /// Of which kind.
    pub kind: Kind,
    /// Which actor.
    pub id: ActorId,
    /// Its last revision.
    pub revision: Revision,
    /// Where its last commit stands.
    pub cursor: Cursor,
    /// BLAKE3 of its last commit's bytes.
    pub commit_hash: Hash,
    /// When its last commit was decided.
    pub at: Timestamp,
    /// When its first commit was decided.
    pub created_at: Timestamp,
    /// What its kind says of it in few words: a JSON object of at most 4 KiB. A fork's has
    /// `forked_from {id, revision}`.
    pub summary: Value,
}

const SHOWN: &[&str] =
    &["kind", "id", "revision", "cursor", "commit_hash", "at", "created_at", "summary"];

fn read(row: &Row) -> Result<HeadRow, Error> {
    let hash = <[u8; 32]>::try_from(row.bytes(4)?)
        .map_err(|_| Error::Row("a commit hash is 32 bytes".to_owned()))?;
    Ok(HeadRow {
        kind: row.parse(0)?,
        id: row.parse(1)?,
        revision: Revision(row.count(2)?),
        cursor: Cursor(row.count(3)?),
        commit_hash: Hash(hash),
        at: Timestamp::from_millis(row.int(5)?),
        created_at: Timestamp::from_millis(row.int(6)?),
        summary: row.json(7)?,
    })
}

/// The longest status, in bytes.
const STATUS_BYTES_MAX: usize = 32;

/// Where a page of the index ended.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Place {
    Recent { cursor: u64 },
    Id { kind: Kind, id: ActorId },
}

impl Place {
    const fn order(&self) -> HeadsOrder {
        match self {
            Self::Recent { .. } => HeadsOrder::Recent,
            Self::Id { .. } => HeadsOrder::Id,
        }
    }
}

/// The row of one actor.
pub(crate) async fn get(core: &Core, address: &Address) -> Result<Option<HeadRow>, Refusal> {
    let rows = core
        .read(Heads::NAME, |stem| {
            Select::from(stem.as_str(), SHOWN)
                .and("tenant = ?", [address.tenant.as_str().into()])
                .and("kind = ?", [address.kind.as_str().into()])
                .and("id = ?", [address.id.as_str().into()])
                .ordered("id", 1)
        })
        .await?;
    Ok(rows.first().map(read).transpose()?)
}

/// The actors of `kind`, in all tenants, whose summaries say `member: true`: `limit` of them behind
/// `after`, by tenant and id. It looks at every actor of the kind: a question for a start.
async fn flagged(
    core: &Core,
    (kind, member): (&Kind, &str),
    after: Option<&Address>,
    limit: usize,
) -> Result<Vec<Address>, Refusal> {
    let flag = like(&format!("\"{member}\":true"));
    let select = |stem: &Stem| {
        let select = Select::from(stem.as_str(), &["tenant", "id"])
            .and("kind = ?", [kind.as_str().into()])
            .and("summary LIKE ? ESCAPE '\\'", [flag.clone().into()]);
        match after {
            None => select,
            Some(after) => {
                let place = [after.tenant.as_str().into(), after.id.as_str().into()];
                select.and("(tenant, id) > (?, ?)", place)
            }
        }
        .ordered("tenant, id", limit)
    };
    let rows = core.read(Heads::NAME, select).await?;
    let address = |row: &Row| Ok(Address::new(row.parse(0)?, kind.clone(), row.parse(1)?));
    Ok(rows.iter().map(address).collect::<Result<_, Error>>()?)
}

/// Whether a text can be a status.
fn is_status(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=STATUS_BYTES_MAX).contains(&text.len()) && text.bytes().all(sign)
}

/// Answers `query`.
pub(crate) async fn list(
    core: &Core,
    query: &HeadsQuery,
) -> Result<Page<HeadRow, String>, Refusal> {
    let limit = page::limit(&core.config, query.limit)?;
    let needle = page::needle(&core.config, query.text.as_deref())?;
    let place: Option<Place> = page::place(query.after.as_deref())?;
    let prefix = query.id_prefix.as_deref().filter(|prefix| !prefix.is_empty());
    if prefix.is_some_and(|prefix| !ids::is_token(prefix)) {
        return Err(page::invalid("id_prefix", "no id begins with this"));
    }
    let status = query.status.as_deref();
    if status.is_some_and(|status| !is_status(status)) {
        return Err(page::invalid("status", "is a word of small letters and `_`"));
    }
    let order = query.order;
    if place.as_ref().is_some_and(|place| place.order() != order) {
        return Err(page::invalid("after", "the page before was in another order"));
    }
    let select = |stem: &Stem| {
        let select = Select::from(stem.as_str(), SHOWN)
            .and("tenant = ?", [query.tenant.as_str().into()])
            .and_maybe("kind = ?", query.kind.as_ref().map(Kind::as_str))
            .and_maybe("id >= ?", prefix)
            // Above every character that an id may have.
            .and_maybe("id < ?", prefix.map(|prefix| format!("{prefix}\u{7f}")))
            .and_maybe("search LIKE ? ESCAPE '\\'", needle.as_deref().map(like))
            // Quotes inside of texts are escaped, so that this is a member.
            .and_maybe(
                "summary LIKE ? ESCAPE '\\'",
                status.map(|it| like(&format!("\"status\":\"{it}\""))),
            )
            .and_maybe("at >= ?", query.updated_after.map(Timestamp::as_millis))
            .and_maybe("at < ?", query.updated_before.map(Timestamp::as_millis));
        match &place {
            None => select,
            Some(Place::Recent { cursor }) => select.and("cursor < ?", [int(*cursor)]),
            Some(Place::Id { kind, id }) => {
                select.and("(kind, id) > (?, ?)", [kind.as_str().into(), id.as_str().into()])
            }
        }
        .ordered(
            match order {
                HeadsOrder::Recent => "cursor DESC",
                HeadsOrder::Id => "kind, id",
            },
            limit + 1,
        )
    };
    let rows = core.read(Heads::NAME, select).await?;
    let next = |row: &HeadRow| {
        page::token(&match order {
            HeadsOrder::Recent => Place::Recent { cursor: row.cursor.0 },
            HeadsOrder::Id => Place::Id { kind: row.kind.clone(), id: row.id.clone() },
        })
    };
    Ok(page::page(rows, limit, read, next)?)
}

impl Models {
    /// The actors of `kind`, in all tenants, whose summaries say `member: true`: `limit` of them
    /// behind `after`, by tenant and id. It looks at every actor of the kind.
    ///
    /// # Errors
    /// `read_model_building`, `read_models_unavailable`.
    pub async fn flagged(
        &self,
        of: (&Kind, &str),
        after: Option<&Address>,
        limit: usize,
    ) -> Result<Vec<Address>, Refusal> {
        flagged(&self.core, of, after, limit).await
    }
}
