//! What an actor knows of its effects that have no outcome: a part of its header state.

use std::collections::BTreeMap;

use contracts::effect::{Awaited, Resolution, is_runtimes};
use contracts::lifecycle::Event;
use contracts::{EffectId, Recorded, Refusal, Revision};
use serde::{Deserialize, Serialize};

/// An effect without an outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Whether the runtime asked for it, and not the kind: nobody is told what comes of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// What was said of it since.
    #[serde(default, skip_serializing_if = "Standing::is_due")]
    pub standing: Standing,
}

/// What was said of an effect that has no outcome yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing: it is to be performed.
    #[default]
    Due,
    /// It waits until it is resumed.
    Paused {
        /// By whom.
        by: contracts::Principal,
        /// Why, for people.
        reason: String,
        /// What the last of its attempts was refused with, when they are used up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The approval that lets it go on, when only that may.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        awaits: Option<Awaited>,
    },
    /// It was attempted, and nobody knows what came of it.
    Unknown,
    /// It is given up; its actor is about to be told.
    Cancelled,
    /// A policy or an approval has said no; its actor is about to be told so.
    Refused(Refusal),
    /// Somebody said what came of it; its actor is about to be told.
    Resolved(Resolution),
}

impl Standing {
    /// Whether nothing was said.
    #[must_use]
    pub const fn is_due(&self) -> bool {
        matches!(self, Self::Due)
    }

    /// Whether it may start.
    #[must_use]
    pub const fn may_start(&self) -> bool {
        matches!(self, Self::Due)
    }

    /// The approval that it waits for.
    #[must_use]
    pub const fn awaits(&self) -> Option<&Awaited> {
        match self {
            Self::Paused { awaits, .. } => awaits.as_ref(),
            _ => None,
        }
    }

    /// The standing after `event`, which is about this effect.
    #[must_use]
    pub fn after(self, event: &Event) -> Self {
        match event {
            Event::EffectPaused { by, reason, code, awaits, .. } => {
                let (by, reason) = (by.clone(), reason.clone());
                Self::Paused { by, reason, code: code.clone(), awaits: awaits.clone() }
            }
            Event::EffectCancelled { refusal: Some(refusal), .. } => Self::Refused(refusal.clone()),
            Event::EffectResumed { .. } => Self::Due,
            Event::EffectCancelled { .. } => Self::Cancelled,
            Event::EffectUnknown { .. } => Self::Unknown,
            Event::EffectResolved { resolution: Resolution::Retry, .. } => Self::Due,
            Event::EffectResolved { resolution, .. } => Self::Resolved(resolution.clone()),
            _ => self,
        }
    }
}

/// Which effect an event is about.
#[must_use]
pub const fn effect_of(event: &Event) -> Option<EffectId> {
    match event {
        Event::EffectAttempted { effect, .. }
        | Event::EffectConcluded { effect, .. }
        | Event::EffectPaused { effect, .. }
        | Event::EffectResumed { effect, .. }
        | Event::EffectCancelled { effect, .. }
        | Event::EffectUnknown { effect, .. }
        | Event::EffectResolved { effect, .. } => Some(*effect),
        _ => None,
    }
}

/// Folds an event of an actor into what it waits for.
pub fn fold_event(pending: &mut BTreeMap<EffectId, PendingEffect>, event: &Event) {
    let Some(effect) = effect_of(event) else { return };
    if matches!(event, Event::EffectConcluded { .. }) {
        pending.remove(&effect);
        return;
    }
    let Some(known) = pending.get_mut(&effect) else { return };
    match event {
        Event::EffectAttempted { attempt, .. } => known.attempts = *attempt,
        Event::EffectPaused { attempts: Some(attempts), .. } => known.attempts = *attempts,
        _ => {}
    }
    known.standing = std::mem::take(&mut known.standing).after(event);
}

/// Folds the effects that a commit asks.
pub fn fold_effects(pending: &mut BTreeMap<EffectId, PendingEffect>, recorded: &Recorded) {
    let commit = &recorded.commit;
    let own = is_runtimes(commit);
    for effect in &commit.effects {
        let asked = PendingEffect {
            revision: commit.revision,
            index: effect.index,
            class: effect.r#type.clone(),
            attempts: 0,
            imported: recorded.imported,
            own,
            standing: Standing::Due,
        };
        pending.insert(commit.effect_id(effect.index), asked);
    }
}
