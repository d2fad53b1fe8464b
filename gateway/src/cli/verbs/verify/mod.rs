//! `verify`: check hash chains, on a server or in an exported file.

mod file;
mod lines;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use contracts::view::Verification;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::cli::address::Subject;
use crate::cli::client::{Client, shape};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::history::cursor_text;
use crate::cli::paint::{Style, digest};

/// Actors verified at once.
const CONCURRENT_MAX: usize = 8;
/// Actors listed at once.
const PAGE_ACTORS: u64 = 200;

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Args {
    /// The actor
    #[arg(value_name = "KIND/ID")]
    pub subject: Option<Subject>,
    /// All actors of all kinds
    #[arg(long)]
    pub all: bool,
    /// A file written by `export`; needs no server
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
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
    all(cx, &client).await
}

async fn one(client: &Client, subject: &Subject) -> Result<Verification, Failure> {
    let path = format!("/v1/{}/{}/verify", subject.kind, subject.id);
    shape(&client.get(&path, &[]).await?)
}

/// Every actor of every kind, the broken ones told one by one.
async fn all(cx: &mut Cx<'_>, client: &Client) -> Result<(), Failure> {
    let (mut actors, mut commits, mut broken) = (0_u64, 0_u64, 0_u64);
    let pages = cx.local.pages();
    for page in pages.iter() {
        let mut after = None;
        loop {
            // By id: other orders change while actors are at work, and pages would overlap or gape.
            let order = ("order", "id".to_owned());
            let mut query = vec![("limit", PAGE_ACTORS.to_string()), order];
            query.extend(after.clone().map(|after| ("after", after)));
            let listed = match client.get(&format!("/v1/{}", page.kind), &query).await {
                Ok(listed) => listed,
                // A server of another version, without this kind.
                Err(Failure::Refused(problem)) if problem.status == 404 => {
                    cx.out.remark(&format!("{}: {}", page.kind, problem.detail));
                    break;
                }
                Err(failure) => return Err(failure),
            };
            let items = listed["items"].as_array().cloned().unwrap_or_default();
            let subjects = items.iter().filter_map(|item| {
                Some(Subject { kind: page.kind.clone(), id: item["id"].as_str()?.parse().ok()? })
            });
            let checks = subjects.map(|subject| {
                let client = client.clone();
                async move { one(&client, &subject).await }
            });
            let mut found = stream::iter(checks.collect::<Vec<_>>()).buffered(CONCURRENT_MAX);
            while let Some(found) = found.next().await {
                let found = found?;
                actors += 1;
                commits += found.commits;
                if !found.ok {
                    broken += 1;
                    cx.out.progress("");
                }
                if !found.ok || cx.out.is_json() {
                    print(cx, &found)?;
                }
                cx.out.progress(&format!("{actors} actors, {commits} commits, {broken} broken"));
            }
            let next = listed.get("next").and_then(cursor_text);
            if next.is_none() || next == after {
                break;
            }
            after = next;
        }
    }
    cx.out.progress("");
    total(cx, actors, commits, broken)
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
