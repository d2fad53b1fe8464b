//! `tour office`: a piece of work by agents, left as files that one would hand in.
//!
//! What is told is in `story`: sales of a bakery, notes of a meeting, tasks, and texts with names
//! for numbers. The numbers are computed by the agents; nothing here knows them.

mod desk;
mod direct;
mod figures;
mod files;
mod fill;
mod report;
mod slides;
mod timeline;

use std::path::{Path, PathBuf};
use std::pin::pin;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use self::desk::Desk;
use super::{here, interrupted, settings};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::serve::Served;

/// What all actors of the work are called.
const NAME: &str = "linden";
/// What is to be done.
const GOAL: &str = "Plan the first quarter of 2027 for the bakery Linden & Rye: a report with a \
    forecast in an excel file, slides for the partners, and a schedule for the third shop";

/// Arguments of `tour office`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder for the files; files of the same names are replaced
    #[arg(long, value_name = "DIR", default_value = "cambium-office")]
    pub into: PathBuf,
}

/// Has agents plan a quarter, and leaves what they made. On the server that is named or that runs
/// on the local data directory; where there is none, on one of its own below the folder.
///
/// # Errors
/// When the server cannot start, an agent does not do its part, or a file cannot be written.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.into)?;
    if cx.named_url().is_some() || cx.home().server().is_some() {
        return work(cx, &args.into, None).await;
    }
    let data = args.into.join("data");
    let settings = settings(&data, cx.variable("CAMBIUM_NATS_SERVER"));
    let folder = data.display();
    cx.out.remark(&format!("no server runs here: starting one on {folder} …"));
    let stop = CancellationToken::new();
    let mut starting = pin!(Served::begin(cx.local, settings, stop.clone()));
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
    let worked = {
        let mut inner = here(cx, &data);
        tokio::select! {
            worked = work(&mut inner, &args.into, Some(&data)) => worked,
            _ = tokio::signal::ctrl_c() => Err(interrupted()),
        }
    };
    let ended = served.end().await;
    worked?;
    ended
}

/// The work, from the goal to the files. `data` is where the server of the tour has its data.
async fn work(cx: &mut Cx<'_>, into: &Path, data: Option<&Path>) -> Result<(), Failure> {
    let client = cx.client()?;
    let mut desk = Desk::open(cx.out, client, NAME, into).await?;
    plan(&mut desk).await?;
    report::notes(&mut desk).await?;
    figures::sales(&mut desk).await?;
    figures::forecast(&mut desk).await?;
    let planned = timeline::plan(&mut desk).await?;
    figures::look(&mut desk).await?;
    let filled = figures::filled(&mut desk).await?;
    report::write(&mut desk, &filled).await?;
    report::review(&mut desk).await?;
    slides::write(&mut desk, &filled, &planned).await?;
    files::make(&mut desk).await?;
    direct::memo(&mut desk).await?;
    files::verify(&mut desk).await?;
    files::tell(desk.done(), cx, into, data)
}

async fn plan(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let input = json!({
        "goal": GOAL,
        "requirements": ["revenue", "third shop", "cash", "risks"],
        "material": figures::SALES,
    });
    let told = desk.ask("nucleus", "plan", &input).await?;
    let steps = told["plan"].as_array().map_or(&[][..], Vec::as_slice);
    let step = |step: &serde_json::Value| {
        let word = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
        format!("{}.{}", word("agent"), word("endpoint"))
    };
    let steps: Vec<_> = steps.iter().map(step).collect();
    desk.say("nucleus", "plan", &format!("{} steps: {}", steps.len(), steps.join(", ")))
}
