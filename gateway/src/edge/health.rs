//! What the edge asks of the program's parts for `/readyz`.

use contracts::ports::Fut;
use serde::Serialize;
use serde_json::Value;

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// It does its work.
    Ready,
    /// It is on its way.
    Starting,
    /// It does not do all of its work, and commands go on without it: the edge stays ready.
    Degraded,
    /// It cannot do its work now.
    Failing,
    /// It was told to stop.
    Stopping,
}

/// One part of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name, such as `log` or `read_models`.
    pub name: String,
    /// How it is.
    pub state: PartState,
    /// One sentence for operators; never a secret, since no credential is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The same for programs, where there is more to say: an object; never a secret and no
    /// tenant's names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Value>,
}

impl PartState {
    /// Whether the edge takes commands in spite of it.
    #[must_use]
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Ready | Self::Degraded)
    }
}

impl Part {
    /// The part `name` as it is now.
    #[must_use]
    pub fn new(name: impl Into<String>, state: PartState) -> Self {
        Self { name: name.into(), state, detail: None, facts: None }
    }

    /// Says more about it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says it for programs.
    #[must_use]
    pub fn facts(mut self, facts: Value) -> Self {
        self.facts = Some(facts);
        self
    }
}

/// Who knows how the parts are.
pub trait Health: Send + Sync {
    /// All parts, each as it is now. Must answer at once; what it asks of others has a deadline.
    fn parts(&self) -> Fut<'_, Vec<Part>>;
}
