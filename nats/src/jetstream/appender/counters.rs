//! What an appender did, for operators.

use std::sync::atomic::{AtomicU64, Ordering};

use contracts::ports::AppendError;
use serde::Serialize;

use super::Answer;

/// Upper bounds of the messages in a batch, as the histogram counts them; the last has none.
pub const BATCH_MESSAGES: [u64; 7] = [2, 8, 32, 64, 128, 256, 512];

/// What an appender did since the start, and what it has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appends {
    /// The stream that it appends to.
    pub stream: &'static str,
    /// Whether a batch is on its way; otherwise messages go alone.
    pub batching: bool,
    /// Messages that wait.
    pub waiting: usize,
    /// Messages on their way alone.
    pub alone: usize,
    /// Messages that went alone.
    pub singles: u64,
    /// Batches that left.
    pub batches: u64,
    /// Messages in them.
    pub batched: u64,
    /// Batches of at most [`BATCH_MESSAGES`] messages each, not cumulated; the last are larger.
    pub batch_messages: [u64; BATCH_MESSAGES.len() + 1],
    /// Appends that were told to be in doubt.
    pub in_doubt: u64,
    /// Batches that were taken apart because one of many was refused.
    pub splits: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    singles: AtomicU64,
    batches: AtomicU64,
    batched: AtomicU64,
    batch_messages: [AtomicU64; BATCH_MESSAGES.len() + 1],
    in_doubt: AtomicU64,
    splits: AtomicU64,
}

impl Counters {
    pub(super) fn alone(&self) {
        self.singles.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a batch and gives it its number.
    pub(super) fn batch(&self, messages: usize) -> u64 {
        let messages = messages as u64;
        let bucket = BATCH_MESSAGES.partition_point(|bound| *bound < messages);
        self.batch_messages[bucket].fetch_add(1, Ordering::Relaxed);
        self.batched.fetch_add(messages, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn split(&self) {
        self.splits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn answered(&self, answer: &Answer) {
        if matches!(answer, Err(AppendError::InDoubt(_))) {
            self.in_doubt.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn read(
        &self,
        stream: &'static str,
        (waiting, alone, batching): (usize, usize, bool),
    ) -> Appends {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Appends {
            stream,
            batching,
            waiting,
            alone,
            singles: get(&self.singles),
            batches: get(&self.batches),
            batched: get(&self.batched),
            batch_messages: std::array::from_fn(|n| get(&self.batch_messages[n])),
            in_doubt: get(&self.in_doubt),
            splits: get(&self.splits),
        }
    }
}
