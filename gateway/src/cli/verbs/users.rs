//! `admin users`: principals and their passwords; `admin signing-keys`.

use contracts::Principal;
use serde_json::{Value, json};

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::cli::{render, session};

/// What to do with principals.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Register a principal, with roles and a password
    Add(Add),
    /// The principals of the tenant
    List,
    /// Let a principal do nothing more; its sessions end
    Suspend(Suspend),
    /// Let a suspended principal act again
    Restore(Whom),
    /// Make a single-use link for another password, or set the password at once
    ResetPassword(Reset),
}

/// What to do with the keys that tokens are signed with.
#[derive(Debug, clap::Subcommand)]
pub enum Keys {
    /// The keys, without the keys themselves
    List,
    /// Put another key in the place of the one that signs
    Rotate,
}

/// Whom.
#[derive(Debug, clap::Args)]
pub struct Whom {
    /// The principal
    #[arg(value_name = "NAME")]
    pub name: Principal,
}

/// A principal to be.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// What it is called
    #[arg(value_name = "NAME")]
    pub name: Principal,
    /// A role that it begins with; may be given again
    #[arg(long, value_name = "ROLE")]
    pub role: Vec<String>,
    /// user, agent or service
    #[arg(long, value_name = "SORT", default_value = "user")]
    pub sort: String,
    /// Where it can be written to
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<String>,
    /// Read its password as a line of input
    #[arg(long)]
    pub password_stdin: bool,
}

/// Who is stopped, and why.
#[derive(Debug, clap::Args)]
pub struct Suspend {
    /// The principal
    #[arg(value_name = "NAME")]
    pub name: Principal,
    /// Why, for people
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

/// Whose password.
#[derive(Debug, clap::Args)]
pub struct Reset {
    /// The principal
    #[arg(value_name = "NAME")]
    pub name: Principal,
    /// Read the password as a line of input and set it
    #[arg(long)]
    pub password_stdin: bool,
}

/// Does it and prints the answer.
///
/// # Errors
/// As [`crate::cli::client::Client::post`].
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let order = async |name: &Principal, command: &str, body: Value| {
        client.post(&format!("/v1/principal/{name}/{command}"), &body).await
    };
    match verb {
        Verb::List => {
            let answer = client.get("/v1/principal", &[("limit", "500".to_owned())]).await?;
            render::answer(cx.out, &answer)
        }
        Verb::Add(add) => {
            let password = add.password_stdin.then(|| session::password("password")).transpose()?;
            let mut body = json!({ "sort": add.sort, "roles": add.role });
            if let Some(email) = add.email {
                body["email"] = json!(email);
            }
            let answer = order(&add.name, "register", body).await?;
            if let Some(password) = password {
                let link = client.post(&link(&add.name), &json!({})).await?;
                let body = json!({ "token": link["token"], "password": password.reveal() });
                client.post("/v1/auth/password/reset/confirm", &body).await?;
            }
            render::answer(cx.out, &answer)
        }
        Verb::Suspend(suspend) => {
            let body = suspend.why.map_or_else(|| json!({}), |why| json!({ "reason": why }));
            let answer = order(&suspend.name, "suspend", body).await?;
            render::answer(cx.out, &answer)
        }
        Verb::Restore(whom) => {
            let answer = order(&whom.name, "restore", json!({})).await?;
            render::answer(cx.out, &answer)
        }
        Verb::ResetPassword(reset) => {
            let password =
                reset.password_stdin.then(|| session::password("password")).transpose()?;
            let answer = client.post(&link(&reset.name), &json!({})).await?;
            let Some(password) = password else { return shown(cx, &answer) };
            let body = json!({ "token": answer["token"], "password": password.reveal() });
            let done = client.post("/v1/auth/password/reset/confirm", &body).await?;
            render::answer(cx.out, &done)
        }
    }
}

/// Lists or rotates the keys that tokens are signed with.
///
/// # Errors
/// As [`crate::cli::client::Client::post`].
pub async fn keys(verb: Keys, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let answer = match verb {
        Keys::List => client.get("/v1/admin/signing-keys", &[]).await?,
        Keys::Rotate => client.post("/v1/admin/signing-keys/rotate", &json!({})).await?,
    };
    render::answer(cx.out, &answer)
}

fn link(name: &Principal) -> String {
    format!("/v1/auth/password/reset/{name}")
}

/// The token, or the whole link, alone on its line, so that it can be taken from there.
fn shown(cx: &mut Cx<'_>, answer: &Value) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(answer);
    }
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let about = format!("for {}, once, until {}:", text("principal"), text("expires_at"));
    let about = cx.out.paint(Style::Faint, &about);
    cx.out.line(&about)?;
    let link = if answer["link"].is_string() { text("link") } else { text("token") };
    cx.out.line(&link)
}
