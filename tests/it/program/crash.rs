//! Kill -9 of the program and of its broker under load: every acknowledged command is there once.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cambium_tests::program::{Program, client, without_own_settings};
use serde_json::{Value, json};

use super::BINARY;

/// What a load has been told: of each counter, how often an `add` was acknowledged, and how often
/// one was sent without an answer.
#[derive(Default)]
pub(super) struct Told {
    acknowledged: AtomicU64,
    open: AtomicU64,
}

pub(super) type Ledger = Arc<BTreeMap<String, Told>>;

pub(super) fn ledger() -> Ledger {
    Arc::new((0..16).map(|number| (format!("c{number}"), Told::default())).collect())
}

/// Adds one to each counter, again and again, until told to stop or nobody answers.
pub(super) fn load(
    program: &Program,
    ledger: &Ledger,
    stop: &Arc<AtomicBool>,
) -> Vec<tokio::task::JoinHandle<()>> {
    let (url, key) = (program.url().to_owned(), program.key().to_owned());
    let one = |id: String| {
        let (url, key, ledger, stop) = (url.clone(), key.clone(), ledger.clone(), stop.clone());
        tokio::spawn(async move {
            let client = client();
            let told = &ledger[&id];
            while !stop.load(Ordering::Relaxed) {
                told.open.fetch_add(1, Ordering::Relaxed);
                let request = client
                    .post(format!("{url}/v1/counter/{id}/add"))
                    .header("x-api-key", &key)
                    .timeout(Duration::from_secs(20))
                    .json(&json!({}));
                let Ok(answer) = request.send().await else { return };
                if !answer.status().is_success() {
                    // Refused: certainly not stored, unless it says that it is in doubt.
                    let problem: Value = answer.json().await.unwrap_or_default();
                    if problem["code"] != "in_doubt" {
                        told.open.fetch_sub(1, Ordering::Relaxed);
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
                if answer.json::<Value>().await.is_ok_and(|answer| answer["ok"] == true) {
                    told.acknowledged.fetch_add(1, Ordering::Relaxed);
                    told.open.fetch_sub(1, Ordering::Relaxed);
                } else {
                    return;
                }
            }
        })
    };
    ledger.keys().cloned().map(one).collect()
}

pub(super) fn sum(ledger: &Ledger) -> u64 {
    ledger.values().map(|told| told.acknowledged.load(Ordering::Relaxed)).sum()
}

pub(super) async fn until_acknowledged(ledger: &Ledger, count: u64) {
    let begun = std::time::Instant::now();
    while sum(ledger) < count {
        let told = sum(ledger);
        assert!(begun.elapsed() < Duration::from_secs(120), "the load does not move: {told}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Each counter holds all that was acknowledged, and nothing beyond what was sent.
pub(super) async fn nothing_is_lost(program: &Program, ledger: &Ledger) {
    for (id, told) in ledger.iter() {
        let acknowledged = told.acknowledged.load(Ordering::Relaxed);
        let open = told.open.load(Ordering::Relaxed);
        let state = program.get(&format!("/v1/counter/{id}")).await.expect("readable");
        let value = state["state"]["value"].as_u64().unwrap_or_default();
        assert!(value >= acknowledged, "{id}: {acknowledged} acknowledged, {value} there");
        assert!(value <= acknowledged + open, "{id}: {acknowledged} + {open} sent, {value} there");
    }
}

pub(super) fn verify_all(data: &Path) {
    let mut verify = Command::new(BINARY);
    without_own_settings(&mut verify);
    verify.args(["verify", "--all", "--data"]).arg(data);
    let verified = verify.output().expect("runs");
    let said = String::from_utf8_lossy(&verified.stdout);
    assert!(verified.status.success(), "{said}{}", String::from_utf8_lossy(&verified.stderr));
}

/// Rounds of the long test; `CAMBIUM_CRASHES` sets another number.
const CRASHES: u64 = 8;

/// What is killed, when, by chance: the broker alone, whose program starts another; the program
/// alone, whose broker follows it; or both.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_whenever_nothing_acknowledged_is_lost() {
    let crashes = std::env::var("CAMBIUM_CRASHES").ok().and_then(|text| text.parse().ok());
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let ledger = ledger();
    let mut chance = RandomState::new().build_hasher().finish();
    println!("chance begins at {chance}");
    let mut running = None;
    for _ in 0..crashes.unwrap_or(CRASHES) {
        let program = match running.take() {
            Some(program) => program,
            None => Program::start(BINARY, &data).await.expect("starts"),
        };
        nothing_is_lost(&program, &ledger).await;
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = load(&program, &ledger, &stop);
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let acknowledged: u64 = sum(&ledger);
        until_acknowledged(&ledger, acknowledged + 1 + (chance >> 33) % 300).await;
        let broker = program.broker_pid();
        match (chance >> 60) % 3 {
            0 => {
                program.kill_broker().expect("the broker is killed");
                until_acknowledged(&ledger, sum(&ledger) + 50).await;
                running = Some(program);
            }
            1 => program.kill().expect("the program is killed"),
            _ => {
                program.kill_broker().expect("the broker is killed");
                program.kill().expect("the program is killed");
            }
        }
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await.expect("the load ends");
        }
        if running.is_none() {
            gone(broker).await;
        }
    }
    let program = match running {
        Some(program) => program,
        None => Program::start(BINARY, &data).await.expect("starts"),
    };
    nothing_is_lost(&program, &ledger).await;
    verify_all(&data);
    println!("{} commands were acknowledged, and all are there", sum(&ledger));
    program.stop().expect("stops in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_and_broker_lose_nothing_acknowledged() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let ledger = ledger();
    for round in 1..=3 {
        let program = Program::start(BINARY, &data).await.expect("starts");
        nothing_is_lost_after_start(&program, &ledger, round).await;
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = load(&program, &ledger, &stop);
        until_acknowledged(&ledger, round * 300).await;
        let broker = program.broker_pid();
        program.kill_broker().expect("the broker is killed");
        program.kill().expect("the program is killed");
        for task in tasks {
            task.await.expect("the load ends");
        }
        gone(broker).await;
    }
    let program = Program::start(BINARY, &data).await.expect("starts");
    nothing_is_lost(&program, &ledger).await;
    verify_all(&data);
    program.stop().expect("stops in order");
}

async fn nothing_is_lost_after_start(program: &Program, ledger: &Ledger, round: u64) {
    if round > 1 {
        nothing_is_lost(program, ledger).await;
    }
}

/// The broker dies alone, under load: the program starts another and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_is_replaced_and_the_load_goes_on() {
    let (_home, program) = super::started().await;
    let ledger = ledger();
    let stop = Arc::new(AtomicBool::new(false));
    let tasks = load(&program, &ledger, &stop);
    until_acknowledged(&ledger, 200).await;
    let first = program.broker_pid();
    program.kill_broker().expect("killed");
    until_acknowledged(&ledger, 600).await;
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.expect("the load ends");
    }
    assert_ne!(program.broker_pid(), first);
    nothing_is_lost(&program, &ledger).await;
    verify_all(program.data());
}

/// The program dies alone: its broker follows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_leaves_no_broker_behind() {
    let (_home, program) = super::started().await;
    let broker = program.broker_pid();
    assert!(broker.is_some());
    program.kill().expect("killed");
    gone(broker).await;
}

pub(super) async fn gone(pid: Option<u32>) {
    let Some(pid) = pid else { return };
    let begun = std::time::Instant::now();
    while is_alive(pid) {
        assert!(begun.elapsed() < Duration::from_secs(5), "process {pid} is still there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn is_alive(pid: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = state.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}
