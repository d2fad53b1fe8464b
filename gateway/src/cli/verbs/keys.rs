//! `admin keys`: keys of principals.

use serde_json::{Map, Value, json};

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::cli::render;

/// What to do with keys.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Give a principal a key; it is shown once
    Issue(Issue),
    /// The keys of a principal, without the keys themselves
    List(Whose),
    /// Put a new key in a key's place; it is shown once
    Rotate(Rotate),
    /// End a key
    Revoke(Revoke),
}

/// Whose keys.
#[derive(Debug, clap::Args)]
pub struct Whose {
    /// The principal; one's own keys when left out
    #[arg(value_name = "PRINCIPAL")]
    pub principal: Option<String>,
}

/// A key to be.
#[derive(Debug, clap::Args)]
pub struct Issue {
    /// Whose it will be; one's own when left out
    #[arg(value_name = "PRINCIPAL")]
    pub principal: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT", default_value = "cli")]
    pub label: String,
    /// What of the principal's rights it carries, such as `cap:*.read`; may be given again
    #[arg(long, value_name = "PATTERN")]
    pub scope: Vec<String>,
    /// Until when it counts: an RFC 3339 instant
    #[arg(long, value_name = "TIME")]
    pub expires_at: Option<String>,
}

/// A key to be replaced.
#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// The key's id, as `list` tells it
    #[arg(value_name = "KEY")]
    pub id: String,
    /// Whose it is; one's own when left out
    #[arg(long, value_name = "PRINCIPAL")]
    pub principal: Option<String>,
    /// How long the old key still counts, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub overlap: u32,
}

/// A key to be ended.
#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// The key's id, as `list` tells it
    #[arg(value_name = "KEY")]
    pub id: String,
    /// Whose it is; one's own when left out
    #[arg(long, value_name = "PRINCIPAL")]
    pub principal: Option<String>,
}

/// Does it and prints the answer.
///
/// # Errors
/// As [`crate::cli::client::Client::post`].
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    match verb {
        Verb::List(Whose { principal }) => {
            let query = principal.map(|principal| ("principal", principal));
            let query: Vec<_> = query.into_iter().collect();
            let answer = client.get("/v1/keys", &query).await?;
            render::answer(cx.out, &answer)
        }
        Verb::Issue(issue) => {
            let mut body = of(issue.principal);
            body.insert("label".to_owned(), json!(issue.label));
            if !issue.scope.is_empty() {
                body.insert("scope".to_owned(), json!(issue.scope));
            }
            if let Some(expires_at) = issue.expires_at {
                body.insert("expires_at".to_owned(), json!(expires_at));
            }
            let answer = client.post("/v1/keys", &Value::Object(body)).await?;
            shown(cx, &answer)
        }
        Verb::Rotate(rotate) => {
            let mut body = of(rotate.principal);
            let overlap_ms = rotate.overlap.saturating_mul(1_000);
            body.insert("overlap_ms".to_owned(), json!(overlap_ms));
            let path = format!("/v1/keys/{}/rotate", rotate.id);
            let answer = client.post(&path, &Value::Object(body)).await?;
            shown(cx, &answer)
        }
        Verb::Revoke(revoke) => {
            let path = format!("/v1/keys/{}/revoke", revoke.id);
            let answer = client.post(&path, &Value::Object(of(revoke.principal))).await?;
            render::answer(cx.out, &answer)
        }
    }
}

fn of(principal: Option<String>) -> Map<String, Value> {
    principal.map(|principal| ("principal".to_owned(), json!(principal))).into_iter().collect()
}

/// The key alone on its line, whole, so that it can be taken from there.
fn shown(cx: &mut Cx<'_>, answer: &Value) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(answer);
    }
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let about = format!("{} of {}; shown once:", text("id"), text("principal"));
    let about = cx.out.paint(Style::Faint, &about);
    cx.out.line(&about)?;
    cx.out.line(&text("key"))
}
