//! Questions about memories.

use std::collections::BTreeMap;

use contracts::search::Words;
use contracts::search::memory::{Item, Scope, Speaker, Until};
use contracts::{Cursor, Refusal, Revision, Timestamp};

use super::{Memory, tables};
use crate::core::Core;
use crate::error::Error;
use crate::model::ReadModel as _;
use crate::store::{Cell, Row, int};
use crate::words::{Statistics, question, words};

/// How many items are looked at before the best are told.
const LOOKED_AT_MAX: usize = 1_000;

const SHOWN: &str = "i.speaker, i.text, i.principal, i.kind, i.id, i.revision, i.cursor, i.at, \
                     i.vector, i.model, i.n";

/// Where the number of a row stands in what is shown.
const NUMBER: usize = 10;

/// An assistant, and the member of conversations that is called after it.
fn agents(scope: &Scope) -> [String; 2] {
    [scope.agent.to_string(), format!("agent:{}", scope.agent)]
}

/// Whose memory, and what of it: a condition and its arguments.
fn within(scope: &Scope) -> (String, Vec<Cell>) {
    let [one, other] = agents(scope);
    let mut sql = "i.tenant = ? AND i.agent IN (?, ?)".to_owned();
    let mut args: Vec<Cell> = vec![scope.tenant.as_str().into(), one.into(), other.into()];
    match scope.until {
        Until::Now => sql.push_str(" AND i.until_cursor IS NULL"),
        Until::Cursor(cursor) => {
            sql.push_str(" AND i.cursor <= ? AND (i.until_cursor IS NULL OR i.until_cursor > ?)");
            args.extend([int(cursor.0), int(cursor.0)]);
        }
        Until::Time(at) => {
            sql.push_str(" AND i.at <= ? AND (i.until_at IS NULL OR i.until_at > ?)");
            args.extend([at.as_millis().into(), at.as_millis().into()]);
        }
    }
    if let Some(principal) = &scope.principal {
        sql.push_str(" AND i.principal = ?");
        args.push(principal.as_str().into());
    }
    if let Some(without) = &scope.without {
        sql.push_str(" AND i.id <> ?");
        args.push(without.as_str().into());
    }
    (sql, args)
}

/// What an agent was told and said, the last first.
pub(crate) async fn last(core: &Core, scope: &Scope, limit: usize) -> Result<Vec<Item>, Refusal> {
    let rows = core.read(Memory::NAME, |stem| {
        let (condition, mut args) = within(scope);
        args.push(int(limit as u64));
        let items = stem.table("");
        let sql = format!(
            "SELECT {SHOWN} FROM {items} i WHERE {condition} ORDER BY i.cursor DESC, i.n LIMIT ?"
        );
        (sql, args)
    });
    Ok(rows.await?.iter().map(item).collect::<Result<_, _>>()?)
}

/// What holds any of the words, the best first.
pub(crate) async fn by_words(
    core: &Core,
    scope: &Scope,
    text: &str,
    limit: usize,
) -> Result<Vec<Words<Item>>, Refusal> {
    let asked = question(text);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let statistics = statistics(core, scope, &asked).await?;
    let all: Vec<&str> = asked.iter().map(String::as_str).collect();
    let engine = core.store.engine();
    let rows = core.read(Memory::NAME, |stem| {
        let items = stem.table("");
        let asked = (scopes(scope), &all);
        let found = tables::words(stem).find(engine, (&items, "i"), (&asked.0, asked.1));
        let (condition, rest) = within(scope);
        let sql = format!(
            "SELECT {SHOWN} FROM {} WHERE {} AND {condition} ORDER BY {}, i.n LIMIT ?",
            found.from, found.condition, found.order
        );
        let mut args = vec![found.question];
        args.extend(rest);
        args.push(int(LOOKED_AT_MAX as u64));
        (sql, args)
    });
    // Equal ones stay in this order, which is that of no engine.
    let mut rows = rows.await?;
    rows.sort_by_key(|row| row.int(NUMBER).unwrap_or_default());
    let found: Vec<Item> = rows.iter().map(item).collect::<Result<_, Error>>()?;
    Ok(statistics.rank(found, |item| words(&item.text), limit))
}

fn scopes(scope: &Scope) -> Vec<String> {
    agents(scope).iter().map(|agent| tables::scope(scope.tenant.as_str(), agent)).collect()
}

/// What is searched, as numbers: of this memory alone, as it was then.
async fn statistics(core: &Core, scope: &Scope, asked: &[String]) -> Result<Statistics, Refusal> {
    let rows = core.read(Memory::NAME, |stem| {
        let (condition, args) = within(scope);
        let items = stem.table("");
        let counts = "COUNT(*), CAST(COALESCE(SUM(i.size), 0) AS BIGINT)";
        (format!("SELECT {counts} FROM {items} i WHERE {condition} AND i.size > 0"), args)
    });
    let rows = rows.await?;
    let count = |at: usize| rows.first().map_or(Ok(0), |row| row.count(at));
    let (texts, all) = (count(0)?, count(1)?);
    let mut holding = BTreeMap::new();
    let engine = core.store.engine();
    for word in asked {
        let counted = core.read(Memory::NAME, |stem| {
            let (items, scopes) = (stem.table(""), scopes(scope));
            let found = tables::words(stem).find(engine, (&items, "i"), (&scopes, &[word]));
            let (condition, rest) = within(scope);
            let mut args = vec![found.question];
            args.extend(rest);
            let sql = format!(
                "SELECT COUNT(*) FROM {} WHERE {} AND {condition}",
                found.from, found.condition
            );
            (sql, args)
        });
        let counted = counted.await?;
        let counted = counted.first().map_or(Ok(0), |row| row.count(0))?;
        holding.insert(word.clone(), counted);
    }
    Ok(Statistics { texts, words: all, holding })
}

fn item(row: &Row) -> Result<Item, Error> {
    let vector = row.maybe(8, |row, at| {
        let numbers = row.bytes(at)?.chunks_exact(4);
        Ok(numbers.map(|it| f32::from_le_bytes([it[0], it[1], it[2], it[3]])).collect())
    })?;
    Ok(Item {
        speaker: if row.text(0)? == "said" { Speaker::Said } else { Speaker::Told },
        text: row.text(1)?.to_owned(),
        principal: row.parse(2)?,
        kind: row.parse(3)?,
        id: row.parse(4)?,
        revision: Revision(row.count(5)?),
        cursor: Cursor(row.count(6)?),
        at: Timestamp::from_millis(row.int(7)?),
        vector,
        model: row.maybe(9, |row, at| Ok(row.text(at)?.to_owned()))?,
    })
}
