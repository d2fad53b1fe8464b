//! What the world is asked to do, as data, and what it answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::ids::{ActorId, CommandName, EffectId, Kind, Revision};
use crate::model::{ModelRequest, ModelResponse};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// Something asked of the world. Stored in the commit that asks it and performed only after that
/// commit is acknowledged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Effect {
    /// Ask a model.
    Llm(Llm),
    /// Send a command to another actor of the same tenant.
    Send(Send),
    /// Send a command to oneself at an instant.
    Timer(Timer),
}

/// A model call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Llm {
    /// What is asked.
    pub request: ModelRequest,
    /// What the kind wants to be told again with the outcome, such as which message is answered.
    pub tag: Value,
    /// Publish deltas on `live.<tenant>.<kind>.<id>` while the answer grows.
    #[serde(default)]
    pub stream: bool,
}

/// A command to another actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Send {
    /// The other actor's kind.
    pub kind: Kind,
    /// The other actor.
    pub id: ActorId,
    /// What is asked of it.
    pub name: CommandName,
    /// With what.
    pub input: Value,
    /// What the kind wants to be told again with the outcome.
    pub tag: Value,
}

/// A one-shot timer. Setting one of the same name replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timer {
    /// Its name within the actor.
    pub name: ActorId,
    /// When it fires; `None` cancels it.
    pub at: Option<Timestamp>,
    /// The command that it sends to the actor.
    pub command: CommandName,
    /// With what.
    pub input: Value,
}

/// The class by which effects are dispatched and limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectClass {
    /// Model calls.
    Llm,
    /// Commands to other actors.
    Send,
    /// Timers.
    Timer,
}

impl EffectClass {
    /// Its name, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Send => "send",
            Self::Timer => "timer",
        }
    }
}

/// How often an effect may be attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Once: `Attempted` is committed before the call; an attempt without an outcome is *unknown*.
    AtMostOnce,
    /// Again after a failure or a crash, since doing it twice changes nothing.
    Idempotent,
}

impl Effect {
    /// By which class it is dispatched.
    #[must_use]
    pub const fn class(&self) -> EffectClass {
        match self {
            Self::Llm(_) => EffectClass::Llm,
            Self::Send(_) => EffectClass::Send,
            Self::Timer(_) => EffectClass::Timer,
        }
    }

    /// How often it may be attempted. A model that is a pure function may be asked again; one
    /// that costs money may not.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::Llm(llm) if !llm.request.is_local() => Delivery::AtMostOnce,
            Self::Llm(_) | Self::Send(_) | Self::Timer(_) => Delivery::Idempotent,
        }
    }
}

/// What the world answered: the input of the command [`crate::lifecycle::OUTCOME`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which effect.
    pub effect: EffectId,
    /// In which commit it was asked.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// What the kind wanted to be told again.
    pub tag: Value,
    /// How many attempts it took.
    pub attempts: u32,
    /// What came of it.
    pub result: OutcomeResult,
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeResult {
    /// A model answered.
    Llm(ModelResponse),
    /// The other actor's answer.
    Sent {
        /// Its revision after the command.
        revision: Revision,
        /// What it replied.
        reply: Value,
    },
    /// The timer was set or cancelled.
    TimerSet,
    /// It failed for good.
    Failed(Refusal),
    /// It was attempted, and nobody knows what came of it.
    Unknown,
}

impl Outcome {
    /// What a model answered, or why not.
    ///
    /// # Errors
    /// The refusal to complete the waiting command with.
    pub fn llm(&self) -> Result<&ModelResponse, Refusal> {
        match &self.result {
            OutcomeResult::Llm(response) => Ok(response),
            OutcomeResult::Failed(refusal) => Err(refusal.clone()),
            OutcomeResult::Unknown => Err(Refusal::unavailable(
                "effect_unknown",
                "the model was asked and the program ended before its answer was recorded",
            )),
            OutcomeResult::Sent { .. } | OutcomeResult::TimerSet => {
                Err(Refusal::internal("an outcome of another class came back"))
            }
        }
    }
}

/// One effect that has no outcome yet, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Its id.
    pub id: EffectId,
    /// Whose it is.
    pub address: Address,
    /// In which commit it was asked.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// Its class.
    pub class: String,
    /// How many attempts were committed.
    pub attempts: u32,
}
