//! Judges a history again that a run of failures has kept, and draws it anew beside it:
//! `judge-history FILE`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use cambium_tests::history::{History, picture};

fn main() -> anyhow::Result<ExitCode> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).context("judge-history FILE")?;
    let history = History::load(&path)?;
    std::fs::write(path.with_extension("svg"), picture(&history))?;
    let mut out = std::io::stdout().lock();
    let [done, refused, unknown] = history.counts();
    writeln!(out, "{done} errands done, {refused} refused, {unknown} unknown")?;
    let found = history.judge();
    for violation in &found {
        writeln!(out, "{}: {}", violation.actor, violation.what)?;
    }
    writeln!(out, "{} violations", found.len())?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
