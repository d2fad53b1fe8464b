//! `admin nats-user`: users of the broker who publish for a tenant.

use contracts::Tenant;
use serde_json::{Value, json};

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::cli::render;

/// What to do with users of the broker.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Make one; its password is shown once
    Add(Which),
    /// The users of a tenant, without their passwords
    List(Whose),
    /// End one and close its connections
    Revoke(Which),
}

/// Whose users.
#[derive(Debug, clap::Args)]
pub struct Whose {
    /// The tenant
    #[arg(value_name = "TENANT")]
    pub of: Tenant,
}

/// Which user.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The tenant
    #[arg(value_name = "TENANT")]
    pub of: Tenant,
    /// What it is called there
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// Does it and prints the answer.
///
/// # Errors
/// As [`crate::cli::client::Client::post`].
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let (Verb::Add(Which { of, .. }) | Verb::Revoke(Which { of, .. }) | Verb::List(Whose { of })) =
        &verb;
    cx.global.tenant = Some(of.clone());
    let client = cx.client()?;
    match verb {
        Verb::List(_) => {
            let answer = client.get("/v1/nats-users", &[]).await?;
            render::answer(cx.out, &answer)
        }
        Verb::Revoke(Which { name, .. }) => {
            let path = format!("/v1/nats-users/{name}/revoke");
            let answer = client.post(&path, &json!({})).await?;
            render::answer(cx.out, &answer)
        }
        Verb::Add(Which { name, .. }) => {
            let answer = client.post("/v1/nats-users", &json!({ "name": name })).await?;
            shown(cx, &answer)
        }
    }
}

/// What a client needs, a line each, and what the operator of another broker needs.
fn shown(cx: &mut Cx<'_>, answer: &Value) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(answer);
    }
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    let about = cx.out.paint(Style::Faint, "the password is shown once");
    cx.out.line(&about)?;
    for name in ["url", "user", "password", "inbox_prefix"] {
        cx.out.line(&format!("{name:<13} {}", text(name)))?;
    }
    match answer["snippet"].as_str() {
        Some(snippet) => cx.out.line(&format!("\n{snippet}")),
        None => Ok(()),
    }
}
