//! What was spent on models, as the read model `usage` tells it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ActorId, CredentialId, Kind, Principal, Tenant};
use crate::time::Timestamp;

/// By what spending is added up.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UsageBy {
    /// By day, UTC.
    Day,
    /// By hour.
    Hour,
    /// By who spent.
    Principal,
    /// By key or session.
    Credential,
    /// By kind of actor.
    Kind,
    /// By actor; its kind is told too.
    Actor,
    /// By model.
    Model,
    /// By connector.
    Connector,
}

impl UsageBy {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Day,
        Self::Hour,
        Self::Principal,
        Self::Credential,
        Self::Kind,
        Self::Actor,
        Self::Model,
        Self::Connector,
    ];

    /// Its name, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Principal => "principal",
            Self::Credential => "credential",
            Self::Kind => "kind",
            Self::Actor => "actor",
            Self::Model => "model",
            Self::Connector => "connector",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// What is added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageQuery {
    /// Whose.
    pub tenant: Tenant,
    /// By what; nothing = all of it in one row.
    pub by: Vec<UsageBy>,
    /// Of calls that ended in this hour or later.
    pub from: Option<Timestamp>,
    /// Of calls that ended before this hour.
    pub to: Option<Timestamp>,
    /// Of this principal.
    pub principal: Option<Principal>,
    /// Of this key or session.
    pub credential: Option<CredentialId>,
    /// Of actors of this kind.
    pub kind: Option<Kind>,
    /// Of this actor.
    pub actor: Option<ActorId>,
    /// On this model.
    pub model: Option<String>,
    /// Paid by this connector.
    pub connector: Option<ActorId>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most so many rows; `None` = as configured.
    pub items_max: Option<usize>,
}

/// What was spent. Members that it was not added up by are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageRow {
    /// When the day or hour began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Who spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// With which key or session; empty = with none of his own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// For an actor of which kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// For which actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// On which model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// By which connector's account; empty = by that of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// Calls that were made, and those of which nobody knows.
    pub calls: u64,
    /// Tokens of prompts.
    pub input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
    /// Of the prompts', those that providers had kept from before.
    pub cached_tokens: u64,
    /// Of the prompts', those that providers keep for later calls.
    pub cache_write_tokens: u64,
    /// Of the answers', those that were only thought.
    pub reasoning_tokens: u64,
    /// Millionths of a US dollar, of calls whose price is known.
    pub micro_usd: u64,
    /// Calls whose price nobody knows.
    pub unpriced: u64,
    /// Calls of which nobody knows what came of them: their tokens are what they were thought to
    /// take at most.
    pub unknown: u64,
    /// Calls that another model answered than was asked.
    pub degraded: u64,
}
