//! What the program says while it runs: to standard error or to files that take turns, for people
//! or for machines, without the secrets that it knows, and as much of it as is asked for now.

mod file;
pub mod level;
pub mod mask;

use std::io::{IsTerminal as _, Write, stderr};
use std::sync::Arc;

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt as _;

use self::file::Files;
use crate::settings::{Log, LogFormat};

/// Sets up logging, once per process; later calls change nothing.
///
/// # Errors
/// When the file of the settings cannot be written.
pub fn init(log: &Log) -> anyhow::Result<()> {
    let place = match &log.file {
        None => Place::Terminal,
        Some(path) => Place::Files(Arc::new(Files::open(path, log)?)),
    };
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer();
    let terminal = log.file.is_none() && stderr().is_terminal();
    let human = match log.format {
        LogFormat::Auto => terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let set = if human {
        registry.with(lines.with_ansi(terminal).with_writer(place)).try_init()
    } else {
        registry.with(lines.json().flatten_event(true).with_writer(place)).try_init()
    };
    // Another part of the process, such as a test, may have set up its own.
    if set.is_ok() {
        level::keep(handle, &log.level);
    }
    Ok(())
}

/// Where lines go.
#[derive(Debug, Clone)]
enum Place {
    Terminal,
    Files(Arc<Files>),
}

impl<'a> MakeWriter<'a> for Place {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(self.clone())
    }
}

/// One line on its way.
struct Line(Place);

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let masked = mask::masked(line);
        match &self.0 {
            Place::Terminal => stderr().lock().write_all(&masked)?,
            Place::Files(files) => files.write(&masked)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
