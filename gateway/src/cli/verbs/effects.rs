//! `admin effects` and `admin limits`: what actors have asked of the world, what holds it, and what
//! to do about it.

use contracts::{ActorId, EffectId, Kind, LimitKey};
use serde_json::{Value, json};

use crate::cli::client::Client;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::render;

/// Arguments of `admin effects`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do; without it: list
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What to do about effects.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List effects
    List(Meant),
    /// Show an effect
    Show(One),
    /// Keep an effect from starting until it is resumed; one that runs goes on
    Pause(Because),
    /// Let a paused effect start
    Resume(One),
    /// Give an effect up; one that runs is cut off where that can be
    Cancel(Because),
    /// Say what came of an effect that is unknown or paused
    Resolve(Resolve),
}

/// Which effects are meant.
#[derive(Debug, Default, clap::Args)]
pub struct Meant {
    /// Only those that are queued, running, retrying, leased, paused, unknown or muted now, or
    /// pending, attempted, done, failed or cancelled in the log
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Only of actors of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Only of this actor
    #[arg(long, value_name = "ID")]
    pub id: Option<ActorId>,
    /// Only of this class: fetch, llm, send, timer or work
    #[arg(long, value_name = "CLASS")]
    pub class: Option<String>,
    /// Only under this limit key
    #[arg(long = "limit-key", value_name = "KEY")]
    pub limit_key: Option<LimitKey>,
}

/// One effect.
#[derive(Debug, clap::Args)]
pub struct One {
    /// Its id, from the list
    #[arg(value_name = "EFFECT")]
    pub effect: EffectId,
}

/// One effect, and why.
#[derive(Debug, clap::Args)]
pub struct Because {
    /// Its id, from the list
    #[arg(value_name = "EFFECT")]
    pub effect: EffectId,
    /// Why, for people
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// What came of an effect.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["done", "failed", "retry"]))]
pub struct Resolve {
    /// Its id, from the list
    #[arg(value_name = "EFFECT")]
    pub effect: EffectId,
    /// It was done, and this came of it, as JSON
    #[arg(long, value_name = "JSON")]
    pub done: Option<String>,
    /// It was not done and is not to be: a code, lower-case letters, digits and underscores
    #[arg(long, value_name = "CODE")]
    pub failed: Option<String>,
    /// The same in a sentence
    #[arg(long, value_name = "TEXT", requires = "failed", default_value = "an operator said so")]
    pub message: String,
    /// It may be attempted again
    #[arg(long)]
    pub retry: bool,
}

impl Meant {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("status", self.status.clone()),
            ("kind", self.kind.as_ref().map(ToString::to_string)),
            ("id", self.id.as_ref().map(ToString::to_string)),
            ("class", self.class.clone()),
            ("key", self.limit_key.as_ref().map(ToString::to_string)),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl Resolve {
    fn body(&self) -> Result<Value, Failure> {
        if let Some(text) = &self.done {
            let value: Value = serde_json::from_str(text)
                .map_err(|error| Failure::Usage(format!("--done is no JSON: {error}")))?;
            return Ok(json!({ "as": "done", "value": value }));
        }
        Ok(match &self.failed {
            Some(code) => json!({ "as": "failed", "code": code, "message": self.message }),
            None => json!({ "as": "retry" }),
        })
    }
}

/// Asks the server, and prints what it says.
///
/// # Errors
/// As [`Client::get`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let at = |effect: &EffectId, verb: &str| format!("/v1/effects/{effect}/{verb}");
    let answer = match args.verb.unwrap_or_else(|| Verb::List(Meant::default())) {
        Verb::List(meant) => return list(&client, &meant, cx).await,
        Verb::Show(One { effect }) => client.get(&format!("/v1/effects/{effect}"), &[]).await?,
        Verb::Pause(Because { effect, reason }) => {
            let body = json!({ "reason": reason.unwrap_or_default() });
            client.post(&at(&effect, "pause"), &body).await?
        }
        Verb::Resume(One { effect }) => client.post(&at(&effect, "resume"), &json!({})).await?,
        Verb::Cancel(Because { effect, reason }) => {
            client.post(&at(&effect, "cancel"), &json!({ "reason": reason })).await?
        }
        Verb::Resolve(resolve) => {
            client.post(&at(&resolve.effect, "resolve"), &resolve.body()?).await?
        }
    };
    render::answer(cx.out, &answer)
}

async fn list(client: &Client, meant: &Meant, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut after = None;
    let mut rows = Vec::new();
    loop {
        let mut query = meant.pairs();
        query.extend(after.take().map(|after| ("after", after)));
        let page = client.get("/v1/effects", &query).await?;
        for item in page["items"].as_array().into_iter().flatten() {
            if cx.out.is_json() {
                cx.out.json(item)?;
            } else {
                rows.push(row(item));
            }
        }
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    if cx.out.is_json() {
        return Ok(());
    }
    if rows.is_empty() {
        return cx.out.line("none");
    }
    render::table(cx.out, &["effect", "actor", "class", "status", "tried", "asked", "why"], &rows)
}

fn row(item: &Value) -> Vec<String> {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let why = ["why", "reason", "code"].into_iter().map(text).find(|text| !text.is_empty());
    vec![
        text("id"),
        format!("{}/{}", text("kind"), text("actor")),
        text("class"),
        text("status"),
        item["attempts"].to_string(),
        text("asked_at"),
        why.unwrap_or_default(),
    ]
}

/// Lists the limits.
///
/// # Errors
/// As [`Client::get`].
pub async fn limits(cx: &mut Cx<'_>) -> Result<(), Failure> {
    let answer = cx.client()?.get("/v1/limits", &[]).await?;
    if cx.out.is_json() {
        return render::answer(cx.out, &answer);
    }
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    if items.is_empty() {
        return cx.out.line("none");
    }
    let rows: Vec<_> = items.iter().map(limit_row).collect();
    let names = ["tenant", "limit", "set", "queued", "running", "retrying", "leased", "why"];
    render::table(cx.out, &names, &rows)
}

fn limit_row(item: &Value) -> Vec<String> {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let set: Vec<_> = item["limits"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let set = if set.is_empty() { "-".to_owned() } else { set.join(", ") };
    let mut row = vec![text("tenant"), text("scope"), set];
    row.extend(["queued", "running", "retrying", "leased"].map(|name| item[name].to_string()));
    row.push(text("why"));
    row
}
