use contracts::kinds::limit::{Event, Limits};
use contracts::{Principal, Timestamp};
use serde::{Deserialize, Serialize};

/// What a limit is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What is limited.
    pub limits: Limits,
    /// Why nothing starts; `None` = it is not paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
}

/// A pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// By whom.
    pub by: Principal,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

impl State {
    /// The limit after `event`, which happened at `at`.
    #[must_use]
    pub fn after(self, event: &Event, at: Timestamp) -> Self {
        match event {
            Event::Set(limits) => Self { limits: *limits, ..self },
            Event::Paused { by, reason } => {
                let (by, reason) = (by.clone(), reason.clone());
                Self { paused: Some(Paused { by, reason, since: at }), ..self }
            }
            Event::Resumed {} => Self { paused: None, ..self },
            Event::Cleared {} => Self::default(),
        }
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.limits.is_none() && self.paused.is_none()
    }
}
