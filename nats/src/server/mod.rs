//! A nats-server of our own: found or installed, configured, started, watched, restarted, stopped.

mod accounts;
mod error;
mod files;
mod find;
mod install;
mod leftover;
mod mend;
mod pins;
mod process;
mod reload;
mod remnants;
mod said;
mod staging;
mod supervise;
#[cfg(test)]
mod tests;
mod users;

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::task::AbortOnDropHandle;

pub use error::ServerError;
pub use find::{Found, Way, find};
pub use mend::room;
pub use users::{NewUser, UserError, UserInfo, Users, user_elsewhere};

use crate::connect::Endpoint;

/// The version that is installed when none is found.
pub const VERSION: &str = pins::VERSION;

/// The settings and limits of the child server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The program to run; none = it is looked for.
    pub server_path: Option<PathBuf>,
    /// Where an installed program is kept; none = the user's cache directory.
    pub cache_dir: Option<PathBuf>,
    /// Where the server keeps its streams, its configuration and its log.
    pub dir: PathBuf,
    /// The file that tells local tools how to connect.
    pub access_file: PathBuf,
    /// The port; 0 = a free one.
    pub port: u16,
    /// Whether a message is synced to the disk before it is acknowledged.
    pub sync_always: bool,
    /// The most memory that the server aims at, in bytes.
    pub server_memory_bytes_max: u64,
    /// The most disk that the streams may take, in bytes.
    pub store_bytes_max: u64,
    /// The largest message, in bytes.
    pub payload_bytes_max: u32,
    /// Connections that the NATS users of one tenant may have at a time.
    pub tenant_connections_max: u32,
    /// Subscriptions that they may have at a time.
    pub tenant_subscriptions_max: u32,
    /// The largest message that they may send, in bytes.
    pub tenant_payload_bytes_max: u32,
    /// The largest log file before it is rotated, in bytes.
    pub log_bytes_max: u64,
    /// The most log files that are kept.
    pub log_files_max: u32,
    /// How long an installation may take, in milliseconds.
    pub install_timeout_ms: u64,
    /// How long a start may take, in milliseconds. A large store takes seconds.
    pub start_timeout_ms: u64,
    /// How long an orderly stop may take before the server is killed, in milliseconds.
    pub stop_timeout_ms: u64,
    /// The pause before a server that died is started again, in milliseconds; it doubles.
    pub restart_pause_ms_min: u64,
    /// The longest such pause, in milliseconds.
    pub restart_pause_ms_max: u64,
    /// After so long without trouble the pause is short again, in milliseconds.
    pub healthy_after_ms: u64,
    /// A server that acknowledges nothing for so long, though it answers, is started again, in
    /// milliseconds.
    pub mend_after_ms: u64,
    /// The longest pause between such starts that do not help, in milliseconds.
    pub mend_pause_ms_max: u64,
    /// Without so much free room in its directory it is not, in bytes.
    pub room_bytes_min: u64,
    /// A file system in memory where batches are staged until all of them is there; none = on the
    /// disk. Where there is no such file system, they are staged on the disk, too.
    pub staging_dir: Option<PathBuf>,
    /// Without so much free room there batches are staged on the disk, in bytes.
    pub staging_bytes_min: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            server_path: None,
            cache_dir: None,
            dir: PathBuf::from("nats"),
            access_file: PathBuf::from("nats.json"),
            port: 0,
            sync_always: true,
            server_memory_bytes_max: 1024 * 1024 * 1024,
            store_bytes_max: 1024 * 1024 * 1024 * 1024,
            payload_bytes_max: 1024 * 1024,
            tenant_connections_max: 64,
            tenant_subscriptions_max: 1_024,
            tenant_payload_bytes_max: 512 * 1024,
            log_bytes_max: 16 * 1024 * 1024,
            log_files_max: 4,
            install_timeout_ms: 300_000,
            start_timeout_ms: 30_000,
            stop_timeout_ms: 15_000,
            restart_pause_ms_min: 100,
            restart_pause_ms_max: 5_000,
            healthy_after_ms: 30_000,
            mend_after_ms: 10_000,
            mend_pause_ms_max: 60_000,
            room_bytes_min: 16 * 1024 * 1024,
            staging_dir: Some(PathBuf::from("/dev/shm")),
            staging_bytes_min: 48 * 1024 * 1024,
        }
    }
}

/// What is done before the server runs, for whoever shows progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// No program was found; it is being downloaded.
    Installing,
    /// It is installed there.
    Installed(PathBuf),
}

/// How the child server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerState {
    /// It answers.
    Ready,
    /// It died and is being started again.
    Restarting,
    /// An attempt to start it again failed, and why; the next one follows.
    Failed(String),
    /// It was stopped.
    Stopped,
}

/// A running child server. Dropping it kills the server; [`Server::stop`] ends it in order.
pub struct Server {
    endpoint: Endpoint,
    state: watch::Receiver<ServerState>,
    pid: watch::Receiver<u32>,
    stop: mpsc::Sender<oneshot::Sender<()>>,
    restart: mpsc::Sender<()>,
    users: Users,
    config: Arc<ServerConfig>,
    staging: Arc<Option<staging::Staging>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Server {
    /// Finds or installs the program, writes its configuration, starts it and waits until it
    /// answers.
    ///
    /// # Errors
    /// When no program can be had, the directory is in use, or the server does not start.
    pub async fn start(
        config: ServerConfig,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<Self, ServerError> {
        let program = find::find_or_install(&config, &progress).await?.path;
        let files = files::Files::prepare(&config)?;
        let process = process::Process::start(&program, &files, &config).await?;
        let endpoint = files.endpoint(process.ports());
        files.write_access(&endpoint)?;
        let (state_sender, state) = watch::channel(ServerState::Ready);
        let (pid_sender, pid) = watch::channel(process.pid());
        let (stop, stopping) = mpsc::channel(1);
        let (restart, restarting) = mpsc::channel(1);
        let (reload, reloading) = mpsc::channel(1);
        let users = Users { dir: files.dir().into(), reload, changing: Arc::default() };
        let staging = config.staging_dir.as_deref().and_then(|memory| {
            staging::Staging::open(files.store_dir(), memory, config.staging_bytes_min)
        });
        let staging = Arc::new(staging);
        let config = Arc::new(config);
        let supervisor = supervise::Supervisor {
            program,
            files,
            staging: Arc::clone(&staging),
            config: Arc::clone(&config),
            state: state_sender,
            pid: pid_sender,
            stopping,
            restarting,
            reloading,
        };
        tokio::spawn(supervisor.run(process));
        Ok(Self { endpoint, state, pid, stop, restart, users, config, staging })
    }

    /// Lets it stage batches in memory, where there is a file system for that. To be called once
    /// the streams of `broker` are there; when it starts again, the server sees to it by itself.
    pub async fn stage_in_memory(&self, broker: &crate::Broker) {
        if let Some(staging) = &*self.staging
            && staging.link().await
        {
            broker.stages_in_memory();
        }
    }

    /// Starts the server again whenever it stores nothing more of what `broker` appends, though it
    /// answers and has room. Ends with what is given back.
    pub fn mend(&self, broker: &Arc<crate::Broker>) -> AbortOnDropHandle<()> {
        broker.stores_in(&self.config.dir, self.config.room_bytes_min);
        let mender = mend::Mender {
            config: Arc::clone(&self.config),
            dir: self.config.dir.clone(),
            state: self.state.clone(),
            restart: self.restart.clone(),
        };
        AbortOnDropHandle::new(tokio::spawn(mender.run(Arc::clone(broker))))
    }

    /// How to connect to it. Stays the same when the server is restarted.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How it is, and how it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<ServerState> {
        self.state.clone()
    }

    /// The users of tenants who may speak to it directly.
    #[must_use]
    pub fn users(&self) -> Users {
        self.users.clone()
    }

    /// The process id of the server itself.
    #[must_use]
    pub fn pid(&self) -> u32 {
        *self.pid.borrow()
    }

    /// Ends the server in order, or kills it when that takes too long.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.stop.send(done).await.is_ok() {
            let _ = stopped.await;
        }
    }
}

/// What local tools read from the access file: `{url, user, password}`.
#[derive(Serialize, Deserialize)]
struct Access {
    url: String,
    user: String,
    password: String,
}
