//! A goal that a nucleus takes to its end: planned, agreed to by somebody else, carried out, put
//! together with its sources, and judged.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::desk::Desk;
use super::report;
use crate::cli::failure::Failure;

const GOAL: &str = "Write a memo about the third shop and export it as docx";
const FILE: &str = "memo.docx";
/// How long the nucleus may take, and how long is waited before it is looked at again.
const PATIENCE: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(100);

/// Has a nucleus write a memo, from the goal to the file.
pub async fn memo(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let nucleus = format!("nucleus/{}-memo", desk.name);
    let input = json!({
        "goal": GOAL, "requirements": ["permit", "rent"], "material": report::said(desk).await?,
        "criteria": ["at least 40 words", "mentions shop"],
    });
    let told = desk.ask_of(&nucleus, "plan", &input).await?;
    let steps = told["plan"].as_array().map_or(0, Vec::len);
    let partner = partner(desk).await?;
    execute(desk, &nucleus, partner.is_some()).await?;
    if let Some(key) = &partner {
        agree(desk, &nucleus, key).await?;
    }
    let state = until(desk, &nucleus, |state| state["execution"]["stage"] == "over").await?;
    if state["status"] != "completed" {
        return Err(Failure::Failed(format!("{nucleus}: {}", state["execution"])));
    }
    let agreed = if partner.is_some() { "agreed to by a partner, " } else { "" };
    desk.say("nucleus", "execute", &format!("{agreed}{steps} steps of a plan for a memo"))?;
    let told = desk.ask_of(&nucleus, "finalize", &json!({})).await?;
    let sources = told["sources"].as_array().map_or(0, Vec::len);
    let content = told["final"].clone();
    let told = desk.ask_of(&nucleus, "review", &json!({ "content": content })).await?;
    let verdict = if told["pass"] == true { "passed" } else { "not passed" };
    desk.say("nucleus", "finalize", &format!("from {sources} sources, review {verdict}"))?;
    let made = &state["execution"]["output"]["handout"];
    let of = format!("osteon/{}@{}", word(&made["id"]), made["revision"]);
    desk.fetch(&word(&made["content"]), FILE, &of).await
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The key of somebody who may agree to plans; none where nobody may be let in.
async fn partner(desk: &Desk<'_>) -> Result<Option<String>, Failure> {
    let name = format!("{}-partner", desk.name);
    let register = json!({ "roles": ["reviewer"], "display": "A partner" });
    let key = json!({ "principal": name, "label": "tour" });
    let mut told = Value::Null;
    for (path, body) in
        [(format!("/v1/principal/{name}/register"), register), ("/v1/keys".to_owned(), key)]
    {
        let request = desk.client.request(Method::POST, &path, &[]);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        match desk.client.ask(request).await {
            Ok(answer) => told = answer.body,
            Err(Failure::Refused(problem)) if problem.status == 403 => return Ok(None),
            Err(failure) => return Err(failure),
        }
    }
    Ok(told["key"].as_str().map(str::to_owned))
}

/// Begins the execution, and does not wait for its end.
async fn execute(desk: &mut Desk<'_>, nucleus: &str, approval: bool) -> Result<(), Failure> {
    let request = desk.client.request(Method::POST, &format!("/v1/{nucleus}/execute"), &[]);
    let request = request
        .header(CONTENT_TYPE, "application/json")
        .header("prefer", "wait=0")
        .header("idempotency-key", format!("tour-{nucleus}-execute"))
        .body(json!({ "approval": approval }).to_string());
    desk.client.ask(request).await.map(|_| ())
}

/// Says yes to the plan, as somebody else than who asked for it.
async fn agree(desk: &Desk<'_>, nucleus: &str, key: &str) -> Result<(), Failure> {
    let asked = |state: &Value| state["execution"]["asked"]["approval"].is_string();
    let state = until(desk, nucleus, asked).await?;
    let approval = format!("approval/{}", word(&state["execution"]["asked"]["approval"]));
    let shown = until(desk, &approval, |state| state["proposal"]["hash"].is_string()).await?;
    let request = desk.client.request(Method::POST, &format!("/v1/{approval}/approve"), &[]);
    let request = request
        .header(AUTHORIZATION, format!("Bearer {key}"))
        .header(CONTENT_TYPE, "application/json")
        .body(json!({ "hash": shown["proposal"]["hash"] }).to_string());
    desk.client.ask(request).await.map(|_| ())
}

/// The state of an actor as soon as `so` holds of it.
async fn until(
    desk: &Desk<'_>,
    actor: &str,
    so: impl Fn(&Value) -> bool,
) -> Result<Value, Failure> {
    let begun = Instant::now();
    loop {
        match desk.look(&format!("/v1/{actor}")).await {
            Ok(told) if so(&told["state"]) => return Ok(told["state"].clone()),
            Ok(_) => {}
            Err(Failure::Refused(problem)) if [404, 503].contains(&problem.status) => {}
            Err(failure) => return Err(failure),
        }
        if begun.elapsed() > PATIENCE {
            let late = format!("{actor} is not done within {} seconds", PATIENCE.as_secs());
            return Err(Failure::Failed(late));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
