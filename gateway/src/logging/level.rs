//! How much is said: as the settings have it, and what an operator wants otherwise for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing_subscriber::Registry;
use tracing_subscriber::filter::{Directive, EnvFilter, LevelFilter};
use tracing_subscriber::reload::Handle;

/// How many targets may be told otherwise at once.
const CHANGES_MAX: usize = 64;

/// What is in force.
#[derive(Default)]
struct Levels {
    handle: Option<Handle<EnvFilter, Registry>>,
    base: String,
    /// Each with a number of its own, so that an end that was asked for ends nothing later.
    changes: Vec<(u64, String)>,
    serial: u64,
}

static LEVELS: Mutex<Levels> =
    Mutex::new(Levels { handle: None, base: String::new(), changes: Vec::new(), serial: 0 });

fn levels() -> MutexGuard<'static, Levels> {
    LEVELS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The filter of this process is `handle`'s, and says `base` to begin with.
pub(super) fn keep(handle: Handle<EnvFilter, Registry>, base: &str) {
    let mut levels = levels();
    (levels.handle, levels.base) = (Some(handle), base.to_owned());
}

/// What is in force: the level of the settings, and what changes it.
#[must_use]
pub fn told() -> (String, Vec<String>) {
    let levels = levels();
    (levels.base.clone(), levels.changes.iter().map(|(_, change)| change.clone()).collect())
}

/// Says more or less from now on, `within` = for so long; `None` = until the program ends. A change
/// of the same target takes the place of the one before.
///
/// # Errors
/// What is wrong with the change.
pub fn change(change: &str, within: Option<Duration>) -> Result<(), String> {
    let whole = change.split_once('=').is_some_and(|(target, level)| {
        !target.trim().is_empty() && level.parse::<LevelFilter>().is_ok()
    });
    if !whole || change.parse::<Directive>().is_err() {
        return Err(NEEDS.to_owned());
    }
    let mut levels = levels();
    if levels.handle.is_none() {
        return Err("this process logs by another's rules".to_owned());
    }
    let target = target(change).to_owned();
    levels.changes.retain(|(_, there)| self::target(there) != target);
    if levels.changes.len() >= CHANGES_MAX {
        return Err(format!("at most {CHANGES_MAX} targets may be told otherwise at once"));
    }
    levels.serial += 1;
    let serial = levels.serial;
    levels.changes.push((serial, change.to_owned()));
    levels.apply();
    drop(levels);
    if let Some(within) = within {
        tokio::spawn(async move {
            tokio::time::sleep(within).await;
            let mut levels = self::levels();
            levels.changes.retain(|(there, _)| *there != serial);
            levels.apply();
        });
    }
    Ok(())
}

/// What a change must be.
const NEEDS: &str = "must be TARGET=LEVEL, such as cambium=debug; the levels are off, error, \
                     warn, info, debug and trace";

fn target(change: &str) -> &str {
    change.split_once('=').map_or(change, |(target, _)| target)
}

impl Levels {
    fn apply(&self) {
        let mut filter = EnvFilter::try_new(&self.base).unwrap_or_else(|_| EnvFilter::new("info"));
        for (_, change) in &self.changes {
            if let Ok(directive) = change.parse() {
                filter = filter.add_directive(directive);
            }
        }
        if let Some(handle) = &self.handle {
            // It fails only once nobody logs any more.
            let _ = handle.reload(filter);
        }
    }
}
