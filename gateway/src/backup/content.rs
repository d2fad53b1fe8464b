use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use contracts::Hash;

use super::Error;

/// Files that are named by their hashes: written once, whole, and never changed.
#[derive(Debug, Clone)]
pub struct Content(PathBuf);

impl Content {
    pub(super) fn at(dir: &Path) -> Self {
        Self(dir.join("content"))
    }

    /// The folder of all of them.
    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    /// Where the file with this hash is, or would be.
    #[must_use]
    pub fn path(&self, hash: Hash) -> PathBuf {
        let name = hash.to_string();
        self.0.join(&name[..2]).join(name)
    }

    /// Whether it is there.
    #[must_use]
    pub fn has(&self, hash: Hash) -> bool {
        self.path(hash).is_file()
    }

    /// Keeps `bytes`, which are on the disk when it answers.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn put(&self, bytes: &[u8]) -> Result<Hash, Error> {
        let hash = Hash::of(bytes);
        if self.has(hash) {
            return Ok(hash);
        }
        let path = self.path(hash);
        let folder = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder).map_err(Error::at(folder))?;
        write_whole(&path, bytes)?;
        Ok(hash)
    }

    /// The file with this hash, which it still has.
    ///
    /// # Errors
    /// [`Error::Broken`] when it is missing, cut or changed.
    pub fn get(&self, hash: Hash) -> Result<Bytes, Error> {
        let path = self.path(hash);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Error::Broken(format!("{} is missing", path.display())));
            }
            Err(error) => return Err(Error::at(&path)(error)),
        };
        if Hash::of(&bytes) == hash {
            return Ok(Bytes::from(bytes));
        }
        Err(Error::Broken(format!("{} was cut or changed", path.display())))
    }
}

/// Writes a file that only its owner may read, in one step: nobody ever sees half of it, and it is
/// on the disk when this answers.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fresh = path.with_extension("new");
    let written = || {
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    let done = written();
    if done.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    done.map_err(Error::at(path))
}
