//! What the runtime folds beside a kind's state.

use std::collections::{BTreeMap, HashMap, VecDeque};

use contracts::lifecycle::{Event, Parent};
use contracts::{CommandId, Cursor, EffectId, Hash, Recorded, Revision, Timestamp};
use serde::{Deserialize, Serialize};

/// A command that committed, as an actor remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// Which command.
    pub id: CommandId,
    /// In which commit.
    pub revision: Revision,
    /// Where that stands.
    pub cursor: Cursor,
    /// When it was decided.
    pub at: Timestamp,
    /// BLAKE3 of the canonical JSON of its input.
    pub input_hash: Hash,
}

/// The bounds of what an actor no longer remembers by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Forgotten {
    /// Where the last forgotten commit stands.
    cursor: Cursor,
    /// The latest instant at which a forgotten id says that it was made, in milliseconds since the
    /// epoch. Callers make ids by their own clocks, so it says nothing of when they were used.
    made_at_ms: i64,
}

/// A command that was accepted and not yet answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its name.
    pub name: String,
    /// In which commit it was accepted.
    pub revision: Revision,
    /// When it is answered `timeout`.
    pub deadline: Timestamp,
}

/// An effect without an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingEffect {
    /// In which commit it was asked.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// Its class.
    pub class: String,
    /// How many attempts were committed.
    pub attempts: u32,
    /// Whether it was asked in another log: an import brought it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
}

/// Recent commands, open commands, pending effects: the same for every kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Header {
    recent: VecDeque<Recent>,
    #[serde(skip)]
    by_id: HashMap<CommandId, Recent>,
    /// What has left `recent`: only the index knows of it.
    forgotten: Option<Forgotten>,
    /// Commands that wait for their answer.
    pub open: BTreeMap<CommandId, Open>,
    /// Effects that wait for their outcome.
    pub pending: BTreeMap<EffectId, PendingEffect>,
    /// Where a fork's history comes from.
    pub parent: Option<Parent>,
    /// When the last commit was decided.
    pub last_at: Timestamp,
}

impl Header {
    /// Folds a commit.
    pub fn fold(&mut self, recorded: &Recorded) {
        let Recorded { cursor, commit, .. } = recorded;
        let command = &commit.command;
        let recent = Recent {
            id: command.id,
            revision: commit.revision,
            cursor: *cursor,
            at: commit.at,
            input_hash: command.input_hash,
        };
        self.recent.push_back(recent);
        self.by_id.insert(command.id, recent);
        self.last_at = self.last_at.max(commit.at);
        if let Some(deadline) = command.deadline {
            let open = Open { name: command.name.to_string(), revision: commit.revision, deadline };
            self.open.insert(command.id, open);
        }
        for event in commit.events.iter().filter_map(Event::from_record) {
            self.fold_event(event);
        }
        for completion in &commit.completions {
            self.open.remove(&completion.command_id);
        }
        self.fold_effects(recorded);
    }

    fn fold_event(&mut self, event: Event) {
        match event {
            Event::Forked(parent) => self.parent = Some(parent),
            Event::EffectAttempted { effect, attempt, .. } => {
                if let Some(pending) = self.pending.get_mut(&effect) {
                    pending.attempts = attempt;
                }
            }
            Event::EffectConcluded { effect, .. } => {
                self.pending.remove(&effect);
            }
            Event::CommandExpired { command } => {
                self.open.remove(&command);
            }
        }
    }

    fn fold_effects(&mut self, recorded: &Recorded) {
        let commit = &recorded.commit;
        for effect in &commit.effects {
            let pending = PendingEffect {
                revision: commit.revision,
                index: effect.index,
                class: effect.r#type.clone(),
                attempts: 0,
                imported: recorded.imported,
            };
            self.pending.insert(commit.effect_id(effect.index), pending);
        }
    }

    /// A command that this actor remembers.
    #[must_use]
    pub fn recent(&self, id: CommandId) -> Option<Recent> {
        self.by_id.get(&id).copied()
    }

    /// Whether a command that is not remembered may have committed all the same: entries have
    /// left, and the id is not one made after all of those.
    #[must_use]
    pub fn may_have_forgotten(&self, id: CommandId) -> bool {
        self.forgotten.is_some_and(|forgotten| {
            id.made_at_ms().is_none_or(|made| made <= forgotten.made_at_ms)
        })
    }

    /// Whether something was forgotten that stands after `position`.
    #[must_use]
    pub fn has_forgotten_beyond(&self, position: Cursor) -> bool {
        self.forgotten.is_some_and(|forgotten| forgotten.cursor > position)
    }

    /// Lets go of entries beyond `min` that the index has passed, and of those beyond `max`.
    pub fn forget(&mut self, min: usize, max: usize, indexed: Cursor) {
        while self.recent.len() > min {
            let Some(oldest) = self.recent.front().copied() else { return };
            if oldest.cursor > indexed && self.recent.len() <= max {
                return;
            }
            self.recent.pop_front();
            self.by_id.remove(&oldest.id);
            let before = self.forgotten.map_or(i64::MIN, |forgotten| forgotten.made_at_ms);
            let made_at_ms = oldest.id.made_at_ms().unwrap_or(i64::MIN).max(before);
            self.forgotten = Some(Forgotten { cursor: oldest.cursor, made_at_ms });
        }
    }

    /// Restores what is not stored with a snapshot.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        self.by_id = self.recent.iter().map(|recent| (recent.id, *recent)).collect();
        self
    }

    /// Whether effects of this actor are kept from the world.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        self.parent.as_ref().is_some_and(|parent| parent.muted)
    }
}
