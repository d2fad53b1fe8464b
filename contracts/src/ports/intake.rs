use serde_json::Value;

use super::Fut;
use crate::caller::Caller;
use crate::ids::Tenant;
use crate::records::Signal;
use crate::refusal::Refusal;

/// What a NATS client tells of its program.
#[derive(Debug, Clone, PartialEq)]
pub struct Telling {
    /// In whose house.
    pub tenant: Tenant,
    /// Who tells it.
    pub by: Caller,
    /// Of which sort.
    pub signal: Signal,
    /// What the client calls it: a second one of the same name adds nothing.
    pub key: Option<String>,
    /// The records, as the route that takes them has them.
    pub body: Value,
}

/// Takes records, within the limits of this program.
pub trait Intake: Send + Sync {
    /// Stores what is told; resolves once it is durable, with what became of it.
    ///
    /// # Errors
    /// What is wrong with it, or that there is too much of it.
    fn take(&self, telling: Telling) -> Fut<'_, Result<Value, Refusal>>;
}
