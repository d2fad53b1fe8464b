//! Verifying the whole log of a server, as the server walks it.

use std::time::Instant;

use contracts::archive::{Acknowledged, Checked, TreeHeadChecked, VerifyStep};
use contracts::entry::{Foreign, ForeignCode};

use super::file::rate;
use crate::cli::client::{Client, shape};
use crate::cli::context::Cx;
use crate::cli::failure::{Failure, Problem};
use crate::cli::lines::Lines;
use crate::cli::paint::{Style, digest};

/// Walks the log of all tenants when the key may, else of its own; prints what is broken.
///
/// # Errors
/// [`Failure::Told`] when something is.
pub async fn run(cx: &mut Cx<'_>, client: &Client, states: bool) -> Result<(), Failure> {
    let mut query: Vec<(&str, String)> = Vec::new();
    query.extend(states.then(|| ("states", "1".to_owned())));
    let mut lines = open(cx, client, query).await?;
    let begun = Instant::now();
    let mut acknowledged_by: Vec<String> = Vec::new();
    while let Some(line) = lines.next().await? {
        let value: serde_json::Value = serde_json::from_slice(&line)
            .map_err(|error| Failure::Failed(format!("the answer is not JSON: {error}")))?;
        let step: VerifyStep = shape(&value)?;
        if cx.out.is_json() && !matches!(step, VerifyStep::Failed { .. }) {
            cx.out.json(&value)?;
        }
        match step {
            VerifyStep::Progress { checked, at, until } => {
                let done = at.0.saturating_mul(100) / until.0.max(1);
                let Checked { actors, commits, bytes, broken, .. } = checked;
                let rate = rate(bytes, begun);
                let told = format!("{done} %, {actors} actors, {commits} commits, {rate}");
                cx.out.progress(&format!("{told}, {broken} broken"));
            }
            VerifyStep::Broken(broken) | VerifyStep::Underivable(broken) => {
                bad(cx, &broken.to_string())?;
            }
            VerifyStep::Foreign(foreign) => {
                bad(cx, &told(&foreign))?;
            }
            VerifyStep::Acknowledged(Acknowledged { foreign, by, at, .. }) => {
                if !cx.out.is_json() {
                    cx.out.progress("");
                    let Foreign { cursor, reason, .. } = &foreign;
                    let text = format!("cursor {cursor}: {reason}; acknowledged by {by} at {at}");
                    cx.out.remark(&text);
                }
                if !acknowledged_by.contains(&by) {
                    acknowledged_by.push(by);
                }
            }
            VerifyStep::TreeHead(head) => tree_head(cx, &head)?,
            VerifyStep::Failed { code, detail } => {
                let body = serde_json::json!({ "code": code, "detail": detail, "status": 503 });
                let problem = Problem::read(0, body.to_string().as_bytes());
                return Err(Failure::Refused(Box::new(problem)));
            }
            VerifyStep::Done(checked) => return end(cx, checked, &acknowledged_by, begun),
        }
    }
    Err(Failure::Failed("the server stopped before it had checked everything".to_owned()))
}

async fn open(
    cx: &Cx<'_>,
    client: &Client,
    mut query: Vec<(&'static str, String)>,
) -> Result<Lines, Failure> {
    if cx.global.tenant.is_none() {
        let mut all = query.clone();
        all.push(("all_tenants", "1".to_owned()));
        match Lines::get(client, "/v1/verify", &all).await {
            Err(Failure::Refused(problem)) if problem.status == 403 => {}
            opened => return opened,
        }
    }
    query.retain(|(name, _)| *name != "all_tenants");
    Lines::get(client, "/v1/verify", &query).await
}

fn bad(cx: &mut Cx<'_>, text: &str) -> Result<(), Failure> {
    cx.out.progress("");
    if cx.out.is_json() {
        return Ok(());
    }
    let mark = cx.out.paint(Style::Bad, "✗");
    let text = cx.out.paint(Style::Plain, text);
    cx.out.line(&format!("{mark} {text}"))
}

fn tree_head(cx: &mut Cx<'_>, head: &TreeHeadChecked) -> Result<(), Failure> {
    if head.ok {
        return Ok(());
    }
    let reason = head.reason.as_deref().unwrap_or("it does not hold");
    let (root, found) = (head.root.to_string(), head.found.to_string());
    let roots = format!("root {}, the log comes to {}", digest(&root), digest(&found));
    bad(cx, &format!("tree head {}: {reason} ({roots})", head.number))
}

/// A message of nobody, and what to do about it.
fn told(foreign: &Foreign) -> String {
    let Foreign { cursor, code, hash, reason, .. } = foreign;
    let text = format!("{}: cursor {cursor}: {reason}", code.as_str());
    if *code == ForeignCode::MessageLost {
        return text;
    }
    format!("{text}; when it is known: cambium admin refused --acknowledge {cursor} --hash {hash}")
}

fn end(
    cx: &mut Cx<'_>,
    checked: Checked,
    acknowledged_by: &[String],
    begun: Instant,
) -> Result<(), Failure> {
    cx.out.progress("");
    if cx.out.is_json() {
        return if checked.ok() { Ok(()) } else { Err(Failure::Told) };
    }
    let Checked { actors, commits, bytes, broken, states, tree_heads, tree_heads_broken, .. } =
        checked;
    cx.out.remark(&format!("{} MB, {}", bytes / 1_000_000, rate(bytes, begun)));
    let (style, mark) = if checked.ok() { (Style::Good, "✓") } else { (Style::Bad, "✗") };
    let mark = cx.out.paint(style, mark);
    let mut line = format!("{mark} {actors} actors, {commits} commits, {broken} broken");
    if states > 0 {
        line.push_str(&format!(", {states} states derived"));
    }
    for (count, what) in [(checked.stray, "stray"), (checked.lost, "lost")] {
        if count > 0 {
            line.push_str(&format!(", {count} {what} {}", messages(count)));
        }
    }
    if checked.acknowledged > 0 {
        let (count, by) = (checked.acknowledged, acknowledged_by.join(", "));
        line.push_str(&format!(", {count} foreign {}, acknowledged by {by}", messages(count)));
    }
    if tree_heads > 0 {
        line.push_str(&format!("; {tree_heads} tree heads, {tree_heads_broken} broken"));
    }
    cx.out.line(&line)?;
    if checked.ok() { Ok(()) } else { Err(Failure::Told) }
}

const fn messages(count: u64) -> &'static str {
    if count == 1 { "message" } else { "messages" }
}
