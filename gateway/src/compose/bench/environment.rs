//! On what it was measured: figures without it say nothing.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How often the disk is asked to sync.
const SYNCS: usize = 300;

/// As large as a small commit, in bytes.
const SYNC_BYTES: usize = 300;

/// Cores, processor, memory, kernel, versions, and what one fsync of `folder`'s disk takes.
///
/// # Errors
/// When nothing can be written there.
pub fn told(folder: &Path, broker: &str) -> anyhow::Result<Value> {
    let (p50, p99) = fsync(folder)?;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    Ok(json!({
        "cambium": env!("CARGO_PKG_VERSION"),
        "nats_server": broker,
        "os": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "kernel": line("/proc/sys/kernel/osrelease", ""),
        "processor": line("/proc/cpuinfo", "model name"),
        "cores": cores,
        "memory": line("/proc/meminfo", "MemTotal"),
        "fsync_us_p50": p50,
        "fsync_us_p99": p99,
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
    }))
}

/// The value of the first line of `file` that begins with `name`, where the system has such a file.
fn line(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let value = line.split_once(':').map_or(line, |(_, value)| value);
    Some(value.trim().to_owned())
}

/// What appending a few bytes and syncing them takes: p50 and p99 in microseconds.
fn fsync(folder: &Path) -> anyhow::Result<(u128, u128)> {
    fs::create_dir_all(folder)?;
    let path = folder.join("fsync");
    let mut file = File::create(&path)?;
    let mut took: Vec<Duration> = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.write_all(&[b'x'; SYNC_BYTES])?;
        let begun = Instant::now();
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    fs::remove_file(&path)?;
    took.sort_unstable();
    let at = |percent: usize| took[(SYNCS * percent / 100).min(SYNCS - 1)].as_micros();
    Ok((at(50), at(99)))
}
