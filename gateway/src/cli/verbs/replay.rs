//! `replay`: derive a state again from the log.

use contracts::view::{Drift, Replay, Replayed};
use serde_json::Value;

use super::against::{self, Against};
use crate::cli::address::{At, Subject};
use crate::cli::client::shape;
use crate::cli::context::Cx;
use crate::cli::failure::{Failure, Problem};
use crate::cli::lines::Lines;
use crate::cli::paint::Style;

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The actor
    #[arg(value_name = "KIND/ID")]
    pub subject: Subject,
    /// Up to this revision or instant [default: all]
    #[arg(long, value_name = "REVISION|TIME")]
    pub at: Option<At>,
    /// Also decide the recorded commands again and report what would differ
    #[arg(long)]
    pub decide: bool,
    /// Run it once more with another model or assistant, on the answers that its tools gave then,
    /// and show what is different
    #[arg(long, value_name = "MODEL|assistant/ID[@REVISION]")]
    #[arg(conflicts_with_all = ["at", "decide"])]
    pub against: Option<Against>,
}

/// Replays on the server and prints what it led to.
///
/// # Errors
/// As [`crate::cli::client::Client::get`]; [`Failure::Told`] when today's rules decide otherwise
/// or the living actor differs.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if let Some(against) = &args.against {
        return against::run(&args.subject, against, cx).await;
    }
    let mut query: Vec<_> = args.at.iter().map(|at| ("at", at.to_string())).collect();
    query.extend(args.decide.then(|| ("decide", "1".to_owned())));
    let path = format!("/v1/{}/{}/replay", args.subject.kind, args.subject.id);
    let value = watched(cx, &path, &query).await?;
    let replay: Replay = shape(&value)?;
    if cx.out.is_json() {
        cx.out.json(&value)?;
    } else {
        print(cx, &args, &replay)?;
    }
    let same = replay.drift.is_empty() && replay.matches_cell != Some(false);
    if same { Ok(()) } else { Err(Failure::Told) }
}

/// The answer, progress told on the way.
async fn watched(cx: &mut Cx<'_>, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
    let client = cx.client()?;
    let mut lines = Lines::get(&client, path, query).await?;
    while let Some(line) = lines.next().await? {
        let mut value: Value = serde_json::from_slice(&line)
            .map_err(|error| Failure::Failed(format!("the answer is not JSON: {error}")))?;
        if let Some(problem) = value.get("problem") {
            cx.out.progress("");
            let problem = Problem::read(0, problem.to_string().as_bytes());
            return Err(Failure::Refused(Box::new(problem)));
        }
        if value.get("replay").is_some() {
            cx.out.progress("");
            return Ok(value["replay"].take());
        }
        let Replayed { commits, revision, deciding } = shape(&value["progress"])?;
        let what = if deciding { "decided again" } else { "folded" };
        cx.out.progress(&format!("{commits} commits {what}, revision {revision}"));
    }
    Err(Failure::Failed("the server stopped before the end of the replay".to_owned()))
}

fn print(cx: &mut Cx<'_>, args: &Args, replay: &Replay) -> Result<(), Failure> {
    let actor = cx.out.paint(Style::Name, &args.subject.to_string());
    let revision = replay.state.revision;
    let rest = format!("{} commits, {} events", replay.commits, replay.events);
    let rest = cx.out.paint(Style::Faint, &rest);
    cx.out.line(&format!("{actor}  revision {revision}  {rest}"))?;
    let hash = cx.out.paint(Style::Strong, &replay.state.state_hash.to_string());
    cx.out.line(&format!("  state_hash  {hash}"))?;
    let (style, word) = match replay.matches_cell {
        Some(true) => (Style::Good, "✓ equal to the living actor"),
        Some(false) => (Style::Bad, "✗ the living actor differs"),
        None => (Style::Faint, "  no living actor at this revision to compare with"),
    };
    let word = cx.out.paint(style, word);
    cx.out.line(&word)?;
    if let Some(at) = replay.matches_snapshot {
        let word = cx.out.paint(Style::Good, &format!("✓ equal to the snapshot at revision {at}"));
        cx.out.line(&word)?;
    }
    if let Some(number) = replay.matches_tree_head {
        let word = format!("✓ covered by tree head {number}, with the same last commit");
        let word = cx.out.paint(Style::Good, &word);
        cx.out.line(&word)?;
    }
    if args.decide && replay.drift.is_empty() {
        let word = cx.out.paint(Style::Good, "✓ every command would be decided the same today");
        cx.out.line(&word)?;
    }
    for drift in &replay.drift {
        tell(cx, drift)?;
    }
    Ok(())
}

fn tell(cx: &mut Cx<'_>, drift: &Drift) -> Result<(), Failure> {
    let (then, now) = drift.rules;
    let head = format!(
        "✗ revision {} {}: decided otherwise (rules {then} then, {now} now)",
        drift.revision, drift.command
    );
    let head = cx.out.paint(Style::Bad, &head);
    cx.out.line(&head)?;
    for (mark, style, value) in
        [("-", Style::Bad, &drift.recorded), ("+", Style::Good, &drift.decided)]
    {
        let line = cx.out.paint(style, &format!("  {mark} {value}"));
        cx.out.line(&line)?;
    }
    Ok(())
}
