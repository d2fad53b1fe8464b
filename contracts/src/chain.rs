//! The hash chain of one actor, checked commit by commit. The same function serves `verify` on the
//! live log, `verify` on an export, hydration and tests.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::entry::{Entry, Recorded};
use crate::hash::Hash;
use crate::ids::{Cursor, Revision};
use crate::lifecycle::{Event, FORKED, Parent, SKIPPED};

/// The head of a chain: what the next commit must continue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The last revision; 0 before the first.
    pub revision: Revision,
    /// BLAKE3 of the last commit's bytes; zero before the first.
    pub hash: Hash,
    /// Where the last commit stands.
    pub cursor: Cursor,
}

/// What is wrong with a chain, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{address} revision {revision} (cursor {cursor}): {reason}")]
pub struct Broken {
    /// Whose chain.
    pub address: String,
    /// The revision that should stand there.
    pub revision: Revision,
    /// Where it stands.
    pub cursor: Cursor,
    /// What is wrong.
    pub reason: String,
}

/// A message that is to be skipped, named so that it can be no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// Where it stands.
    pub cursor: Cursor,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
}

/// What stands in doubt behind the head of a chain that is being read. A doubtful message is never
/// part of the chain; it is harmless when the next commit that follows names exactly the doubtful
/// messages before it as skipped, and breaks the chain otherwise.
#[derive(Debug, Clone, Default)]
pub struct Doubts {
    messages: Vec<Skip>,
    broken: Option<Broken>,
}

impl Doubts {
    /// The doubtful messages of a chain that was read before, in order.
    #[must_use]
    pub const fn standing(messages: Vec<Skip>) -> Self {
        Self { messages, broken: None }
    }

    /// The head after `entry`, which stands behind `head`; `None` = it counts for nothing, and
    /// whether a later commit names it as skipped is open.
    pub fn follow(&mut self, head: Head, address: &Address, entry: &Entry) -> Option<Head> {
        let broken = match head.follow(address, entry) {
            Ok(next) if self.are_named_by(entry) => {
                self.clear();
                return Some(next);
            }
            Ok(_) => Broken {
                address: address.to_string(),
                revision: head.revision.next(),
                cursor: entry.cursor(),
                reason: "what it names as skipped is not what stands before it".to_owned(),
            },
            Err(broken) => broken,
        };
        self.messages.push(Skip { cursor: entry.cursor(), hash: entry.hash() });
        self.broken.get_or_insert(broken);
        None
    }

    fn are_named_by(&self, entry: &Entry) -> bool {
        let Entry::Commit(recorded) = entry else { return false };
        // What an import left behind it names at places of another log.
        if recorded.imported && self.messages.is_empty() {
            return true;
        }
        let events = recorded.commit.events.iter().filter(|event| event.r#type == SKIPPED);
        let named = events.filter_map(Event::from_record).filter_map(|event| match event {
            Event::Skipped { cursor, hash } => Some(Skip { cursor, hash }),
            _ => None,
        });
        named.eq(self.messages.iter().copied())
    }

    /// The messages, in order.
    #[must_use]
    pub fn messages(&self) -> &[Skip] {
        &self.messages
    }

    /// Forgets them: a commit behind them names them.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Ends reading.
    ///
    /// # Errors
    /// The first message that does not belong there and that nobody has named as skipped.
    pub fn close(&self) -> Result<(), Broken> {
        self.broken.clone().map_or(Ok(()), Err)
    }
}

impl Head {
    /// The head after `entry`.
    ///
    /// A fork's first commit continues its parent's chain: hand the parent's head at the forked
    /// revision, which [`Head::forked_from`] asks for.
    ///
    /// # Errors
    /// When the entry is foreign, leaves a gap, repeats a revision or does not carry the hash of
    /// the commit before it.
    pub fn follow(self, address: &Address, entry: &Entry) -> Result<Self, Broken> {
        let broken = |cursor: Cursor, reason: String| Broken {
            address: address.to_string(),
            revision: self.revision.next(),
            cursor,
            reason,
        };
        let recorded = match entry {
            Entry::Commit(recorded) => recorded,
            Entry::Foreign(foreign) => return Err(broken(foreign.cursor, foreign.reason.clone())),
        };
        let commit = &recorded.commit;
        let wrong = if !commit.is_of(address) {
            Some(format!("it belongs to {}", commit.address()))
        } else if commit.revision != self.revision.next() {
            Some(format!("it says it is revision {}", commit.revision))
        } else if commit.prev != self.hash {
            Some(format!(
                "its prev is {}, the commit before it hashes to {}",
                commit.prev, self.hash
            ))
        } else if recorded.cursor <= self.cursor {
            Some("it stands before its predecessor".to_owned())
        } else if Hash::of(&recorded.raw) != recorded.hash {
            Some("its bytes do not have the hash that was given for them".to_owned())
        } else {
            None
        };
        wrong.map_or_else(
            || {
                let Recorded { cursor, hash, commit, .. } = &**recorded;
                Ok(Self { revision: commit.revision, hash: *hash, cursor: *cursor })
            },
            |reason| Err(broken(recorded.cursor, reason)),
        )
    }

    /// The parent whose chain `first`, an actor's first entry, continues.
    #[must_use]
    pub fn forked_from(first: &Entry) -> Option<Parent> {
        let Entry::Commit(recorded) = first else { return None };
        let forked = recorded.commit.events.iter().find(|event| event.r#type == FORKED)?;
        match Event::from_record(forked)? {
            Event::Forked(parent) => Some(parent),
            _ => None,
        }
    }
}
