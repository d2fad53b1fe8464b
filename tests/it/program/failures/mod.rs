//! Real failures: three nodes, three brokers and a database on one machine, a load whose ledger
//! stands outside, and what befalls them by chance from a seed. A judge that knows only what
//! clients asked and were told says whether anything acknowledged was lost, doubled or reordered.
//!
//! `CAMBIUM_FAILURES_SECONDS` makes the run longer, `CAMBIUM_FAILURES_SEED` another, and
//! `CAMBIUM_FAILURES_ONLY=KillBroker,RollNodes` does only these. The history is kept and can be
//! judged again by `judge-history`.

mod faults;
mod house;
mod judge;
mod links;
mod load;
mod proxies;
mod spaces;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cambium_tests::history::{Fault, History};
use cambium_tests::rng::Rng;
use nats::server::{Server, ServerConfig};

use faults::Deed;
use house::House;
use links::{COUNT, Links};
use load::Load;

/// How long things go wrong, in seconds, where nothing else is said.
const SECONDS: u64 = 35;

/// The seed, likewise.
const SEED: u64 = 7;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What is passed over is said, wherever the test's own words go.
fn told(why: &str) {
    let _ = writeln!(std::io::stderr(), "NOT CHECKED: {why}");
}

/// What is seen on the way.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The broker's program; whoever has none yet gets one by starting it.
async fn broker(home: &Path) -> PathBuf {
    let dir = home.join("first");
    let config =
        ServerConfig { access_file: home.join("nats.json"), dir, ..ServerConfig::default() };
    Server::start(config, |_| {}).await.expect("a broker").stop().await;
    nats::server::find(&ServerConfig::default()).await.expect("a program").path
}

/// Where what is known of the runs of a seed is kept.
fn kept(seed: u64) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("failures/{seed}"))
}

fn seed() -> u64 {
    setting("CAMBIUM_FAILURES_SEED").unwrap_or(SEED)
}

/// Keeps what nodes and brokers have said, for whoever wants to know why.
fn keep_words(home: &Path) {
    let folder = kept(seed());
    std::fs::create_dir_all(&folder).expect("a directory");
    let files = std::fs::read_dir(home).expect("a directory").flatten().map(|entry| entry.path());
    for file in files.filter(|path| path.extension().is_some_and(|it| it == "said")) {
        let name = file.file_name().expect("it has a name");
        std::fs::copy(&file, folder.join(name)).expect("copied");
    }
}

/// Runs a test of this file in namespaces of its own, or, where there can be none, on forwarders.
async fn in_a_network<W: Future<Output = ()>>(name: &str, run: impl Fn(PathBuf, Links) -> W) {
    if let Some(home) = std::env::var_os(spaces::INSIDE) {
        return run(PathBuf::from(home), Links::spaces()).await;
    }
    let home = tempfile::tempdir().expect("a directory");
    std::os::unix::fs::symlink(broker(home.path()).await, home.path().join("broker"))
        .expect("the directory is ours");
    match spaces::entrance() {
        Ok(entrance) => {
            let test = format!("program::failures::{name}");
            let own = std::env::current_exe().expect("it runs");
            let mut command = Command::new(&entrance[0]);
            let inside = command.args(&entrance[1..]).arg(own);
            let inside = inside.args([&test, "--exact", "--nocapture"]);
            let status = inside.env(spaces::INSIDE, home.path()).status().expect("it runs");
            keep_words(home.path());
            assert!(status.success(), "inside: {status}");
        }
        Err(why) => {
            told(&format!(
                "no network namespaces ({}); brokers are not cut off from each other, no disk is \
                 full, and what is cut is cut by forwarders",
                why.trim()
            ));
            run(home.path().to_owned(), Links::proxies().await).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_nothing_acknowledged_is_lost_doubled_or_reordered() {
    let name = "whatever_fails_nothing_acknowledged_is_lost_doubled_or_reordered";
    in_a_network(name, |home, links| async move {
        let seconds = setting("CAMBIUM_FAILURES_SECONDS").unwrap_or(SECONDS);
        let seed = seed();
        let mut rng = Rng::new(seed);
        println!("seed {seed}, {seconds} s");
        let Some(mut house) = House::open(&home, links, &home.join("broker")).await else { return };
        if !house.has_clocks() {
            told("clocks that are wrong: libfaketime is not there");
        }
        let edges = (0..COUNT).map(|node| house.links.edge(node)).collect();
        let load = Load::start(edges, house.node(0).key(), &mut rng);
        load.until_all_go_on(5, "the beginning").await;
        let (begun, mut faults, mut deck) = (Instant::now(), Vec::new(), Vec::new());
        let mut failed = Vec::new();
        while begun.elapsed() < Duration::from_secs(seconds) {
            let deed = loop {
                match deck.pop() {
                    Some(deed) => break deed,
                    None => deck = Deed::deck(&house, &mut rng),
                }
            };
            let begun_us = load.now_us();
            failed.extend(deed.perform(&mut house, &load, &mut rng).await);
            let ended_us = load.now_us();
            println!("{deed:?}: {} ms", (ended_us - begun_us) / 1_000);
            faults.push(Fault { what: format!("{deed:?}"), begun_us, ended_us });
        }
        let history = History { ops: load.stop().await, faults, stored: Vec::new() };
        judge::judge(&house, history, &kept(seed)).await;
        house.close();
        assert!(failed.is_empty(), "no command may fail: {failed:?}");
    })
    .await;
}
