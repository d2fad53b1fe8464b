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

use super::error::ServerError;
use super::files::Files;
use super::{ServerConfig, leftover, remnants};

/// Runs the server and ends it when our end of the pipe closes, which it does however we end,
/// SIGKILL included. Portable, without code between fork and exec, and with nothing but what the
/// shell itself can do, so that a bare PATH ends no server.
///
/// The descriptor 3 is the pipe; background jobs of a shell have no standard input of their own.
const WATCHED: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
trap 'kill -TERM $server 2>/dev/null' TERM
( while read -r line <&3; do :; done; kill -KILL $server 2>/dev/null ) &
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
const LOOK_MAX: Duration = Duration::from_millis(250);

/// How long the server may take to say how it is.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// For clients.
    pub client: u16,
    /// For monitoring.
    pub monitor: u16,
}

/// The ports that a configuration asks for; -1 = a free one.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// For clients.
    pub client: i32,
    /// For monitoring.
    pub monitor: i32,
}

/// The file that the server writes when it has chosen its ports.
#[derive(Deserialize)]
struct PortsFile {
    nats: Vec<String>,
    monitoring: Vec<String>,
}

/// What the server says of its health.
#[derive(Deserialize)]
struct Health {
    error: String,
}

/// A running server.
pub struct Process {
    child: Child,
    /// Our end of the pipe. Kept apart, since waiting for a child closes its standard input.
    pipe: Option<ChildStdin>,
    pid: u32,
    ports: Ports,
    asked: Asked,
}

impl Process {
    /// Starts the server and waits until it answers.
    pub async fn start(
        program: &Path,
        files: &Files,
        config: &ServerConfig,
    ) -> Result<Self, ServerError> {
        let port = if config.port == 0 { -1 } else { i32::from(config.port) };
        prepare(files, config).await?;
        let asked = Asked { client: port, monitor: -1 };
        files.write_config(config, asked)?;
        Self::spawn(program, files, config, asked).await
    }

    /// Starts the server again where it was, so that clients find it.
    pub async fn start_again(
        program: &Path,
        files: &Files,
        config: &ServerConfig,
        ports: Ports,
    ) -> Result<Self, ServerError> {
        prepare(files, config).await?;
        let asked = Asked { client: i32::from(ports.client), monitor: i32::from(ports.monitor) };
        files.write_config(config, asked)?;
        Self::spawn(program, files, config, asked).await
    }

    async fn spawn(
        program: &Path,
        files: &Files,
        config: &ServerConfig,
        asked: Asked,
    ) -> Result<Self, ServerError> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(WATCHED).arg("cambium-nats").arg(program);
        command.arg("-c").arg(files.config_path());
        command.env("GOMEMLIMIT", config.server_memory_bytes_max.to_string());
        let said = files.said(config)?;
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(said.errors()?);
        // A group of its own: the Ctrl-C of a terminal is for us, and we stop the server in order.
        command.process_group(0).kill_on_drop(false);
        let failed = |reason: String| ServerError::Start { reason, log: said.since() };
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let pipe = child.stdin.take();
        let deadline = Instant::now() + Duration::from_millis(config.start_timeout_ms);
        let (mut look, mut unwell) = (LOOK, String::new());
        loop {
            if let Some(status) = child.try_wait().map_err(|error| failed(error.to_string()))? {
                return Err(failed(format!("it ended with {status}")));
            }
            if let Some((pid, ports)) = announced(files) {
                match answers(ports).await {
                    Ok(()) => return Ok(Self { child, pipe, pid, ports, asked }),
                    Err(reason) => unwell = format!(": {reason}"),
                }
                // Each look at one that is unwell is a line in its log.
                look = (look * 2).min(LOOK_MAX);
            }
            if Instant::now() > deadline {
                let limit = config.start_timeout_ms;
                return Err(failed(format!("it was not ready within {limit} ms{unwell}")));
            }
            tokio::time::sleep(look).await;
        }
    }

    /// Where it listens.
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What its configuration asks for: it takes none that asks for other ports.
    pub const fn asked(&self) -> Asked {
        self.asked
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

/// Makes the directory ready for a server: alone there, and without what would make it unwell.
async fn prepare(files: &Files, config: &ServerConfig) -> Result<(), ServerError> {
    leftover::end(files, Duration::from_millis(config.stop_timeout_ms)).await?;
    remnants::clear(&files.store_dir())
}

/// Sends a signal to the server itself.
pub fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        // It may have ended by itself, which is what is wanted.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// The ports that a server has written, with its process id.
fn announced(files: &Files) -> Option<(u32, Ports)> {
    let entry = std::fs::read_dir(files.ports_dir()).ok()?.flatten().next()?;
    let name = entry.file_name().into_string().ok()?;
    let pid = name.rsplit_once('_')?.1.strip_suffix(".ports")?.parse().ok()?;
    let file: PortsFile = contracts::read::from_slice(&std::fs::read(entry.path()).ok()?).ok()?;
    let port = |urls: &[String]| urls.first()?.rsplit_once(':')?.1.parse().ok();
    let (client, monitor) = (port(&file.nats)?, port(&file.monitoring)?);
    Some((pid, Ports { client, monitor }))
}

/// Whether the server greets clients and calls itself healthy; if not, why.
async fn answers(ports: Ports) -> Result<(), String> {
    let asking = async {
        let mut client = TcpStream::connect(("127.0.0.1", ports.client)).await?;
        let mut greeting = [0_u8; 5];
        client.read_exact(&mut greeting).await?;
        let mut monitor = TcpStream::connect(("127.0.0.1", ports.monitor)).await?;
        monitor.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").await?;
        let mut said = String::new();
        monitor.read_to_string(&mut said).await?;
        Ok::<_, std::io::Error>((greeting, said))
    };
    let answer = tokio::time::timeout(ANSWER_WAIT, asking).await;
    let (greeting, said) = match answer {
        Err(_) => return Err("it listens and does not answer".to_owned()),
        Ok(answer) => answer.map_err(|error| error.to_string())?,
    };
    if &greeting != b"INFO " {
        return Err("who listens is no NATS server".to_owned());
    }
    if said.starts_with("HTTP/1.0 200") {
        return Ok(());
    }
    let body = said.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Err(contracts::read::from_str(body).map_or_else(|_| body.to_owned(), |Health { error }| error))
}
