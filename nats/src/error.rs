//! What can go wrong before the ports stand.

use contracts::{Refusal, RefusalClass};

/// Why the broker cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers, or the credentials are wrong.
    #[error("the broker at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Where it should be, without credentials.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The broker is older than the features that the design rests on.
    #[error("the broker is nats-server {found}; {needed} or newer with JetStream is needed")]
    TooOld {
        /// Its version.
        found: String,
        /// The oldest that will do.
        needed: &'static str,
    },
    /// A stream of that name exists and cannot be made into what is needed.
    #[error("the stream {stream} exists and cannot be used: {reason}")]
    Incompatible {
        /// Its name.
        stream: String,
        /// What differs.
        reason: String,
    },
    /// A newer program has laid out the streams.
    #[error("the log was laid out by a newer program: version {found}; this one knows {known}")]
    Newer {
        /// The version that it says.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// The broker refused a request while streams were made ready.
    #[error("the broker refused: {0}")]
    Api(String),
}

impl Error {
    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "broker_unreachable",
            Self::TooOld { .. } => "broker_too_old",
            Self::Incompatible { .. } => "stream_incompatible",
            Self::Newer { .. } => "log_newer",
            Self::Api(_) => "broker_refused",
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            Error::Unreachable { .. } | Error::Api(_) => Self::unavailable(code, message),
            Error::TooOld { .. } | Error::Incompatible { .. } | Error::Newer { .. } => {
                Self::new(RefusalClass::Internal, code, message)
            }
        }
    }
}
