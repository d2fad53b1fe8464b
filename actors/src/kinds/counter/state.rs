use contracts::kinds::counter::Event;
use serde::{Deserialize, Serialize};

/// What a counter is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The number.
    pub value: i64,
    /// How many changes led to it.
    pub changes: u64,
}

impl State {
    /// The counter after `event`.
    #[must_use]
    pub const fn after(self, event: &Event) -> Self {
        let value = match *event {
            Event::Added { value, .. } => value,
            Event::Reset {} => 0,
        };
        Self { value, changes: self.changes + 1 }
    }
}
