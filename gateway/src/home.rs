//! The data directory: what stands where, who may read it, and who runs on it.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::settings::Secret;

/// The folder of certificates.
pub const CERTS: &str = "certs";
/// The authority in it.
pub const CA: &str = "ca.pem";
/// The folder of models that were put beside the program.
pub const MODELS: &str = "models";
/// The file that holds the admin key, 0600.
pub const ADMIN_KEY: &str = "admin.key";
/// The file that says where the running program answers, 0600: [`Server`] as JSON.
pub const GATEWAY_JSON: &str = "gateway.json";
/// The file that says how to reach the child broker, 0600.
pub const NATS_JSON: &str = "nats.json";
/// The file that remembers the last backup, 0600.
pub const BACKUP_JSON: &str = "backup.json";
/// The file of a restore that is under way: nothing starts on a directory that holds it.
pub const RESTORE_JSON: &str = "restore.json";
/// The file that the running program holds locked.
pub const LOCK: &str = "lock";
/// The file with the settings that belong to this directory.
pub const SETTINGS: &str = "cambium.toml";

/// The file that says how the directory is laid out: [`FORMAT_VERSION`] as text. Without it, it is
/// of version 1.
pub const FORMAT: &str = "format";
/// The version of how a data directory is laid out; a program refuses a newer one.
pub const FORMAT_VERSION: u32 = 1;

/// A data directory, which may not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

/// Where a running program answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Such as `http://127.0.0.1:8080`.
    pub url: String,
    /// Its process id.
    pub pid: u32,
}

/// The right to run on a data directory. The system takes it back when the process ends, however
/// it ends.
#[derive(Debug)]
pub struct Claim {
    _locked: File,
}

/// A data directory that cannot be claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Another program runs on it.
    #[error("another program runs on {}{}", .0.display(), pid_of(.1.as_ref()))]
    Taken(PathBuf, Option<Server>),
    /// A newer program has laid it out.
    #[error("{} was laid out by a newer program, as version {}", .0.display(), .1)]
    Newer(PathBuf, String),
    /// It cannot be used.
    #[error("the data directory cannot be used: {}: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
}

fn pid_of(server: Option<&Server>) -> String {
    server.map_or_else(String::new, |server| format!(" (process {})", server.pid))
}

impl Home {
    /// The data directory `dir`.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// The directory itself.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// The path of one of its files.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the directory, readable by its owner only, when there is none.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self) -> io::Result<()> {
        if !self.0.is_dir() {
            fs::create_dir_all(&self.0)?;
            fs::set_permissions(&self.0, Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    /// Takes the right to run on this directory, which must exist.
    ///
    /// # Errors
    /// [`ClaimError::Taken`] while another program has it.
    pub fn claim(&self) -> Result<Claim, ClaimError> {
        let path = self.file(LOCK);
        let io = |error| ClaimError::Io(path.clone(), error);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {
                self.known().map_err(|found| ClaimError::Newer(self.0.clone(), found))?;
                Ok(Claim { _locked: file })
            }
            Err(TryLockError::WouldBlock) => Err(ClaimError::Taken(self.0.clone(), self.server())),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }

    /// Whether this program knows how the directory is laid out; otherwise what it says of that.
    fn known(&self) -> Result<(), String> {
        let Ok(text) = fs::read_to_string(self.file(FORMAT)) else { return Ok(()) };
        let version = text.trim().parse::<u32>();
        if version.is_ok_and(|version| version <= FORMAT_VERSION) {
            return Ok(());
        }
        Err(text.trim().chars().take(20).collect())
    }

    /// Says how the directory is laid out, for programs to come.
    ///
    /// # Errors
    /// As [`Home::write_private`].
    pub fn lay_out(&self) -> io::Result<()> {
        let text = format!("{FORMAT_VERSION}\n");
        if fs::read_to_string(self.file(FORMAT)).is_ok_and(|found| found == text) {
            return Ok(());
        }
        self.write_private(FORMAT, text.as_bytes())
    }

    /// Whether a program runs on this directory now.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.file(LOCK).exists() && matches!(self.claim(), Err(ClaimError::Taken(..)))
    }

    /// Writes a file that only its owner may read, in one step: nobody ever sees half of it.
    ///
    /// # Errors
    /// When the directory does not allow it.
    pub fn write_private(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (path, fresh) = (self.file(name), self.file(&format!("{name}.new")));
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(fresh, path)
    }

    /// Says where the program that runs here answers.
    ///
    /// # Errors
    /// As [`Home::write_private`].
    pub fn announce(&self, server: &Server) -> io::Result<()> {
        self.write_private(GATEWAY_JSON, &serde_json::to_vec(server)?)
    }

    /// Takes back what [`Home::announce`] said.
    pub fn retract(&self) {
        let _ = fs::remove_file(self.file(GATEWAY_JSON));
    }

    /// What [`Home::announce`] said last; the program may have ended since.
    #[must_use]
    pub fn server(&self) -> Option<Server> {
        contracts::read::from_slice(&fs::read(self.file(GATEWAY_JSON)).ok()?).ok()
    }

    /// The admin key; `None` before the first start.
    #[must_use]
    pub fn admin_key(&self) -> Option<Secret> {
        let text = fs::read_to_string(self.file(ADMIN_KEY)).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| Secret::new(text.to_owned()))
    }

    /// The authority that `admin certs` made here, as a path to PEM.
    #[must_use]
    pub fn authority(&self) -> Option<PathBuf> {
        let path = self.file(CERTS).join(CA);
        path.is_file().then_some(path)
    }

    /// Whether this is a directory that this program has made: it holds one of the files that only
    /// this program writes.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        [ADMIN_KEY, NATS_JSON, GATEWAY_JSON].iter().any(|name| self.file(name).is_file())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{ClaimError, Home, Server};

    #[test]
    fn one_program_at_a_time_and_the_next_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let claim = home.claim().unwrap();
        assert!(home.is_taken());
        home.announce(&Server { url: "http://127.0.0.1:1".into(), pid: 77 }).unwrap();
        let error = home.claim().unwrap_err();
        assert!(matches!(error, ClaimError::Taken(..)));
        assert!(error.to_string().ends_with("(process 77)"), "{error}");
        drop(claim);
        assert!(!home.is_taken());
        home.claim().unwrap();
    }

    #[test]
    fn private_files_are_private_and_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("deep/data"));
        home.create().unwrap();
        assert!(!home.is_ours());
        home.write_private("admin.key", b"first").unwrap();
        home.write_private("admin.key", b"second\n").unwrap();
        assert_eq!(home.admin_key().unwrap().reveal(), "second");
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(home.file("admin.key")), 0o600);
        assert_eq!(mode(home.dir().to_owned()), 0o700);
        assert!(home.is_ours());
    }
}
