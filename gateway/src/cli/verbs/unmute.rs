//! `unmute`: let the effects of a fork out into the world.

use serde_json::json;

use crate::cli::address::Subject;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;

/// Arguments of `unmute`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The fork
    #[arg(value_name = "KIND/ID")]
    pub subject: Subject,
}

/// Unmutes and prints since when.
///
/// # Errors
/// As [`crate::cli::client::Client::post`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Subject { kind, id } = &args.subject;
    let answer = cx.client()?.post(&format!("/v1/{kind}/{id}/unmute"), &json!({})).await?;
    if cx.out.is_json() {
        return cx.out.json(&answer);
    }
    let mark = cx.out.paint(Style::Good, "✓");
    let name = cx.out.paint(Style::Name, &args.subject.to_string());
    let released = answer["output"]["released"].as_u64().unwrap_or_default();
    let rest = format!("revision {}, {released} effects released", answer["revision"]);
    let rest = cx.out.paint(Style::Faint, &rest);
    cx.out.line(&format!("{mark} {name}  {rest}"))
}
