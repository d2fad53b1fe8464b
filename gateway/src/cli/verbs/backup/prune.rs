//! `admin backup prune`: throw away what no rule keeps.

use std::path::PathBuf;

use serde_json::json;

use crate::backup::{Directory, Pruned, Rules, prune};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;

/// Arguments of `admin backup prune`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("rules").required(true).multiple(true))]
pub struct Args {
    /// The directory of backups
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Keep so many of the last ones
    #[arg(long, value_name = "COUNT", group = "rules")]
    keep_last: Option<usize>,
    /// Keep the last of each of so many days that have one, by UTC
    #[arg(long, value_name = "COUNT", group = "rules")]
    keep_daily: Option<usize>,
    /// Keep the last of each of so many weeks that have one, Monday to Sunday
    #[arg(long, value_name = "COUNT", group = "rules")]
    keep_weekly: Option<usize>,
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
}

/// Throws away what no rule keeps.
///
/// # Errors
/// [`Failure::Coded`] with the code of what went wrong; nothing has gone when a backup or a file
/// that stays is broken.
pub fn run(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let count = |rule: Option<usize>| rule.unwrap_or_default();
    let rules = Rules {
        last: count(args.keep_last),
        daily: count(args.keep_daily),
        weekly: count(args.keep_weekly),
    };
    // Nobody writes to it meanwhile, and none is made where there is none.
    let looked = Directory::read(&args.dir);
    let directory = if looked.numbers()?.is_empty() || args.dry_run {
        looked
    } else {
        Directory::write(&args.dir)?
    };
    let out = &mut *cx.out;
    let pruned = prune(&directory, rules, args.dry_run, &mut |text| out.progress(text))?;
    cx.out.progress("");
    told(&pruned, args.dry_run, cx)
}

fn told(pruned: &Pruned, dry: bool, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if cx.out.is_json() {
        let Pruned { kept, pruned, files, bytes } = pruned;
        return cx.out.json(&json!({
            "kept": kept, "pruned": pruned, "files": files, "bytes": bytes, "dry_run": dry,
        }));
    }
    let mark = cx.out.paint(Style::Good, "✓");
    let (gone, kept) = (pruned.pruned.len(), pruned.kept.len());
    let would = if dry { "would go" } else { "went" };
    let (files, bytes) = (pruned.files, pruned.bytes);
    let listed: Vec<String> = pruned.kept.iter().map(ToString::to_string).collect();
    let listed = listed.join(", ");
    cx.out.line(&format!(
        "{mark} {gone} backups {would}, {files} files with {bytes} bytes; {kept} stay: {listed}"
    ))
}
