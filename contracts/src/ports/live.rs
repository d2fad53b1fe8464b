use super::{Flow, Fut, PortError};
use crate::address::Address;
use crate::decider::Signal;
use crate::ids::{ActorId, Kind, Tenant};

/// A signal with the actor that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveItem {
    /// About whom.
    pub address: Address,
    /// What is shown.
    pub signal: Signal,
}

/// `live.`: signals that are seen at once and kept nowhere.
pub trait Live: Send + Sync {
    /// Shows a signal to whoever listens now.
    fn publish<'a>(
        &'a self,
        address: &'a Address,
        signal: &'a Signal,
    ) -> Fut<'a, Result<(), PortError>>;

    /// The signals of a tenant from now on, of one kind and actor or of all.
    fn listen(&self, tenant: &Tenant, kind: Option<&Kind>, id: Option<&ActorId>) -> Flow<LiveItem>;
}
