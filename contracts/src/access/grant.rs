use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Act, Condition, Pattern};
use crate::time::Timestamp;

/// Capabilities given to somebody, perhaps for a time, perhaps on a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Which.
    pub capability: Pattern,
    /// Until when; absent = for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When they count.
    #[serde(default, skip_serializing_if = "Condition::is_none")]
    pub condition: Condition,
}

impl Grant {
    /// `capability`, for good and on no condition.
    #[must_use]
    pub fn of(capability: Pattern) -> Self {
        Self { capability, expires_at: None, condition: Condition::default() }
    }

    /// Whether it still counts at `now`, in milliseconds and to the last.
    #[must_use]
    pub fn lasts(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
        expires_at.is_none_or(|end| now < end)
    }

    /// Whether it allows `act`.
    #[must_use]
    pub fn allows(&self, act: &Act<'_>) -> bool {
        self.capability.matches(act.capability)
            && Self::lasts(self.expires_at, act.now)
            && (self.condition.is_none() || self.condition.holds(act.id, act.road))
    }

    /// Whether this allows whatever `other` allows.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let outlives = match (self.expires_at, other.expires_at) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => own >= other,
        };
        outlives
            && self.capability.covers(&other.capability)
            && self.condition.covers(&other.condition)
    }
}
