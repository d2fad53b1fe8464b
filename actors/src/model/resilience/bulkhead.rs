//! How many calls a provider takes at once: one that hangs must not take the places of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use contracts::{Refusal, RefusalClass};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::model::done::Done;

/// The places of one provider, and the queue before them.
#[derive(Debug)]
pub struct Bulkhead {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

/// One less waits when it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Bulkhead {
    /// So many places, and a queue so long.
    #[must_use]
    pub fn new(calls_max: usize, waiting_max: usize) -> Self {
        let places = Arc::new(Semaphore::new(calls_max.clamp(1, Semaphore::MAX_PERMITS)));
        Self { places, waiting: AtomicUsize::new(0), waiting_max }
    }

    /// A place, in the order of asking; it is free again when it is dropped.
    ///
    /// # Errors
    /// `model_rate_limit` when as many wait as may.
    pub async fn enter(&self, provider: &str) -> Result<OwnedSemaphorePermit, Refusal> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(&self.waiting);
        if before >= self.waiting_max {
            let message = format!("as many calls wait for the provider {provider} as may");
            let full = Refusal::new(RefusalClass::Overloaded, "model_rate_limit", message);
            return Err(Done::Nothing.asking_again(full, 1_000));
        }
        let place = self.places.clone().acquire_owned().await;
        place.map_err(|_| Refusal::internal("the places of a provider are closed"))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::Bulkhead;

    #[tokio::test]
    async fn places_and_queue_are_bounded_and_who_gives_up_frees_his_place_in_the_queue() {
        let bulkhead = Bulkhead::new(1, 1);
        let first = bulkhead.enter("p").await.expect("a place");
        let mut second = Box::pin(bulkhead.enter("p"));
        assert!((&mut second).now_or_never().is_none(), "it waits");
        let full = bulkhead.enter("p").await.expect_err("the queue is full");
        assert_eq!(full.code, "model_rate_limit");
        drop(second);
        let mut third = Box::pin(bulkhead.enter("p"));
        assert!((&mut third).now_or_never().is_none(), "there is room in the queue again");
        drop(first);
        assert!(third.await.is_ok());
    }
}
