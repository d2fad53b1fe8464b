//! What the adaptive appender reaches beside the bare broker, in the same run: a table.
//!
//! `cargo run --release -p cambium-nats --features testing --example appends -- URL [SETTINGS]`
//! measures on a server that runs already; `PATH-OF-NATS-SERVER [SETTINGS]` on three servers of its
//! own that keep each stream three times. SETTINGS = the appender's configuration as JSON.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::error::Error;
use std::path::Path;

use nats::bench::{Measured, appends, raw_batches, raw_publish};
use nats::suite::cluster::Cluster;
use nats::{Broker, Config, Endpoint};

const PAYLOAD_BYTES: usize = 256;
const OUTSTANDING: [usize; 9] = [1, 8, 16, 32, 64, 128, 256, 512, 1_024];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let target = args.next().ok_or("the broker's URL, or the path of nats-server, is missing")?;
    let mut config = Config::default();
    if let Some(append) = args.next() {
        config.append = serde_json::from_str(&append)?;
    }
    if target.contains("://") {
        config.url = Some(target.as_str().into());
        let endpoint = Endpoint::of(&config).ok_or("a URL names the broker")?;
        return table(&Broker::connect(&config, &endpoint).await?).await;
    }
    let dir = tempfile::tempdir()?;
    let cluster = Cluster::start(Path::new(&target), dir.path()).await;
    table(&cluster.broker(&config).await).await
}

async fn table(broker: &Broker) -> Result<(), Box<dyn Error>> {
    let (connection, log) = (broker.connection(), broker.log());
    println!(
        "| outstanding | raw publish /s, p50 ms | raw batches /s, p50 ms | port /s, p50, p99 ms | × |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for outstanding in OUTSTANDING {
        let messages = (outstanding * 100).clamp(1_000, 60_000);
        let raw = raw_publish(connection, outstanding, messages.min(12_000), PAYLOAD_BYTES).await?;
        let batch = outstanding.min(1_000);
        let batches = (messages / batch).min(100);
        let batches = raw_batches(connection, batch, batches, PAYLOAD_BYTES).await?;
        let port = appends(&log, outstanding, messages, PAYLOAD_BYTES).await?;
        println!(
            "| {outstanding} | {} | {} | {}, {:.2} | {:.2} |",
            told(&raw),
            told(&batches),
            told(&port),
            ms(port.p99_us),
            port.per_second / raw.per_second
        );
    }
    println!("{}", serde_json::to_string(&broker.appends()[0])?);
    Ok(())
}

fn told(measured: &Measured) -> String {
    format!("{:.0}, {:.2}", measured.per_second, ms(measured.p50_us))
}

fn ms(us: u64) -> f64 {
    us as f64 / 1_000.0
}
