//! `tour`: the first minute, with a server of its own on a scratch directory.

pub mod office;
pub mod scratch;
mod steps;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use clap::Parser as _;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::scratch::Scratch;
use self::steps::{CONVERSATION, DOCUMENT, Step};
use crate::cli::address::Subject;
use crate::cli::args::{Cli, Global};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::history::Range;
use crate::cli::paint::Style;
use crate::cli::serve::Served;
use crate::cli::sse::{Item, Stream};
use crate::settings::{Log, Settings};

/// How long the agent's answer is waited for, in milliseconds.
const ANSWER_WAIT_MS: u64 = 20_000;

/// Arguments of `tour`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Another tour than the first minute
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Wait for Enter before each step
    #[arg(long)]
    pub step: bool,
}

/// Another tour.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Have agents plan a quarter, and leave a report, a workbook, slides and a schedule
    Office(office::Args),
}

/// Starts a server, types the commands, shows what they print, and leaves nothing behind.
///
/// # Errors
/// When the server cannot start, or a step does not do what the tour says.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if let Some(Verb::Office(args)) = args.verb {
        return office::run(args, cx).await;
    }
    let scratch = Scratch::make()?;
    let settings = settings(&scratch.path().join("data"), cx.variable("CAMBIUM_NATS_SERVER"));
    cx.out.remark("starting a server of its own on a scratch directory …");
    let stop = CancellationToken::new();
    let mut starting = pin!(Served::begin(cx.local, settings.clone(), stop.clone()));
    let served = tokio::select! {
        served = &mut starting => served?,
        _ = tokio::signal::ctrl_c() => {
            stop.cancel();
            if let Ok(served) = starting.await {
                served.end().await?;
            }
            return Err(interrupted());
        }
    };
    let walked = tokio::select! {
        walked = walk(&args, cx, &settings.data, scratch.path()) => walked,
        _ = tokio::signal::ctrl_c() => Err(interrupted()),
    };
    let ended = served.end().await;
    walked?;
    ended?;
    goodbye(cx)
}

fn interrupted() -> Failure {
    Failure::Failed("interrupted".to_owned())
}

/// Nothing of the user's settings but the broker's program: the tour touches no real data.
fn settings(data: &Path, nats_server: Option<&str>) -> Settings {
    Settings {
        data: data.to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        nats_server: nats_server.map(PathBuf::from),
        log: Log { level: "off".to_owned(), ..Log::default() },
        ..Settings::default()
    }
}

async fn walk(args: &Args, cx: &mut Cx<'_>, data: &Path, scratch: &Path) -> Result<(), Failure> {
    for step in steps::first() {
        take(args, cx, data, &step).await?;
    }
    let subject: Subject = DOCUMENT.parse().map_err(Failure::Failed)?;
    let path = format!("/v1/{}/{}", subject.kind, subject.id);
    let state = here(cx, data).client()?.get(&path, &[]).await?;
    let revision = state["revision"].as_u64().unwrap_or(1);
    let export = scratch.join("all.jsonl").display().to_string();
    for step in steps::second(revision, &export) {
        take(args, cx, data, &step).await?;
    }
    Ok(())
}

/// A context that knows nothing but the tour's server.
fn here<'a>(cx: &'a mut Cx<'_>, data: &Path) -> Cx<'a> {
    let json = cx.global.json;
    let global = Global { data: Some(data.to_owned()), json, ..Global::default() };
    Cx { global, environment: Vec::new(), local: cx.local, out: &mut *cx.out }
}

/// Says what comes, shows what one would type, and does it.
async fn take(args: &Args, cx: &mut Cx<'_>, data: &Path, step: &Step) -> Result<(), Failure> {
    if !cx.out.is_json() {
        let say = cx.out.paint(Style::Strong, step.say);
        let typed = cx.out.paint(Style::Name, &format!("$ {}", steps::typed(&step.words)));
        cx.out.line(&format!("\n{say}\n{typed}"))?;
    }
    if args.step {
        cx.out.remark("  press Enter");
        let read = || std::io::stdin().read_line(&mut String::new());
        tokio::task::spawn_blocking(read).await.map_err(|_| interrupted())??;
    }
    let words = std::iter::once("cambium".to_owned()).chain(step.words.iter().cloned());
    let cli = Cli::try_parse_from(words).map_err(|error| Failure::Failed(error.to_string()))?;
    let verb = cli.verb.ok_or_else(|| Failure::Failed("a step without a verb".to_owned()))?;
    let mut inner = here(cx, data);
    super::run(verb, &mut inner).await?;
    if step.awaits {
        let wait = Duration::from_millis(ANSWER_WAIT_MS);
        tokio::time::timeout(wait, answered(&inner))
            .await
            .map_err(|_| Failure::Failed("the agent did not answer in time".to_owned()))??;
    }
    Ok(())
}

/// Waits until the agent has said something in the conversation.
async fn answered(cx: &Cx<'_>) -> Result<(), Failure> {
    let subject: Subject = CONVERSATION.parse().map_err(Failure::Failed)?;
    let range = Range { after: Some("0".to_owned()), ..Range::of(&subject) };
    let mut stream = Stream::open(cx.client()?, range).await?;
    loop {
        let Item::Event(event) = stream.next().await? else { continue };
        let commit: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let outcome = contracts::lifecycle::OUTCOME;
        if commit["command"]["name"].as_str() == Some(outcome.as_str()) {
            return Ok(());
        }
    }
}

fn goodbye(cx: &mut Cx<'_>) -> Result<(), Failure> {
    if cx.out.is_json() {
        return Ok(());
    }
    let title = cx.out.paint(Style::Strong, "\nWhat next");
    cx.out.line(&title)?;
    cx.out.line("  cambium up                     a server that keeps what you tell it")?;
    cx.out.line("  cambium openapi                all routes, commands and shapes")?;
    cx.out.line("  cambium tail                   everything, as it happens")?;
    cx.out.line("  cambium doctor                 when something does not work")?;
    cx.out.line("The scratch directory is gone; nothing else was touched.")
}
