//! What an effect that has no outcome yet does at this moment, and why.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::ids::{ActorId, Cursor, EffectId, Kind, LimitKey, Principal, Queue, Revision, Tenant};
use crate::kinds::limit::{Limits, Scope};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// An effect as a node sees it at this moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectView {
    /// Its id.
    pub id: EffectId,
    /// Whose it is.
    pub address: Address,
    /// In which commit it was asked.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// Where that commit stands.
    pub cursor: Cursor,
    /// Its class.
    pub class: String,
    /// The limit that it shares with others beside those of its class and tenant.
    pub limit: Option<LimitKey>,
    /// Of work: where it waits for a worker.
    pub queue: Option<Queue>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// What it does.
    pub status: EffectPhase,
    /// Why it does not do more; `None` = nothing holds it.
    pub why: Option<EffectHold>,
    /// How many attempts have begun.
    pub attempts: u32,
    /// When the next one begins, when that is known.
    pub next_at: Option<Timestamp>,
    /// What the last attempt was refused with.
    pub last: Option<Refusal>,
}

/// What an effect does.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EffectPhase {
    /// It waits to start.
    Queued,
    /// It is being performed, or its outcome is being recorded.
    Running,
    /// It was refused, and is attempted again later.
    Retrying,
    /// It waits until it is resumed.
    Paused,
    /// It was attempted, nobody knows what came of it, and it waits until it is resolved.
    Unknown,
    /// It belongs to a fork, or to imported history, whose effects are kept from the world.
    Muted,
    /// A worker has it.
    Leased,
}

impl EffectPhase {
    /// Its name, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Paused => "paused",
            Self::Unknown => "unknown",
            Self::Muted => "muted",
            Self::Leased => "leased",
        }
    }
}

/// What holds an effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "held_by", rename_all = "snake_case")]
pub enum EffectHold {
    /// The node has not read the log yet, or is stopping.
    Node,
    /// As many effects of the class run in this process as may.
    Class {
        /// How many that are.
        concurrent_max: usize,
    },
    /// A limit, see the kind `limit`.
    Limit {
        /// Which actor of that kind: its tenant.
        tenant: Tenant,
        /// And its id.
        scope: Scope,
        /// What of it.
        what: LimitHold,
    },
    /// A kill switch that is engaged.
    Switch {
        /// What stands still.
        scope: String,
        /// Why, for people.
        reason: String,
    },
    /// An effect that its actor asked earlier.
    Order {
        /// Which.
        behind: EffectId,
    },
    /// The pause after an attempt that was refused.
    BackOff,
    /// Somebody, or its policy after the last attempt.
    Pause {
        /// Who.
        by: Principal,
        /// Why, for people.
        reason: String,
    },
    /// A policy asks for somebody's yes, and there is none yet.
    Approval {
        /// The approval, in the effect's tenant.
        approval: ActorId,
        /// The rule that asks.
        rule: String,
    },
    /// Its turn has come, and no worker has asked for it.
    Worker,
    /// A newer version of the program asked for it.
    Version,
    /// Another node attempts it.
    Elsewhere,
    /// Its actor does not take the outcome.
    Outcome,
}

/// What of a limit holds an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitHold {
    /// It is paused.
    Paused,
    /// As many run as may.
    Concurrency,
    /// As many have started lately as may.
    Rate,
}

impl EffectPhase {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Retrying,
        Self::Paused,
        Self::Unknown,
        Self::Muted,
        Self::Leased,
    ];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

impl std::fmt::Display for LimitHold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Paused => "is paused",
            Self::Concurrency => "has as many running as may",
            Self::Rate => "has had as many start lately as may",
        })
    }
}

impl std::fmt::Display for EffectHold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node => f.write_str("the node has not read the log yet, or is stopping"),
            Self::Class { concurrent_max } => {
                write!(f, "{concurrent_max} effects of its class run in this process, the most")
            }
            Self::Limit { tenant, scope, what } => {
                write!(f, "the limit {scope} of the tenant {tenant} {what}")
            }
            Self::Switch { scope, reason } => {
                write!(f, "the kill switch `{scope}` is engaged: {reason}")
            }
            Self::Order { behind } => {
                write!(f, "it comes after the effect {behind}, which its actor asked earlier")
            }
            Self::BackOff => f.write_str("it was refused, and is attempted again later"),
            Self::Pause { by, reason } => write!(f, "{by} paused it: {reason}"),
            Self::Approval { approval, rule } => {
                write!(f, "it waits for a yes of approval/{approval}, which {rule} asks for")
            }
            Self::Worker => f.write_str("no worker has asked for it"),
            Self::Version => f.write_str("only a newer version of the program knows what it asks"),
            Self::Elsewhere => f.write_str("another node attempts it"),
            Self::Outcome => f.write_str("its actor does not take the outcome"),
        }
    }
}

/// A limit that is set, as a node sees it at this moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitView {
    /// Whose it is; `system` = of all tenants.
    pub tenant: Tenant,
    /// What it is the limit of.
    pub scope: Scope,
    /// What is set.
    pub limits: Limits,
    /// Whether it is paused.
    pub paused: bool,
    /// What its effects do.
    pub counts: EffectCounts,
    /// What of it holds the next one; `None` = nothing.
    pub holds: Option<LimitHold>,
    /// When the rate admits the next one; `None` = now, or nobody knows.
    pub next_at: Option<Timestamp>,
}

/// How many effects do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectCounts {
    /// [`EffectPhase::Queued`].
    pub queued: u64,
    /// [`EffectPhase::Running`].
    pub running: u64,
    /// [`EffectPhase::Retrying`].
    pub retrying: u64,
    /// [`EffectPhase::Paused`].
    pub paused: u64,
    /// [`EffectPhase::Unknown`].
    pub unknown: u64,
    /// [`EffectPhase::Muted`].
    pub muted: u64,
    /// [`EffectPhase::Leased`].
    pub leased: u64,
}

impl EffectCounts {
    /// Counts one.
    pub const fn add(&mut self, phase: EffectPhase) {
        let count = match phase {
            EffectPhase::Queued => &mut self.queued,
            EffectPhase::Running => &mut self.running,
            EffectPhase::Retrying => &mut self.retrying,
            EffectPhase::Paused => &mut self.paused,
            EffectPhase::Unknown => &mut self.unknown,
            EffectPhase::Muted => &mut self.muted,
            EffectPhase::Leased => &mut self.leased,
        };
        *count += 1;
    }

    /// The counts with their names.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, u64); 7] {
        [
            ("queued", self.queued),
            ("running", self.running),
            ("retrying", self.retrying),
            ("paused", self.paused),
            ("unknown", self.unknown),
            ("muted", self.muted),
            ("leased", self.leased),
        ]
    }
}

/// Effects of one class and limit together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectGroup {
    /// The class.
    pub class: String,
    /// The limit that they share, if any.
    pub limit: Option<LimitKey>,
    /// What they do.
    pub counts: EffectCounts,
}

/// An answer as far as it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectText {
    /// How many bytes of text have come: where the next piece begins.
    pub offset: u64,
    /// They.
    pub text: String,
}

/// Which effects are asked for. What is left out does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EffectQuery {
    /// Whose.
    pub tenant: Option<Tenant>,
    /// Of which kind.
    pub kind: Option<Kind>,
    /// Of which actor.
    pub actor: Option<ActorId>,
    /// Of which class.
    pub class: Option<String>,
    /// Of which limit.
    pub limit: Option<LimitKey>,
    /// Which do this.
    pub status: Option<EffectPhase>,
    /// Only those that were asked after the one at this place of the log: a commit, and the place
    /// in it.
    pub after: Option<(Cursor, u32)>,
    /// At most so many; 0 = all.
    pub items_max: usize,
}

impl EffectQuery {
    /// Whether an effect is asked for.
    #[must_use]
    pub fn matches(&self, view: &EffectView) -> bool {
        fn fits<T: PartialEq>(wanted: Option<&T>, is: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == is)
        }
        fits(self.tenant.as_ref(), &view.address.tenant)
            && fits(self.kind.as_ref(), &view.address.kind)
            && fits(self.actor.as_ref(), &view.address.id)
            && fits(self.class.as_ref(), &view.class)
            && fits(self.status.as_ref(), &view.status)
            && self.limit.as_ref().is_none_or(|limit| view.limit.as_ref() == Some(limit))
    }
}
