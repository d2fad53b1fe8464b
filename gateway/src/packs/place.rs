//! Where an installed model stands, and whether it is what it should be.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

use super::catalogue::{Pack, PackFile, Pinned};
use super::error::PackError;
use crate::home::{Home, MODELS};

/// How much is read at once.
const CHUNK_BYTES: usize = 1024 * 1024;

/// The place of one model in a data directory.
#[derive(Debug, Clone)]
pub struct Place {
    /// The model.
    pub pack: Pack,
    models: PathBuf,
}

/// How a model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All of its files are there.
    Installed,
    /// None is.
    Absent,
    /// Some are, or have another length.
    Damaged,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Absent => "absent",
            Self::Damaged => "damaged",
        }
    }
}

impl Place {
    /// The place of `pack` in `home`.
    #[must_use]
    pub fn of(pack: &Pack, home: &Home) -> Self {
        Self { pack: *pack, models: home.file(MODELS) }
    }

    /// The folder of all models.
    #[must_use]
    pub fn models(&self) -> &Path {
        &self.models
    }

    /// The folder of this one.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.models.join(self.pack.name)
    }

    /// What is not yet in place.
    pub(super) fn staged(&self) -> PathBuf {
        self.models.join(format!(".{}.part", self.pack.name))
    }

    /// The file of the model itself.
    #[must_use]
    pub fn model(&self) -> PathBuf {
        self.pack.files.first().map_or_else(|| self.dir(), |file| self.dir().join(file.name))
    }

    /// How it stands, as far as names and lengths tell.
    #[must_use]
    pub fn state(&self) -> State {
        let dir = self.dir();
        let is_right = |file: &PackFile| {
            let found = fs::metadata(dir.join(file.name));
            found.is_ok_and(|found| found.is_file() && found.len() == file.pinned.bytes)
        };
        match fs::symlink_metadata(&dir) {
            Err(_) => State::Absent,
            Ok(_) if self.pack.files.iter().all(is_right) => State::Installed,
            Ok(_) => State::Damaged,
        }
    }

    /// Reads all of its files, and gives the path of the model.
    ///
    /// # Errors
    /// [`PackError::NotInstalled`], [`PackError::Mismatch`], or that a file cannot be read.
    pub fn verified(&self) -> Result<PathBuf, PackError> {
        if self.state() == State::Absent {
            let Pack { model, name, .. } = self.pack;
            return Err(PackError::NotInstalled { model, name });
        }
        for file in self.pack.files {
            verify(&self.dir().join(file.name), file.pinned)?;
        }
        Ok(self.model())
    }
}

/// Reads a file and compares it with what it must be.
///
/// # Errors
/// [`PackError::Mismatch`], or that it cannot be read.
pub(super) fn verify(path: &Path, pinned: Pinned) -> Result<(), PackError> {
    let io = |error| PackError::at(path, error, 0);
    let mut file = File::open(path).map_err(io)?;
    let found = copied(&mut file, &mut io::sink(), pinned.bytes, &mut |_| {}).map_err(io)?;
    found.check(path, pinned)
}

/// What was read of a file.
pub(super) struct Found {
    bytes: u64,
    sha256: String,
}

impl Found {
    pub(super) fn check(&self, path: &Path, pinned: Pinned) -> Result<(), PackError> {
        if self.bytes == pinned.bytes && self.sha256 == pinned.sha256 {
            return Ok(());
        }
        let what =
            path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        let found = if self.bytes == pinned.bytes {
            self.sha256.clone()
        } else {
            let longer = if self.bytes > pinned.bytes { "more than " } else { "" };
            let bytes = self.bytes.min(pinned.bytes);
            format!("that of {longer}{bytes} bytes instead of {}", pinned.bytes)
        };
        Err(PackError::Mismatch { what, wanted: pinned.sha256, found })
    }
}

/// Copies at most one byte more than `bytes_max`, and says what it was.
///
/// # Errors
/// What reading or writing ends with.
pub(super) fn copied(
    from: &mut impl Read,
    to: &mut impl io::Write,
    bytes_max: u64,
    told: &mut dyn FnMut(u64),
) -> io::Result<Found> {
    let mut from = from.take(bytes_max.saturating_add(1));
    let (mut digest, mut bytes) = (Context::new(&SHA256), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(&chunk[..read])?;
        digest.update(&chunk[..read]);
        bytes += read as u64;
        told(bytes);
    }
    let digits = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Found { bytes, sha256: digits })
}
