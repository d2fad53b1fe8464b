//! `verify`: check hash chains, on a server or in an exported file.

mod file;
mod lines;
mod log;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use contracts::view::Verification;
use serde_json::{Value, json};

use crate::cli::address::Subject;
use crate::cli::client::{Client, shape};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::out::Out;
use crate::cli::paint::{Style, digest};

pub use file::check;
pub use lines::{Checker, Read, Report};

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
#[group(required = true)]
pub struct Args {
    /// The actor
    #[arg(value_name = "KIND/ID", conflicts_with_all = ["all", "file"])]
    pub subject: Option<Subject>,
    /// The whole log: every chain and, of all tenants, every tree head
    #[arg(long, conflicts_with = "file")]
    pub all: bool,
    /// A file written by `export`; needs no server
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// With --all: also derive the state of every actor
    #[arg(long, requires = "all", conflicts_with_all = ["subject", "file"])]
    pub states: bool,
}

/// Checks and prints what it found.
///
/// # Errors
/// [`Failure::Told`] when a chain is broken; as [`Client::get`] otherwise.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if let Some(path) = &args.file {
        return file::run(path, cx);
    }
    let client = cx.client()?;
    if let Some(subject) = &args.subject {
        let found = one(&client, subject).await?;
        print(cx, &found)?;
        return if found.ok { Ok(()) } else { Err(Failure::Told) };
    }
    log::run(cx, &client, args.states).await
}

async fn one(client: &Client, subject: &Subject) -> Result<Verification, Failure> {
    let path = format!("/v1/{}/{}/verify", subject.kind, subject.id);
    shape(&client.get(&path, &[]).await?)
}

/// What an exported file holds, without a word on it.
///
/// # Errors
/// When it cannot be read.
pub fn checked(path: &std::path::Path, out: &mut Out) -> Result<Report, Failure> {
    Ok(check(path, Checker::default(), out)?.finish())
}

/// Prints what is wrong with an exported file.
///
/// # Errors
/// [`Failure::Told`] when something is.
pub fn print_report(cx: &mut Cx<'_>, report: &Report) -> Result<(), Failure> {
    file::print(cx, report)
}

/// The last line, and whether it is a failure.
fn total(cx: &mut Cx<'_>, actors: u64, commits: u64, broken: u64) -> Result<(), Failure> {
    let facts = json!({ "actors": actors, "commits": commits, "broken": broken });
    if cx.out.is_json() {
        cx.out.json(&facts)?;
    } else {
        let (style, mark) = if broken == 0 { (Style::Good, "✓") } else { (Style::Bad, "✗") };
        let mark = cx.out.paint(style, mark);
        cx.out.line(&format!("{mark} {actors} actors, {commits} commits, {broken} broken"))?;
    }
    if broken == 0 { Ok(()) } else { Err(Failure::Told) }
}

fn print(cx: &mut Cx<'_>, found: &Verification) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(&serde_json::to_value(found).unwrap_or(Value::Null));
    }
    let name = format!("{}/{}", found.kind, found.id);
    if found.ok {
        let mark = cx.out.paint(Style::Good, "✓");
        let rest = format!(
            "{} commits, revision {}, hash {}",
            found.commits,
            found.revision,
            digest(&found.commit_hash.to_string())
        );
        let rest = cx.out.paint(Style::Faint, &rest);
        return cx.out.line(&format!("{mark} {name}  {rest}"));
    }
    let mark = cx.out.paint(Style::Bad, "✗");
    let at = found.broken_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let reason = found.reason.as_deref().unwrap_or("no reason given");
    let reason = cx.out.paint(Style::Plain, &format!("{name} revision {at}: {reason}"));
    cx.out.line(&format!("{mark} {reason}"))
}
