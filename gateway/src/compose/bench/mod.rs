//! Measuring the program beside the bare broker, in one run.

mod process;
mod rows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::Registry;
use anyhow::Context as _;
use contracts::ports::{CommandBus, History, Wait};
use contracts::view::{At, ReplayMode};
use contracts::{Address, Caller, CommandId, Envelope, Origin, Tenant};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::broker::Brokered;
use super::node_key;
use super::start::{Started, with_broker};
use crate::auth::AdminKey;
use crate::cli::Load;
use crate::edge;
use crate::home::{ADMIN_KEY, Home};
use crate::settings::Settings;
use rows::{Rows, measure};

/// How many commands are on their way at a time.
const AT_A_TIME: [usize; 3] = [1, 64, 256];

/// How large a message of the baseline is, in bytes: about as large as a counter's commit.
const RAW_BYTES: usize = 512;

/// How many actors the load is spread over.
const ACTORS: usize = 1_000;

/// How long the read models may take.
const READ_MODELS_WAIT: Duration = Duration::from_secs(120);

/// Measures everything.
///
/// # Errors
/// When the program cannot be started, or a measurement fails.
pub async fn run(settings: Settings, load: Load, registry: Registry) -> anyhow::Result<Value> {
    let mut rows = Rows::default();
    process::start_and_idle(&settings, &mut rows).await?;
    let home = Home::new(&settings.data);
    home.create()?;
    let (key, _) = AdminKey::open(home.dir())?;
    let brokered = Brokered::start(&settings).await?;
    let node_key = node_key::open(&home)?;
    let started = with_broker(&settings, registry, Arc::new(key), node_key, &brokered).await?;
    let measured = all(&settings, load, &brokered, started, &mut rows).await;
    brokered.stop().await;
    measured?;
    Ok(rows.told())
}

async fn all(
    settings: &Settings,
    load: Load,
    brokered: &Brokered,
    started: Started,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let Started { edge, runtime, models, reading, stop_reading, shutdown } = started;
    // Everything is warm before anything counts.
    in_process(&*edge.bus, 64, load.commands / 4 + 1).await?;
    for window in AT_A_TIME {
        let raw = nats::bench::raw_publish(
            brokered.broker.connection(),
            window,
            load.commands,
            RAW_BYTES,
        );
        rows.raw(raw.await?);
        let took = in_process(&*edge.bus, window, load.commands).await?;
        rows.commands("command, in process", window, &took);
    }
    hydrate(&*edge.bus, &*edge.history, rows).await?;
    let listener = TcpListener::bind(settings.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let serving = tokio::spawn(edge::serve(
        listener,
        edge.router(),
        shutdown.clone(),
        Duration::from_secs(5),
    ));
    for window in AT_A_TIME {
        let took = over_http(settings, &url, window, load.commands).await?;
        rows.commands("command, over HTTP", window, &took);
    }
    shutdown.cancel();
    serving.await??;
    runtime.stop().await;
    stop_reading.cancel();
    reading.await?;
    models.close().await;
    let folded = projections::bench::run(&settings.data, load.commits, READ_MODELS_WAIT).await?;
    rows.read_models(&folded);
    Ok(())
}

fn counter(number: usize) -> Address {
    let tenant = Tenant::from_static("main");
    let id = format!("bench-{}", number % ACTORS);
    Address::new(tenant, contracts::Kind::from_static("counter"), id.parse().expect("it is an id"))
}

fn add(to: Address) -> Envelope {
    let id = CommandId(uuid::Uuid::now_v7());
    let name = contracts::CommandName::from_static("add");
    Envelope::new(id, to, name, json!({}), Caller::new(Caller::ADMIN, Origin::Http))
}

async fn in_process(
    bus: &dyn CommandBus,
    window: usize,
    count: usize,
) -> anyhow::Result<rows::Took> {
    measure(window, count, |number| async move {
        let answer = bus.ask(add(counter(number)), Wait::Completed(Duration::from_secs(30))).await;
        answer.map(|_| ()).map_err(anyhow::Error::from)
    })
    .await
}

async fn over_http(
    settings: &Settings,
    url: &str,
    window: usize,
    count: usize,
) -> anyhow::Result<rows::Took> {
    let key = std::fs::read_to_string(settings.data.join(ADMIN_KEY))?;
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(window).build()?;
    let (client, key) = (&client, key.trim());
    measure(window, count, |number| async move {
        let id = counter(number).id;
        let request = client.post(format!("{url}/v1/counter/{id}/add")).header("x-api-key", key);
        let answer = request.json(&json!({})).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{}", answer.text().await?);
        answer.bytes().await?;
        Ok(())
    })
    .await
}

/// How long an actor takes to wake: all its commits folded, and from its snapshot.
async fn hydrate(
    bus: &dyn CommandBus,
    history: &dyn History,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    for commits in [10, 1_000] {
        let id = format!("hydrate-{commits}").parse().context("it is an id")?;
        let to = Address { id, ..counter(0) };
        for _ in 0..commits {
            bus.ask(add(to.clone()), Wait::Accepted).await?;
        }
        let mut folded = Vec::new();
        let mut woken = Vec::new();
        for _ in 0..20 {
            let begun = Instant::now();
            history.replay(&to, At::Latest, ReplayMode::Fold).await?;
            folded.push(begun.elapsed());
            let begun = Instant::now();
            history.state(&to, At::Latest).await?;
            woken.push(begun.elapsed());
        }
        rows.hydrate(&format!("hydrate {commits} commits, all folded"), folded);
        rows.hydrate(&format!("hydrate {commits} commits, from snapshot"), woken);
    }
    Ok(())
}
