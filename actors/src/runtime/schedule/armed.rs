//! What an actor knows of its timers: a part of its header state.

use std::collections::BTreeMap;

use contracts::effect::{Effect, Timer};
use contracts::lifecycle::Event;
use contracts::{ActorId, Address, EffectId, Hash, Recorded, Revision, Timestamp};
use serde::{Deserialize, Serialize};

/// A timer that is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Armed {
    /// The commit that set it.
    pub generation: Revision,
    /// The effect that asked for it.
    pub effect: EffectId,
    /// What it is set for now.
    pub due: Timestamp,
    /// What was asked.
    pub timer: Timer,
    /// Whether it was set in another log: an import brought it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
}

/// The timers of an actor that are set, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timers(BTreeMap<ActorId, Armed>);

impl Timers {
    /// Whether none is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many are set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The timer of this name.
    #[must_use]
    pub fn get(&self, name: &ActorId) -> Option<&Armed> {
        self.0.get(name)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&ActorId, &Armed)> {
        self.0.iter()
    }

    /// Folds an event.
    pub fn fold_event(&mut self, event: &Event) {
        match event {
            Event::TimerFired { timer, generation, next, .. } => {
                let fired = self.0.get_mut(timer).filter(|it| it.generation == *generation);
                match (fired, next) {
                    (Some(armed), Some(next)) => armed.due = *next,
                    (Some(_), None) => {
                        self.0.remove(timer);
                    }
                    (None, _) => {}
                }
            }
            // Whoever gave up that it be set meant that it never fires.
            Event::EffectCancelled { effect, .. } => {
                self.0.retain(|_, armed| armed.effect != *effect);
            }
            Event::Unmuted {} => self.0.values_mut().for_each(|armed| armed.imported = false),
            _ => {}
        }
    }

    /// Folds the effects that a commit asks.
    pub fn fold_effects(&mut self, recorded: &Recorded) {
        let commit = &recorded.commit;
        for record in commit.effects.iter().filter(|record| record.r#type == "timer") {
            let Ok(Effect::Timer(timer)) = record.effect() else { continue };
            let effect = commit.effect_id(record.index);
            self.take(timer, commit.revision, effect, recorded.imported);
        }
    }

    /// What a timer that is set or cancelled changes.
    pub fn take(&mut self, timer: Timer, generation: Revision, effect: EffectId, imported: bool) {
        if timer.all {
            self.0.clear();
        } else if let Some(due) = timer.at {
            let name = timer.name.clone();
            self.0.insert(name, Armed { generation, effect, due, timer, imported });
        } else {
            self.0.remove(&timer.name);
        }
    }
}

/// By how much a timer that is due at `due` is put off, in milliseconds: always the same.
#[must_use]
pub fn jitter_ms(address: &Address, name: &ActorId, due: Timestamp, most: u64) -> u64 {
    if most == 0 {
        return 0;
    }
    let parts = [address.to_string(), name.to_string(), due.to_string()];
    let hash = Hash::of_parts("cambium timer jitter v1", &parts.each_ref().map(|it| &**it));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.0[..8]);
    u64::from_be_bytes(bytes) % most.saturating_add(1)
}
