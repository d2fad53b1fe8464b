//! What the world is asked to do, as data, and what it answered.

mod control;
mod convert;
mod fetch;
mod held;
mod live;
mod metered;
mod row;
mod signing;
mod terms;
mod timer;
mod tool;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::caller::Caller;
use crate::hash::Hash;
use crate::ids::{ActorId, CommandName, EffectId, Kind, Queue, Revision};
use crate::model::{ModelRequest, ModelResponse};
use crate::refusal::Refusal;

pub use control::{Cancel, EffectVerb, Exhausted, Hold, Pause, Resolution, Resolve, Resume};
pub use convert::{
    CONTENT_INLINE_BYTES_MAX, CommandPart, Convert, ConvertFormat, ConvertFrom, ConvertInto,
    ConvertSince, Converted, LOSSES_TOLD_MAX, Loss,
};
pub use fetch::{
    Accept, BODY_INLINE_BYTES_MAX, EventPlace, Fetch, FetchBody, FetchMethod, Fetched, FetchedBody,
    PLACE_PATTERN, SecretHeader, Sign, URL_BYTES_MAX, URL_PATTERN, is_url,
};
pub use held::{Agreed, Asking, Awaited, is_runtimes};
pub use live::{
    EffectCounts, EffectGroup, EffectHold, EffectPhase, EffectQuery, EffectText, EffectView,
    LimitHold, LimitView,
};
pub use metered::{Charge, Metered};
pub use row::{EffectRecorded, EffectRow, EffectRowQuery};
pub use signing::{NotAKey, SigningKey, SigningKeys};
pub use terms::{Jitter, OnExhausted, OnUnknown, Retry, Terms};
pub use timer::Timer;
pub use tool::{ToolAnswer, ToolRun, delivery_of};

/// Something asked of the world. Stored in the commit that asks it and performed only after that
/// commit is acknowledged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Effect {
    /// Ask a model.
    Llm(Box<Llm>),
    /// Send a command to another actor of the same tenant.
    Send(Send),
    /// Send a command to oneself later, once or again and again.
    Timer(Timer),
    /// Have something done by a worker, in whatever language.
    Work(Work),
    /// Ask an HTTP server.
    Fetch(Fetch),
    /// Call a tool of the program's.
    Tool(Box<ToolRun>),
    /// Turn a file into commands, or an actor into a file.
    Convert(Box<Convert>),
}

/// A model call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Llm {
    /// What is asked.
    pub request: ModelRequest,
    /// What the kind wants to be told again with the outcome, such as which message is answered.
    pub tag: Value,
    /// Publish deltas on `live.<tenant>.<kind>.<id>` while the answer grows: signals `delta
    /// {effect_id, offset, text, tag}`, where `offset` is the byte of the text at which the piece
    /// begins.
    #[serde(default)]
    pub stream: bool,
    /// On which terms it is performed.
    #[serde(default, skip_serializing_if = "Terms::is_default")]
    pub terms: Terms,
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
    /// With what, when it is large: where the tenant's blobs keep it, as JSON. `input` is null
    /// then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_blob: Option<Hash>,
    /// In whose name, where that is not whoever caused it: what an actor once began it gives up in
    /// the name of whoever had it begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Caller>,
    /// What the kind wants to be told again with the outcome.
    pub tag: Value,
    /// On which terms it is performed.
    #[serde(default, skip_serializing_if = "Terms::is_default")]
    pub terms: Terms,
}

/// Work that a worker leases and answers, over HTTP or NATS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Where it waits for a worker.
    pub queue: Queue,
    /// What is to be done.
    pub input: Value,
    /// What the kind wants to be told again with the outcome.
    pub tag: Value,
    /// How often it may be attempted.
    pub delivery: Delivery,
    /// On which terms it is performed.
    #[serde(default, skip_serializing_if = "Terms::is_default")]
    pub terms: Terms,
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
    /// Work.
    Work,
    /// Requests to HTTP servers.
    Fetch,
    /// Calls of tools.
    Tool,
    /// Conversions of files.
    Convert,
}

impl EffectClass {
    /// Its name, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Send => "send",
            Self::Timer => "timer",
            Self::Work => "work",
            Self::Fetch => "fetch",
            Self::Tool => "tool",
            Self::Convert => "convert",
        }
    }

    /// All classes.
    pub const ALL: [Self; 7] =
        [Self::Llm, Self::Send, Self::Timer, Self::Work, Self::Fetch, Self::Tool, Self::Convert];

    /// The class of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// How often an effect may be attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
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
            Self::Work(_) => EffectClass::Work,
            Self::Fetch(_) => EffectClass::Fetch,
            Self::Tool(_) => EffectClass::Tool,
            Self::Convert(_) => EffectClass::Convert,
        }
    }

    /// On which terms it is performed.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        match self {
            Self::Llm(llm) => &llm.terms,
            Self::Send(send) => &send.terms,
            Self::Timer(timer) => &timer.terms,
            Self::Work(work) => &work.terms,
            Self::Fetch(fetch) => &fetch.terms,
            Self::Tool(tool) => &tool.terms,
            Self::Convert(convert) => &convert.terms,
        }
    }

    /// What the kind wants to be told again with the outcome.
    #[must_use]
    pub fn tag(&self) -> Value {
        match self {
            Self::Llm(llm) => llm.tag.clone(),
            Self::Send(send) => send.tag.clone(),
            Self::Work(work) => work.tag.clone(),
            Self::Fetch(fetch) => fetch.tag.clone(),
            Self::Tool(tool) => tool.tag.clone(),
            Self::Convert(convert) => convert.tag.clone(),
            Self::Timer(_) => Value::Null,
        }
    }

    /// How often it may be attempted. A model that is a pure function may be asked again; one
    /// that costs money may not.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::Llm(llm) if !llm.request.is_local() => Delivery::AtMostOnce,
            Self::Work(work) => work.delivery,
            Self::Fetch(fetch) => fetch.delivery,
            Self::Tool(tool) => tool.delivery,
            Self::Llm(_) | Self::Send(_) | Self::Timer(_) | Self::Convert(_) => {
                Delivery::Idempotent
            }
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
    /// What it came to, when it was a call that is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metered: Option<Box<Metered>>,
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeResult {
    /// A model answered.
    Llm(Box<ModelResponse>),
    /// The other actor's answer.
    Sent {
        /// Its revision after the command.
        revision: Revision,
        /// What it replied.
        reply: Value,
    },
    /// The timer was set or cancelled.
    TimerSet,
    /// A worker did it; what came of it.
    Worked(Value),
    /// What an HTTP server answered.
    Fetched(Fetched),
    /// A tool answered.
    Tool(ToolAnswer),
    /// A file was read or made.
    Converted(Box<Converted>),
    /// It failed for good.
    Failed(Refusal),
    /// It was attempted, and nobody knows what came of it.
    Unknown,
    /// Its attempts are used up, the last one was refused so, and it waits until somebody resumes,
    /// resolves or cancels it: another outcome follows. Told only when its terms ask for it.
    Paused(Refusal),
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
            OutcomeResult::Unknown => {
                Err(Refusal::unknown("the model was asked, and no whole answer came"))
            }
            OutcomeResult::Paused(refusal) => Err(refusal.clone()),
            OutcomeResult::Sent { .. }
            | OutcomeResult::TimerSet
            | OutcomeResult::Worked(_)
            | OutcomeResult::Fetched(_)
            | OutcomeResult::Tool(_)
            | OutcomeResult::Converted(_) => Err(other_class()),
        }
    }

    /// What a tool answered, or why not.
    ///
    /// # Errors
    /// Why it did not.
    pub fn tool(&self) -> Result<&ToolAnswer, Refusal> {
        match &self.result {
            OutcomeResult::Tool(answer) => Ok(answer),
            OutcomeResult::Failed(refusal) | OutcomeResult::Paused(refusal) => Err(refusal.clone()),
            OutcomeResult::Unknown => {
                Err(Refusal::unknown("the tool was called, and no whole answer came"))
            }
            OutcomeResult::Sent { .. }
            | OutcomeResult::TimerSet
            | OutcomeResult::Llm(_)
            | OutcomeResult::Fetched(_)
            | OutcomeResult::Worked(_)
            | OutcomeResult::Converted(_) => Err(other_class()),
        }
    }

    /// What a worker made, or why not.
    ///
    /// # Errors
    /// The refusal to complete the waiting command with.
    pub fn worked(&self) -> Result<&Value, Refusal> {
        match &self.result {
            OutcomeResult::Worked(output) => Ok(output),
            OutcomeResult::Failed(refusal) | OutcomeResult::Paused(refusal) => Err(refusal.clone()),
            OutcomeResult::Unknown => {
                Err(Refusal::unknown("a worker took the work, and never said what came of it"))
            }
            OutcomeResult::Sent { .. }
            | OutcomeResult::TimerSet
            | OutcomeResult::Llm(_)
            | OutcomeResult::Fetched(_)
            | OutcomeResult::Tool(_)
            | OutcomeResult::Converted(_) => Err(other_class()),
        }
    }

    /// What an HTTP server answered, or why not.
    ///
    /// # Errors
    /// Why the request came to nothing.
    pub fn fetched(&self) -> Result<&Fetched, Refusal> {
        match &self.result {
            OutcomeResult::Fetched(fetched) => Ok(fetched),
            OutcomeResult::Failed(refusal) | OutcomeResult::Paused(refusal) => Err(refusal.clone()),
            OutcomeResult::Unknown => {
                Err(Refusal::unknown("the request was sent, and no whole answer came"))
            }
            OutcomeResult::Sent { .. }
            | OutcomeResult::TimerSet
            | OutcomeResult::Llm(_)
            | OutcomeResult::Tool(_)
            | OutcomeResult::Worked(_)
            | OutcomeResult::Converted(_) => Err(other_class()),
        }
    }

    /// What came of a conversion, or why nothing did.
    ///
    /// # Errors
    /// Why it came to nothing.
    pub fn converted(&self) -> Result<&Converted, Refusal> {
        match &self.result {
            OutcomeResult::Converted(converted) => Ok(converted),
            OutcomeResult::Failed(refusal) | OutcomeResult::Paused(refusal) => Err(refusal.clone()),
            OutcomeResult::Unknown => Err(Refusal::unknown("the conversion was cut off")),
            OutcomeResult::Sent { .. }
            | OutcomeResult::TimerSet
            | OutcomeResult::Llm(_)
            | OutcomeResult::Fetched(_)
            | OutcomeResult::Tool(_)
            | OutcomeResult::Worked(_) => Err(other_class()),
        }
    }
}

fn other_class() -> Refusal {
    Refusal::internal("an outcome of another class came back")
}
