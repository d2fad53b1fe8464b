//! What tenants' programs tell: log lines over HTTP until they are durable, beside bare publishes
//! of as many bytes, and until they are in the rows.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::RAW_BYTES;
use super::rows::{Rows, measure};
use crate::edge::records::RecordDesk;

/// Requests on their way at a time.
const WINDOW: usize = 16;

/// Log lines of a request.
const LINES: usize = 100;

/// How long the rows may take to read the rest.
const REST: Duration = Duration::from_secs(600);

/// Where the program answers, and what lets one in.
pub struct Door<'a> {
    /// Such as `http://127.0.0.1:8080/v1`.
    pub url: &'a str,
    /// The key of the admin.
    pub key: &'a str,
}

/// Tells `lines` log lines, a hundred in a request.
///
/// # Errors
/// The first request that is refused; rows that do not come to the end.
pub async fn run(
    connection: &nats::Connection,
    desk: &RecordDesk,
    door: &Door<'_>,
    lines: usize,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let requests = lines.div_ceil(LINES).max(WINDOW);
    let before = desk.stream.head().await?;
    let client = Client::builder().no_proxy().build()?;
    let (url, begun) = (format!("{}/telemetry/logs", door.url), Instant::now());
    let tell = |number: usize| {
        let request = client.post(&url).header("x-api-key", door.key).json(&body(number));
        async move {
            let answer = request.send().await?;
            let status = answer.status();
            anyhow::ensure!(status == StatusCode::OK, "{status}: {}", answer.text().await?);
            Ok(())
        }
    };
    let took = measure(WINDOW, requests, tell).await?;
    let head = desk.stream.head().await?;
    desk.rows()?.reached(head, REST).await?;
    let whole = begun.elapsed();
    let stored = desk.stream.entries(before, 1).await?;
    let bytes = stored.first().map_or(RAW_BYTES, |entry| entry.payload.len());
    let raw = nats::bench::raw_publish(connection, WINDOW, requests, bytes).await?;
    let bare = raw.per_second;
    rows.raw(&format!("publish of {bytes} bytes, bare broker"), raw);
    rows.commands(&format!("telemetry over HTTP, {LINES} log lines each"), WINDOW, &took, None);
    let (lines, bare) = ((requests * LINES) as f64, bare * LINES as f64);
    rows.rate("log lines taken, durable", took.per_second() * LINES as f64, Some(bare), None);
    rows.rate(
        "log lines until they are in the rows",
        lines / whole.as_secs_f64(),
        Some(bare),
        None,
    );
    Ok(())
}

fn body(request: usize) -> Value {
    let line = |line: usize| {
        json!({
            "level": if line.is_multiple_of(10) { "warn" } else { "info" },
            "message": format!("request {request}-{line} took {} ms", line * 7 % 250),
            "labels": { "route": format!("/things/{}", line % 12), "status": 200 + line % 3 },
        })
    };
    let records: Vec<Value> = (0..LINES).map(line).collect();
    json!({ "service": "bench", "labels": { "zone": "a" }, "records": records })
}
