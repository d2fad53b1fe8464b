//! How long things took and how they ended, for numbers.

use std::fmt::Debug;
use std::time::Duration;

use crate::ids::{CommandName, Kind, Tenant};
use crate::time::Timestamp;

/// A step whose duration is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Waking an actor from its snapshot and the log.
    Hydrate,
    /// The gate and the rules of the kind.
    Decide,
    /// From the bytes of a run to the log's acknowledgement.
    Append,
    /// Reading an actor's state or history.
    Read,
    /// One transaction of the read models.
    Apply,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Hydrate, Self::Decide, Self::Append, Self::Read, Self::Apply];

    /// What it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hydrate => "hydrate",
            Self::Decide => "decide",
            Self::Append => "append",
            Self::Read => "read",
            Self::Apply => "apply",
        }
    }
}

/// A command that was answered.
#[derive(Debug, Clone, Copy)]
pub struct CommandMeasure<'a> {
    /// In whose house.
    pub tenant: &'a Tenant,
    /// To which kind.
    pub kind: &'a Kind,
    /// What was asked.
    pub name: &'a CommandName,
    /// How its answer stands, or that it was refused.
    pub outcome: &'static str,
    /// The code of the refusal.
    pub code: Option<&'a str>,
    /// From its mailbox to its answer.
    pub took: Duration,
}

/// A call of a model.
#[derive(Debug, Clone, Copy)]
pub struct ModelMeasure<'a> {
    /// What was done, by the words of the conventions: `chat`, `embeddings`.
    pub operation: &'static str,
    /// Who was asked.
    pub provider: &'a str,
    /// Which model.
    pub model: &'a str,
    /// The code of the refusal; `None` = it answered.
    pub error: Option<&'a str>,
    /// How long it took.
    pub took: Duration,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// What it cost, where somebody knows, in millionths of a US dollar.
    pub micro_usd: Option<u64>,
}

/// Takes measures. Never waits.
pub trait Measures: Send + Sync + Debug {
    /// A command was answered.
    fn command(&self, measure: &CommandMeasure<'_>);

    /// A step took so long.
    fn stage(&self, stage: Stage, took: Duration);

    /// An attempt at an effect of a class ended so.
    fn effect(&self, class: &'static str, outcome: &'static str, took: Duration);

    /// A model was asked.
    fn model(&self, measure: &ModelMeasure<'_>);

    /// The rows of all healthy read models have reached a commit that was decided then.
    fn applied(&self, at: Timestamp);
}

/// Takes none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMeasures;

impl Measures for NoMeasures {
    fn command(&self, _: &CommandMeasure<'_>) {}
    fn stage(&self, _: Stage, _: Duration) {}
    fn effect(&self, _: &'static str, _: &'static str, _: Duration) {}
    fn model(&self, _: &ModelMeasure<'_>) {}
    fn applied(&self, _: Timestamp) {}
}
