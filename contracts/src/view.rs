//! Answers: what a caller gets back for a command, a state read, a listing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::hash::Hash;
use crate::ids::{ActorId, CommandId, CommandName, Cursor, Kind, Revision};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// Where a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Stored, not yet decided.
    Queued,
    /// Its commit is stored; the answer follows.
    Accepted,
    /// Answered.
    Completed,
    /// Answered: it could not be done.
    Failed,
    /// Refused; nothing was stored.
    Rejected,
    /// Put aside after trouble.
    Dead,
}

impl Status {
    /// Its name, as stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Dead => "dead",
        }
    }
}

/// What became of a command that was not rejected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Which command.
    pub command: CommandId,
    /// Whose.
    pub address: Address,
    /// `Accepted`, `Completed` or `Failed`.
    pub status: Status,
    /// The actor's revision: of the command's own commit, or of the one that completed it.
    pub revision: Revision,
    /// Where that commit stands; of a command that stored nothing, the actor's last.
    pub cursor: Cursor,
    /// The answer, once completed; of a failed one its refusal.
    pub reply: Value,
    /// When that was.
    pub at: Timestamp,
}

/// An actor's state as read: `{kind, id, revision, cursor, commit_hash, state_hash, state}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateView {
    /// Which kind.
    pub kind: Kind,
    /// Which actor.
    pub id: ActorId,
    /// After which commit.
    pub revision: Revision,
    /// Where that commit stands.
    pub cursor: Cursor,
    /// BLAKE3 of that commit's bytes.
    pub commit_hash: Hash,
    /// BLAKE3 of the canonical JSON of `state`.
    pub state_hash: Hash,
    /// When that commit was decided.
    pub at: Timestamp,
    /// The state.
    pub state: Value,
}

/// A command as `GET /v1/commands/{id}` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandView {
    /// Which command.
    pub id: CommandId,
    /// Of which kind the actor is.
    pub kind: Kind,
    /// Which actor.
    pub actor: ActorId,
    /// Its name.
    pub name: CommandName,
    /// Where it stands.
    pub status: Status,
    /// The actor's revision at its last change.
    pub revision: Revision,
    /// Where that commit stands.
    pub cursor: Cursor,
    /// The answer, once completed.
    pub reply: Option<Value>,
    /// Why it failed or was rejected.
    pub rejection: Option<Refusal>,
}

/// Up to when a state is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Now.
    Latest,
    /// After this revision.
    Revision(Revision),
    /// After the last commit decided at or before this instant.
    Time(Timestamp),
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T, N> {
    /// The items.
    pub items: Vec<T>,
    /// What to ask after for the next page; `None` = that was all.
    pub next: Option<N>,
}

/// How far a replay goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayMode {
    /// Folds the recorded events.
    Fold,
    /// Decides the recorded commands again, on the recorded outcomes, and compares what follows.
    Decide,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// The state that the fold led to.
    pub state: StateView,
    /// How many commits were folded, ancestors' included.
    pub commits: u64,
    /// How many events.
    pub events: u64,
    /// Whether the result equals the living cell's state at the same revision; `None` = no cell is
    /// awake, or another revision was asked for.
    pub matches_cell: Option<bool>,
    /// The revision whose snapshot, of the same state version, the fold equals on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches_snapshot: Option<Revision>,
    /// The number of the tree head whose leaf of this actor the fold meets on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches_tree_head: Option<u64>,
    /// Where deciding again differs from what was recorded, in order. Empty in fold mode.
    pub drift: Vec<Drift>,
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// How many commits were folded.
    pub commits: u64,
    /// After which revision.
    pub revision: Revision,
    /// Whether the commands are decided again now, after all was folded.
    pub deciding: bool,
}

/// One commit that would be decided otherwise today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Which commit.
    pub revision: Revision,
    /// Its command.
    pub command: CommandName,
    /// The version of the rules then and now.
    pub rules: (u32, u32),
    /// The events as recorded.
    pub recorded: Value,
    /// The events as decided now, or the refusal.
    pub decided: Value,
}

/// What stands between two states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// The one side, without its state.
    pub left: Side,
    /// The other side, without its state.
    pub right: Side,
    /// The last revision that both share: of one actor the lower, of a fork where it left.
    pub common: Revision,
    /// The commits only the left has, as JSON.
    pub left_only: Vec<Value>,
    /// The commits only the right has, as JSON.
    pub right_only: Vec<Value>,
    /// JSON Patch (RFC 6902) that makes the right state of the left.
    pub patch: Value,
    /// Long texts that the patch replaces, line by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextChange>,
}

/// How a long text differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextChange {
    /// Where it stands in the states, as a JSON Pointer.
    pub path: String,
    /// The difference as a unified diff, without the names of the sides.
    pub unified: String,
}

/// One side of a diff.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Which actor.
    pub id: ActorId,
    /// After which commit.
    pub revision: Revision,
    /// BLAKE3 of the canonical state.
    pub state_hash: Hash,
}

/// What `verify` found of one actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Which kind.
    pub kind: Kind,
    /// Which actor.
    pub id: ActorId,
    /// Whether its chain holds and its state can be derived.
    pub ok: bool,
    /// How many commits were checked, ancestors' included.
    pub commits: u64,
    /// The last good revision.
    pub revision: Revision,
    /// BLAKE3 of that commit's bytes.
    pub commit_hash: Hash,
    /// BLAKE3 of the canonical state after it; `None` when it cannot be derived.
    pub state_hash: Option<Hash>,
    /// The revision at fault.
    pub broken_at: Option<Revision>,
    /// What is wrong.
    pub reason: Option<String>,
}

/// Something an actor waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectStatus {
    /// `effect`, `command` or `timer`.
    pub what: String,
    /// The effect's or the command's id, the timer's name.
    pub id: String,
    /// The effect's class, the command's name, the command that the timer sends.
    pub name: String,
    /// In which commit it was asked.
    pub revision: Revision,
    /// `queued`, `running`, `retrying`, `unknown`, `muted`, `open` or `armed`.
    pub status: String,
    /// How many attempts were made.
    pub attempts: u32,
    /// What holds it, or why it failed last.
    pub why: Option<String>,
    /// Until when it may take; when the timer is due.
    pub deadline: Option<Timestamp>,
}
