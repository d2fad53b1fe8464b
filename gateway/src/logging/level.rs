//! How much is said: as the settings have it, and what an operator wants otherwise for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::{Refusal, RefusalClass};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{Directive, EnvFilter};
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
/// `invalid_input` (what a change must be), `log_levels_full`, or `log_levels_fixed` where this
/// process logs by another's rules.
pub fn change(change: &str, within: Option<Duration>) -> Result<(), Refusal> {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    let whole = change.split_once('=').is_some_and(|(target, level)| {
        !target.is_empty() && target.bytes().all(part) && WORDS.contains(&level)
    });
    if !whole || change.parse::<Directive>().is_err() {
        let refusal = Refusal::new(RefusalClass::Malformed, "invalid_input", "it is no level");
        return Err(refusal.field("input.change", NEEDS));
    }
    let mut levels = levels();
    if levels.handle.is_none() {
        let why = "this process logs by another's rules";
        return Err(Refusal::rejected("log_levels_fixed", why));
    }
    let target = target(change).to_owned();
    levels.changes.retain(|(_, there)| self::target(there) != target);
    if levels.changes.len() >= CHANGES_MAX {
        let why = format!("at most {CHANGES_MAX} targets may be told otherwise at once");
        return Err(Refusal::rejected("log_levels_full", why));
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

/// What may stand behind a target.
const WORDS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

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
