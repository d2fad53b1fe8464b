//! `search` and `memory`: what stands in a knowledge base, and what an assistant was told and said.

use contracts::{ActorId, Principal};
use serde_json::Value;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The knowledge base
    #[arg(value_name = "BASE")]
    pub base: ActorId,
    /// What is searched for
    #[arg(value_name = "WORDS", required = true)]
    pub words: Vec<String>,
    /// By what: hybrid, words or vectors
    #[arg(long, value_name = "MODE", default_value = "hybrid")]
    pub mode: String,
    /// How many passages are told
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub limit: usize,
}

/// Arguments of `memory`.
#[derive(Debug, clap::Args)]
pub struct Memory {
    /// The assistant
    #[arg(value_name = "ASSISTANT")]
    pub assistant: ActorId,
    /// What is searched for; left out, the last is told
    #[arg(value_name = "WORDS")]
    pub words: Vec<String>,
    /// Only what was in the log at this cursor or instant
    #[arg(long, value_name = "CURSOR|TIME")]
    pub as_of: Option<String>,
    /// Only what was said with this one
    #[arg(long, value_name = "NAME")]
    pub principal: Option<Principal>,
    /// How many are told
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub limit: usize,
}

/// Searches a base.
///
/// # Errors
/// As [`crate::cli::client::Client::get`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let query =
        [("q", args.words.join(" ")), ("mode", args.mode), ("limit", args.limit.to_string())];
    let found = cx.client()?.get(&format!("/v1/knowledge/{}/search", args.base), &query).await?;
    if cx.out.is_json() {
        return cx.out.json(&found);
    }
    for item in items(cx, &found)? {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let headings = item["headings"].as_array().into_iter().flatten();
        let path: String =
            headings.filter_map(Value::as_str).map(|it| format!(" > {it}")).collect();
        let (score, version) = (item["score"].as_f64().unwrap_or_default(), &item["version"]);
        let (title, document) = (text("title"), text("document"));
        cx.out.line(&format!("{score:.4} {title}{path} [{document} version {version}]"))?;
        told(cx, &text("text"))?;
    }
    Ok(())
}

/// Searches a memory.
///
/// # Errors
/// As [`crate::cli::client::Client::get`].
pub async fn memory(args: Memory, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut query = vec![("limit", args.limit.to_string())];
    if !args.words.is_empty() {
        query.push(("q", args.words.join(" ")));
    }
    query.extend(args.as_of.map(|at| ("as_of", at)));
    query.extend(args.principal.map(|name| ("principal", name.to_string())));
    let path = format!("/v1/assistant/{}/memory", args.assistant);
    let found = cx.client()?.get(&path, &query).await?;
    if cx.out.is_json() {
        return cx.out.json(&found);
    }
    for item in items(cx, &found)? {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let who = match item["speaker"].as_str() {
            Some("said") => format!("to {}", text("principal")),
            _ => format!("by {}", text("principal")),
        };
        let (at, kind, id) = (text("at"), text("kind"), text("id"));
        cx.out.line(&format!("{at} {who} [{kind}/{id} revision {}]", item["revision"]))?;
        told(cx, &text("text"))?;
    }
    Ok(())
}

fn items(cx: &mut Cx<'_>, found: &Value) -> Result<Vec<Value>, Failure> {
    let items = found["items"].as_array().cloned().unwrap_or_default();
    if items.is_empty() {
        cx.out.line("nothing was found")?;
    }
    Ok(items)
}

/// Words, set in.
fn told(cx: &mut Cx<'_>, text: &str) -> Result<(), Failure> {
    for line in text.lines() {
        cx.out.line(&format!("    {line}"))?;
    }
    Ok(())
}
