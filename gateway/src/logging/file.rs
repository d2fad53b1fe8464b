//! Files of lines that take turns: the newest has the name that was given, those before it a number
//! behind it, 1 for the one before.

use std::fs::{File, OpenOptions, rename};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::settings::Log;

/// The newest file and the limits of all.
#[derive(Debug)]
pub struct Files {
    path: PathBuf,
    bytes_max: u64,
    age_max: Duration,
    kept_max: u32,
    newest: Mutex<Newest>,
}

#[derive(Debug)]
struct Newest {
    file: File,
    bytes: u64,
    begun: Instant,
}

impl Files {
    /// Goes on in the file at `path`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(path: &Path, log: &Log) -> anyhow::Result<Self> {
        let newest = opened(path).with_context(|| format!("log.file {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            bytes_max: log.file_bytes_max.max(1),
            age_max: Duration::from_millis(log.file_age_ms_max.max(1)),
            kept_max: log.files_kept_max,
            newest: Mutex::new(newest),
        })
    }

    /// Writes a line, in a new file when the newest is as long or as old as it may be.
    ///
    /// # Errors
    /// When the disk takes no more.
    pub fn write(&self, line: &[u8]) -> io::Result<()> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let full = newest.bytes + line.len() as u64 > self.bytes_max;
        if newest.bytes > 0 && (full || newest.begun.elapsed() > self.age_max) {
            self.turn()?;
            *newest = opened(&self.path)?;
        }
        newest.file.write_all(line)?;
        newest.bytes += line.len() as u64;
        Ok(())
    }

    /// Each file takes the place of the one before it; the last one is gone.
    fn turn(&self) -> io::Result<()> {
        if self.kept_max == 0 {
            return std::fs::remove_file(&self.path);
        }
        for number in (1..self.kept_max).rev() {
            let (from, to) = (self.numbered(number), self.numbered(number + 1));
            match rename(from, to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        rename(&self.path, self.numbered(1))
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

fn opened(path: &Path) -> io::Result<Newest> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let bytes = file.metadata()?.len();
    Ok(Newest { file, bytes, begun: Instant::now() })
}

#[cfg(test)]
mod tests {
    use std::fs::read_to_string;

    use super::Files;
    use crate::settings::Log;

    #[test]
    fn files_take_turns_and_only_so_many_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("cambium.log");
        let log = Log { file_bytes_max: 8, files_kept_max: 2, ..Log::default() };
        let files = Files::open(&path, &log).unwrap();
        for line in ["one\n", "two\n", "three\n", "four\n", "five\n", "a line of more\n"] {
            files.write(line.as_bytes()).unwrap();
        }
        let read = |name: &str| read_to_string(home.path().join(name)).ok();
        assert_eq!(read("cambium.log").as_deref(), Some("a line of more\n"));
        assert_eq!(read("cambium.log.1").as_deref(), Some("five\n"));
        assert_eq!(read("cambium.log.2").as_deref(), Some("four\n"));
        assert_eq!(read("cambium.log.3"), None);
        let again = Files::open(&path, &log).unwrap();
        again.write(b"six\n").unwrap();
        assert_eq!(read("cambium.log").as_deref(), Some("six\n"), "it was full already");
    }
}
