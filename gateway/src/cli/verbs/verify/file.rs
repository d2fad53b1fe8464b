//! Verifying an exported file, without a server.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::lines::{Checker, Read, Report};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::out::Out;
use crate::cli::paint::Style;

/// Bytes of lines that are read before they are decoded, side by side.
const GROUP_BYTES: usize = 8 * 1024 * 1024;

/// Threads that decode at most.
const DECODERS_MAX: usize = 8;

/// Checks the file at `path` and prints what it found.
///
/// # Errors
/// [`Failure::Told`] when it is broken, [`Failure::Failed`] when it cannot be read or holds
/// nothing.
pub fn run(path: &Path, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let report = check(path, Checker::default(), cx.out)?.finish();
    if report.commits == 0 && report.garbled.is_empty() {
        return Err(Failure::Failed(format!("{} holds no commits", path.display())));
    }
    print(cx, &report)
}

/// Gives all lines of the file at `path` to `checker`, telling how far it is.
///
/// # Errors
/// When it cannot be read.
pub fn check(path: &Path, mut checker: Checker, out: &mut Out) -> Result<Checker, Failure> {
    let at = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(at)?);
    let (mut bytes, begun) = (0, Instant::now());
    loop {
        let group = group(&mut reader).map_err(at)?;
        if group.is_empty() {
            break;
        }
        bytes += group.iter().map(|line| line.len() as u64 + 1).sum::<u64>();
        for (line, read) in group.iter().zip(decoded(&group)) {
            checker.take(line, read);
        }
        out.progress(&format!("{} MB, {}", bytes / 1_000_000, rate(bytes, begun)));
    }
    out.progress("");
    Ok(checker)
}

/// Megabytes a second, for people.
#[must_use]
pub fn rate(bytes: u64, begun: Instant) -> String {
    let micros = begun.elapsed().as_micros().max(1);
    format!("{} MB/s", u128::from(bytes) / micros)
}

/// Some whole lines, without their ends.
fn group(reader: &mut impl BufRead) -> std::io::Result<Vec<Vec<u8>>> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while bytes < GROUP_BYTES {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        bytes += line.len();
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        lines.push(line);
    }
    Ok(lines)
}

/// Reads and hashes lines on as many threads as there are cores, in their order.
fn decoded(lines: &[Vec<u8>]) -> Vec<Read> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = lines.len().div_ceil(cores.min(DECODERS_MAX)).max(1);
    std::thread::scope(|scope| {
        let shares = lines.chunks(share).map(|share| {
            scope.spawn(|| share.iter().map(|line| Read::line(line)).collect::<Vec<_>>())
        });
        let workers: Vec<_> = shares.collect();
        let read = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        read.flatten().collect()
    })
}

/// Prints what was found.
///
/// # Errors
/// [`Failure::Told`] when something is broken.
pub fn print(cx: &mut Cx<'_>, report: &Report) -> Result<(), Failure> {
    if cx.out.is_json() {
        for broken in &report.broken {
            cx.out.json(&json!({ "ok": false, "broken": broken }))?;
        }
        for garbled in &report.garbled {
            cx.out.json(&json!({ "ok": false, "garbled": garbled }))?;
        }
        for fault in &report.faults {
            cx.out.json(&json!({ "ok": false, "fault": fault }))?;
        }
    } else {
        let mark = cx.out.paint(Style::Bad, "✗");
        for broken in &report.broken {
            let text = cx.out.paint(Style::Plain, &broken.to_string());
            cx.out.line(&format!("{mark} {text}"))?;
        }
        for garbled in &report.garbled {
            let seems = garbled.seems.as_ref();
            let seems = seems.map_or_else(String::new, |seems| format!(", it seems {seems}"));
            let text = format!("line {}{seems}: {}", garbled.line, garbled.reason);
            let text = cx.out.paint(Style::Plain, &text);
            cx.out.line(&format!("{mark} {text}"))?;
        }
        for fault in &report.faults {
            cx.out.line(&format!("{mark} the file: {fault}"))?;
        }
    }
    super::total(cx, report.actors, report.commits, report.count())
}
