//! What clients of counters have done and been told, and whether a system that holds what it
//! promises could have told them so.
//!
//! A history is judged from outside: it knows requests, answers and what stands in the log
//! afterwards, and nothing of how they came about. Each line of its file is one [`Line`].

mod file;
mod linear;
mod log;
mod picture;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use linear::{STEPS_MAX, linear};
pub use log::stored;
pub use picture::picture;

/// What was asked of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// To add so much.
    Add(i64),
    /// To become zero.
    Reset,
    /// To tell how it stands.
    Read,
}

/// What became of it, as far as its client knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// It was done, and the counter stands so after it.
    Done(Stand),
    /// It was refused under this code, which says that nothing was stored.
    Refused(String),
    /// Nobody said; it may have been done, and may still be.
    Unknown(String),
}

/// How a counter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stand {
    /// Its value.
    pub value: i64,
    /// The number of its last commit.
    pub revision: u64,
}

/// One errand of one client, with all its repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// Whose. A client has one errand at a time.
    pub client: u32,
    /// The counter.
    pub actor: String,
    /// The id of the command; empty for a read.
    pub id: String,
    /// What was asked.
    pub asked: Asked,
    /// When it was sent first, in microseconds since the beginning of the history.
    pub begun_us: u64,
    /// When its client heard or gave up, likewise.
    pub ended_us: u64,
    /// What became of it.
    pub told: Told,
}

/// Something that was done to the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What.
    pub what: String,
    /// When it began, in microseconds since the beginning of the history.
    pub begun_us: u64,
    /// When it was mended, likewise.
    pub ended_us: u64,
}

/// What stands in the log of a counter afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The counter.
    pub actor: String,
    /// The id of the command that caused it.
    pub id: String,
    /// How the counter stands after it.
    pub stand: Stand,
}

/// A line of a history's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// An errand.
    Op(Op),
    /// A fault.
    Fault(Fault),
    /// A commit.
    Stored(Stored),
}

/// All that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Errands, in any order.
    pub ops: Vec<Op>,
    /// Faults, in the order in which they began.
    pub faults: Vec<Fault>,
    /// Commits, each actor's in the order of its log.
    pub stored: Vec<Stored>,
}

/// Something that a system which holds what it promises does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Of which counter.
    pub actor: String,
    /// What was seen.
    pub what: String,
}

impl History {
    /// The counters that it speaks of, in order.
    #[must_use]
    pub fn actors(&self) -> Vec<String> {
        let asked = self.ops.iter().map(|op| op.actor.clone());
        let mut actors: Vec<String> =
            asked.chain(self.stored.iter().map(|it| it.actor.clone())).collect();
        actors.sort();
        actors.dedup();
        actors
    }

    /// All violations that are found: of the set of what is stored, of each actor's order, and of
    /// its being one thing that changes at one moment.
    #[must_use]
    pub fn judge(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        for actor in self.actors() {
            let ops: Vec<&Op> = self.ops.iter().filter(|op| op.actor == actor).collect();
            let log: Vec<&Stored> = self.stored.iter().filter(|it| it.actor == actor).collect();
            let seen = stored(&ops, &log).into_iter().chain(linear(&ops).err());
            found.extend(seen.map(|what| Violation { actor: actor.clone(), what }));
        }
        found
    }

    /// How many errands were done, refused and left unknown.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        let of = |wanted: fn(&Told) -> bool| self.ops.iter().filter(|op| wanted(&op.told)).count();
        [
            of(|told| matches!(told, Told::Done(_))),
            of(|told| matches!(told, Told::Refused(_))),
            of(|told| matches!(told, Told::Unknown(_))),
        ]
    }
}
