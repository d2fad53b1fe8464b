//! A server that outlived the program that started it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::Instant;

use super::error::ServerError;
use super::files::Files;

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(3);

/// Ends a server whose parent died without its watcher noticing yet. We hold the lock on the
/// directory, so whoever still writes there is a leftover, and two must never write there.
pub async fn end(files: &Files, wait: Duration) -> Result<(), ServerError> {
    let Some(pid) = files.last_pid() else { return Ok(()) };
    let deadline = Instant::now() + wait;
    let config = files.config_path();
    if is_ours(pid, &config) {
        tracing::warn!(pid, "server.leftover");
    }
    while is_ours(pid, &config) {
        // Any answer will do: whether it has ended is asked next.
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        if Instant::now() > deadline {
            let reason = format!("the server {pid} of an earlier program does not end");
            return Err(ServerError::Start { reason, log: String::new() });
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Whether the process `pid` is a server on our directory: it was started with our configuration.
/// A process that has ended and was not waited for has no arguments any more.
fn is_ours(pid: i32, config: &Path) -> bool {
    let started_with = format!("-c {}", config.to_string_lossy());
    pid > 0 && arguments(pid).is_some_and(|line| line.contains(&started_with))
}

/// What a process was started with, in one line. Small images have no `ps`, and macOS no `/proc`.
fn arguments(pid: i32) -> Option<String> {
    if cfg!(target_os = "linux") {
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        return Some(String::from_utf8_lossy(&line).replace('\0', " "));
    }
    let mut ps = std::process::Command::new("ps");
    let said = ps.args(["-ww", "-o", "args=", "-p", &pid.to_string()]).output().ok()?;
    Some(String::from_utf8_lossy(&said.stdout).into_owned())
}
