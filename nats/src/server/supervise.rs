//! Keeps the server running.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::files::Files;
use super::process::Process;
use super::{ServerConfig, ServerState};

/// Starts a server that died again, with growing pauses; ends it when told to.
pub struct Supervisor {
    pub program: PathBuf,
    pub files: Files,
    pub config: Arc<ServerConfig>,
    pub state: watch::Sender<ServerState>,
    pub pid: watch::Sender<u32>,
    pub stopping: mpsc::Receiver<oneshot::Sender<()>>,
}

impl Supervisor {
    /// Runs until told to stop, or until nobody holds the server any more.
    pub async fn run(mut self, mut process: Process) {
        let ports = *process.ports();
        let mut pause = Duration::from_millis(self.config.restart_pause_ms_min);
        loop {
            let begun = Instant::now();
            let reason = tokio::select! {
                reason = process.ended() => reason,
                stop = self.stopping.recv() => {
                    process.stop(Duration::from_millis(self.config.stop_timeout_ms)).await;
                    self.state.send_replace(ServerState::Stopped);
                    drop(self.files);
                    if let Some(done) = stop {
                        let _ = done.send(());
                    }
                    return;
                }
            };
            tracing::error!(reason, "server.died");
            self.state.send_replace(ServerState::Restarting);
            if begun.elapsed() >= Duration::from_millis(self.config.healthy_after_ms) {
                pause = Duration::from_millis(self.config.restart_pause_ms_min);
            }
            process = loop {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    stop = self.stopping.recv() => {
                        self.state.send_replace(ServerState::Stopped);
                        drop(self.files);
                        if let Some(done) = stop {
                            let _ = done.send(());
                        }
                        return;
                    }
                }
                pause = (pause * 2).min(Duration::from_millis(self.config.restart_pause_ms_max));
                let again =
                    Process::start_again(&self.program, &self.files, &self.config, ports).await;
                match again {
                    Ok(process) => break process,
                    Err(error) => {
                        tracing::error!(%error, "server.not_restarted");
                        self.state.send_replace(ServerState::Failed(error.to_string()));
                    }
                }
            };
            self.pid.send_replace(process.pid());
            self.state.send_replace(ServerState::Ready);
            tracing::info!(pid = process.pid(), "server.restarted");
        }
    }
}
