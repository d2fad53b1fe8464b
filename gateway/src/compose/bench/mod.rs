//! Measuring the program beside the bare broker and the bare database, in one run.

mod backup;
mod budget;
mod cluster;
mod engine;
mod environment;
mod gate;
mod http;
mod lag;
mod models;
mod process;
mod reading;
mod rows;
mod telemetry;
mod time;
mod traced;

use std::sync::Arc;
use std::time::Duration;

use actors::{Registry, Runtime};
use anyhow::Context as _;
use contracts::ports::CommandBus;
use contracts::secret::Secret;
use nats::copy::Reader;
use projections::Models;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::broker::Brokered;
use super::node_key;
use super::start::{Started, Who, with_broker};
use crate::auth::AdminKey;
use crate::cli::{self, Load, Part};
use crate::edge::{self, Connections, Edge};
use crate::home::{ADMIN_KEY, Home};
use crate::settings::{Durability, Settings};
use engine::Spread;
use rows::Rows;

/// How large a message of the baseline is, in bytes: about as large as a counter's commit.
const RAW_BYTES: usize = 512;

/// The tenant of most rows.
const HOUSE: &str = "main";

/// The actors of most rows.
const THOUSAND: Spread = Spread { tenant: HOUSE, name: "bench", actors: 1_000 };

/// A hot actor.
const HOT: Spread = Spread { tenant: HOUSE, name: "hot", actors: 1 };

/// How long the read models may take.
const READ_MODELS_WAIT: Duration = Duration::from_secs(300);

/// Measures everything that `load` asks for.
///
/// # Errors
/// When the program cannot be started, or a measurement fails.
pub async fn run(settings: Settings, load: Load, registry: Registry) -> anyhow::Result<Value> {
    let mut rows = Rows::new(Box::new(|what| cli::remark(&format!("measured: {what}"))));
    let environment = environment::told(&settings.data, nats::server::VERSION)?;
    if load.has(Part::Start) {
        process::start_and_idle(&settings, &mut rows).await?;
    }
    for durability in [Durability::Always, Durability::Relaxed] {
        let unwanted = load.durability.is_some_and(|wanted| wanted != durability);
        if unwanted || !load.has_this_process() {
            continue;
        }
        let name = if durability == Durability::Always { "always" } else { "relaxed" };
        rows.durability(name);
        let mut settings = settings.clone();
        settings.durability = durability;
        settings.data = settings.data.join(name);
        // What is measured leaves no rows in a database that others use.
        settings.database_url = None;
        one(&settings, &load, registry.clone(), &mut rows).await?;
    }
    let server = settings.database_url.as_ref();
    let server = server.filter(|url| url.reveal().starts_with("postgres"));
    if load.has(Part::Lag)
        && let Some(server) = server
    {
        rows.durability("always");
        on_postgres(&settings, (&load, registry), server, &mut rows).await?;
    }
    if load.has(Part::Cluster) {
        cluster::run(&settings, server, load.commands, &mut rows).await?;
    }
    if load.has(Part::Reading) {
        let within = READ_MODELS_WAIT;
        let data = &settings.data;
        let models = projections::bench::run(data, None, load.commits, within).await?;
        reading::models(&models, &mut rows);
        if server.is_some() {
            let models = projections::bench::run(data, server, load.commits, within).await?;
            reading::models(&models, &mut rows);
        }
    }
    Ok(rows.told(environment))
}

/// The lag of rows in a schema of their own of the server.
async fn on_postgres(
    settings: &Settings,
    (load, registry): (&Load, Registry),
    server: &Secret,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let mut settings = settings.clone();
    settings.durability = Durability::Always;
    settings.data = settings.data.join("postgres");
    settings.projections.postgres.schema = format!("cambium_bench_lag_{}", std::process::id());
    let load = Load { only: vec![Part::Lag], ..load.clone() };
    let measured = one(&settings, &load, registry, rows).await;
    let config =
        projections::Config { database_url: Some(server.clone()), ..settings.projections.clone() };
    projections::bench::forget(&config).await?;
    measured
}

/// A program of its own on its own broker.
async fn one(
    settings: &Settings,
    load: &Load,
    registry: Registry,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let provider = models::Provider::start().await?;
    let mut settings = settings.clone();
    models::known(&mut settings, &provider);
    let sink = traced::Sink::start(&mut settings).await?;
    let settings = &settings;
    let home = Home::new(&settings.data);
    home.create()?;
    let (key, _) = AdminKey::open(home.dir())?;
    let brokered = Brokered::start(settings, &CancellationToken::new()).await?;
    let node_key = node_key::open(&home, None)?;
    let stop = CancellationToken::new();
    let url = format!("http://{}", settings.listen);
    let who = Who { authenticator: Arc::new(key), node_key, tls: None, url };
    let started = with_broker(settings, registry, who, &brokered, &stop).await?;
    let Started { edge, runtime, underway, shutdown, telling, .. } = started;
    let broker = brokered.broker.connection();
    let bench = Bench {
        settings,
        load,
        broker,
        runtime: &runtime,
        models: underway.models().context("the read models are open")?,
        endpoint: brokered.endpoint(settings).context("the broker is somewhere")?,
        provider: &provider,
        sink: &sink,
    };
    let measured = bench.all(edge, rows).await;
    shutdown.cancel();
    underway.stop(Duration::from_millis(settings.supervision.stop_ms)).await;
    brokered.stop().await;
    telling.stop().await;
    measured
}

/// What is measured.
struct Bench<'a> {
    settings: &'a Settings,
    load: &'a Load,
    broker: &'a nats::Connection,
    runtime: &'a Runtime,
    models: &'a Models,
    endpoint: nats::Endpoint,
    provider: &'a models::Provider,
    /// Where spans go, and whether any are made.
    sink: &'a traced::Sink,
}

impl Bench<'_> {
    async fn all(&self, edge: Edge, rows: &mut Rows) -> anyhow::Result<()> {
        let Load { commands, awake, actors, .. } = *self.load;
        let (bus, history, feed) = (edge.bus.clone(), edge.history.clone(), edge.feed.clone());
        let bus = &*bus;
        // Everything is warm before anything counts.
        engine::run(bus, 64, commands / 4 + 1, THOUSAND).await?;
        if self.is_strict() && self.load.has(Part::Many) {
            process::awake(bus, awake, rows).await?;
        }
        if self.load.has(Part::Engine) {
            self.engine(bus, rows).await?;
        }
        if self.load.has(Part::Hot) {
            self.raw(256, rows).await?;
            let took = engine::run(bus, 256, commands * 4, HOT).await?;
            let target = self.is_strict().then_some("≥ 2 x");
            rows.commands("engine, one hot actor", 256, &took, target);
            // Each is two commands: twice as many commits as the row says.
            let took = budget::run(bus, 256, commands).await?;
            rows.commands("reservations on one budget, settled", 256, &took, None);
        }
        if self.load.has(Part::Many) {
            self.raw(256, rows).await?;
            let many = Spread { tenant: HOUSE, name: "many", actors };
            // Each is asked once and then once again, in the same order: when there are more than
            // may be awake, the second command finds every one of them asleep.
            for what in ["begun", "asked again"] {
                let took = engine::run(bus, 256, actors, many).await?;
                rows.commands(&format!("engine, {actors} actors, {what}"), 256, &took, None);
            }
            process::memory(self.runtime, rows);
        }
        if self.is_strict() && self.load.has(Part::Lag) {
            self.lag(bus, rows).await?;
        }
        if [Part::Http, Part::Models, Part::Telemetry].iter().any(|part| self.load.has(*part)) {
            self.http(edge, rows).await?;
        }
        if self.is_strict() && self.load.has(Part::Time) {
            time::run(bus, &*history, rows).await?;
        }
        if self.is_strict() && self.load.has(Part::Reading) {
            reading::tail(self.broker, &*feed, rows).await?;
        }
        if self.is_strict() && self.load.has(Part::Backup) {
            let reader = Reader::open(&self.settings.nats, &self.endpoint).await?;
            let dir = &self.settings.data.join("backups");
            let copying = backup::Copying { settings: self.settings, reader: &reader, dir };
            backup::run(self.broker, &copying, rows).await?;
        }
        Ok(())
    }

    /// The lag of the rows, wherever they are.
    async fn lag(&self, bus: &dyn CommandBus, rows: &mut Rows) -> anyhow::Result<()> {
        let commands = self.load.commands;
        let raw = nats::bench::raw_publish(self.broker, 256, commands, RAW_BYTES).await?;
        let per_second = raw.per_second;
        rows.raw("publish, bare broker", raw);
        let on = if self.settings.database_url.is_some() { "PostgreSQL" } else { "SQLite" };
        lag::run((bus, self.models), self.load.seconds, (on, per_second), rows).await
    }

    fn is_strict(&self) -> bool {
        self.settings.durability == Durability::Always
    }

    /// The baseline of what follows.
    async fn raw(&self, window: usize, rows: &mut Rows) -> anyhow::Result<()> {
        let count = self.load.commands / if window == 1 { 4 } else { 1 };
        let measured = nats::bench::raw_publish(self.broker, window, count, RAW_BYTES).await?;
        rows.raw("publish, bare broker", measured);
        Ok(())
    }

    async fn engine(&self, bus: &dyn CommandBus, rows: &mut Rows) -> anyhow::Result<()> {
        for window in WINDOWS {
            self.raw(window, rows).await?;
            let count = self.load.commands * if window == 1 { 1 } else { 4 };
            let took = engine::run(bus, window, count, THOUSAND).await?;
            let target = match (window, self.is_strict()) {
                (1, true) => Some("≤ 1.5 x p50"),
                (256, true) => Some("≥ 5 x, p50 ≤ 8000"),
                (256, false) => Some("≥ 0.5 x"),
                _ => None,
            };
            rows.commands("engine, 1,000 actors", window, &took, target);
        }
        gate::run(self.runtime, bus, self.load.commands, rows).await?;
        traced::run(bus, self.sink, self.load.commands, rows).await
    }

    async fn http(&self, edge: Edge, rows: &mut Rows) -> anyhow::Result<()> {
        let desk = edge.records.clone();
        let listener = edge::listen(self.settings.listen, self.settings.edge.accept_queue_max)?;
        let address = listener.local_addr()?;
        let shutdown = CancellationToken::new();
        let (router, limits) = (edge.router(), Connections::of(&self.settings.edge));
        let serving = tokio::spawn(edge::serve(listener, router, shutdown.clone(), limits));
        let key = std::fs::read_to_string(self.settings.data.join(ADMIN_KEY))?;
        for window in WINDOWS.into_iter().filter(|_| self.load.has(Part::Http)) {
            self.raw(window, rows).await?;
            let count = self.load.commands * if window == 1 { 1 } else { 2 };
            let took = http::run(address, key.trim(), window, count, THOUSAND).await?;
            rows.commands("HTTP, 1,000 actors", window, &took, None);
        }
        if self.load.has(Part::Models) {
            let ours = format!("http://{address}/v1");
            for (window, count) in [(1, self.load.answers / 20 + 1), (64, self.load.answers)] {
                let many = (window, count);
                models::run(self.provider, (&ours, key.trim()), many, rows).await?;
            }
        }
        if self.is_strict() && self.load.has(Part::Telemetry) {
            let url = format!("http://{address}/v1");
            let door = telemetry::Door { url: &url, key: key.trim() };
            let lines = self.load.commands * 5;
            telemetry::run(self.broker, &desk, &door, lines, rows).await?;
        }
        shutdown.cancel();
        serving.await??;
        Ok(())
    }
}

/// How many commands are on their way at a time.
const WINDOWS: [usize; 4] = [1, 64, 256, 1_024];
