//! What the server says: its log, and what it writes before it has one or when it crashes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::ServerError;

/// How much of each file an error shows, in bytes.
const TAIL_BYTES: u64 = 2_000;

/// The log and the standard error of the server, from one moment on: an error of this start must
/// not show the words of an earlier one.
pub struct Said {
    log: (PathBuf, u64),
    errors: (PathBuf, u64),
}

impl Said {
    /// What is said in `dir` from now on. A standard error above `bytes_max` begins anew.
    pub fn from_now(dir: &Path, bytes_max: u64) -> Result<Self, ServerError> {
        let (log, errors) = (dir.join("server.log"), dir.join("server.err"));
        if length(&errors) > bytes_max {
            fs::remove_file(&errors).map_err(ServerError::file(&errors))?;
        }
        let (logged, complained) = (length(&log), length(&errors));
        Ok(Self { log: (log, logged), errors: (errors, complained) })
    }

    /// Where the server's standard error goes.
    pub fn errors(&self) -> Result<File, ServerError> {
        let (path, _) = &self.errors;
        let mut options = OpenOptions::new();
        options.create(true).append(true).mode(0o600);
        options.open(path).map_err(ServerError::file(path))
    }

    /// The end of what was said since.
    pub fn since(&self) -> String {
        let parts = [&self.errors, &self.log].map(|(path, from)| tail(path, *from));
        let said: Vec<String> = parts.into_iter().flatten().filter(|it| !it.is_empty()).collect();
        if said.is_empty() { "(it said nothing)".to_owned() } else { said.join("\n") }
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

/// The end of a file after `from`; all of a file that has become shorter, for it is a new one.
fn tail(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let from = if from > length { 0 } else { from };
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(TAIL_BYTES))))?;
    let mut bytes = Vec::new();
    file.take(2 * TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
