//! Questions to the timeline.

use contracts::view::Page;
use contracts::{
    ActorId, CommandId, CommandName, Correlation, Cursor, Kind, Principal, Refusal, Revision,
    Tenant, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Timeline;
use crate::core::Core;
use crate::error::Error;
use crate::model::{ReadModel as _, Stem};
use crate::page;
use crate::store::{Cell, Row, Select, int};

/// Which way a timeline is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineOrder {
    /// From the first event.
    #[default]
    Oldest,
    /// From the last event.
    Newest,
}

/// Which events are wanted: those for which all that is given holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineQuery {
    /// Whose.
    pub tenant: Tenant,
    /// Of which kind.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Of which actor.
    #[serde(default)]
    pub id: Option<ActorId>,
    /// Of which type, such as `SectionDrafted`.
    #[serde(default)]
    pub r#type: Option<String>,
    /// Whose word led to them.
    #[serde(default)]
    pub principal: Option<Principal>,
    /// Which command caused them.
    #[serde(default)]
    pub command: Option<CommandId>,
    /// Of which errand.
    #[serde(default)]
    pub correlation: Option<Correlation>,
    /// Of which trace: 32 hexadecimal digits.
    #[serde(default)]
    pub trace_id: Option<String>,
    /// Not before.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Before.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Which way.
    #[serde(default)]
    pub order: TimelineOrder,
    /// How many at most; the config's default when left out.
    #[serde(default)]
    pub limit: Option<usize>,
    /// `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
}

impl TimelineQuery {
    /// All events of `tenant`.
    #[must_use]
    pub const fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            kind: None,
            id: None,
            r#type: None,
            principal: None,
            command: None,
            correlation: None,
            trace_id: None,
            from: None,
            until: None,
            order: TimelineOrder::Oldest,
            limit: None,
            after: None,
        }
    }
}

/// One event: `{kind, id, revision, index, cursor, at, type, v, principal, command_id, command,
/// correlation?, trace_id?, data}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// Of which kind the actor is.
    pub kind: Kind,
    /// Which actor.
    pub id: ActorId,
    /// In which commit.
    pub revision: Revision,
    /// Its place in the commit, from 0.
    pub index: u32,
    /// Where the commit stands in the log.
    pub cursor: Cursor,
    /// When it was decided.
    pub at: Timestamp,
    /// Its type.
    pub r#type: String,
    /// The version of its shape.
    pub v: u32,
    /// Whose word led to it.
    pub principal: Principal,
    /// The command that caused it.
    pub command_id: CommandId,
    /// That command's name.
    pub command: CommandName,
    /// The errand it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
    /// The W3C trace id of the request, 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Its members, in the words of version `v`.
    pub data: Value,
}

const SHOWN: &[&str] = &[
    "kind",
    "id",
    "revision",
    "idx",
    "cursor",
    "at",
    "type",
    "v",
    "principal",
    "command_id",
    "command",
    "correlation",
    "trace_id",
    "data",
];

fn read(row: &Row) -> Result<TimelineRow, Error> {
    let small = |at: usize| {
        u32::try_from(row.int(at)?).map_err(|_| Error::Row(format!("column {at} is too large")))
    };
    Ok(TimelineRow {
        kind: row.parse(0)?,
        id: row.parse(1)?,
        revision: Revision(row.count(2)?),
        index: small(3)?,
        cursor: Cursor(row.count(4)?),
        at: Timestamp::from_millis(row.int(5)?),
        r#type: row.text(6)?.to_owned(),
        v: small(7)?,
        principal: row.parse(8)?,
        command_id: row.parse(9)?,
        command: row.parse(10)?,
        correlation: row.maybe(11, Row::parse)?,
        trace_id: row.maybe(12, |row, at| row.text(at).map(str::to_owned))?,
        data: row.json(13)?,
    })
}

/// Where a page of the timeline ended.
#[derive(Serialize, Deserialize)]
#[serde(rename = "timeline")]
struct Place {
    timeline: TimelineOrder,
    cursor: u64,
    revision: u64,
    index: u32,
}

/// Answers `query`.
pub(crate) async fn list(
    core: &Core,
    query: &TimelineQuery,
) -> Result<Page<TimelineRow, String>, Refusal> {
    let limit = page::limit(&core.config, query.limit)?;
    let place: Option<Place> = page::place(query.after.as_deref())?;
    if place.as_ref().is_some_and(|place| place.timeline != query.order) {
        return Err(page::invalid("after", "the page before was read the other way"));
    }
    let order = query.order;
    let rows = core.read(Timeline::NAME, |stem| select(stem, query, place, limit + 1)).await?;
    let next = |row: &TimelineRow| {
        page::token(&Place {
            timeline: order,
            cursor: row.cursor.0,
            revision: row.revision.0,
            index: row.index,
        })
    };
    Ok(page::page(rows, limit, read, next)?)
}

/// The query for at most `limit` rows after `place`.
fn select(
    stem: &Stem,
    query: &TimelineQuery,
    place: Option<Place>,
    limit: usize,
) -> (String, Vec<Cell>) {
    let select = Select::from(stem.as_str(), SHOWN)
        .and("tenant = ?", [query.tenant.as_str().into()])
        .and_maybe("kind = ?", query.kind.as_ref().map(Kind::as_str))
        .and_maybe("id = ?", query.id.as_ref().map(ActorId::as_str))
        .and_maybe("type = ?", query.r#type.as_deref())
        .and_maybe("principal = ?", query.principal.as_ref().map(Principal::as_str))
        .and_maybe("command_id = ?", query.command.map(|id| id.to_string()))
        .and_maybe("correlation = ?", query.correlation.as_ref().map(Correlation::as_str))
        .and_maybe("trace_id = ?", query.trace_id.as_deref())
        .and_maybe("at >= ?", query.from.map(Timestamp::as_millis))
        .and_maybe("at < ?", query.until.map(Timestamp::as_millis));
    // Of one actor the order of revisions is that of the log, and the key serves it.
    let of_actor = query.kind.is_some() && query.id.is_some();
    let after = place.map(|place| {
        let first = if of_actor { place.revision } else { place.cursor };
        [int(first), Cell::Int(i64::from(place.index))]
    });
    let (condition, order) = match (query.order, of_actor) {
        (TimelineOrder::Oldest, false) => ("(cursor, idx) > (?, ?)", "cursor, idx"),
        (TimelineOrder::Newest, false) => ("(cursor, idx) < (?, ?)", "cursor DESC, idx DESC"),
        (TimelineOrder::Oldest, true) => ("(revision, idx) > (?, ?)", "revision, idx"),
        (TimelineOrder::Newest, true) => ("(revision, idx) < (?, ?)", "revision DESC, idx DESC"),
    };
    match after {
        Some(after) => select.and(condition, after),
        None => select,
    }
    .ordered(order, limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ReadModel;
    use crate::store::Store;

    /// No listing walks through the table or sorts what it found.
    #[tokio::test]
    async fn pages_go_by_an_index() {
        let scratch = tempfile::tempdir().expect("a directory");
        let path = scratch.path().join("models.db");
        let config = crate::Config { path, ..crate::Config::default() };
        let store = Store::open(&config, 1).await.expect("a store");
        let stem = Stem::new(Timeline::NAME, 1, 0);
        for statement in Timeline.tables(&stem).into_iter().flat_map(|table| table.ddl) {
            store.pragma(&statement).await.expect("a table");
        }
        let all = TimelineQuery::new(Tenant::from_static("acme"));
        let actor = TimelineQuery {
            kind: Some(Kind::from_static("counter")),
            id: Some(ActorId::from_static("one")),
            ..all.clone()
        };
        let command = Some(contracts::commit::sample_command_id(1));
        let correlation = Some(Correlation::from_static("errand"));
        let queries = [
            all.clone(),
            actor,
            TimelineQuery { command, ..all.clone() },
            TimelineQuery { correlation, ..all.clone() },
            TimelineQuery { trace_id: Some("0af7651916cd43dd8448eb211c80319c".to_owned()), ..all },
        ];
        for (mut query, order) in queries.into_iter().flat_map(|query| {
            [TimelineOrder::Oldest, TimelineOrder::Newest].map(|o| (query.clone(), o))
        }) {
            query.order = order;
            for place in [None, Some(Place { timeline: order, cursor: 9, revision: 3, index: 0 })] {
                let (sql, args) = select(&stem, &query, place, 10);
                let plan = store.rows(format!("EXPLAIN QUERY PLAN {sql}"), args).await;
                let plan = plan.expect("a plan");
                let steps: Vec<&str> =
                    plan.iter().map(|row| row.text(3).expect("a step")).collect();
                let index = match (&query.id, &query.command, &query.correlation) {
                    _ if query.trace_id.is_some() => "timeline_v1_trace",
                    (Some(_), _, _) => "sqlite_autoindex_timeline_v1_1",
                    (_, Some(_), _) => "timeline_v1_command",
                    (_, _, Some(_)) => "timeline_v1_correlation",
                    _ => "timeline_v1_order",
                };
                assert_eq!(steps.len(), 1, "{steps:?}");
                assert!(steps[0].starts_with("SEARCH") && steps[0].contains(index), "{steps:?}");
            }
        }
    }
}
