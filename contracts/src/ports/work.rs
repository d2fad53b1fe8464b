use bytes::Bytes;

use super::{Flow, Fut, PortError, Settle};
use crate::ids::{EffectId, Queue, Tenant};
use crate::refusal::Refusal;
use crate::work::{
    ExtendInput, LeaseInput, LeaseRequest, OutcomeInput, WorkAnswer, WorkExtended, WorkItem,
};

/// Hands work to workers and takes their outcomes. Implemented by the runtime.
pub trait WorkBoard: Send + Sync {
    /// A worker's wish as a request, within the limits of this program.
    ///
    /// # Errors
    /// `invalid_input` naming the member that is out of bounds.
    fn request(
        &self,
        tenant: Tenant,
        queue: Queue,
        input: LeaseInput,
    ) -> Result<LeaseRequest, Refusal>;

    /// Leases work, waiting for the first piece as long as the request says; none = there was
    /// nothing. Work that may be attempted only once is handed out only after that is committed.
    /// Dropping the future before it resolves gives back what it has taken.
    fn lease(&self, request: LeaseRequest) -> Fut<'_, Result<Vec<WorkItem>, Refusal>>;

    /// Takes an outcome. `effect_not_found` when the tenant has no such work, `lease_lost` when
    /// another has it since or it was concluded otherwise, `effect_cancelled` when it was
    /// cancelled. The same outcome again gets the same answer.
    fn conclude<'a>(
        &'a self,
        tenant: &'a Tenant,
        effect: EffectId,
        outcome: OutcomeInput,
    ) -> Fut<'a, Result<WorkAnswer, Refusal>>;

    /// Lengthens a lease; refuses as [`WorkBoard::conclude`].
    fn extend<'a>(
        &'a self,
        tenant: &'a Tenant,
        effect: EffectId,
        input: ExtendInput,
    ) -> Fut<'a, Result<WorkExtended, Refusal>>;
}

/// What a NATS client wants of the work board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkVerb {
    /// `work.<tenant>.<queue>`: a lease.
    Lease,
    /// `work.<tenant>.<queue>.<effect>.outcome`.
    Outcome(EffectId),
    /// `work.<tenant>.<queue>.<effect>.extend`.
    Extend(EffectId),
}

/// A request of a NATS client to the work board, before anybody has looked into it.
pub struct WorkCall {
    /// What its subject says; `Err` = the subject as it was, when it says nothing.
    pub to: Result<(Tenant, Queue, WorkVerb), String>,
    /// Header lines, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub payload: Bytes,
    /// Where an answer goes.
    pub reply_to: Option<String>,
    /// How it is answered.
    pub settle: Box<dyn Settle>,
}

impl WorkCall {
    /// The tenant that its subject names, also when the rest of it says nothing.
    #[must_use]
    pub fn tenant(&self) -> Option<Tenant> {
        match &self.to {
            Ok((tenant, ..)) => Some(tenant.clone()),
            Err(subject) => subject.strip_prefix("work.")?.split('.').next()?.parse().ok(),
        }
    }

    /// The first header line called `name` (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for WorkCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkCall").field("to", &self.to).finish_non_exhaustive()
    }
}

/// `work.`: requests of workers that speak NATS.
pub trait WorkCalls: Send + Sync {
    /// The requests, without end. Of several listeners each request reaches one.
    fn serve(&self) -> Flow<Result<WorkCall, PortError>>;
}
