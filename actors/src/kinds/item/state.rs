use contracts::Timestamp;
use contracts::kinds::item::{Event, Put};
use serde::{Deserialize, Serialize};

/// What an item is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What is kept; `None` = nothing any more.
    pub item: Option<Put>,
    /// When something was first kept since nothing was.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Until when it is kept; `None` = until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl State {
    /// The item after `event`, which happened `at`.
    #[must_use]
    pub fn after(self, event: &Event, at: Timestamp) -> Self {
        match event {
            Event::Put { item, expires_at } => Self {
                created_at: self.created_at.filter(|_| self.item.is_some()).or(Some(at)),
                item: Some((**item).clone()),
                updated_at: Some(at),
                expires_at: *expires_at,
            },
            Event::Removed {} | Event::Expired {} => Self {
                item: None,
                updated_at: Some(at),
                expires_at: None,
                created_at: self.created_at,
            },
        }
    }
}
