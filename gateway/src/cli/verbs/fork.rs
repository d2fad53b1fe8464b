//! `fork`: continue an actor differently.

use contracts::ActorId;
use serde_json::{Map, Value, json};

use crate::cli::address::{At, Subject};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;

/// Arguments of `fork`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The actor to continue
    #[arg(value_name = "KIND/ID")]
    pub subject: Subject,
    /// From this revision or instant [default: the last]
    #[arg(long, value_name = "REVISION|TIME")]
    pub at: Option<At>,
    /// The id of the new actor [default: made by the server]
    #[arg(long = "as", value_name = "ID")]
    pub new: Option<ActorId>,
    /// Let its effects out into the world from the beginning
    #[arg(long)]
    pub unmuted: bool,
}

/// Forks and prints the new actor.
///
/// # Errors
/// As [`crate::cli::client::Client::post`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Args { subject, at, new, unmuted } = args;
    let mut body = Map::new();
    match at {
        Some(At::Revision(revision)) => body.insert("at".to_owned(), json!(revision)),
        Some(At::Time(time)) => body.insert("at".to_owned(), json!(time)),
        None => None,
    };
    body.extend(unmuted.then(|| ("unmuted".to_owned(), json!(true))));
    body.extend(new.map(|new| ("id".to_owned(), json!(new))));
    let path = format!("/v1/{}/{}/fork", subject.kind, subject.id);
    let answer = cx.client()?.post(&path, &Value::Object(body)).await?;
    if cx.out.is_json() {
        return cx.out.json(&answer);
    }
    // An answer envelope names the actor `actor`, a state names it `id`.
    let id = answer["actor"].as_str().or_else(|| answer["id"].as_str()).unwrap_or("-");
    let name = cx.out.paint(Style::Name, &format!("{}/{id}", subject.kind));
    let mark = cx.out.paint(Style::Good, "✓");
    let from = format!("revision {}, continues {subject}", answer["revision"]);
    let from = cx.out.paint(Style::Faint, &from);
    cx.out.line(&format!("{mark} {name}  {from}"))
}
