//! Measuring the program beside the bare broker and the bare database, in one run.

mod engine;
mod environment;
mod http;
mod process;
mod reading;
mod rows;
mod time;

use std::sync::Arc;
use std::time::Duration;

use actors::{Registry, Runtime};
use serde_json::Value;
use tokio::net::TcpListener;

use super::broker::Brokered;
use super::node_key;
use super::start::{Started, with_broker};
use crate::auth::AdminKey;
use crate::cli::{self, Load};
use crate::edge::{self, Edge};
use crate::home::{ADMIN_KEY, Home};
use crate::settings::{Durability, Settings};
use engine::Spread;
use rows::Rows;

/// How large a message of the baseline is, in bytes: about as large as a counter's commit.
const RAW_BYTES: usize = 512;

/// The actors of most rows.
const THOUSAND: Spread = Spread { name: "bench", actors: 1_000 };

/// A hot actor.
const HOT: Spread = Spread { name: "hot", actors: 1 };

/// Measures everything that `load` asks for.
///
/// # Errors
/// When the program cannot be started, or a measurement fails.
pub async fn run(settings: Settings, load: Load, registry: Registry) -> anyhow::Result<Value> {
    let mut rows = Rows::new(Box::new(|what| cli::remark(&format!("measured: {what}"))));
    let environment = environment::told(&settings.data, nats::server::VERSION)?;
    process::start_and_idle(&settings, &mut rows).await?;
    for durability in [Durability::Always, Durability::Relaxed] {
        if durability == Durability::Relaxed && !load.relaxed {
            continue;
        }
        let name = if durability == Durability::Always { "always" } else { "relaxed" };
        rows.durability(name);
        let mut settings = settings.clone();
        settings.durability = durability;
        settings.data = settings.data.join(name);
        one(&settings, &load, registry.clone(), &mut rows).await?;
    }
    let models = projections::bench::run(&settings.data, load.commits, READ_MODELS_WAIT).await?;
    reading::models(&models, &mut rows);
    Ok(rows.told(environment))
}

/// How long the read models may take.
const READ_MODELS_WAIT: Duration = Duration::from_secs(300);

/// A program of its own on its own broker.
async fn one(
    settings: &Settings,
    load: &Load,
    registry: Registry,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let home = Home::new(&settings.data);
    home.create()?;
    let (key, _) = AdminKey::open(home.dir())?;
    let brokered = Brokered::start(settings).await?;
    let node_key = node_key::open(&home)?;
    let started = with_broker(settings, registry, Arc::new(key), node_key, &brokered).await?;
    let Started { edge, runtime, models, reading, stop_reading, shutdown } = started;
    let measured = all(settings, load, &brokered, edge, &runtime, rows).await;
    shutdown.cancel();
    runtime.stop().await;
    stop_reading.cancel();
    reading.await?;
    models.close().await;
    brokered.stop().await;
    measured
}

async fn all(
    settings: &Settings,
    load: &Load,
    brokered: &Brokered,
    edge: Edge,
    runtime: &Runtime,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let (bus, history, feed) = (edge.bus.clone(), edge.history.clone(), edge.feed.clone());
    let bus = &*bus;
    let strict = settings.durability == Durability::Always;
    // Everything is warm before anything counts.
    engine::run(bus, 64, load.commands / 4 + 1, THOUSAND).await?;
    if strict {
        process::awake(bus, load.awake, rows).await?;
    }
    let raw = async |window: usize, rows: &mut Rows| {
        let connection = brokered.broker.connection();
        let count = load.commands / if window == 1 { 4 } else { 1 };
        let measured = nats::bench::raw_publish(connection, window, count, RAW_BYTES).await?;
        rows.raw("publish, bare broker", measured);
        anyhow::Ok(())
    };
    for window in [1, 64, 256, 1_024] {
        raw(window, rows).await?;
        let count = load.commands * if window == 1 { 1 } else { 4 };
        let took = engine::run(bus, window, count, THOUSAND).await?;
        rows.commands("engine, 1,000 actors", window, &took, engine_target(window, strict));
    }
    raw(256, rows).await?;
    let took = engine::run(bus, 256, load.commands * 4, HOT).await?;
    rows.commands("engine, one hot actor", 256, &took, strict.then_some("≥ 2 x"));
    let many = Spread { name: "many", actors: load.actors };
    let took = engine::run(bus, 256, load.actors * 2, many).await?;
    rows.commands(&format!("engine, {} actors", load.actors), 256, &took, None);
    process::memory(runtime, rows);
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    let shutdown = tokio_util::sync::CancellationToken::new();
    let (router, drain) = (edge.router(), Duration::from_secs(5));
    let serving = tokio::spawn(edge::serve(listener, router, shutdown.clone(), drain));
    let key = std::fs::read_to_string(settings.data.join(ADMIN_KEY))?;
    for window in [1, 64, 256, 1_024] {
        raw(window, rows).await?;
        let count = load.commands * if window == 1 { 1 } else { 2 };
        let took = http::run(address, key.trim(), window, count, THOUSAND).await?;
        rows.commands("HTTP, 1,000 actors", window, &took, None);
    }
    shutdown.cancel();
    serving.await??;
    if strict {
        time::run(bus, &*history, rows).await?;
        reading::tail(brokered.broker.connection(), &*feed, rows).await?;
    }
    Ok(())
}

const fn engine_target(window: usize, strict: bool) -> Option<&'static str> {
    match (window, strict) {
        (1, true) => Some("≤ 1.5 x p50"),
        (256, true) => Some("≥ 5 x, p50 ≤ 8000"),
        (256, false) => Some("≥ 0.5 x"),
        _ => None,
    }
}
