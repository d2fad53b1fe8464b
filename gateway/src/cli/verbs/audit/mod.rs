//! `audit`: what was written down, whether it is whole, and how long it stays.

mod verify;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use contracts::audit::AuditRow;
use contracts::{ActorId, Cursor, Timestamp};
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::{Value, json};

use crate::cli::client::{Client, shape};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::cli::render;
use crate::cli::sse::{Item, Stream};

const PATH: &str = "/v1/audit";

/// What to do with the audit trail.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List records, the newest first
    List(List),
    /// Print records as they are written
    Tail(Filters),
    /// Write records to a file: as CSV, as lines of JSON, or as they are stored
    Export(Export),
    /// Check the chains of the trail, on a server or in a file of `audit export --raw`
    Verify(verify::Args),
    /// Sign a head of the tenant's chains as they are now, for keeping elsewhere
    Head,
    /// Legal holds: what nobody may purge
    #[command(subcommand)]
    Hold(Hold),
    /// Say for how many days records of a class are kept; without days: as the program is set up
    Retain(Retain),
}

/// Which records.
#[derive(Debug, Default, clap::Args)]
pub struct Filters {
    /// Only of this class, such as refused or login
    #[arg(long, value_name = "CLASS")]
    pub class: Option<ActorId>,
    /// Only about this principal
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
    /// Only about this actor
    #[arg(long, value_name = "KIND/ID")]
    pub actor: Option<String>,
    /// Only with this code
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Only with this outcome
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: Option<String>,
    /// From this time on, as RFC 3339
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// Until before this time, as RFC 3339
    #[arg(long, value_name = "TIME")]
    pub to: Option<Timestamp>,
    /// Only where this text occurs
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// After this cursor
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<Cursor>,
    /// Of all tenants, for operators
    #[arg(long)]
    pub all_tenants: bool,
}

/// Arguments of `audit list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Which
    #[command(flatten)]
    pub filters: Filters,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub limit: u64,
}

/// Arguments of `audit export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Which
    #[command(flatten)]
    pub filters: Filters,
    /// As CSV instead of lines of JSON
    #[arg(long, conflicts_with = "raw")]
    pub csv: bool,
    /// With the stored bytes, for `audit verify`
    #[arg(long)]
    pub raw: bool,
    /// Write to this file, which must not exist [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What to do with legal holds.
#[derive(Debug, clap::Subcommand)]
pub enum Hold {
    /// Hold records of this tenant
    Add(Add),
    /// List the holds in force
    List(Listed),
    /// Let a hold hold no longer
    Release(Release),
}

/// Arguments of `audit hold add`.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// Only of this class
    #[arg(long, value_name = "CLASS")]
    pub class: Option<ActorId>,
    /// Only about this principal
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
    /// Why, for whoever asks later
    #[arg(long = "because", value_name = "TEXT")]
    pub because: String,
}

/// Arguments of `audit hold list`.
#[derive(Debug, clap::Args)]
pub struct Listed {
    /// Also those that hold no longer
    #[arg(long)]
    pub released: bool,
}

/// Arguments of `audit hold release`.
#[derive(Debug, clap::Args)]
pub struct Release {
    /// Its id, from the list
    #[arg(value_name = "HOLD")]
    pub hold: String,
    /// Why
    #[arg(long = "because", value_name = "TEXT")]
    pub because: String,
}

/// Arguments of `audit retain`.
#[derive(Debug, clap::Args)]
pub struct Retain {
    /// The class
    #[arg(value_name = "CLASS")]
    pub class: ActorId,
    /// For so many days
    #[arg(value_name = "DAYS")]
    pub days: Option<u32>,
}

impl Filters {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let text = |value: &dyn ToString| value.to_string();
        [
            ("class", self.class.as_ref().map(|it| text(it))),
            ("principal", self.principal.clone()),
            ("actor", self.actor.clone()),
            ("code", self.code.clone()),
            ("outcome", self.outcome.clone()),
            ("from", self.from.as_ref().map(|it| text(it))),
            ("to", self.to.as_ref().map(|it| text(it))),
            ("text", self.text.clone()),
            ("after", self.after.as_ref().map(|it| text(it))),
            ("all_tenants", self.all_tenants.then(|| "1".to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

/// Asks the server, or checks a file.
///
/// # Errors
/// As [`Client::get`]; [`Failure::Told`] when something does not hold.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let answer = match verb {
        Verb::List(args) => return list(args, cx).await,
        Verb::Tail(filters) => return tail(filters, cx).await,
        Verb::Export(args) => return export(args, cx).await,
        Verb::Verify(args) => return verify::run(args, cx).await,
        Verb::Head => cx.client()?.post("/v1/audit/heads", &json!({})).await?,
        Verb::Hold(Hold::List(Listed { released })) => return holds(released, cx).await,
        Verb::Hold(Hold::Add(Add { class, principal, because })) => {
            let body = json!({ "class": class, "principal": principal, "reason": because });
            cx.client()?.post("/v1/audit/holds", &body).await?
        }
        Verb::Hold(Hold::Release(Release { hold, because })) => {
            let body = json!({ "hold": hold, "reason": because });
            cx.client()?.post("/v1/audit/release", &body).await?
        }
        Verb::Retain(Retain { class, days }) => {
            let body = json!({ "class": class, "days": days });
            cx.client()?.post("/v1/audit/retention", &body).await?
        }
    };
    render::answer(cx.out, &answer)
}

async fn list(args: List, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut query = args.filters.pairs();
    query.push(("limit", args.limit.to_string()));
    let page = cx.client()?.get(PATH, &query).await?;
    if cx.out.is_json() {
        return cx.out.json(&page);
    }
    let rows: Vec<AuditRow> = shape(&page["items"])?;
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    if cells.is_empty() {
        return cx.out.line("none");
    }
    render::table(cx.out, &["cursor", "at", "class", "who", "what", "outcome", "code"], &cells)
}

fn cells(row: &AuditRow) -> Vec<String> {
    let record = &row.record;
    let or = |value: Option<&String>| value.cloned().unwrap_or_else(|| "-".to_owned());
    vec![
        row.cursor.to_string(),
        record.at.to_string(),
        record.class.to_string(),
        or(record.principal.as_ref()),
        or(record.action.as_ref().or(record.actor.as_ref())),
        record.outcome.as_str().to_owned(),
        or(record.code.as_ref()),
    ]
}

async fn tail(filters: Filters, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut query = filters.pairs();
    if filters.after.is_none() {
        query.push(("after", "now".to_owned()));
    }
    let mut stream = Stream::at(cx.client()?, PATH.to_owned(), query).await?;
    loop {
        let item = tokio::select! {
            item = stream.next() => item?,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        let event = match item {
            Item::Cut { reason } => {
                cx.out.remark(&format!("{reason}; coming back"));
                continue;
            }
            Item::Event(event) => event,
        };
        let Ok(value) = serde_json::from_str::<Value>(&event.data) else { continue };
        if cx.out.is_json() {
            cx.out.json(&value)?;
        } else if let Ok(row) = shape::<AuditRow>(&value) {
            let line = cells(&row).join("  ");
            cx.out.line(&format!("{line}  {}", cx.out.paint(Style::Faint, &row.record.message)))?;
        }
    }
}

async fn export(args: Export, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let mut query = args.filters.pairs();
    if args.raw {
        query.push(("raw", "1".to_owned()));
    }
    let media = if args.csv { "text/csv" } else { crate::cli::lines::NDJSON };
    let request = client.request(Method::GET, PATH, &query).header(ACCEPT, media);
    let mut response = client.send(request).await?;
    let failed = |path: &PathBuf, error: std::io::Error| {
        Failure::Failed(format!("{}: {error}", path.display()))
    };
    let mut file = match &args.output {
        None => None,
        Some(path) => {
            let opened = OpenOptions::new().write(true).create_new(true).open(path);
            Some((path, opened.map_err(|error| failed(path, error))?))
        }
    };
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| client.unreachable(&error))? {
        if let Some((path, file)) = &mut file {
            file.write_all(&chunk).map_err(|error| failed(path, error))?;
            continue;
        }
        text.extend_from_slice(&chunk);
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            cx.out.line(String::from_utf8_lossy(&line).trim_end())?;
        }
    }
    if let Some((path, file)) = file {
        file.sync_all().map_err(|error| failed(path, error))?;
        cx.out.remark(&format!("wrote {}", path.display()));
    }
    Ok(())
}

async fn holds(released: bool, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let query: Vec<_> = released.then(|| ("released", "1".to_owned())).into_iter().collect();
    let client: Client = cx.client()?;
    let found = client.get("/v1/audit/holds", &query).await?;
    render::answer(cx.out, &found)
}
