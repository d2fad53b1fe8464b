use std::io;
use std::path::PathBuf;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No program could be had.
    #[error(
        "there is no nats-server to run.\n{}\n\nThree ways out:\n  1. install nats-server 2.14 or \
         newer so that it is on PATH\n  2. name its path with --nats-server PATH or \
         CAMBIUM_NATS_SERVER\n  3. use a server that runs already with --nats-url URL or \
         CAMBIUM_NATS_URL",
        tried.join("\n")
    )]
    NotFound {
        /// What was tried, and what came of it, a line each.
        tried: Vec<String>,
    },
    /// The program that was named cannot be used.
    #[error("{path} cannot be used as nats-server: {reason}")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Another program uses the directory.
    #[error("another program uses {0}; stop it, or choose another data directory")]
    InUse(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It does not take a changed configuration.
    #[error("nats-server did not take its new configuration: {0}")]
    Reload(String),
    /// It did not start.
    #[error("nats-server did not start: {reason}\n{log}")]
    Start {
        /// Why not.
        reason: String,
        /// The end of its log.
        log: String,
    },
}

impl ServerError {
    /// Trouble with the file at `path`.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
