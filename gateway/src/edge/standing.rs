//! Streams end when who opened them is somebody no longer: the session has ended, the key was
//! revoked, the principal suspended.

use std::sync::Arc;
use std::time::Duration;

use contracts::Refusal;
use contracts::caller::Identity;
use contracts::ports::Flow;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::shared::Shared;
use crate::auth::Fault;

/// How long changes are gathered before streams look at them: many sign in and out at a time.
const GATHER: Duration = Duration::from_millis(100);
/// How often a stream looks although nothing has changed: sessions and keys end by time, too.
const LOOK: Duration = Duration::from_secs(15);

/// Resolves once `identity` is somebody no longer.
pub fn gone(shared: &Arc<Shared>, identity: &Identity) -> impl Future<Output = ()> + Send + use<> {
    let (shared, identity) = (Arc::clone(shared), identity.clone());
    async move {
        let guard = &shared.edge.guard;
        loop {
            // Before looking, so that nothing is missed between the two.
            let changed = guard.changed();
            if !guard.stands(&identity, shared.now()) {
                return;
            }
            if tokio::time::timeout(LOOK, changed).await.is_ok() {
                tokio::time::sleep(GATHER).await;
            }
        }
    }
}

/// `items` as long as `identity` is somebody, and then `last`.
pub fn while_standing<T: Send + 'static>(
    items: Flow<T>,
    shared: &Arc<Shared>,
    identity: &Identity,
    last: impl FnOnce(Refusal) -> T + Send + 'static,
) -> Flow<T> {
    let (gone, ended) =
        (gone(shared, identity), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let saw = Arc::clone(&ended);
    let gone = async move {
        gone.await;
        saw.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    // Where the items end by themselves there is no last word.
    let word = stream::once(async move {
        let by_us = ended.load(std::sync::atomic::Ordering::Relaxed);
        by_us.then(|| last(Fault::Revoked.refusal()))
    });
    Box::pin(items.take_until(Box::pin(gone)).chain(word.filter_map(std::future::ready)))
}
