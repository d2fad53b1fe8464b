//! What the log says of an effect, concluded or not, as the read model `effects` tells it.

use serde::{Deserialize, Serialize};

use crate::ids::{ActorId, Cursor, EffectId, Kind, LimitKey, Principal, Queue, Revision, Tenant};
use crate::time::Timestamp;

/// How an effect stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectRecorded {
    /// It was asked.
    Pending,
    /// An attempt that may be made only once has begun.
    Attempted,
    /// Nobody knows what came of it, and it waits until it is resolved.
    Unknown,
    /// It waits until it is resumed.
    Paused,
    /// It was given up.
    Cancelled,
    /// It was done.
    Done,
    /// It failed, or nobody knows what came of it and its actor was told so.
    Failed,
}

impl EffectRecorded {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Attempted,
        Self::Unknown,
        Self::Paused,
        Self::Cancelled,
        Self::Done,
        Self::Failed,
    ];

    /// Its name, as stored and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Attempted => "attempted",
            Self::Unknown => "unknown",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// An effect as the log tells it: `{id, kind, actor, revision, index, class, limit, queue, status,
/// attempts, asked_at, concluded_at, code, reason, by, cursor, last_cursor}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectRow {
    /// Its id.
    pub id: EffectId,
    /// Of which kind the actor is that asked.
    pub kind: Kind,
    /// Which actor asked.
    pub actor: ActorId,
    /// In which commit.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// Its class.
    pub class: String,
    /// The limit that it shares with others beside those of its class and tenant.
    pub limit: Option<LimitKey>,
    /// Of work: where it waits for a worker.
    pub queue: Option<Queue>,
    /// How it stands.
    pub status: EffectRecorded,
    /// How many attempts the log tells of: those that may be made only once, and of a concluded
    /// one all.
    pub attempts: u32,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When it was concluded.
    pub concluded_at: Option<Timestamp>,
    /// Why it failed or waits: a stable code.
    pub code: Option<String>,
    /// Why it was paused or given up, for people.
    pub reason: Option<String>,
    /// Who said something about it last.
    pub by: Option<Principal>,
    /// Where the commit stands that asked.
    pub cursor: Cursor,
    /// Where the last commit stands that is about it.
    pub last_cursor: Cursor,
}

/// Which effects are asked for, the last asked first. What is left out does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectRowQuery {
    /// Whose.
    pub tenant: Tenant,
    /// Of which kind.
    pub kind: Option<Kind>,
    /// Of which actor.
    pub actor: Option<ActorId>,
    /// Of which class.
    pub class: Option<String>,
    /// Of which limit.
    pub limit: Option<LimitKey>,
    /// Which stand so.
    pub status: Option<EffectRecorded>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most so many; `None` = as configured.
    pub items_max: Option<usize>,
}
