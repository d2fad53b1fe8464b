//! `up`: run everything.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::cli::serve::Served;
use crate::home::{ADMIN_KEY, Home};
use crate::settings::{Durability, LogFormat, Settings, load};

/// Signals within so long of the first are the same wish.
const SAME_WISH: Duration = Duration::from_millis(500);

/// Arguments of `up`. Each has a variable of the environment, and a flag overrules it.
#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
pub struct Args {
    /// Where to listen; port 0 = any free one [environment: CAMBIUM_LISTEN]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// A broker to use instead of a child [environment: CAMBIUM_NATS_URL]
    #[arg(long, value_name = "URL")]
    pub nats_url: Option<String>,
    /// The nats-server program to run [environment: CAMBIUM_NATS_SERVER]
    #[arg(long, value_name = "PATH")]
    pub nats_server: Option<PathBuf>,
    /// The database of the read models [environment: CAMBIUM_DATABASE_URL]
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// When a commit counts as stored [environment: CAMBIUM_DURABILITY]
    #[arg(long, value_name = "WHEN")]
    pub durability: Option<Durability>,
    /// The settings file [environment: CAMBIUM_CONFIG] [default: DATA/cambium.toml, ./cambium.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What is logged, such as info or info,cambium=debug [environment: CAMBIUM_LOG]
    #[arg(long, value_name = "FILTER")]
    pub log_level: Option<String>,
    /// For people or for machines [environment: CAMBIUM_LOG_FORMAT]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

impl Args {
    /// Whether any of them is given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// As settings: the setting, the flag, the value.
    #[must_use]
    pub fn flags(&self) -> Vec<(&'static str, &'static str, String)> {
        let path = |path: &PathBuf| path.display().to_string();
        let all = [
            ("listen", "--listen", self.listen.map(|listen| listen.to_string())),
            ("nats.url", "--nats-url", self.nats_url.clone()),
            ("nats_server", "--nats-server", self.nats_server.as_ref().map(path)),
            ("database_url", "--database-url", self.database_url.clone()),
            ("durability", "--durability", self.durability.as_ref().map(word)),
            ("log.level", "--log-level", self.log_level.clone()),
            ("log.format", "--log-format", self.log_format.as_ref().map(word)),
        ];
        let given = all.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?)));
        given.collect()
    }
}

fn word(value: &impl clap::ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Runs the program until it is told to stop.
///
/// # Errors
/// When the settings make no sense, the program cannot start, or cannot go on.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let settings = load(&cx.sources(args.config.clone(), args.flags()))?.settings;
    run_with(settings, cx).await
}

/// Runs the program on these settings until it is told to stop.
///
/// # Errors
/// When the program cannot start, or cannot go on.
pub async fn run_with(settings: Settings, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
    let stop = CancellationToken::new();
    let mut starting = pin!(Served::begin(cx.local, settings.clone(), stop.clone()));
    let mut served = tokio::select! {
        served = &mut starting => served?,
        () = first(&mut signals) => {
            stop.cancel();
            cx.out.remark("stopping what has been started; once more to stop at once");
            tokio::select! {
                begun = &mut starting => if let Ok(served) = begun { served.end().await? },
                () = insisted(&mut signals) => {}
            }
            return Err(Failure::Failed("stopped at the start".to_owned()));
        }
    };
    greet(cx, &settings, &served.running.url)?;
    tokio::select! {
        ended = served.ended() => return ended,
        () = first(&mut signals) => cx.out.remark("stopping; once more to stop at once"),
    }
    tokio::select! {
        ended = served.end() => ended,
        () = insisted(&mut signals) => Err(Failure::Failed("stopped at once".to_owned())),
    }
}

async fn first(signals: &mut [Signal; 2]) {
    let [interrupt, terminate] = signals;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// A second wish to stop. Some tools send one wish twice, to the process and to its group, so what
/// comes right after the first is the same.
async fn insisted(signals: &mut [Signal; 2]) {
    let begun = Instant::now();
    loop {
        first(signals).await;
        if begun.elapsed() > SAME_WISH {
            return;
        }
    }
}

/// Says where the program answers, where the key is and what may be lost.
fn greet(cx: &mut Cx<'_>, settings: &Settings, url: &str) -> Result<(), Failure> {
    let key = Home::new(&settings.data).file(ADMIN_KEY);
    let pid = std::process::id();
    if cx.out.is_json() {
        return cx.out.json(&json!({
            "url": url, "key_file": key, "data": settings.data, "pid": pid,
            "durability": settings.durability,
        }));
    }
    let title = cx.out.paint(Style::Strong, &format!("cambium is ready at {url}"));
    cx.out.line(&title)?;
    cx.out.line(&format!("  key   {}", key.display()))?;
    cx.out.line("  try   cambium send counter/first add --field by=2")?;
    cx.out.line("  see   cambium tour")?;
    if settings.durability == Durability::Relaxed {
        let text = "  durability is relaxed: a power cut may take the last seconds of what was \
                    acknowledged";
        let text = cx.out.paint(Style::Doubtful, text);
        cx.out.line(&text)?;
    }
    Ok(())
}
