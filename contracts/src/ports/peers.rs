use std::time::Duration;

use bytes::Bytes;

use super::{Flow, Fut, PortError};
use crate::ids::NodeId;
use crate::partition::Partition;

/// Which node is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PeerName {
    /// The node of this id.
    Node(NodeId),
    /// Whoever owns this partition.
    Owner(Partition),
}

/// Why a peer gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// Nobody serves that name: surely nobody got the call.
    #[error("nobody is there")]
    Nobody,
    /// No answer came in time, or the connection was lost: somebody may have got it.
    #[error("no answer came")]
    Silent,
    /// The call cannot be made.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// What one node asks of another.
pub struct PeerCall {
    /// The question.
    pub payload: Bytes,
    /// The way back.
    pub answer: Box<dyn PeerAnswer>,
}

impl std::fmt::Debug for PeerCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeerCall").field("bytes", &self.payload.len()).finish_non_exhaustive()
    }
}

/// How a call is answered; dropped, it is not.
pub trait PeerAnswer: Send + Sync {
    /// Sends the answer.
    fn send(&self, payload: Bytes) -> Fut<'_, Result<(), PortError>>;
}

/// How nodes of one system ask each other. Nothing is stored, and nobody else can listen or speak
/// here where the broker has accounts; who asks proves itself by what it says.
pub trait Peers: Send + Sync {
    /// The calls to `name` from now on, without end. Of several who serve a name each gets every
    /// call, and the first answer counts.
    fn serve(&self, name: PeerName) -> Flow<Result<PeerCall, PortError>>;

    /// The answer of whoever serves `name`, within `timeout`.
    fn call(
        &self,
        name: PeerName,
        payload: Bytes,
        timeout: Duration,
    ) -> Fut<'_, Result<Bytes, PeerError>>;
}
