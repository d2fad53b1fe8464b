//! Questions about bases.

use std::collections::BTreeMap;

use contracts::search::Words;
use contracts::search::knowledge::{Base, Passage, PassageKey, VectorPart};
use contracts::{ActorId, Hash, Refusal, Revision, Tenant};

use super::{Knowledge, tables};
use crate::core::Core;
use crate::error::Error;
use crate::model::{ReadModel as _, Stem};
use crate::store::{Cell, Row, int};
use crate::words::{Statistics, question, words};

/// How many passages are looked at before the best are told.
const LOOKED_AT_MAX: usize = 1_000;
/// How many passages are read by one statement.
const READ_MAX: usize = 200;

/// Whose base.
type Whose<'a> = (&'a Tenant, &'a ActorId);

fn whose((tenant, base): Whose<'_>) -> Vec<Cell> {
    vec![tenant.as_str().into(), base.as_str().into()]
}

/// The base, with how much there is in it.
pub(crate) async fn base(core: &Core, of: Whose<'_>) -> Result<Option<Base>, Refusal> {
    let rows = core.read(Knowledge::NAME, |stem| {
        let (bases, passages) = (stem.table("bases"), stem.table(""));
        let sql = format!(
            "SELECT serving_model, serving_dimensions, serving, (SELECT COUNT(*) FROM {passages} p \
             WHERE p.tenant = b.tenant AND p.base = b.base) FROM {bases} b WHERE b.tenant = ? AND \
             b.base = ?"
        );
        (sql, whose(of))
    });
    let rows = rows.await?;
    let read = |row: &Row| -> Result<Base, Error> {
        let text = |row: &Row, at: usize| Ok(row.text(at)?.to_owned());
        Ok(Base {
            model: row.maybe(0, text)?,
            dimensions: row.maybe(1, small)?,
            serving: small(row, 2)?,
            passages: row.count(3)?,
        })
    };
    Ok(rows.first().map(read).transpose()?)
}

fn small(row: &Row, at: usize) -> Result<u32, Error> {
    u32::try_from(row.int(at)?).map_err(|error| Error::Row(error.to_string()))
}

/// The passages that hold any of the words, the best first.
pub(crate) async fn by_words(
    core: &Core,
    of: Whose<'_>,
    text: &str,
    limit: usize,
) -> Result<Vec<Words<PassageKey>>, Refusal> {
    let asked = question(text);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let statistics = statistics(core, of, &asked).await?;
    let scope = [tables::scope(of.0, of.1)];
    let all: Vec<&str> = asked.iter().map(String::as_str).collect();
    let engine = core.store.engine();
    let rows = core.read(Knowledge::NAME, |stem| {
        let passages = stem.table("");
        let found = tables::words(stem).find(engine, (&passages, "p"), (&scope, &all));
        let sql = format!(
            "SELECT p.document, p.part, p.passage, p.headings, p.text, d.title, p.n FROM {} JOIN \
             {} d ON d.tenant = p.tenant AND d.base = p.base AND d.document = p.document WHERE {} \
             AND p.tenant = ? AND p.base = ? ORDER BY {}, p.n LIMIT ?",
            found.from,
            stem.table("documents"),
            found.condition,
            found.order
        );
        let mut args = vec![found.question];
        args.extend(whose(of));
        args.push(int(LOOKED_AT_MAX as u64));
        (sql, args)
    });
    // Equal ones stay in this order, which is that of no engine.
    let mut rows = rows.await?;
    rows.sort_by_key(|row| row.int(6).unwrap_or_default());
    let found: Vec<_> = rows.iter().map(candidate).collect::<Result<_, Error>>()?;
    let ranked = statistics.rank(found, |(_, text)| words(text), limit);
    let without = |it: Words<(PassageKey, String)>| {
        let Words { item: (item, _), score, words } = it;
        Words { item, score, words }
    };
    Ok(ranked.into_iter().map(without).collect())
}

fn candidate(row: &Row) -> Result<(PassageKey, String), Error> {
    let headings: Vec<String> = row.json(3)?;
    let title = row.text(5)?;
    let title = if contracts::privacy::carries(title) { "" } else { title };
    let text = format!("{title} {} {}", headings.join(" "), row.text(4)?);
    let (part, passage) = (small(row, 1)?, small(row, 2)?);
    Ok((PassageKey { document: row.text(0)?.to_owned(), part, passage }, text))
}

/// What is searched, as numbers: of this base alone.
async fn statistics(core: &Core, of: Whose<'_>, asked: &[String]) -> Result<Statistics, Refusal> {
    let rows = core.read(Knowledge::NAME, |stem| {
        let passages = stem.table("");
        let sql = format!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM {passages} WHERE tenant = ? AND base = ? \
             AND sealed = 0"
        );
        (sql, whose(of))
    });
    let rows = rows.await?;
    let count = |at: usize| rows.first().map_or(Ok(0), |row| row.count(at));
    let (texts, all) = (count(0)?, count(1)?);
    let scope = [tables::scope(of.0, of.1)];
    let mut holding = BTreeMap::new();
    let engine = core.store.engine();
    for word in asked {
        let counted = core.read(Knowledge::NAME, |stem| {
            let passages = stem.table("");
            let found = tables::words(stem).find(engine, (&passages, "p"), (&scope, &[word]));
            let sql = format!(
                "SELECT COUNT(*) FROM {} WHERE {} AND p.tenant = ? AND p.base = ?",
                found.from, found.condition
            );
            let mut args = vec![found.question];
            args.extend(whose(of));
            (sql, args)
        });
        let counted = counted.await?;
        let counted = counted.first().map_or(Ok(0), |row| row.count(0))?;
        holding.insert(word.clone(), counted);
    }
    Ok(Statistics { texts, words: all, holding })
}

/// Where the vectors are kept that are searched.
pub(crate) async fn vectors(core: &Core, of: Whose<'_>) -> Result<Vec<VectorPart>, Refusal> {
    let rows = core.read(Knowledge::NAME, |stem| {
        let (vectors, bases) = (stem.table("vectors"), stem.table("bases"));
        let sql = format!(
            "SELECT v.document, v.part, v.model, v.blob, v.vectors, v.dimensions FROM {vectors} v \
             JOIN {bases} b ON b.tenant = v.tenant AND b.base = v.base AND b.serving = \
             v.generation WHERE v.tenant = ? AND v.base = ? ORDER BY v.document, v.part"
        );
        (sql, whose(of))
    });
    let read = |row: &Row| -> Result<VectorPart, Error> {
        let blob = <[u8; 32]>::try_from(row.bytes(3)?);
        Ok(VectorPart {
            document: row.text(0)?.to_owned(),
            part: small(row, 1)?,
            model: row.text(2)?.to_owned(),
            blob: Hash(blob.map_err(|_| Error::Row("a hash has 32 bytes".to_owned()))?),
            count: small(row, 4)?,
            dimensions: small(row, 5)?,
        })
    };
    Ok(rows.await?.iter().map(read).collect::<Result<_, _>>()?)
}

/// What a passage is read from.
fn select(stem: &Stem) -> String {
    let (passages, documents) = (stem.table(""), stem.table("documents"));
    format!(
        "SELECT p.document, d.version, d.title, d.source, p.source_revision, p.part, p.passage, \
         p.headings, p.text, p.revision, d.metadata FROM {passages} p JOIN {documents} d ON \
         d.tenant = p.tenant AND d.base = p.base AND d.document = p.document"
    )
}

fn passage(row: &Row) -> Result<Passage, Error> {
    Ok(Passage {
        document: row.text(0)?.to_owned(),
        version: Revision(row.count(1)?),
        title: row.text(2)?.to_owned(),
        source: row.json(3)?,
        source_revision: row.maybe(4, |row, at| Ok(Revision(row.count(at)?)))?,
        part: small(row, 5)?,
        passage: small(row, 6)?,
        headings: row.json(7)?,
        text: row.text(8)?.to_owned(),
        revision: Revision(row.count(9)?),
        metadata: row.json(10)?,
    })
}

/// The passages of these keys.
pub(crate) async fn passages(
    core: &Core,
    of: Whose<'_>,
    keys: &[PassageKey],
) -> Result<Vec<Passage>, Refusal> {
    let mut found = Vec::new();
    for keys in keys.chunks(READ_MAX) {
        let number = |key: &PassageKey| {
            let (part, passage) = (key.part.to_string(), key.passage.to_string());
            let place = [of.0.as_str(), of.1.as_str(), &key.document, &part, &passage];
            Cell::Int(tables::number(&place))
        };
        let rows = core.read(Knowledge::NAME, |stem| {
            let marks = vec!["?"; keys.len()].join(", ");
            let sql =
                format!("{} WHERE p.n IN ({marks}) AND p.tenant = ? AND p.base = ?", select(stem));
            (sql, keys.iter().map(number).chain(whose(of)).collect())
        });
        for row in rows.await? {
            found.push(passage(&row)?);
        }
    }
    Ok(found)
}

/// The protected passages, the last first.
pub(crate) async fn sealed(
    core: &Core,
    of: Whose<'_>,
    limit: usize,
) -> Result<Vec<Passage>, Refusal> {
    let rows = core.read(Knowledge::NAME, |stem| {
        let condition = "p.tenant = ? AND p.base = ? AND p.sealed = 1";
        let order = "p.cursor DESC, p.part, p.passage LIMIT ?";
        let sql = format!("{} WHERE {condition} ORDER BY {order}", select(stem));
        let mut args = whose(of);
        args.push(int(limit as u64));
        (sql, args)
    });
    Ok(rows.await?.iter().map(passage).collect::<Result<_, _>>()?)
}
