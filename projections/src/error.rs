//! What can go wrong with the read models.

use contracts::Refusal;
use contracts::ports::PortError;

/// Trouble with the read models.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine said no.
    #[error("the database: {0}")]
    Sql(#[from] sqlx::Error),
    /// The shared database said no.
    #[error("the database: {0}")]
    Postgres(sqlx::Error),
    /// The shared database cannot be reached.
    #[error("the database: {0}")]
    Away(String),
    /// Another process writes the read models.
    #[error("the read models are written elsewhere: {0}")]
    Elsewhere(String),
    /// A newer program has changed the shared database.
    #[error(
        "the database was changed by a newer program: it needs step {needs}, and this program \
         knows {knows}"
    )]
    Newer {
        /// The step that must be known.
        needs: i64,
        /// The last step that is known here.
        knows: i64,
    },
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
    /// Whether the shared database cannot be reached, or not yet: whoever waits may find it there.
    #[must_use]
    pub fn is_away(&self) -> bool {
        match self {
            Self::Away(_) => true,
            // It starts, stops, or takes no more connections.
            Self::Postgres(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| code.starts_with("57P") || code == "53300")
            }
            Self::Postgres(error) => matches!(
                error,
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_)
            ),
            _ => false,
        }
    }

    /// Whether a table is gone that a query was about: another process has swapped it.
    pub(crate) fn is_swapped(&self) -> bool {
        let Self::Postgres(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code == "42P01")
    }

    /// Whether the database is in trouble or the model is at fault.
    ///
    /// Everything that is not clearly the statement's own fault counts as trouble, since a pause
    /// loses nothing while a stopped model needs attention.
    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Self::Row(_) | Self::Model(_) => Remedy::StopModel,
            Self::NotOurs(_) | Self::Log(_) => Remedy::Pause,
            Self::Away(_) | Self::Elsewhere(_) | Self::Newer { .. } => Remedy::Pause,
            Self::Postgres(sqlx::Error::Database(error)) => {
                // Classes of SQLSTATE: wrong data, constraints, wrong statements, limits of a
                // statement. A right that is missing is not the model's fault.
                let code = error.code().unwrap_or_default();
                let own = ["22", "23", "42", "54"].iter().any(|class| code.starts_with(class));
                if own && code != "42501" { Remedy::StopModel } else { Remedy::Pause }
            }
            Self::Sql(sqlx::Error::Database(error)) => {
                // Primary result codes of SQLite; the extended ones carry them in the low byte.
                let code = error.code().and_then(|code| code.parse::<i64>().ok()).unwrap_or(0);
                match code & 0xff {
                    // ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE
                    1 | 18 | 19 | 20 | 25 => Remedy::StopModel,
                    _ => Remedy::Pause,
                }
            }
            Self::Sql(error) | Self::Postgres(error) if is_misread(error) => Remedy::StopModel,
            Self::Sql(_) | Self::Postgres(_) => Remedy::Pause,
        }
    }
}

/// Whether a row is there and is not what the model takes it for.
const fn is_misread(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::Encode(_)
            | sqlx::Error::RowNotFound
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::TypeNotFound { .. }
    )
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error.remedy() {
            Remedy::Pause => match error {
                Error::Postgres(_) | Error::Away(_) => Self::unavailable(
                    "database_unavailable",
                    "the database of the read models cannot be reached; try again",
                ),
                Error::Elsewhere(who) => Self::unavailable(
                    "read_models_elsewhere",
                    format!("another process writes the read models ({who}); ask it instead"),
                ),
                Error::Newer { .. } => Self::unavailable("database_newer", error.to_string()),
                _ => Self::unavailable(
                    "read_models_unavailable",
                    "the read models cannot be reached; try again",
                ),
            },
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
