//! `login`, `logout`, `whoami`: a session of a person, kept between runs.

use serde_json::json;

use crate::cli::client::{Client, Place};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::session::{self, Session};
use crate::cli::{paint::Style, render};
use crate::home::ADMIN_KEY;

/// Who signs in.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The name; the password is asked for, or read as a line of input
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Register: the first user of all becomes super admin
    #[arg(long)]
    pub register: bool,
}

/// What is ended.
#[derive(Debug, clap::Args)]
pub struct Out {
    /// All sessions of the caller, on every machine
    #[arg(long)]
    pub all: bool,
}

/// Signs in and keeps the session.
///
/// # Errors
/// As [`Client::post`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let url = cx.url();
    let path = session::place(cx, &url);
    let path =
        path.ok_or_else(|| Failure::Usage("there is no home to keep a session in".into()))?;
    let password = session::password(&format!("password of {}", args.name))?;
    let mut body = json!({ "name": args.name, "password": password.reveal() });
    let named = cx.variable("CAMBIUM_TENANT").map(str::to_owned);
    if let Some(tenant) = cx.global.tenant.as_ref().map(ToString::to_string).or(named) {
        body["tenant"] = json!(tenant);
    }
    if !args.register {
        body["device"] = json!("cambium login");
    }
    let route = if args.register { "/v1/auth/register" } else { "/v1/auth/login" };
    let client = Client::new(&url, None, Place::default(), &cx.trust())?;
    let answer = client.post(route, &body).await?;
    Session::of_answer(&url, &answer)?.keep(&path)?;
    let told = json!({
        "principal": answer["principal"], "tenant": answer["tenant"], "session": answer["session"],
        "expires_at": answer["expires_at"],
    });
    if cx.out.is_json() {
        return cx.out.json(&told);
    }
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    cx.out.line(&format!("signed in as {} of {}", text("principal"), text("tenant")))?;
    let about = format!("session {}", text("session"));
    let about = cx.out.paint(Style::Faint, &about);
    cx.out.line(&about)
}

/// Ends the session and forgets it.
///
/// # Errors
/// As [`Client::post`].
pub async fn out(args: Out, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let answer = cx.client()?.post("/v1/auth/logout", &json!({ "all": args.all })).await;
    let by_session = !session::is_named(cx);
    if by_session && let Some(path) = session::place(cx, &cx.url()) {
        let _ = std::fs::remove_file(path);
    }
    if by_session && cx.own_admin(&cx.url()).is_some() {
        let file = cx.home().file(ADMIN_KEY);
        let message = format!("without a session you act as admin, by {}", file.display());
        cx.out.remark(&message);
    }
    match answer {
        // It had ended already.
        Err(Failure::Refused(problem)) if problem.status == 401 && by_session => {
            render::answer(cx.out, &json!({ "ended": 0 }))
        }
        answer => render::answer(cx.out, &answer?),
    }
}

/// Tells who one is.
///
/// # Errors
/// As [`Client::get`].
pub async fn whoami(cx: &mut Cx<'_>) -> Result<(), Failure> {
    let answer = cx.client()?.get("/v1/auth/me", &[]).await?;
    if cx.out.is_json() {
        return cx.out.json(&answer);
    }
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let home = answer["tenant"].as_str().unwrap_or("every tenant");
    cx.out.line(&format!("{} of {home}", text(&answer["principal"])))?;
    let roles = answer["roles"].as_array().cloned().unwrap_or_default();
    let roles: Vec<_> = roles.iter().map(|role| text(&role["role"])).collect();
    if !roles.is_empty() {
        cx.out.line(&format!("roles: {}", roles.join(", ")))?;
    }
    if let Some(credential) = answer["credential"].as_str() {
        cx.out.line(&format!("came with: {credential}"))?;
    }
    Ok(())
}
