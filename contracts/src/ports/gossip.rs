use bytes::Bytes;

use super::{Flow, Fut, PortError};

/// What nodes tell each other at once and nobody keeps: who does not listen misses it, and who
/// tells hears it too.
pub trait Gossip: Send + Sync {
    /// Tells all nodes that listen to `topic` now.
    fn tell<'a>(&'a self, topic: &'static str, message: Bytes) -> Fut<'a, Result<(), PortError>>;

    /// What is told of `topic` from now on.
    fn listen(&self, topic: &'static str) -> Flow<Bytes>;
}
