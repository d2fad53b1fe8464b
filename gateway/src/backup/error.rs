use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use contracts::ports::PortError;
use nats::copy::WriteError;

use super::FORMAT_VERSION;

/// Why a backup cannot be made, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory or a file cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// There is no room for what is to be written.
    #[error("{}: the disk is full; the same command goes on once there is room", .0.display())]
    Full(PathBuf),
    /// Another program writes a backup there.
    #[error("another backup is being written to {}", .0.display())]
    Taken(PathBuf),
    /// The directory holds no backup, or not that one.
    #[error("{0}")]
    None(String),
    /// A newer program has written it.
    #[error("it is of version {0}; this program reads version {FORMAT_VERSION}")]
    Newer(u16),
    /// What stands there is not what was written.
    #[error("{0}")]
    Broken(String),
    /// The broker holds another log than the one that the directory is a backup of.
    #[error("{0}; begin another directory")]
    OtherLog(String),
    /// The broker does not give what it has.
    #[error("the broker cannot be read: {0}")]
    Unread(PortError),
    /// A key file is another one than that of the system that was backed up.
    #[error("{0} is not the key of the system that was backed up")]
    OtherKey(String),
    /// The target holds something.
    #[error("{0}")]
    NotEmpty(String),
    /// The broker does not take what is restored.
    #[error("the broker does not take it: {0}")]
    Refused(String),
    /// The broker cannot be used.
    #[error("{reason}")]
    Broker {
        /// The stable code of what is wrong with it.
        code: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::File { .. } => "backup_unusable",
            Self::Full(_) => "disk_full",
            Self::Taken(_) => "backup_busy",
            Self::None(_) => "backup_not_found",
            Self::Newer(_) => "backup_newer",
            Self::Broken(_) => "backup_broken",
            Self::OtherLog(_) => "backup_other_log",
            Self::Unread(_) => "log_unavailable",
            Self::OtherKey(_) => "backup_other_key",
            Self::NotEmpty(_) => "restore_not_empty",
            Self::Refused(_) => "restore_refused",
            Self::Broker { code, .. } => code,
        }
    }

    /// A file that cannot be used, and why.
    pub(super) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |reason| match reason.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full(path.to_owned()),
            _ => Self::File { path: path.to_owned(), reason },
        }
    }
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        Self::Unread(error)
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        let reason = error.to_string();
        match error {
            WriteError::NotEmpty { .. } => Self::NotEmpty(reason),
            WriteError::Broker(broker) => Self::from(broker),
            WriteError::Refused { .. } | WriteError::Displaced { .. } => Self::Refused(reason),
        }
    }
}

impl From<nats::Error> for Error {
    fn from(error: nats::Error) -> Self {
        Self::Broker { code: error.code().to_owned(), reason: error.to_string() }
    }
}
