//! The limiter of this node, and the task that shares what it counts with the other nodes.

use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::supervisor::Supervisor;
use super::underway::Underway;
use crate::edge::limits::{Config, Limiter, share};

/// Makes the limiter and begins to share.
///
/// # Errors
/// When the system gives no random bytes.
pub(super) fn start(
    config: &Config,
    broker: &nats::Broker,
    underway: &mut Underway,
    supervisor: &Supervisor,
) -> anyhow::Result<Arc<Limiter>> {
    let mut node = [0; 8];
    getrandom::fill(&mut node).context("the system gives no random bytes")?;
    let limiter = Arc::new(Limiter::new(config, u64::from_be_bytes(node)));
    let (sharing, gossip) = (limiter.clone(), broker.gossip());
    // It is aborted when what runs is stopped.
    let never = CancellationToken::new();
    let sharing = move || share(sharing.clone(), gossip.clone());
    underway.watched(supervisor.spawn("limits", never, sharing));
    Ok(limiter)
}
