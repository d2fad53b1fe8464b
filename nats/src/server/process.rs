//! One process of the server, and what ties its life to ours.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::Instant;

use super::ServerConfig;
use super::error::ServerError;
use super::files::Files;

/// Runs the server and ends it when our end of the pipe closes, which it does however we end,
/// SIGKILL included. Portable, and without code between fork and exec.
///
/// The descriptor 3 is the pipe; background jobs of a shell have no standard input of their own.
const WATCHED: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
trap 'kill -TERM $server 2>/dev/null' TERM
( cat <&3 >/dev/null; kill -KILL $server 2>/dev/null ) &
watcher=$!
exec 3<&-
wait $server
status=$?
while kill -0 $server 2>/dev/null; do wait $server; status=$?; done
kill -KILL $watcher 2>/dev/null
exit $status
"#;

/// How often a start looks whether the server answers.
const LOOK: Duration = Duration::from_millis(3);

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// For clients.
    pub client: u16,
    /// For monitoring.
    pub monitor: u16,
}

/// The file that the server writes when it has chosen its ports.
#[derive(Deserialize)]
struct PortsFile {
    nats: Vec<String>,
    monitoring: Vec<String>,
}

/// A running server.
pub struct Process {
    child: Child,
    /// Our end of the pipe. Kept apart, since waiting for a child closes its standard input.
    pipe: Option<ChildStdin>,
    pid: u32,
    ports: Ports,
}

impl Process {
    /// Starts the server and waits until it answers.
    pub async fn start(
        program: &Path,
        files: &Files,
        config: &ServerConfig,
    ) -> Result<Self, ServerError> {
        let port = if config.port == 0 { -1 } else { i32::from(config.port) };
        end_leftover(files).await;
        files.write_config(config, port, -1)?;
        Self::spawn(program, files, config).await
    }

    /// Starts the server again where it was, so that clients find it.
    pub async fn start_again(
        program: &Path,
        files: &Files,
        config: &ServerConfig,
        ports: Ports,
    ) -> Result<Self, ServerError> {
        end_leftover(files).await;
        files.write_config(config, i32::from(ports.client), i32::from(ports.monitor))?;
        Self::spawn(program, files, config).await
    }

    async fn spawn(
        program: &Path,
        files: &Files,
        config: &ServerConfig,
    ) -> Result<Self, ServerError> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(WATCHED).arg("cambium-nats").arg(program);
        command.arg("-c").arg(files.config_path());
        command.env("GOMEMLIMIT", config.server_memory_bytes_max.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own: the Ctrl-C of a terminal is for us, and we stop the server in order.
        command.process_group(0).kill_on_drop(false);
        let failed = |reason: String| ServerError::Start { reason, log: files.log_tail() };
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let pipe = child.stdin.take();
        let deadline = Instant::now() + Duration::from_millis(config.start_timeout_ms);
        loop {
            if let Some(status) = child.try_wait().map_err(|error| failed(error.to_string()))? {
                return Err(failed(format!("it ended with {status}")));
            }
            if let Some((pid, ports)) = announced(files)
                && answers(ports).await
            {
                return Ok(Self { child, pipe, pid, ports });
            }
            if Instant::now() > deadline {
                return Err(failed(format!("no answer within {} ms", config.start_timeout_ms)));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Where it listens.
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The process id of the server itself.
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// Resolves when the server has ended.
    pub async fn ended(&mut self) -> String {
        let status: std::io::Result<ExitStatus> = self.child.wait().await;
        status.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Ends the server in order, or kills it after `wait`.
    pub async fn stop(mut self, wait: Duration) {
        signal(self.pid, Signal::SIGTERM);
        if tokio::time::timeout(wait, self.child.wait()).await.is_err() {
            tracing::warn!(pid = self.pid, "server.killed");
            signal(self.pid, Signal::SIGKILL);
            let _ = self.child.wait().await;
        }
        // Only now: closing the pipe earlier would kill the server.
        drop(self.pipe.take());
    }
}

fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        // It may have ended by itself, which is what is wanted.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// Ends a server of ours whose parent died without the pipe noticing yet. We hold the lock on the
/// directory, so whoever still writes there is a leftover.
async fn end_leftover(files: &Files) {
    let Some(pid) = files.last_pid() else { return };
    let deadline = Instant::now() + Duration::from_secs(5);
    while is_ours(pid, files) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        if Instant::now() > deadline {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether the process `pid` is a server on our directory: it was started with our configuration.
fn is_ours(pid: i32, files: &Files) -> bool {
    let listed = std::process::Command::new("ps")
        .args(["-o", "stat=,args=", "-p", &pid.to_string()])
        .output();
    let Ok(listed) = listed else { return false };
    let line = String::from_utf8_lossy(&listed.stdout);
    let config = files.config_path();
    !line.trim_start().starts_with('Z') && line.contains(&*config.to_string_lossy())
}

/// The ports that a server has written, with its process id.
fn announced(files: &Files) -> Option<(u32, Ports)> {
    let entry = std::fs::read_dir(files.ports_dir()).ok()?.flatten().next()?;
    let name = entry.file_name().into_string().ok()?;
    let pid = name.rsplit_once('_')?.1.strip_suffix(".ports")?.parse().ok()?;
    let file: PortsFile = serde_json::from_slice(&std::fs::read(entry.path()).ok()?).ok()?;
    let port = |urls: &[String]| urls.first()?.rsplit_once(':')?.1.parse().ok();
    let (client, monitor) = (port(&file.nats)?, port(&file.monitoring)?);
    Some((pid, Ports { client, monitor }))
}

/// Whether the server greets clients and calls itself healthy.
async fn answers(ports: Ports) -> bool {
    let asking = async {
        let mut client = TcpStream::connect(("127.0.0.1", ports.client)).await.ok()?;
        let mut greeting = [0_u8; 5];
        client.read_exact(&mut greeting).await.ok()?;
        let mut monitor = TcpStream::connect(("127.0.0.1", ports.monitor)).await.ok()?;
        monitor.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").await.ok()?;
        let mut said = String::new();
        monitor.read_to_string(&mut said).await.ok()?;
        (&greeting == b"INFO " && said.starts_with("HTTP/1.0 200")).then_some(())
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), asking).await, Ok(Some(())))
}
