//! What the command line needs of the program it belongs to. The composition root implements it.

use std::path::PathBuf;

use contracts::Pages;
use contracts::ports::Fut;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::settings::{Durability, Settings};

/// The program behind the command line.
pub trait Local: Send + Sync {
    /// Starts everything and answers when it is ready: ports bound, partitions taken, read models
    /// caught up. The data directory exists and is claimed by the caller, who also announces it.
    /// When `stop` is said, now or later, what runs is stopped in order.
    fn start(
        &self,
        settings: Settings,
        stop: CancellationToken,
    ) -> Fut<'_, anyhow::Result<Running>>;

    /// Measures a program of its own on `settings`: `{environment, items: [{what, durability,
    /// at_a_time, count, per_second, p50_us, p99_us, beside_raw, is, target}]}`.
    fn bench(&self, settings: Settings, load: Load) -> Fut<'_, anyhow::Result<Value>>;

    /// The kinds that this program has.
    fn pages(&self) -> Pages;

    /// The OpenAPI document of this program.
    fn openapi(&self) -> Value;

    /// Finds the nats-server program that `start` would use, without installing one.
    fn broker<'a>(&'a self, settings: &'a Settings) -> Fut<'a, Result<Broker, String>>;
}

/// How much a measurement takes.
#[derive(Debug, Clone)]
pub struct Load {
    /// Messages of each baseline; the rows beside it take as many or a few times more.
    pub commands: usize,
    /// Commits that the read models fold.
    pub commits: usize,
    /// Actors of the row about many.
    pub actors: usize,
    /// Actors woken to tell what one takes.
    pub awake: usize,
    /// Streamed answers of the rows about models.
    pub answers: usize,
    /// For how long the lag of the read models is watched, in seconds.
    pub seconds: u64,
    /// The durability of the rows about commands; `None` = both, one after the other.
    pub durability: Option<Durability>,
    /// What is measured; nothing named = everything.
    pub only: Vec<Part>,
}

impl Load {
    /// Whether `part` is measured.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        let asked = self.only.is_empty() && part != Part::Cluster;
        asked || self.only.contains(&part)
    }

    /// Whether anything is measured in this process.
    #[must_use]
    pub fn has_this_process(&self) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| *part != Part::Cluster)
    }
}

/// A part of what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Starting, and memory when idle.
    Start,
    /// Commands in process.
    Engine,
    /// One actor that everybody asks.
    Hot,
    /// Many actors, and what awake ones take.
    Many,
    /// Commands over HTTP.
    Http,
    /// What stands between a client and a provider of models.
    Models,
    /// Waking, replaying, forking.
    Time,
    /// The tail and the read models.
    Reading,
    /// How old the rows are while the engine runs as fast as it can.
    Lag,
    /// What tenants' programs tell.
    Telemetry,
    /// Backing up and verifying.
    Backup,
    /// Several nodes; only when it is named.
    Cluster,
}

/// A program that runs in this process.
pub struct Running {
    /// Where it answers, such as `http://127.0.0.1:8080`.
    pub url: String,
    /// Cancel it to stop in order.
    pub stop: CancellationToken,
    /// Ends when everything has stopped, or when a part cannot go on.
    pub done: JoinHandle<anyhow::Result<()>>,
}

/// A nats-server program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself, such as `2.15.1`.
    pub version: String,
}
