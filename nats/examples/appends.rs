//! What the adaptive appender reaches beside the bare broker, in the same run: a table.
//!
//! `cargo run --release -p cambium-nats --example appends -- nats://127.0.0.1:4222 [replicas]`

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use nats::bench::{Measured, appends, raw_batches, raw_publish};
use nats::{Broker, Config, Endpoint};

const PAYLOAD_BYTES: usize = 256;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let url = args.next().ok_or("the broker's URL is missing")?;
    let replicas = args.next().map_or(Ok(1), |it| it.parse())?;
    let mut config = Config { url: Some(url), replicas, ..Config::default() };
    if let Some(append) = args.next() {
        config.append = serde_json::from_str(&append)?;
    }
    let endpoint = Endpoint::of(&config).ok_or("a URL names the broker")?;
    let broker = Broker::connect(&config, &endpoint).await?;
    let log = broker.log();
    println!(
        "| outstanding | raw publish /s, p50 ms | raw batches /s, p50 ms | port /s, p50, p99 ms | × |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for outstanding in [1, 8, 16, 24, 32, 64, 128, 256, 512, 1_024] {
        let messages = (outstanding * 100).clamp(1_000, 60_000);
        let raw =
            raw_publish(broker.connection(), outstanding, messages.min(12_000), PAYLOAD_BYTES);
        let raw = raw.await?;
        let batch = outstanding.min(1_000);
        let batches =
            raw_batches(broker.connection(), batch, (messages / batch).min(150), PAYLOAD_BYTES);
        let batches = batches.await?;
        let port = appends(&*log, outstanding, messages, PAYLOAD_BYTES).await?;
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
