use contracts::kinds::cron::{Began, Event, Failed, Set};
use contracts::{ActorId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a cron is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What begins when; `None` = it was removed, or never set.
    pub set: Option<Set>,
    /// When it was first set.
    pub created_at: Option<Timestamp>,
    /// When it was last set.
    pub updated_at: Option<Timestamp>,
    /// How often it fired.
    pub fired: u64,
    /// When it last did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fired_at: Option<Timestamp>,
    /// The last run that was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<ActorId>,
    /// The thread that it answers in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ActorId>,
    /// Why none was begun since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
    /// Whether the time until which it runs is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

impl State {
    /// The cron after `event`, which happened `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        match event {
            Event::Set(set) => {
                self.set = Some((**set).clone());
                self.created_at = self.created_at.or(Some(at));
                self.updated_at = Some(at);
                self.ended = false;
            }
            Event::Fired(fired) => {
                self.fired = fired.number;
                self.fired_at = Some(at);
            }
            Event::Began(Began { thread, run }) => {
                self.run = Some(run.clone());
                self.thread = Some(thread.clone());
                self.failed = None;
            }
            Event::Failed(failed) => self.failed = Some(failed.clone()),
            Event::Ended {} => self.ended = true,
            Event::Removed {} => {
                self.set = None;
                self.updated_at = Some(at);
            }
        }
        self
    }
}
