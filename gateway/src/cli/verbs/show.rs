//! `show`: a state, what became of a command, or the events of a trace.

use serde_json::Value;

use crate::cli::address::{At, Thing};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::cli::render;

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The actor, or the id of a command
    #[arg(value_name = "KIND/ID|COMMAND-ID", required_unless_present = "trace")]
    pub thing: Option<Thing>,
    /// The events of this trace instead, the newest first
    #[arg(long, value_name = "TRACE-ID", conflicts_with_all = ["thing", "at"])]
    pub trace: Option<String>,
    /// As of this revision or instant
    #[arg(long, value_name = "REVISION|TIME")]
    pub at: Option<At>,
}

/// Prints the state or the command.
///
/// # Errors
/// As [`crate::cli::client::Client::get`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let Some(thing) = &args.thing else {
        let trace = args.trace.unwrap_or_default();
        let told = client.get("/v1/timeline", &[("trace", trace)]).await?;
        return render::answer(cx.out, &told);
    };
    match thing {
        Thing::Actor(subject) => {
            let at: Vec<_> = args.at.iter().map(|at| ("at", at.to_string())).collect();
            let path = format!("/v1/{}/{}", subject.kind, subject.id);
            let value = client.get(&path, &at).await?;
            state(cx, &value)
        }
        Thing::Command(_) if args.at.is_some() => {
            Err(Failure::Usage("--at is for actors".to_owned()))
        }
        Thing::Command(id) => {
            let value = client.get(&format!("/v1/commands/{id}"), &[]).await?;
            command(cx, &value)
        }
    }
}

/// Prints a state with its revision and hashes.
pub(super) fn state(cx: &mut Cx<'_>, value: &Value) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(value);
    }
    let text = |name: &str| value[name].as_str().unwrap_or("-").to_owned();
    let actor = cx.out.paint(Style::Name, &format!("{}/{}", text("kind"), text("id")));
    let rest = format!("revision {}  cursor {}  {}", value["revision"], text("cursor"), text("at"));
    let rest = cx.out.paint(Style::Faint, rest.trim_end_matches([' ', '-']));
    cx.out.line(&format!("{actor}  {rest}"))?;
    for name in ["state_hash", "commit_hash"] {
        let line = cx.out.paint(Style::Faint, &format!("  {name:<12} {}", text(name)));
        cx.out.line(&line)?;
    }
    cx.out.pretty(&value["state"])
}

fn command(cx: &mut Cx<'_>, value: &Value) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(value);
    }
    let status = value["status"].as_str().unwrap_or("-");
    let style = match status {
        "completed" => Style::Good,
        "failed" | "rejected" | "dead" => Style::Bad,
        _ => Style::Doubtful,
    };
    let text = |name: &str| render::cell(cx.out, &value[name]);
    let status = cx.out.paint(style, status);
    let actor = cx.out.paint(Style::Name, &format!("{}/{}", text("kind"), text("actor")));
    let rest = format!("revision {}  cursor {}", text("revision"), text("cursor"));
    let rest = cx.out.paint(Style::Faint, &rest);
    let name = cx.out.paint(Style::Strong, &text("name"));
    cx.out.line(&format!("{name} to {actor}  {status}  {rest}"))?;
    for name in ["reply", "rejection"] {
        if !value[name].is_null() {
            cx.out.pretty(&value[name])?;
        }
    }
    Ok(())
}
