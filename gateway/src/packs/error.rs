//! Why a model was not put in place, or not taken away.

use std::io;
use std::path::{Path, PathBuf};

/// Why a model was not put in place, or not taken away.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The package could not be had.
    #[error("{0}")]
    Fetch(String),
    /// A file is not the one that is pinned.
    #[error("{what} is not the file that is pinned: its SHA-256 is {found}, not {wanted}")]
    Mismatch {
        /// Which.
        what: String,
        /// What it should be.
        wanted: &'static str,
        /// What it is; the start of it says the length where that is wrong already.
        found: String,
    },
    /// The wheel cannot be read, or lacks the file.
    #[error("the wheel cannot be used: {0}")]
    Unusable(String),
    /// There is too little room.
    #[error("there is too little room in {}: {needed} bytes are needed, {free} are free", dir.display())]
    Full {
        /// Where.
        dir: PathBuf,
        /// How many bytes are needed.
        needed: u64,
        /// How many are free.
        free: u64,
    },
    /// Another program puts a model in place here.
    #[error("another program puts a model in place in {}", .0.display())]
    Busy(PathBuf),
    /// It is not there.
    #[error("{model} is not installed: cambium model install {name}")]
    NotInstalled {
        /// The model.
        model: &'static str,
        /// What is to be installed.
        name: &'static str,
    },
    /// The directory cannot be used.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
}

impl PackError {
    /// The stable code; each has a page.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Fetch(_) => "model_fetch_failed",
            Self::Mismatch { .. } => "model_hash_mismatch",
            Self::Unusable(_) => "model_wheel_unusable",
            Self::Full { .. } => "disk_full",
            Self::Busy(_) => "model_install_busy",
            Self::NotInstalled { .. } => "model_not_installed",
            Self::Io(..) => "data_unusable",
        }
    }

    /// What the system said of a path; no room left is told as such.
    pub(super) fn at(path: &Path, error: io::Error, needed: u64) -> Self {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        if full.contains(&error.kind()) {
            return Self::Full { dir: path.to_owned(), needed, free: 0 };
        }
        Self::Io(path.to_owned(), error)
    }
}
