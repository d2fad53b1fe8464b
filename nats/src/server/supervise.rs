//! Keeps the server running.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::files::Files;
use super::process::{Ports, Process};
use super::reload::reload;
use super::staging::Staging;
use super::users::Reload;
use super::{ServerConfig, ServerState};

/// Who wants to hear that the server is stopped; `None` when everybody has let go of it.
type Stop = Option<oneshot::Sender<()>>;

/// Starts a server that died again, with growing pauses; ends it when told to.
pub struct Supervisor {
    pub program: PathBuf,
    pub files: Files,
    pub staging: Arc<Option<Staging>>,
    pub config: Arc<ServerConfig>,
    pub state: watch::Sender<ServerState>,
    pub pid: watch::Sender<u32>,
    pub stopping: mpsc::Receiver<oneshot::Sender<()>>,
    pub restarting: mpsc::Receiver<()>,
    pub reloading: mpsc::Receiver<Reload>,
}

impl Supervisor {
    /// Runs until told to stop, or until nobody holds the server any more.
    pub async fn run(mut self, mut process: Process) {
        let ports = *process.ports();
        let pause_min = Duration::from_millis(self.config.restart_pause_ms_min);
        let mut pause = pause_min;
        loop {
            let begun = Instant::now();
            let reason = tokio::select! {
                reason = process.ended() => reason,
                () = keep_staged(&self.staging) => continue,
                Some(()) = self.restarting.recv() => {
                    self.state.send_replace(ServerState::Restarting);
                    process.stop(Duration::from_millis(self.config.stop_timeout_ms)).await;
                    // Whoever wants it has pauses of its own.
                    pause = pause_min;
                    process = match self.revive(ports, &mut pause).await {
                        Ok(process) => process,
                        Err(stop) => return self.finish(stop),
                    };
                    continue;
                }
                Some(done) = self.reloading.recv() => {
                    let _ = done.send(reload(&self.files, &self.config, &process).await);
                    continue;
                }
                stop = self.stopping.recv() => {
                    process.stop(Duration::from_millis(self.config.stop_timeout_ms)).await;
                    return self.finish(stop);
                }
            };
            tracing::error!(reason, "server.died");
            // Its pipe closes, which also ends a server that lost only its watcher.
            drop(process);
            if begun.elapsed() >= Duration::from_millis(self.config.healthy_after_ms) {
                pause = pause_min;
            }
            process = match self.revive(ports, &mut pause).await {
                Ok(process) => process,
                Err(stop) => return self.finish(stop),
            };
        }
    }

    /// A new process on the same ports, however many attempts it takes; or the wish to stop that
    /// came meanwhile.
    async fn revive(&mut self, ports: Ports, pause: &mut Duration) -> Result<Process, Stop> {
        let Self { program, files, staging, config, state, pid, stopping, .. } = self;
        state.send_replace(ServerState::Restarting);
        loop {
            let attempt = async {
                tokio::time::sleep(*pause).await;
                *pause = (*pause * 2).min(Duration::from_millis(config.restart_pause_ms_max));
                Process::start_again(program, files, config, ports).await
            };
            let again = tokio::select! {
                again = attempt => again,
                stop = stopping.recv() => return Err(stop),
            };
            match again {
                Ok(process) => {
                    if let Some(staging) = &**staging {
                        let _ = staging.link().await;
                    }
                    pid.send_replace(process.pid());
                    state.send_replace(ServerState::Ready);
                    tracing::info!(pid = process.pid(), "server.restarted");
                    return Ok(process);
                }
                Err(error) => {
                    tracing::error!(%error, "server.not_restarted");
                    state.send_replace(ServerState::Failed(error.to_string()));
                }
            }
        }
    }

    /// Lets go of the directory, then says so.
    fn finish(self, stop: Stop) {
        self.state.send_replace(ServerState::Stopped);
        drop((self.staging, self.files));
        if let Some(done) = stop {
            let _ = done.send(());
        }
    }
}

/// Sees to where batches are staged; never ends.
async fn keep_staged(staging: &Option<Staging>) {
    match staging {
        Some(staging) => staging.watch().await,
        None => std::future::pending().await,
    }
}
