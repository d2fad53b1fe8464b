//! Questions about what was spent.

use std::fmt::Write as _;

use contracts::usage::{UsageBy, UsageQuery, UsageRow};
use contracts::view::Page;
use contracts::{Refusal, Timestamp};
use serde::{Deserialize, Serialize};

use super::{COLUMNS, KEY, Usage};
use crate::core::Core;
use crate::error::Error;
use crate::handle::Models;
use crate::model::{ReadModel as _, Stem};
use crate::page;
use crate::store::{Cell, Row};

/// Where a page ended: the values of what it is added up by.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    usage: Vec<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(i64),
    Text(String),
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        match value {
            Value::Number(number) => Self::Int(number),
            Value::Text(text) => Self::from(text),
        }
    }
}

/// What a row is added up by, as the engine says it: each with what reads it.
const fn columns(by: UsageBy) -> &'static [&'static str] {
    match by {
        UsageBy::Day => &["hour / 86400000 * 86400000"],
        UsageBy::Hour => &["hour"],
        UsageBy::Principal => &["principal"],
        UsageBy::Credential => &["credential"],
        UsageBy::Kind => &["kind"],
        UsageBy::Actor => &["kind", "actor"],
        UsageBy::Model => &["model"],
        UsageBy::Connector => &["connector"],
    }
}

/// The columns of a question: each once, in the order in which they were asked for.
fn grouped(by: &[UsageBy]) -> Vec<&'static str> {
    let mut all = Vec::new();
    for column in by.iter().flat_map(|by| columns(*by)) {
        if !all.contains(column) {
            all.push(*column);
        }
    }
    all
}

fn read(row: &Row, groups: &[&str]) -> Result<UsageRow, Error> {
    let mut usage = UsageRow::default();
    for (at, column) in groups.iter().enumerate() {
        let text = || row.text(at).map(|text| Some(text.to_owned()));
        match *column {
            "principal" => usage.principal = text()?,
            "credential" => usage.credential = text()?,
            "kind" => usage.kind = text()?,
            "actor" => usage.actor = text()?,
            "model" => usage.model = text()?,
            "connector" => usage.connector = text()?,
            _ => usage.at = Some(Timestamp::from_millis(row.int(at)?)),
        }
    }
    let count = |index: usize| row.count(groups.len() + index);
    Ok(UsageRow {
        calls: count(0)?,
        input_tokens: count(1)?,
        output_tokens: count(2)?,
        cached_tokens: count(3)?,
        cache_write_tokens: count(4)?,
        reasoning_tokens: count(5)?,
        micro_usd: count(6)?,
        unpriced: count(7)?,
        unknown: count(8)?,
        degraded: count(9)?,
        ..usage
    })
}

impl Models {
    /// Adds up what was spent on models, in the order of what it is added up by.
    ///
    /// # Errors
    /// `query_invalid`, `read_model_building`, `read_models_unavailable`.
    pub async fn usage(&self, query: &UsageQuery) -> Result<Page<UsageRow, String>, Refusal> {
        list(&self.core, query).await
    }
}

async fn list(core: &Core, query: &UsageQuery) -> Result<Page<UsageRow, String>, Refusal> {
    let limit = page::limit(&core.config, query.items_max)?;
    let groups = grouped(&query.by);
    if query.by.contains(&UsageBy::Day) && query.by.contains(&UsageBy::Hour) {
        return Err(page::invalid("by", "is by day or by hour, not both"));
    }
    let place: Option<Place> = page::place(query.after.as_deref())?;
    if place.as_ref().is_some_and(|place| place.usage.len() != groups.len()) {
        return Err(page::invalid("after", "this is not the `next` of a page of the same listing"));
    }
    let place: Vec<Cell> =
        place.into_iter().flat_map(|place| place.usage).map(Cell::from).collect();
    let rows = core
        .read(Usage::NAME, |stem| select(stem, query, &groups, place.clone(), limit + 1))
        .await?;
    let more = rows.len() > limit;
    let last = rows.get(limit.saturating_sub(1)).filter(|_| more);
    let next = last.map(|row| page::token(&Place { usage: values(row, groups.len()) }));
    let items = rows.iter().take(limit).map(|row| read(row, &groups));
    // Nothing at all adds up to one row of nothing.
    let items: Vec<UsageRow> = items.collect::<Result<_, _>>().map_err(Refusal::from)?;
    Ok(Page { items, next })
}

fn values(row: &Row, count: usize) -> Vec<Value> {
    let value = |cell: &Cell| match cell {
        Cell::Int(number) => Value::Number(*number),
        Cell::Text(text) => Value::Text(text.to_string()),
        Cell::Null | Cell::Bytes(_) => Value::Text(String::new()),
    };
    row.0.iter().take(count).map(value).collect()
}

/// The query for at most `limit` rows after `place`. Its text is made of constants only.
fn select(
    stem: &Stem,
    query: &UsageQuery,
    groups: &[&str],
    place: Vec<Cell>,
    limit: usize,
) -> (String, Vec<Cell>) {
    let sums =
        COLUMNS[KEY..].iter().map(|name| format!("CAST(COALESCE(SUM({name}), 0) AS BIGINT)"));
    let shown: Vec<String> = groups.iter().map(|it| (*it).to_owned()).chain(sums).collect();
    let mut args = vec![Cell::from(query.tenant.as_str())];
    let mut sql = format!("SELECT {} FROM {} WHERE tenant = $1", shown.join(", "), stem.as_str());
    let hour =
        |at: Timestamp| Cell::Int(at.as_millis().div_euclid(super::HOUR_MS) * super::HOUR_MS);
    let conditions = [
        ("hour >=", query.from.map(hour)),
        ("hour <", query.to.map(hour)),
        ("principal =", query.principal.as_ref().map(|it| it.as_str().into())),
        ("credential =", query.credential.as_ref().map(|it| it.as_str().into())),
        ("kind =", query.kind.as_ref().map(|it| it.as_str().into())),
        ("actor =", query.actor.as_ref().map(|it| it.as_str().into())),
        ("model =", query.model.as_deref().map(Cell::from)),
        ("connector =", query.connector.as_ref().map(|it| it.as_str().into())),
    ];
    for (condition, arg) in conditions {
        if let Some(arg) = arg {
            args.push(arg);
            let _ = write!(sql, " AND {condition} ${}", args.len());
        }
    }
    let list = groups.join(", ");
    if !place.is_empty() {
        let first = args.len() + 1;
        args.extend(place);
        let marks: Vec<_> = (first..=args.len()).map(|at| format!("${at}")).collect();
        let _ = write!(sql, " AND ({list}) > ({})", marks.join(", "));
    }
    if !groups.is_empty() {
        let _ = write!(sql, " GROUP BY {list} ORDER BY {list}");
    }
    args.push(Cell::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    let _ = write!(sql, " LIMIT ${}", args.len());
    (sql, args)
}
