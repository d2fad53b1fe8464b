//! What can go wrong with the read models.

use contracts::Refusal;
use contracts::ports::PortError;

/// Trouble with the read models.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine said no.
    #[error("the database: {0}")]
    Sql(#[from] sqlx::Error),
    /// The file belongs to another program.
    #[error("{0} is a database of another program")]
    NotOurs(String),
    /// A row does not hold what its model wrote.
    #[error("a row cannot be read: {0}")]
    Row(String),
    /// The log is away.
    #[error("the log: {0}")]
    Log(#[from] PortError),
    /// A model could not fold a commit; a fault of ours.
    #[error("{0}")]
    Model(String),
}

/// What the runner does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The database is in trouble: pause and do the same again.
    Pause,
    /// The model is at fault: it stops, the others go on.
    StopModel,
}

impl Error {
    /// Whether the database is in trouble or the model is at fault.
    ///
    /// Everything that is not clearly the statement's own fault counts as trouble, since a pause
    /// loses nothing while a stopped model needs attention.
    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Self::Row(_) | Self::Model(_) => Remedy::StopModel,
            Self::NotOurs(_) | Self::Log(_) => Remedy::Pause,
            Self::Sql(sqlx::Error::Database(error)) => {
                // Primary result codes of SQLite; the extended ones carry them in the low byte.
                let code = error.code().and_then(|code| code.parse::<i64>().ok()).unwrap_or(0);
                match code & 0xff {
                    // ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE
                    1 | 18 | 19 | 20 | 25 => Remedy::StopModel,
                    _ => Remedy::Pause,
                }
            }
            Self::Sql(
                sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::Decode(_)
                | sqlx::Error::Encode(_)
                | sqlx::Error::RowNotFound
                | sqlx::Error::ColumnIndexOutOfBounds { .. }
                | sqlx::Error::TypeNotFound { .. },
            ) => Remedy::StopModel,
            Self::Sql(_) => Remedy::Pause,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error.remedy() {
            Remedy::Pause => Self::unavailable(
                "read_models_unavailable",
                "the read models cannot be reached; try again",
            ),
            Remedy::StopModel => Self::internal("a read model gave no answer"),
        }
    }
}

impl From<Error> for PortError {
    fn from(error: Error) -> Self {
        match error.remedy() {
            Remedy::Pause => Self::Unavailable(error.to_string()),
            Remedy::StopModel => Self::Damaged(error.to_string()),
        }
    }
}
