//! What the runtime folds beside a kind's state.

use std::collections::{BTreeMap, HashMap, VecDeque};

use contracts::lifecycle::{Event, Parent};
use contracts::{CommandId, Cursor, EffectId, Hash, Recorded, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use super::effects::pending::{self, PendingEffect};
use super::parking::Parking;
use super::schedule::armed::Timers;

/// A command that committed, as an actor remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// Which command.
    pub id: CommandId,
    /// In which commit.
    pub revision: Revision,
    /// Where that stands; zero until its run is stored.
    pub cursor: Cursor,
    /// What tells its input from another.
    pub input: InputMark,
}

/// The first half of the BLAKE3 of an input's canonical JSON: an actor remembers many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputMark(u64, u64);

impl InputMark {
    /// The mark of the input with this hash.
    #[must_use]
    pub fn of(hash: Hash) -> Self {
        let half = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&hash.0[at..at + 8]);
            u64::from_be_bytes(bytes)
        };
        Self(half(0), half(8))
    }
}

/// Up to so many remembered commands are looked through one by one; more are looked up.
const SCANNED_MAX: usize = 128;

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

/// Recent commands, open commands, pending effects: the same for every kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Header {
    recent: VecDeque<Recent>,
    /// Where an id stands in `recent`, counted from the first that ever stood there; kept only
    /// while there are many.
    #[serde(skip)]
    places: HashMap<CommandId, u64>,
    /// How many have left `recent` since it was read.
    #[serde(skip)]
    left: u64,
    /// What has left `recent`: only the index knows of it.
    forgotten: Option<Forgotten>,
    /// Commands that wait for their answer.
    pub open: BTreeMap<CommandId, Open>,
    /// Effects that wait for their outcome.
    pub pending: BTreeMap<EffectId, PendingEffect>,
    /// Where a fork's history comes from.
    pub parent: Option<Parent>,
    /// Whether a command has let a fork's effects out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unmuted: bool,
    /// When the last commit was decided.
    pub last_at: Timestamp,
    /// Whether something must be dealt with before the actor goes on.
    #[serde(default, skip_serializing_if = "Parking::is_free")]
    pub parking: Parking,
    /// Timers that are set.
    #[serde(default, skip_serializing_if = "Timers::is_empty")]
    pub timers: Timers,
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
            input: InputMark::of(command.input_hash),
        };
        self.remember(recent);
        self.last_at = self.last_at.max(commit.at);
        if let Some(deadline) = command.deadline {
            let open = Open { name: command.name.to_string(), revision: commit.revision, deadline };
            self.open.insert(command.id, open);
        }
        for event in commit.events.iter().filter_map(Event::from_record) {
            self.parking.fold(&event, recorded);
            self.timers.fold_event(&event);
            self.fold_event(event);
        }
        for completion in &commit.completions {
            self.open.remove(&completion.command_id);
        }
        pending::fold_effects(&mut self.pending, recorded);
        self.timers.fold_effects(recorded);
    }

    fn fold_event(&mut self, event: Event) {
        match event {
            Event::Forked(parent) => self.parent = Some(parent),
            Event::Unmuted {} => {
                self.unmuted = true;
                self.pending.values_mut().for_each(|pending| pending.imported = false);
            }
            Event::CommandExpired { command } => {
                self.open.remove(&command);
            }
            Event::Parked { .. }
            | Event::LetterSettled { .. }
            | Event::Unparked {}
            | Event::Skipped { .. } => {}
            event => pending::fold_event(&mut self.pending, &event),
        }
    }

    fn remember(&mut self, recent: Recent) {
        self.recent.push_back(recent);
        let count = self.recent.len();
        if count > SCANNED_MAX {
            // The first time all are entered, then each as it comes.
            let from = if self.places.is_empty() { 0 } else { count - 1 };
            for (place, recent) in self.recent.iter().enumerate().skip(from) {
                self.places.insert(recent.id, self.left + place as u64);
            }
        }
    }

    /// Tells where the last commits stand, whose run is stored now.
    pub fn stored_at(&mut self, cursors: &[Cursor]) {
        for (recent, cursor) in self.recent.iter_mut().rev().zip(cursors.iter().rev()) {
            recent.cursor = *cursor;
        }
    }

    /// A command that this actor remembers.
    #[must_use]
    pub fn recent(&self, id: CommandId) -> Option<Recent> {
        if self.places.is_empty() {
            return self.recent.iter().rev().find(|recent| recent.id == id).copied();
        }
        let place = self.places.get(&id)?.checked_sub(self.left)?;
        self.recent.get(usize::try_from(place).ok()?).copied()
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
            self.left += 1;
            self.places.remove(&oldest.id);
            if self.recent.len() <= SCANNED_MAX {
                self.places = HashMap::new();
            }
            let before = self.forgotten.map_or(i64::MIN, |forgotten| forgotten.made_at_ms);
            let made_at_ms = oldest.id.made_at_ms().unwrap_or(i64::MIN).max(before);
            self.forgotten = Some(Forgotten { cursor: oldest.cursor, made_at_ms });
        }
    }

    /// Restores what is not stored with a snapshot.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        for recent in std::mem::take(&mut self.recent) {
            self.remember(recent);
        }
        self
    }

    /// Whether both say the same of what is to be done. How many commands each remembers depends
    /// on when it forgot.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        let mut own = self.recent.iter().rev();
        own.by_ref().zip(other.recent.iter().rev()).all(|(one, two)| one == two)
            && self.open == other.open
            && self.pending == other.pending
            && self.parent == other.parent
            && self.last_at == other.last_at
            && self.parking == other.parking
            && self.timers == other.timers
    }

    /// Whether effects of this actor are kept from the world.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        !self.unmuted && self.parent.as_ref().is_some_and(|parent| parent.muted)
    }
}
