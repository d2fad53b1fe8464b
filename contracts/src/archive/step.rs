use serde::{Deserialize, Serialize};

use crate::chain::Broken;
use crate::entry::Foreign;
use crate::hash::Hash;
use crate::ids::Cursor;
use crate::time::Timestamp;

/// What a walk through the whole log tells as it goes, one JSON object each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyStep {
    /// How far it is.
    Progress {
        /// What was checked so far.
        #[serde(flatten)]
        checked: Checked,
        /// Up to where.
        at: Cursor,
        /// Where it ends.
        until: Cursor,
    },
    /// The first fault of an actor's chain.
    Broken(Broken),
    /// A message that no actor has written, or a place whose message is lost: its `code` says
    /// which.
    Foreign(Foreign),
    /// A message that no actor has written, on which an operator has given its word.
    Acknowledged(Acknowledged),
    /// An actor whose state cannot be derived from its sound chain.
    Underivable(Broken),
    /// A tree head that was recomputed.
    TreeHead(TreeHeadChecked),
    /// The end.
    Done(Checked),
    /// It could not go on.
    Failed {
        /// A stable code.
        code: String,
        /// Why.
        detail: String,
    },
}

/// What was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Actors met.
    pub actors: u64,
    /// Commits whose hash and place in their chain were checked.
    pub commits: u64,
    /// Bytes of those commits.
    pub bytes: u64,
    /// Chains with a fault.
    pub broken: u64,
    /// Messages that are no commits, and may be of no actor.
    pub foreign: u64,
    /// Messages on subjects that are no actor's, which nobody has acknowledged.
    #[serde(default)]
    pub stray: u64,
    /// Positions whose message the broker has lost. Whose it was, nobody can tell.
    #[serde(default)]
    pub lost: u64,
    /// Foreign messages that an operator has acknowledged.
    #[serde(default)]
    pub acknowledged: u64,
    /// Actors whose states were derived.
    pub states: u64,
    /// Tree heads recomputed.
    pub tree_heads: u64,
    /// Tree heads that are not what the log comes to.
    pub tree_heads_broken: u64,
}

impl Checked {
    /// Whether all of it holds.
    #[must_use]
    pub const fn ok(&self) -> bool {
        self.broken == 0 && self.stray == 0 && self.lost == 0 && self.tree_heads_broken == 0
    }
}

/// An operator's word that a foreign message is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Which message.
    #[serde(flatten)]
    pub foreign: Foreign,
    /// Who gave it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A tree head against the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHeadChecked {
    /// Which.
    pub number: u64,
    /// Whether the log comes to it and it links to the one before.
    pub ok: bool,
    /// Its root.
    pub root: Hash,
    /// The root that the log comes to at its position.
    pub found: Hash,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What an import did with a chunk of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Commits that were stored.
    pub commits: u64,
    /// Commits that were there already, byte for byte.
    pub skipped: u64,
    /// Contents that were kept.
    pub blobs: u64,
    /// Contents that the export did not have either.
    pub blobs_missing: u64,
    /// Where the log's last imported commit stands.
    pub cursor: Cursor,
}
