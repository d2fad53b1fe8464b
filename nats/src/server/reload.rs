//! Has a running server read its configuration again: nobody who may stay is interrupted.

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;
use tokio::time::Instant;

use super::ServerConfig;
use super::error::ServerError;
use super::files::Files;
use super::process::{Process, signal};
use crate::monitor;

/// How long the server may take to read it.
const READ_WAIT: Duration = Duration::from_secs(5);
/// How often it is asked whether it has.
const LOOK: Duration = Duration::from_millis(10);

/// Writes the configuration anew and resolves once the server goes by it. It is told twice: an
/// account that is new gets its imports only with the second reading.
pub async fn reload(
    files: &Files,
    config: &ServerConfig,
    process: &Process,
) -> Result<(), ServerError> {
    let ports = process.ports();
    files.rewrite_config(config, process.asked())?;
    let said = files.said(config)?;
    let address = format!("http://127.0.0.1:{}", ports.monitor);
    for _ in 0..2 {
        let before = loaded(&address).await;
        signal(process.pid(), Signal::SIGHUP);
        let deadline = Instant::now() + READ_WAIT;
        while loaded(&address).await == before {
            if Instant::now() > deadline {
                return Err(ServerError::Reload(said.since()));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}

/// When the server read its configuration last, in its own words.
async fn loaded(monitor: &str) -> Option<Value> {
    let asked = tokio::time::timeout(READ_WAIT, monitor::get(monitor, "/varz")).await;
    asked.ok()?.ok()?.get("config_load_time").cloned()
}
