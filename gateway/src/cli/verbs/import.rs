//! `import`: an export into this system, byte for byte.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use contracts::archive::Imported;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use super::verify;
use crate::cli::client::{Client, shape};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::lines::NDJSON;
use crate::cli::paint::Style;

/// Lines that are sent at once: what the server stores in one step.
const CHUNK_LINES: usize = 500;
/// Bytes that are sent at once, beside the line that goes over it.
const CHUNK_BYTES: usize = 6 * 1024 * 1024;
/// How often a chunk is sent again while the server is away.
const TRIES_MAX: u32 = 8;
/// Pause before the first of them, in milliseconds; doubles.
const PAUSE_MS: u64 = 250;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file written by `export`; `-` = standard input, which is not checked before
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Checks the file, then sends it chunk by chunk. Running it again after a cut is safe: what is
/// there already is passed over.
///
/// # Errors
/// [`Failure::Told`] when the file is broken, [`Failure::Refused`] when the server has another
/// history.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut reader: Box<dyn BufRead + Send> = if args.file == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let report = verify::checked(&args.file, cx.out)?;
        if report.count() > 0 {
            return verify::print_report(cx, &report);
        }
        let failed = |error| Failure::Failed(format!("{}: {error}", args.file.display()));
        Box::new(BufReader::with_capacity(1 << 20, File::open(&args.file).map_err(failed)?))
    };
    let client = cx.client()?;
    let mut done = Imported::default();
    loop {
        let chunk = chunk(&mut reader)?;
        if chunk.is_empty() {
            break;
        }
        let one = send(cx, &client, chunk).await?;
        done.commits += one.commits;
        done.skipped += one.skipped;
        done.blobs += one.blobs;
        done.blobs_missing += one.blobs_missing;
        done.cursor = done.cursor.max(one.cursor);
        cx.out.progress(&format!("{} commits, {} already here", done.commits, done.skipped));
    }
    cx.out.progress("");
    told(cx, done)
}

fn chunk(reader: &mut impl BufRead) -> Result<Vec<u8>, Failure> {
    let mut chunk = Vec::new();
    for _ in 0..CHUNK_LINES {
        if chunk.len() >= CHUNK_BYTES || reader.read_until(b'\n', &mut chunk)? == 0 {
            break;
        }
    }
    Ok(chunk)
}

async fn send(cx: &mut Cx<'_>, client: &Client, chunk: Vec<u8>) -> Result<Imported, Failure> {
    let body = bytes::Bytes::from(chunk);
    let mut tries = 0;
    loop {
        let request = client.request(Method::POST, "/v1/import", &[]);
        let request = request.header(CONTENT_TYPE, NDJSON).body(body.clone());
        let failure = match client.ask(request).await {
            Ok(answer) => return shape(&answer.body),
            Err(failure) => failure,
        };
        let passes = match &failure {
            Failure::Unreachable { .. } => true,
            Failure::Refused(problem) => matches!(problem.status, 429 | 502..=504),
            _ => false,
        };
        tries += 1;
        if !passes || tries > TRIES_MAX {
            return Err(failure);
        }
        cx.out.remark(&format!("{failure}; trying again"));
        tokio::time::sleep(Duration::from_millis(PAUSE_MS << tries.min(6))).await;
    }
}

fn told(cx: &mut Cx<'_>, done: Imported) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(&json!(done));
    }
    let Imported { commits, skipped, blobs, blobs_missing, .. } = done;
    let mark = cx.out.paint(Style::Good, "✓");
    let mut line = format!("{mark} {commits} commits imported, {skipped} were here");
    if blobs > 0 {
        line.push_str(&format!(", {blobs} contents"));
    }
    cx.out.line(&line)?;
    if blobs_missing > 0 {
        cx.out.remark(&format!("{blobs_missing} contents were missing in the export already"));
    }
    Ok(())
}
