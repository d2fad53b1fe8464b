//! How much tenants' programs tell, and how far the rows lie behind it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use contracts::Timestamp;
use contracts::records::Signal;

/// What becomes of records that come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They are kept.
    Kept,
    /// They had come before.
    Repeated,
    /// They are not what records must be.
    Rejected,
    /// They are more than a limit allows, or could not be stored.
    Refused,
}

impl Fate {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Kept, Self::Repeated, Self::Rejected, Self::Refused];

    /// What it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Repeated => "repeated",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
        }
    }
}

/// Numbers of this process.
#[derive(Debug, Default)]
pub struct RecordCounts {
    /// Records, by their sort and by what became of them.
    records: [[AtomicU64; Fate::ALL.len()]; Signal::ALL.len()],
    /// Places of the stream that the rows have not read.
    behind: AtomicU64,
    /// When the oldest batch came that they have not read, in milliseconds; 0 = they have all.
    waits_since_ms: AtomicI64,
}

fn place<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter().position(|it| it == one).unwrap_or_default()
}

impl RecordCounts {
    fn of(&self, signal: Signal, fate: Fate) -> &AtomicU64 {
        &self.records[place(&Signal::ALL, &signal)][place(&Fate::ALL, &fate)]
    }

    /// Some records came.
    pub fn add(&self, signal: Signal, fate: Fate, records: usize) {
        self.of(signal, fate).fetch_add(records as u64, Ordering::Relaxed);
    }

    /// How many records came.
    #[must_use]
    pub fn get(&self, signal: Signal, fate: Fate) -> u64 {
        self.of(signal, fate).load(Ordering::Relaxed)
    }

    /// The rows lie so many places behind, the first of which holds a batch of then.
    pub fn lags(&self, behind: u64, since: Option<Timestamp>) {
        self.behind.store(behind, Ordering::Relaxed);
        let ms = since.map_or(0, Timestamp::as_millis);
        self.waits_since_ms.store(ms, Ordering::Relaxed);
    }

    /// How many places the rows lay behind when somebody looked last.
    #[must_use]
    pub fn behind(&self) -> u64 {
        self.behind.load(Ordering::Relaxed)
    }

    /// When the oldest batch came that was not in the rows then; `None` = they had read all.
    #[must_use]
    pub fn waits_since(&self) -> Option<Timestamp> {
        let ms = self.waits_since_ms.load(Ordering::Relaxed);
        (ms > 0).then(|| Timestamp::from_millis(ms))
    }
}
