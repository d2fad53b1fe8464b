//! The program as a process of its own: how long it takes to be ready, and what it takes idle.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use actors::Runtime;
use actors::runtime::Counters;
use contracts::ports::CommandBus;

use super::engine::{self, Spread};
use super::rows::Rows;
use crate::compose::huge_pages::resident_bytes;
use crate::home::Home;
use crate::settings::Settings;

/// How long a start may take.
const START_MAX: Duration = Duration::from_secs(60);

/// How long the program is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(3);

/// Starts this very program on a fresh directory, waits for `/readyz`, and reads its memory.
///
/// # Errors
/// When it does not get ready.
pub async fn start_and_idle(settings: &Settings, rows: &mut Rows) -> anyhow::Result<()> {
    let home = Home::new(settings.data.with_extension("idle"));
    let client = reqwest::Client::builder().no_proxy().build()?;
    for what in ["start to /readyz, fresh directory", "start to /readyz, second start"] {
        let begun = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .args(["up", "--listen", "127.0.0.1:0", "--log-level", "off", "--data"])
            .arg(home.dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let ready = until_ready(&home, &client, begun, child.id()).await;
        let took = begun.elapsed();
        rows.value(what, &format!("{} ms", took.as_millis()), None);
        tokio::time::sleep(IDLE).await;
        if let Some(memory) = resident_mib(child.id()) {
            let told = format!("{memory:.1} MiB");
            rows.value("idle memory of our process", &told, Some("≤ 60 MiB"));
        }
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id())?);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM)?;
        tokio::task::spawn_blocking(move || child.wait()).await??;
        ready?;
    }
    Ok(())
}

/// Waits until the program of this process id, which was started at `begun`, is ready.
///
/// # Errors
/// When it does not get ready.
pub(super) async fn until_ready(
    home: &Home,
    client: &reqwest::Client,
    begun: Instant,
    pid: u32,
) -> anyhow::Result<()> {
    loop {
        if let Some(server) = home.server().filter(|server| server.pid == pid) {
            let answer = client.get(format!("{}/readyz", server.url)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
        }
        anyhow::ensure!(begun.elapsed() < START_MAX, "the program does not get ready");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Resident memory in MiB, where the system tells it.
pub(super) fn resident_mib(pid: u32) -> Option<f64> {
    resident_bytes(pid).map(|bytes| bytes as f64 / (1024.0 * 1024.0))
}

/// What an awake actor takes beyond its state: `actors` counters that did not exist are woken.
///
/// # Errors
/// When a command is refused.
pub async fn awake(bus: &dyn CommandBus, actors: usize, rows: &mut Rows) -> anyhow::Result<()> {
    let spread = Spread { tenant: "main", name: "awake", actors };
    let Some(before) = resident_mib(std::process::id()) else { return Ok(()) };
    engine::run(bus, 256, actors, spread).await?;
    let Some(after) = resident_mib(std::process::id()) else { return Ok(()) };
    #[expect(clippy::cast_precision_loss, reason = "a million at most")]
    let each = (after - before).max(0.0) * 1024.0 / actors as f64;
    let what = format!("memory of each of {actors} awake actors, all caches filled meanwhile");
    rows.value(&what, &format!("{each:.1} KiB"), Some("≤ 10 KiB"));
    Ok(())
}

/// What both processes take now.
pub fn memory(runtime: &Runtime, rows: &mut Rows) {
    let awake = Counters::get(&runtime.counters().cells);
    if let Some(ours) = resident_mib(std::process::id()) {
        rows.value(&format!("memory with {awake} actors awake"), &format!("{ours:.0} MiB"), None);
    }
    if let Some(theirs) = broker().and_then(resident_mib) {
        rows.value("memory of the broker then", &format!("{theirs:.0} MiB"), None);
    }
}

/// The process id of our broker, where the system tells it: a child, or the child of the guard
/// that ends it with us.
fn broker() -> Option<u32> {
    let is_broker = |pid: &u32| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm"));
        name.is_ok_and(|name| name.trim() == "nats-server")
    };
    let mut near = children(std::process::id());
    near.extend(near.clone().into_iter().flat_map(children));
    near.into_iter().find(is_broker)
}

/// The process ids of the children of all threads of `pid`.
fn children(pid: u32) -> Vec<u32> {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let told = tasks.flatten().filter_map(|task| {
        let children = std::fs::read_to_string(task.path().join("children")).ok()?;
        Some(children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
    });
    told.flatten().collect()
}
