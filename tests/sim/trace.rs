//! What happened in a run, in order: its hash tells two runs apart, its last lines tell a failure.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::Hash;
use tokio::time::Instant;

/// The trace of one run. Clones write to the same one.
#[derive(Clone)]
pub struct Trace {
    lines: Arc<Mutex<Lines>>,
    begun: Instant,
}

struct Lines {
    hash: Hash,
    last: VecDeque<String>,
    keep: usize,
}

impl Trace {
    /// A trace that begins now, on the clock of the run, and keeps so many lines.
    pub fn new(keep: usize) -> Self {
        let lines = Lines { hash: Hash::ZERO, last: VecDeque::new(), keep };
        Self { lines: Arc::new(Mutex::new(lines)), begun: Instant::now() }
    }

    /// Writes a line.
    pub fn note(&self, what: std::fmt::Arguments<'_>) {
        let line = format!("{:>8} {what}", self.begun.elapsed().as_millis());
        let mut lines = lock(&self.lines);
        let mut bytes = lines.hash.0.to_vec();
        bytes.extend_from_slice(line.as_bytes());
        lines.hash = Hash::of(&bytes);
        lines.last.push_back(line);
        if lines.last.len() > lines.keep {
            lines.last.pop_front();
        }
    }

    /// The hash of all lines.
    pub fn hash(&self) -> Hash {
        lock(&self.lines).hash
    }

    /// The last lines.
    pub fn last(&self) -> Vec<String> {
        lock(&self.lines).last.iter().cloned().collect()
    }
}

/// Locks; the data of a simulation stays sound when a check panics.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
