//! The one load generator for all systems that are compared: `POST` over HTTP/1.1 connections that
//! stay open, one request on its way on each, as many connections as the concurrency says.
//!
//! It writes the least that HTTP asks for and keeps every latency, so that the percentiles are
//! exact. It tells how much processor time it took itself: a generator near one whole core would
//! have measured itself.

mod connection;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::json;

use connection::Connection;

/// How long a number of requests may take, in seconds.
const PATIENCE_S: f64 = 120.0;

/// Load for one system.
#[derive(Debug, Parser)]
struct Args {
    /// Where the system listens.
    #[arg(long)]
    server: SocketAddr,
    /// What is asked; `{}` stands for the id of the counter.
    #[arg(long)]
    path: String,
    /// The body; none when it is empty.
    #[arg(long, default_value = "")]
    body: String,
    /// A header, `name: value`.
    #[arg(long)]
    header: Vec<String>,
    /// How many requests are on their way at a time.
    #[arg(long)]
    concurrency: usize,
    /// How many counters there are.
    #[arg(long, default_value_t = 1_000)]
    counters: usize,
    /// How long requests do not count yet, in seconds.
    #[arg(long, default_value_t = 2.0)]
    warm: f64,
    /// How long requests count, in seconds.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Ends after so many requests instead, all of which count.
    #[arg(long)]
    requests: Option<usize>,
}

/// What the lanes share.
struct Plan {
    args: Args,
    next: AtomicUsize,
    from: Instant,
    until: Instant,
}

/// What one lane saw: latencies that count, and how many answers there were in all.
#[derive(Default)]
struct Seen {
    each: Vec<Duration>,
    acknowledged: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut args = Args::parse();
    if args.requests.is_some() {
        (args.warm, args.seconds) = (0.0, PATIENCE_S);
    }
    let begun = Instant::now();
    let from = begun + Duration::from_secs_f64(args.warm);
    let until = from + Duration::from_secs_f64(args.seconds);
    let concurrency = args.concurrency;
    let plan = Arc::new(Plan { args, next: AtomicUsize::new(0), from, until });
    let lanes: Vec<_> = (0..concurrency).map(|_| tokio::spawn(lane(plan.clone()))).collect();
    let (mut each, mut acknowledged) = (Vec::new(), 0);
    for lane in lanes {
        let seen = lane.await??;
        each.extend(seen.each);
        acknowledged += seen.acknowledged;
    }
    let seconds = plan.args.requests.map_or(plan.args.seconds, |_| begun.elapsed().as_secs_f64());
    each.sort_unstable();
    let at = |thousandths: usize| {
        let place = (each.len() * thousandths / 1_000).min(each.len().saturating_sub(1));
        each.get(place).map_or(0, Duration::as_micros)
    };
    let told = json!({
        "concurrency": concurrency,
        "count": each.len(),
        "acknowledged": acknowledged,
        "seconds": (seconds * 1_000.0).round() / 1_000.0,
        "per_second": (each.len() as f64 / seconds).round(),
        "p50_us": at(500),
        "p99_us": at(990),
        "p999_us": at(999),
        "max_us": at(1_000),
        "generator_cores": generator_cores(begun),
    });
    println!("{told}");
    Ok(())
}

/// One connection, asking until the time is up.
async fn lane(plan: Arc<Plan>) -> anyhow::Result<Seen> {
    let mut connection = Connection::open(plan.args.server).await?;
    let mut seen = Seen::default();
    loop {
        let begun = Instant::now();
        if begun >= plan.until {
            return Ok(seen);
        }
        let number = plan.next.fetch_add(1, Ordering::Relaxed);
        if plan.args.requests.is_some_and(|requests| number >= requests) {
            return Ok(seen);
        }
        // Neighbours in time are far apart in number, and never the same counter.
        let id = format!("c{}", number.wrapping_mul(7_919) % plan.args.counters);
        let Args { path, header, body, .. } = &plan.args;
        connection.post(&path.replace("{}", &id), header, body).await?;
        seen.acknowledged += 1;
        let ended = Instant::now();
        if begun >= plan.from && ended <= plan.until {
            seen.each.push(ended - begun);
        }
    }
}

/// How many cores this process kept busy since `begun`, where the system tells it.
fn generator_cores(begun: Instant) -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // What follows the name in parentheses: user and system time are the 12th and 13th of it, in
    // hundredths of a second.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let cores = ticks / 100.0 / begun.elapsed().as_secs_f64();
    Some((cores * 100.0).round() / 100.0)
}
