//! What the program says while it runs.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

use crate::settings::{Log, LogFormat};

/// Sets up logging to standard error, once per process; later calls change nothing. The level
/// `off` sets up nothing.
pub fn init(log: &Log) {
    if log.level == "off" {
        return;
    }
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    let set = match log.format {
        LogFormat::Human => builder.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // Another part of the process, such as a test, may have set up its own.
    drop(set);
}
