//! What the copies of all models share beside their tables: what a commit must continue, what an
//! operator let pass, and what somebody has to be told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use contracts::{Cursor, Hash};
use serde::{Deserialize, Serialize};

use crate::ancestors::Ancestors;

/// How many notices wait for whoever tells them; older ones are in the log of the program.
const NOTICES_MAX: usize = 1_024;

/// Why a copy stands still: the commit that its model could not fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where the commit stands in the log.
    pub cursor: Cursor,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
    /// Whose it is, as `tenant/kind/id`; `None` = a message that is no commit.
    pub actor: Option<String>,
    /// Its revision.
    pub revision: Option<u64>,
    /// What the model or the database said.
    pub error: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { cursor, actor, revision, error, .. } = self;
        match (actor, revision) {
            (Some(actor), Some(revision)) => write!(f, "{actor} revision {revision} ")?,
            _ => f.write_str("a foreign message ")?,
        }
        write!(f, "(cursor {cursor}): {error}")
    }
}

impl Fault {
    /// As the registry keeps it.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| self.error.clone())
    }

    /// From the registry; an older program wrote only a sentence.
    pub(crate) fn from_text(text: &str) -> Self {
        contracts::read::from_str(text).unwrap_or_else(|_| Self {
            cursor: Cursor::ZERO,
            hash: Hash::ZERO,
            actor: None,
            revision: None,
            error: text.to_owned(),
        })
    }
}

/// A message that no read model applies, since it does not continue its actor's chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Whose subject it stands on, as `tenant/kind/id`.
    pub actor: String,
    /// Where it stands in the log.
    pub cursor: Cursor,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
    /// What is wrong with it.
    pub reason: String,
    /// Whether the actor is still quarantined: no later commit has named the message as skipped.
    pub open: bool,
}

/// Something that happened to the read models and that somebody may have to answer for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A model stands still.
    Stopped {
        /// The model.
        model: String,
        /// At which commit.
        fault: Fault,
    },
    /// A message was not applied.
    Refused(Refused),
}

/// What all copies share. Clones share everything.
#[derive(Clone, Default)]
pub(crate) struct Desk {
    /// What forks share with their parents.
    pub(crate) ancestors: Ancestors,
    /// Commits that do not continue their actor's chain.
    pub(crate) verdicts: Verdicts,
    /// Commits that an operator lets a model pass.
    pub(crate) skips: Skips,
    /// What is to be told.
    pub(crate) notices: Notices,
}

/// The places of commits that no model applies. The same for every copy, since it follows from
/// the log alone.
#[derive(Clone, Default)]
pub(crate) struct Verdicts(Arc<RwLock<BTreeSet<Cursor>>>);

impl Verdicts {
    /// Notes that the commit at `cursor` is refused; false = that was known.
    pub(crate) fn refuse(&self, cursor: Cursor) -> bool {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(cursor)
    }

    /// Whether the commit at `cursor` is refused.
    pub(crate) fn refused(&self, cursor: Cursor) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&cursor)
    }

    /// How many are.
    pub(crate) fn count(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len() as u64
    }

    /// Forgets all: the log is another one.
    pub(crate) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

type Passed = BTreeMap<(String, u32), BTreeSet<Cursor>>;

/// Which commits an operator lets which version of which model pass.
#[derive(Clone, Default)]
pub(crate) struct Skips(Arc<RwLock<Passed>>);

impl Skips {
    /// Lets `version` of `model` pass the commit at `cursor`.
    pub(crate) fn pass(&self, model: &str, version: u32, cursor: Cursor) {
        let mut passed = self.0.write().unwrap_or_else(PoisonError::into_inner);
        passed.entry((model.to_owned(), version)).or_default().insert(cursor);
    }

    /// The commits that `version` of `model` passes.
    pub(crate) fn of(&self, model: &str, version: u32) -> BTreeSet<Cursor> {
        let passed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        passed.get(&(model.to_owned(), version)).cloned().unwrap_or_default()
    }
}

#[derive(Default)]
struct Told {
    queue: VecDeque<Notice>,
    /// Where each model was last said to stand still, so that each retry is not told again.
    stopped: BTreeMap<String, Cursor>,
}

/// What is to be told, once each.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<Told>>);

impl Notices {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a notice, unless it was the model's last one too.
    pub(crate) fn add(&self, notice: Notice) {
        let mut told = self.lock();
        if let Notice::Stopped { model, fault } = &notice {
            let before = told.stopped.insert(model.clone(), fault.cursor);
            if before == Some(fault.cursor) {
                return;
            }
        }
        if told.queue.len() >= NOTICES_MAX {
            told.queue.pop_front();
        }
        told.queue.push_back(notice);
    }

    /// Takes all notices.
    pub(crate) fn take(&self) -> Vec<Notice> {
        self.lock().queue.drain(..).collect()
    }
}
