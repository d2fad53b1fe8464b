//! Where the nats-server program is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use tokio::process::Command;

use super::error::ServerError;
use super::{Progress, ServerConfig, install, pins};

/// How long a program may take to say its version.
const VERSION_WAIT: Duration = Duration::from_secs(10);

/// The way by which a program was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Its path was given.
    Given,
    /// It is on PATH.
    Path,
    /// It was installed earlier.
    Cache,
    /// It was installed now.
    Installed,
}

/// A program that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself, such as `2.15.1`.
    pub version: String,
    /// How it was found.
    pub way: Way,
}

/// Looks for the program: by the given path, on PATH, in the cache.
///
/// # Errors
/// [`ServerError::Unusable`] for a given path that cannot be used; [`ServerError::NotFound`] with
/// all that was tried.
pub async fn find(config: &ServerConfig) -> Result<Found, ServerError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_on(config, &path).await
}

pub(super) async fn find_on(config: &ServerConfig, path: &OsStr) -> Result<Found, ServerError> {
    if let Some(given) = &config.server_path {
        // A bare name is a file here, never one on PATH.
        let path = absolute(given).map_err(ServerError::file(given))?;
        return match usable(&path).await {
            Ok(version) => Ok(Found { path, version, way: Way::Given }),
            Err(reason) => Err(ServerError::Unusable { path, reason }),
        };
    }
    let mut tried = Vec::new();
    for folder in std::env::split_paths(path) {
        let Ok(candidate) = absolute(folder.join("nats-server")) else { continue };
        if !candidate.is_file() {
            continue;
        }
        match usable(&candidate).await {
            Ok(version) => return Ok(Found { path: candidate, version, way: Way::Path }),
            Err(reason) => {
                tracing::warn!(path = %candidate.display(), reason, "server.skipped");
                tried.push(format!("  PATH: {}: {reason}", candidate.display()));
            }
        }
    }
    if tried.is_empty() {
        tried.push("  PATH: there is no nats-server".to_owned());
    }
    match install::cached(config).await {
        Ok(path) => {
            let version = pins::VERSION.to_owned();
            return Ok(Found { path, version, way: Way::Cache });
        }
        Err(reason) => tried.push(format!("  cache: {reason}")),
    }
    Err(ServerError::NotFound { tried })
}

/// As [`find`], and installs the program when it is nowhere.
pub(super) async fn find_or_install(
    config: &ServerConfig,
    progress: &(impl Fn(Progress) + Sync),
) -> Result<Found, ServerError> {
    let mut tried = match find(config).await {
        Err(ServerError::NotFound { tried }) => tried,
        found => return found,
    };
    progress(Progress::Installing);
    match install::install(config).await {
        Ok(path) => {
            progress(Progress::Installed(path.clone()));
            let version = pins::VERSION.to_owned();
            Ok(Found { path, version, way: Way::Installed })
        }
        Err(reason) => {
            tried.push(format!("  pip: {reason}"));
            Err(ServerError::NotFound { tried })
        }
    }
}

/// The version of a program that can be used, or why it cannot.
pub(super) async fn usable(path: &Path) -> Result<String, String> {
    let mut command = Command::new(path);
    command.arg("--version").kill_on_drop(true);
    let output = tokio::time::timeout(VERSION_WAIT, command.output())
        .await
        .map_err(|_| "it does not say its version".to_owned())?
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said
        .split_whitespace()
        .find_map(|word| word.strip_prefix('v').filter(|rest| parse(rest).is_some()))
        .ok_or_else(|| "it does not say its version".to_owned())?;
    let (major, minor) = pins::VERSION_MIN;
    if parse(version).is_some_and(|found| found >= pins::VERSION_MIN) {
        Ok(version.to_owned())
    } else {
        Err(format!("version {version} is older than {major}.{minor}"))
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
