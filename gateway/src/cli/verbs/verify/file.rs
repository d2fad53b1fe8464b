//! Verifying an exported file, without a server.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde_json::json;

use super::lines::{Checker, Report};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;

/// Commits between two signs of progress.
const PROGRESS_COMMITS: u64 = 10_000;

/// Checks the file at `path` and prints what it found.
///
/// # Errors
/// [`Failure::Told`] when it is broken, [`Failure::Failed`] when it cannot be read or holds
/// nothing.
pub fn run(path: &Path, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let at = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
    let mut reader = BufReader::new(File::open(path).map_err(at)?);
    let (mut checker, mut line, mut lines) = (Checker::default(), Vec::new(), 0_u64);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(at)? == 0 {
            break;
        }
        checker.line(line.strip_suffix(b"\n").unwrap_or(&line));
        lines += 1;
        if lines.is_multiple_of(PROGRESS_COMMITS) {
            cx.out.progress(&format!("{lines} lines"));
        }
    }
    cx.out.progress("");
    let report = checker.finish();
    if report.commits == 0 && report.garbled.is_empty() {
        return Err(Failure::Failed(format!("{} holds no commits", path.display())));
    }
    print(cx, &report)
}

fn print(cx: &mut Cx<'_>, report: &Report) -> Result<(), Failure> {
    if cx.out.is_json() {
        for broken in &report.broken {
            cx.out.json(&json!({ "ok": false, "broken": broken }))?;
        }
        for garbled in &report.garbled {
            cx.out.json(&json!({ "ok": false, "garbled": garbled }))?;
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
    }
    let broken = report.broken.len() + report.garbled.len();
    super::total(cx, report.actors, report.commits, broken as u64)
}
