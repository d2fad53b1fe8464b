//! The directory of the child server: configuration, password, lock, log.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::accounts::{self, ACCOUNT, USER};
use super::error::ServerError;
use super::process::{Asked, Ports};
use super::said::Said;
use super::{Access, ServerConfig, users};
use crate::connect::Endpoint;
use contracts::Secret;

/// The files of a child server. Holds the lock on its directory.
pub struct Files {
    dir: PathBuf,
    access: PathBuf,
    password: Secret,
    lock: File,
}

impl Files {
    /// Makes the directory, locks it, and keeps or makes the password.
    pub fn prepare(config: &ServerConfig) -> Result<Self, ServerError> {
        // Streams hold what people said: the directory is for its owner alone.
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&config.dir);
        made.map_err(ServerError::file(&config.dir))?;
        let dir = config.dir.canonicalize().map_err(ServerError::file(&config.dir))?;
        let path = dir.join("lock");
        let lock = private(&path, false)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ServerError::InUse(dir)),
            Err(TryLockError::Error(error)) => return Err(ServerError::file(path)(error)),
        }
        let access = config.access_file.clone();
        let kept = fs::read(&access).ok();
        let kept = kept.and_then(|text| contracts::read::from_slice::<Access>(&text).ok());
        let password = match kept.filter(|kept| is_password(&kept.password)) {
            Some(kept) => Secret::new(kept.password),
            None => random_password()?,
        };
        let files = Self { dir, access, password, lock };
        files.move_into_account()?;
        Ok(files)
    }

    /// Streams that were made before the program had an account of its own move into it.
    fn move_into_account(&self) -> Result<(), ServerError> {
        let accounts = self.store_dir().join("jetstream");
        let (old, new) = (accounts.join("$G"), accounts.join(ACCOUNT));
        if old.is_dir() && !new.exists() {
            fs::rename(&old, &new).map_err(ServerError::file(&old))?;
        }
        Ok(())
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.dir.join("server.conf")
    }

    /// Where the server keeps its streams.
    pub fn store_dir(&self) -> PathBuf {
        self.dir.join("store")
    }

    /// Where the server writes the ports that it has chosen.
    pub fn ports_dir(&self) -> PathBuf {
        self.dir.join("ports")
    }

    /// Writes the configuration for a server that is to start.
    pub fn write_config(&self, config: &ServerConfig, asked: Asked) -> Result<(), ServerError> {
        let ports = self.ports_dir();
        let _ = fs::remove_dir_all(&ports);
        fs::create_dir_all(&ports).map_err(ServerError::file(&ports))?;
        self.rewrite_config(config, asked)
    }

    /// Writes the configuration anew for a server that runs.
    pub fn rewrite_config(&self, config: &ServerConfig, asked: Asked) -> Result<(), ServerError> {
        let text = self.config_text(config, asked)?;
        write_private(&self.config_path(), text.as_bytes())
    }

    fn config_text(&self, config: &ServerConfig, asked: Asked) -> Result<String, ServerError> {
        let Asked { client: port, monitor } = asked;
        let users = users::read(&self.dir)?;
        let quoted = |path: PathBuf| serde_json::json!(path.to_string_lossy()).to_string();
        let sync = if config.sync_always { "sync_interval: always" } else { "" };
        Ok(format!(
            r#"# Written by Cambium at each start, and when a user comes or goes.
server_name: cambium
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
ports_file_dir: {ports}
pid_file: {pid}
log_file: {log}
logfile_size_limit: {log_bytes}
logfile_max_num: {log_files}
lame_duck_duration: "30s"
lame_duck_grace_period: "1s"
max_payload: {payload}
jetstream {{
    store_dir: {store}
    max_file_store: {store_bytes}
    max_memory_store: {memory}
    {sync}
}}
{accounts}"#,
            ports = quoted(self.ports_dir()),
            pid = quoted(self.dir.join("server.pid")),
            log = quoted(self.dir.join("server.log")),
            log_bytes = config.log_bytes_max,
            log_files = config.log_files_max,
            payload = config.payload_bytes_max,
            accounts = accounts::block(config, self.password.reveal(), &users),
            store = quoted(self.store_dir()),
            store_bytes = config.store_bytes_max,
            memory = config.server_memory_bytes_max,
        ))
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

    /// What the server says from now on.
    pub fn said(&self, config: &ServerConfig) -> Result<Said, ServerError> {
        Said::from_now(&self.dir, config.log_bytes_max)
    }
}

impl Drop for Files {
    /// Closing alone may keep the lock a moment longer: a process that is being started just now
    /// still shares our open files until its program runs.
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

pub(super) fn random_password() -> Result<Secret, ServerError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 32];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(ServerError::file(path))?;
    Ok(Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Whether `text` is one of our passwords. Anything else in the access file came from elsewhere: it
/// may be empty, or mean something in the server's configuration.
fn is_password(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn private(path: &Path, truncate: bool) -> Result<File, ServerError> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(truncate).mode(0o600);
    options.open(path).map_err(ServerError::file(path))
}

/// Writes a file that only its owner may read, in one step.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), ServerError> {
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = private(&fresh, true)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(ServerError::file(&fresh))?;
    fs::rename(&fresh, path).map_err(ServerError::file(path))
}
