//! `diff`: what stands between two states.

use contracts::view::{Diff, Side, TextChange};
use serde_json::Value;

use crate::cli::Out;
use crate::cli::address::{At, Subject};
use crate::cli::client::shape;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::{Style, digest};
use crate::cli::render;

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The one side
    #[arg(value_name = "KIND/ID")]
    pub left: Subject,
    /// The other side, of the same kind [default: the same actor]
    #[arg(value_name = "KIND/ID2")]
    pub right: Option<Subject>,
    /// Compare a fork with the actor that it continues
    #[arg(long, conflicts_with = "right")]
    pub parent: bool,
    /// The one side as of this revision or instant [default: the last]
    #[arg(long, value_name = "REVISION|TIME")]
    pub at: Option<At>,
    /// The other side as of this revision or instant [default: the last]
    #[arg(long, value_name = "REVISION|TIME")]
    pub with_at: Option<At>,
}

/// Compares on the server and prints the difference. Two states that differ are no failure.
///
/// # Errors
/// As [`crate::cli::client::Client::get`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Args { left, right, parent, at, with_at } = args;
    let right = right.unwrap_or_else(|| left.clone());
    if left.kind != right.kind {
        return Err(Failure::Coded {
            code: "diff_kinds_differ".into(),
            reason: "only actors of one kind can be compared".to_owned(),
            exit: 2,
        });
    }
    let mut query = vec![("with", right.id.to_string())];
    if parent {
        query = vec![("parent", "1".to_owned())];
    }
    query.extend(at.map(|at| ("at", at.to_string())));
    query.extend(with_at.map(|at| ("with_at", at.to_string())));
    let path = format!("/v1/{}/{}/diff", left.kind, left.id);
    let value = cx.client()?.get(&path, &query).await?;
    if cx.out.is_json() {
        return cx.out.json(&value);
    }
    print(cx, &left, &shape(&value)?)
}

fn print(cx: &mut Cx<'_>, subject: &Subject, diff: &Diff) -> Result<(), Failure> {
    let side = |side: &Side| {
        let hash = side.state_hash.to_string();
        format!("{}/{} revision {}  state {}", subject.kind, side.id, side.revision, digest(&hash))
    };
    let left = cx.out.paint(Style::Bad, &format!("--- {}", side(&diff.left)));
    let right = cx.out.paint(Style::Good, &format!("+++ {}", side(&diff.right)));
    cx.out.line(&left)?;
    cx.out.line(&right)?;
    let common = cx.out.paint(Style::Faint, &format!("    common up to revision {}", diff.common));
    cx.out.line(&common)?;
    for (mark, style, commits) in
        [("-", Style::Bad, &diff.left_only), ("+", Style::Good, &diff.right_only)]
    {
        for commit in commits {
            for line in events(cx.out, commit) {
                let line = cx.out.paint(style, &format!("{mark} {line}"));
                cx.out.line(&line)?;
            }
        }
    }
    let operations = diff.patch.as_array().cloned().unwrap_or_default();
    if operations.is_empty() {
        let line = cx.out.paint(Style::Good, "✓ the states are equal");
        return cx.out.line(&line);
    }
    let head = cx.out.paint(Style::Faint, "    state:");
    cx.out.line(&head)?;
    for operation in &operations {
        let path = operation["path"].as_str().unwrap_or_default();
        if let Some(text) = diff.texts.iter().find(|text| text.path == path) {
            unified(cx, text)?;
            continue;
        }
        let (style, line) = patch_line(cx.out, operation);
        let line = cx.out.paint(style, &line);
        cx.out.line(&line)?;
    }
    Ok(())
}

/// A long text, line by line.
fn unified(cx: &mut Cx<'_>, text: &TextChange) -> Result<(), Failure> {
    let head = cx.out.paint(Style::Doubtful, &format!("  ~ {}", text.path));
    cx.out.line(&head)?;
    for line in text.unified.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => Style::Good,
            Some(b'-') => Style::Bad,
            Some(b'@') => Style::Name,
            _ => Style::Faint,
        };
        let line = cx.out.paint(style, &format!("    {line}"));
        cx.out.line(&line)?;
    }
    Ok(())
}

fn events(out: &Out, commit: &Value) -> Vec<String> {
    let (revision, command) = (&commit["revision"], render::cell(out, &commit["command"]["name"]));
    let events = commit["events"].as_array().into_iter().flatten();
    events
        .map(|event| {
            let data = out.fit(&event["data"].to_string(), 100);
            format!("#{revision} {command}: {} {data}", render::cell(out, &event["type"]))
        })
        .collect()
}

/// One operation of a JSON Patch, as a line.
fn patch_line(out: &Out, operation: &Value) -> (Style, String) {
    let path = operation["path"].as_str().unwrap_or_default();
    let value = out.fit(&operation["value"].to_string(), 100);
    let from = operation["from"].as_str().unwrap_or_default();
    match operation["op"].as_str().unwrap_or_default() {
        "add" => (Style::Good, format!("  + {path} = {value}")),
        "remove" => (Style::Bad, format!("  - {path}")),
        "replace" => (Style::Doubtful, format!("  ~ {path} = {value}")),
        "move" => (Style::Doubtful, format!("  > {path} from {from}")),
        "copy" => (Style::Good, format!("  + {path} as {from}")),
        other => (Style::Plain, format!("  ? {other} {path}")),
    }
}
