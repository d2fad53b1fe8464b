//! Reading the log: the tail beside a bare reader, the read models beside bare inserts.

use std::time::Instant;

use contracts::Cursor;
use contracts::ports::Feed;
use futures_util::StreamExt as _;
use projections::bench::{BenchReport, Folded};

use super::rows::Rows;

/// The whole log through the tail, decoded, beside a reader that only counts messages.
///
/// # Errors
/// When the log cannot be read.
pub async fn tail(
    connection: &nats::Connection,
    feed: &dyn Feed,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let raw = nats::bench::raw_read(connection).await?;
    rows.rate("ordered read of the log, bare broker", raw, None, None);
    let head = feed.position();
    let mut entries = feed.subscribe(Cursor::ZERO);
    let begun = Instant::now();
    let mut count: u64 = 0;
    while let Some(entry) = entries.next().await {
        count += 1;
        if entry?.cursor() >= head {
            break;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a million at most")]
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    rows.rate("tail, decoded", rate, Some(raw), Some("≥ 0.7 x"));
    Ok(())
}

/// The read models, all together and each by itself, beside the bare insertion of the rows that
/// they made.
pub fn models(folded: &BenchReport, rows: &mut Rows) {
    let (engine, bare) = match folded.engine.as_str() {
        "PostgreSQL" => (", on PostgreSQL", "copied bare (COPY)"),
        _ => ("", "inserted bare, in batches"),
    };
    let all = format!("all {} read models", folded.all.models.len());
    one(&folded.all, (&all, engine, bare), Some("≥ 0.5 x"), rows);
    for folded in &folded.each {
        // Rows that change again and again are copied once: a share of that is no target.
        one(folded, (&folded.models.join(", "), engine, bare), None, rows);
    }
}

fn one(
    folded: &Folded,
    (who, engine, bare): (&str, &str, &str),
    target: Option<&str>,
    rows: &mut Rows,
) {
    let raw = folded.raw_commits_per_second;
    let what = format!("commits whose {} rows of {who} are {bare}{engine}", folded.rows);
    rows.rate(&what, raw, None, None);
    let what = format!("commits into {who}{engine}");
    rows.rate(&what, folded.commits_per_second, Some(raw), target);
}
