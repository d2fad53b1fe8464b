//! `admin dead` and `admin quarantine`: what could not be dealt with, and what to do about it.

use contracts::ports::{BulkProgress, LetterView};
use contracts::{ActorId, CommandName, Kind, Tenant, Timestamp};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::cli::address::Subject;
use crate::cli::client::{Client, shape};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::render;

/// Arguments of `admin dead`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do; without it: list
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What to do about dead letters.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List the letters, oldest first
    List(Meant),
    /// Show a letter whole
    Show(Letter),
    /// Decide a letter again; what waits behind it follows in order
    Retry(Letter),
    /// Decide a letter with another input
    Edit(Edit),
    /// Drop a letter; that is recorded
    Skip(Letter),
    /// Retry or skip many letters, with progress; may be run again
    Bulk(Bulk),
}

/// Which letters are meant.
#[derive(Debug, Default, clap::Args)]
pub struct Meant {
    /// Only to actors of this tenant
    #[arg(long = "of-tenant", value_name = "TENANT")]
    pub of_tenant: Option<Tenant>,
    /// Only to actors of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Only to actors of this id
    #[arg(long, value_name = "ID")]
    pub id: Option<ActorId>,
    /// Only those put aside with this code
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Only those put aside before this time, as RFC 3339
    #[arg(long, value_name = "TIME")]
    pub before: Option<Timestamp>,
}

/// One letter.
#[derive(Debug, clap::Args)]
pub struct Letter {
    /// Its id, from the list
    #[arg(value_name = "LETTER")]
    pub letter: u64,
}

/// A letter and what it should have said.
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// Its id, from the list
    #[arg(value_name = "LETTER")]
    pub letter: u64,
    /// The new input, as JSON
    #[arg(long, value_name = "JSON")]
    pub input: String,
    /// The command, where it should be another or could not be read
    #[arg(long, value_name = "COMMAND")]
    pub command: Option<CommandName>,
}

/// Many letters and what to do about them.
#[derive(Debug, clap::Args)]
pub struct Bulk {
    /// What to do
    #[arg(value_enum)]
    pub action: Action,
    /// Which letters
    #[command(flatten)]
    pub meant: Meant,
}

/// What may be done about many.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Action {
    /// Decide them again
    Retry,
    /// Drop them
    Skip,
}

impl Meant {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let text = |value: &dyn ToString| value.to_string();
        [
            ("tenant", self.of_tenant.as_ref().map(|it| text(it))),
            ("kind", self.kind.as_ref().map(|it| text(it))),
            ("id", self.id.as_ref().map(|it| text(it))),
            ("code", self.code.clone()),
            ("before", self.before.as_ref().map(|it| text(it))),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

/// Asks the server, and prints what it says.
///
/// # Errors
/// As [`Client::get`]; [`Failure::Told`] when a bulk run leaves letters behind.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let empty = json!({});
    let answer = match args.verb.unwrap_or_else(|| Verb::List(Meant::default())) {
        Verb::List(meant) => return list(&client, &meant, cx).await,
        Verb::Show(Letter { letter }) => client.get(&format!("/v1/dead/{letter}"), &[]).await?,
        Verb::Retry(Letter { letter }) => {
            client.post(&format!("/v1/dead/{letter}/retry"), &empty).await?
        }
        Verb::Skip(Letter { letter }) => {
            client.post(&format!("/v1/dead/{letter}/skip"), &empty).await?
        }
        Verb::Edit(Edit { letter, input, command }) => {
            let input: Value = serde_json::from_str(&input)
                .map_err(|error| Failure::Usage(format!("--input is no JSON: {error}")))?;
            let body = json!({ "input": input, "command": command });
            client.post(&format!("/v1/dead/{letter}/edit"), &body).await?
        }
        Verb::Bulk(bulk) => return run_bulk(&client, &bulk, cx).await,
    };
    render::answer(cx.out, &answer)?;
    if answer["status"] == "rejected" { Err(Failure::Told) } else { Ok(()) }
}

async fn list(client: &Client, meant: &Meant, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut after = None;
    let mut rows = Vec::new();
    loop {
        let mut query = meant.pairs();
        query.extend(after.take().map(|after| ("after", after)));
        let page = client.get("/v1/dead", &query).await?;
        for item in page["items"].as_array().into_iter().flatten() {
            if cx.out.is_json() {
                cx.out.json(item)?;
            } else {
                rows.push(row(&shape(item)?));
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
    let names = ["letter", "actor", "command", "code", "tried", "at", ""];
    render::table(cx.out, &names, &rows)
}

fn row(letter: &LetterView) -> Vec<String> {
    let actor = match (&letter.tenant, &letter.kind, &letter.actor) {
        (Some(tenant), Some(kind), Some(actor)) => format!("{tenant}/{kind}/{actor}"),
        _ => letter.subject.clone(),
    };
    vec![
        letter.id.to_string(),
        actor,
        letter.command.clone().unwrap_or_else(|| "-".to_owned()),
        letter.code.clone(),
        letter.deliveries.to_string(),
        letter.at.to_string(),
        if letter.held { "holds its actor" } else { "" }.to_owned(),
    ]
}

async fn run_bulk(client: &Client, bulk: &Bulk, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let action = match bulk.action {
        Action::Retry => "retry",
        Action::Skip => "skip",
    };
    let mut body = Map::new();
    body.insert("action".to_owned(), json!(action));
    body.extend(
        bulk.meant.pairs().into_iter().map(|(name, value)| (name.to_owned(), json!(value))),
    );
    let request = client.request(Method::POST, "/v1/dead/bulk", &[]);
    let request = request.header(CONTENT_TYPE, "application/json");
    let mut response = client.send(request.body(Value::Object(body).to_string())).await?;
    let mut left = Vec::new();
    let mut last = BulkProgress::default();
    while let Some(chunk) = response.chunk().await.map_err(|error| client.unreachable(&error))? {
        left.extend_from_slice(&chunk);
        while let Some(end) = left.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = left.drain(..=end).collect();
            let value: Value = serde_json::from_slice(&line)
                .map_err(|error| Failure::Failed(format!("a line is not JSON: {error}")))?;
            last = shape(&value)?;
            told(cx, &value, &last)?;
        }
    }
    if !last.finished {
        let message = "the run was cut off; run it again, and it goes on";
        return Err(Failure::Failed(message.to_owned()));
    }
    if !cx.out.is_json() {
        let BulkProgress { done, failed, total, .. } = last;
        cx.out.progress("");
        cx.out.line(&format!("{done} of {total} dealt with, {failed} left"))?;
    }
    if last.failed > 0 { Err(Failure::Told) } else { Ok(()) }
}

fn told(cx: &mut Cx<'_>, value: &Value, progress: &BulkProgress) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(value);
    }
    let BulkProgress { done, failed, total, letter, .. } = progress;
    if let Some(refusal) = &progress.refusal {
        cx.out.remark(&format!("letter {letter}: {refusal}"));
    }
    cx.out.progress(&format!("{}/{total}", done + failed));
    Ok(())
}

/// Arguments of `admin quarantine`.
#[derive(Debug, clap::Args)]
pub struct Quarantine {
    /// The actor
    #[arg(value_name = "KIND/ID")]
    pub subject: Subject,
    /// Go on behind exactly the messages that stand there now
    #[arg(long)]
    pub skip: bool,
}

/// Shows the messages that quarantine an actor; with `--skip`, goes on behind them.
///
/// # Errors
/// As [`Client::get`].
pub async fn quarantine(args: Quarantine, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let Subject { kind, id } = &args.subject;
    let query = [("kind", kind.to_string()), ("id", id.to_string())];
    let found = client.get("/v1/admin/quarantine", &query).await?;
    if !args.skip {
        return render::answer(cx.out, &found);
    }
    let body = json!({ "kind": kind, "id": id, "messages": found["items"] });
    let answer = client.post("/v1/admin/quarantine/skip", &body).await?;
    render::answer(cx.out, &answer)
}
