//! The directory of the child server: configuration, password, lock, log.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::ServerError;
use super::process::Ports;
use super::{Access, ServerConfig};
use crate::config::Secret;
use crate::connect::Endpoint;

/// The one user of the child server.
const USER: &str = "cambium";

/// How much of the log an error shows, in bytes.
const LOG_TAIL_BYTES: u64 = 2_000;

/// The files of a child server. Holds the lock on its directory.
pub struct Files {
    dir: PathBuf,
    access: PathBuf,
    password: Secret,
    _lock: File,
}

impl Files {
    /// Makes the directory, locks it, and keeps or makes the password.
    pub fn prepare(config: &ServerConfig) -> Result<Self, ServerError> {
        fs::create_dir_all(&config.dir).map_err(ServerError::file(&config.dir))?;
        let dir = config.dir.canonicalize().map_err(ServerError::file(&config.dir))?;
        let path = dir.join("lock");
        let lock = private(&path, false)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ServerError::InUse(dir)),
            Err(TryLockError::Error(error)) => return Err(ServerError::file(path)(error)),
        }
        let access = config.access_file.clone();
        let kept = fs::read(&access).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let password = match kept {
            Some(access) => Access::secret(&access),
            None => random_password()?,
        };
        Ok(Self { dir, access, password, _lock: lock })
    }

    /// The configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.dir.join("server.conf")
    }

    /// Where the server writes the ports that it has chosen.
    pub fn ports_dir(&self) -> PathBuf {
        self.dir.join("ports")
    }

    /// Writes the configuration for these ports; -1 = a free one.
    pub fn write_config(
        &self,
        config: &ServerConfig,
        port: i32,
        monitor: i32,
    ) -> Result<(), ServerError> {
        let ports = self.ports_dir();
        let _ = fs::remove_dir_all(&ports);
        fs::create_dir_all(&ports).map_err(ServerError::file(&ports))?;
        let text = self.config_text(config, port, monitor);
        write_private(&self.config_path(), text.as_bytes())
    }

    fn config_text(&self, config: &ServerConfig, port: i32, monitor: i32) -> String {
        let quoted = |path: PathBuf| serde_json::json!(path.to_string_lossy()).to_string();
        let sync = if config.sync_always { "sync_interval: always" } else { "" };
        let (store, log) = (self.dir.join("store"), self.dir.join("server.log"));
        format!(
            r#"# Written by Cambium at each start.
server_name: cambium
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
ports_file_dir: {ports}
pid_file: {pid}
log_file: {log}
logfile_size_limit: {log_bytes}
lame_duck_duration: "30s"
lame_duck_grace_period: "1s"
max_payload: 1MB
authorization {{ user: "{USER}", password: "{password}" }}
jetstream {{
    store_dir: {store}
    max_file_store: {store_bytes}
    max_memory_store: {memory}
    {sync}
}}
# Requests need no hash: the broker adds the partition.
mappings {{
    "ask.*.*.*": "ask.{{{{partition(64,1,2,3)}}}}.{{{{wildcard(1)}}}}.{{{{wildcard(2)}}}}.{{{{wildcard(3)}}}}"
}}
"#,
            ports = quoted(self.ports_dir()),
            pid = quoted(self.dir.join("server.pid")),
            log = quoted(log),
            log_bytes = config.log_bytes_max,
            password = self.password.reveal(),
            store = quoted(store),
            store_bytes = config.store_bytes_max,
            memory = config.server_memory_bytes_max,
        )
    }

    /// How to connect to a server on these ports.
    pub fn endpoint(&self, ports: &Ports) -> Endpoint {
        Endpoint {
            url: format!("nats://127.0.0.1:{}", ports.client),
            user: Some(USER.to_owned()),
            password: Some(self.password.clone()),
            monitor: Some(format!("http://127.0.0.1:{}", ports.monitor)),
        }
    }

    /// Tells local tools how to connect.
    pub fn write_access(&self, endpoint: &Endpoint) -> Result<(), ServerError> {
        let access = Access {
            url: endpoint.url.clone(),
            user: USER.to_owned(),
            password: self.password.reveal().to_owned(),
        };
        let text = serde_json::to_vec_pretty(&access)
            .map_err(|error| ServerError::file(&self.access)(error.into()))?;
        write_private(&self.access, &text)
    }

    /// The process id that the last server wrote, when its file is there.
    pub fn last_pid(&self) -> Option<i32> {
        fs::read_to_string(self.dir.join("server.pid")).ok()?.trim().parse().ok()
    }

    /// The end of the server's log.
    pub fn log_tail(&self) -> String {
        let tail = || -> std::io::Result<String> {
            let mut file = File::open(self.dir.join("server.log"))?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        tail().unwrap_or_else(|_| "(there is no log)".to_owned())
    }
}

fn random_password() -> Result<Secret, ServerError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 32];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(ServerError::file(path))?;
    Ok(Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

fn private(path: &Path, truncate: bool) -> Result<File, ServerError> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(truncate).mode(0o600);
    options.open(path).map_err(ServerError::file(path))
}

/// Writes a file that only its owner may read, in one step.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), ServerError> {
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = private(&fresh, true)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(ServerError::file(&fresh))?;
    fs::rename(&fresh, path).map_err(ServerError::file(path))
}
