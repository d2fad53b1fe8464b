use super::{Fut, PortError};
use crate::partition::Partition;

/// A node's hold on a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Of which partition.
    pub partition: Partition,
    /// Which node holds it.
    pub holder: String,
    /// Rises with each change of holder: the fencing token.
    pub epoch: u64,
    /// The store's version, for compare-and-set.
    pub version: u64,
}

/// Why a lease was not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// Another node holds it.
    #[error("held by {0}")]
    Held(String),
    /// It was lost to another node, or ran out.
    #[error("the lease is lost")]
    Lost,
    /// The store is away.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// LEASES: who owns which partition. Ownership is for speed only; the log's expected position is
/// the safety.
pub trait Leases: Send + Sync {
    /// Takes a free or expired lease, or one's own again.
    fn acquire<'a>(
        &'a self,
        partition: Partition,
        holder: &'a str,
    ) -> Fut<'a, Result<Lease, LeaseError>>;

    /// Holds on for another term.
    fn renew<'a>(&'a self, lease: &'a Lease) -> Fut<'a, Result<Lease, LeaseError>>;

    /// Lets go, so that another need not wait.
    fn release<'a>(&'a self, lease: &'a Lease) -> Fut<'a, Result<(), LeaseError>>;

    /// Who holds what now.
    fn held(&self) -> Fut<'_, Result<Vec<Lease>, PortError>>;
}
