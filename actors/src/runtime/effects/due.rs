//! An effect that waits for its outcome, as the log tells it.

use std::sync::Arc;

use contracts::effect::{Agreed, Delivery, Effect, EffectClass, is_runtimes};
use contracts::envelope::Trace;
use contracts::{
    Address, Caller, Correlation, CredentialId, Cursor, EffectId, EffectRecord, Principal,
    Recorded, Revision, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::pending::Standing;

/// An effect that waits for its outcome.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Due {
    /// Its id.
    pub id: EffectId,
    /// Whose it is.
    pub address: Address,
    /// In which commit it was asked.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// Where that commit stands.
    pub cursor: Cursor,
    /// When it was decided.
    pub at: Timestamp,
    /// What is asked.
    pub asked: Asked,
    /// How many attempts are committed.
    pub attempts: u32,
    /// Of how many of them it is known what came of them.
    pub known: u32,
    /// What was said of it since.
    pub standing: Standing,
    /// Whether it is kept from the world.
    pub muted: bool,
    /// Who caused it: the outcome acts in this name.
    pub principal: Principal,
    /// The key or session that it came with: its scope narrows what may be done in that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// Whether the runtime asked for it, and not the kind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// How often it was held for somebody's yes.
    #[serde(default, skip_serializing_if = "is_never")]
    pub holds: u32,
    /// The yes that it was let go on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Agreed>,
    /// Where that stands in a trace.
    pub trace: Option<Trace>,
    /// The errand it belongs to.
    pub correlation: Option<Correlation>,
    /// How many commands of actors led to the one that asked for it.
    #[serde(default, skip_serializing_if = "is_never")]
    pub hops: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_never(count: &u32) -> bool {
    *count == 0
}

/// What is asked of the world. Cheap to clone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "EffectRecord", into = "EffectRecord")]
pub enum Asked {
    /// Something that this program knows.
    Known(u32, Arc<Effect>),
    /// Something that only a newer version of the program knows.
    Newer(Arc<EffectRecord>),
}

impl From<EffectRecord> for Asked {
    fn from(record: EffectRecord) -> Self {
        match record.effect() {
            Ok(effect) => Self::Known(record.index, Arc::new(effect)),
            Err(_) => Self::Newer(Arc::new(record)),
        }
    }
}

impl From<Asked> for EffectRecord {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Known(index, effect) => Self::new(index, &effect),
            Asked::Newer(record) => (*record).clone(),
        }
    }
}

impl Asked {
    /// The effect, when this program knows it.
    #[must_use]
    pub fn effect(&self) -> Option<&Arc<Effect>> {
        match self {
            Self::Known(_, effect) => Some(effect),
            Self::Newer(_) => None,
        }
    }
}

impl Due {
    /// The effect at a place of a commit, as it waits.
    #[must_use]
    pub fn of(recorded: &Recorded, record: &EffectRecord, muted: bool) -> Self {
        let commit = &recorded.commit;
        let (own, by) = (is_runtimes(commit), &commit.command.by);
        let principal = if own { Caller::RUNTIME } else { by.principal.clone() };
        Self {
            id: commit.effect_id(record.index),
            address: commit.address(),
            revision: commit.revision,
            index: record.index,
            cursor: recorded.cursor,
            at: commit.at,
            asked: Asked::from(record.clone()),
            attempts: 0,
            known: 0,
            standing: Standing::Due,
            muted,
            principal,
            credential: by.credential.clone().filter(|_| !own),
            own,
            holds: 0,
            agreed: None,
            trace: commit.command.trace.clone(),
            correlation: commit.command.correlation.clone(),
            hops: commit.command.hops,
        }
    }

    /// Its class, when this program knows it.
    #[must_use]
    pub fn class(&self) -> Option<EffectClass> {
        self.asked.effect().map(|effect| effect.class())
    }

    /// The name of its class.
    #[must_use]
    pub fn class_name(&self) -> &str {
        match &self.asked {
            Asked::Known(_, effect) => effect.class().as_str(),
            Asked::Newer(record) => &record.r#type,
        }
    }

    /// Whether it may be attempted only once.
    #[must_use]
    pub fn is_once(&self) -> bool {
        self.asked.effect().is_some_and(|effect| effect.delivery() == Delivery::AtMostOnce)
    }

    /// Whether an attempt that may be made only once has begun, and nobody knows what came of it.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.is_once() && self.attempts > self.known
    }
}
