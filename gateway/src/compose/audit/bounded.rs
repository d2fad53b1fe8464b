//! Writing that can be too much, or too slow, but neither waits for ever nor loses silently.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use contracts::audit::{AuditRecord, ChainName};
use contracts::ports::{Audit, AuditEntry, AuditFilter, Flow, Fut, PortError};
use tokio::sync::Semaphore;

use crate::settings::Audit as Limits;

/// AUDIT, written with bounds and counted. What may be done only when it is written down is
/// refused when that fails; refusals that could not be written are counted and told by whoever
/// writes the next one.
pub struct Bounded {
    inner: Arc<dyn Audit>,
    places: Semaphore,
    within: Duration,
    written: AtomicU64,
    failed: AtomicU64,
}

impl Bounded {
    /// Writes into `inner` within `limits`.
    #[must_use]
    pub fn new(inner: Arc<dyn Audit>, limits: &Limits) -> Arc<Self> {
        let places = limits.writes_concurrent_max.clamp(1, Semaphore::MAX_PERMITS);
        Arc::new(Self {
            inner,
            places: Semaphore::new(places),
            within: Duration::from_millis(limits.write_ms.max(1)),
            written: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        })
    }

    /// How many records were written, and how many could not be.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.written.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }

    async fn write(&self, record: AuditRecord) -> Result<(), PortError> {
        let away = |reason: &str| PortError::Unavailable(reason.to_owned());
        let place = self.places.try_acquire();
        let _place = place.map_err(|_| away("too many audit records are on their way"))?;
        let writing = tokio::time::timeout(self.within, self.inner.record(record));
        writing.await.unwrap_or_else(|_| Err(away("the audit record took too long")))
    }
}

impl Audit for Bounded {
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>> {
        Box::pin(async move {
            let written = self.write(record).await;
            let counter = if written.is_ok() { &self.written } else { &self.failed };
            counter.fetch_add(1, Ordering::Relaxed);
            written
        })
    }

    fn entries<'a>(
        &'a self,
        filter: &'a AuditFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<AuditEntry>, PortError>> {
        self.inner.entries(filter, after, limit)
    }

    fn follow(&self, after: u64) -> Flow<Result<AuditEntry, PortError>> {
        self.inner.follow(after)
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        self.inner.head()
    }

    fn purge<'a>(&'a self, chain: &'a ChainName, until: u64) -> Fut<'a, Result<u64, PortError>> {
        self.inner.purge(chain, until)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::audit::{AuditRecord, classes};
    use contracts::{Tenant, Timestamp};

    use super::{Audit, AuditEntry, AuditFilter, Bounded, ChainName, Flow, Fut, PortError};
    use crate::settings::Audit as Limits;

    /// A broker that never answers.
    struct Silent;

    impl Audit for Silent {
        fn record(&self, _: AuditRecord) -> Fut<'_, Result<(), PortError>> {
            Box::pin(std::future::pending())
        }

        fn entries<'a>(
            &'a self,
            _: &'a AuditFilter,
            _: u64,
            _: usize,
        ) -> Fut<'a, Result<Vec<AuditEntry>, PortError>> {
            Box::pin(std::future::pending())
        }

        fn follow(&self, _: u64) -> Flow<Result<AuditEntry, PortError>> {
            Box::pin(futures_util::stream::pending())
        }

        fn head(&self) -> Fut<'_, Result<u64, PortError>> {
            Box::pin(std::future::pending())
        }

        fn purge<'a>(&'a self, _: &'a ChainName, _: u64) -> Fut<'a, Result<u64, PortError>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_written_fails_in_time_and_is_counted() {
        let limits = Limits { writes_concurrent_max: 2, ..Limits::default() };
        let bounded = Bounded::new(Arc::new(Silent), &limits);
        let record = || {
            let tenant = Tenant::from_static("acme");
            AuditRecord::new(tenant, classes::REFUSED, Timestamp::default(), "no")
        };
        let writes = (0..5).map(|_| bounded.record(record()));
        let written = futures_util::future::join_all(writes).await;
        assert!(written.iter().all(|one| matches!(one, Err(PortError::Unavailable(_)))));
        assert_eq!(bounded.counts(), (0, 5));
        // Those that have failed have given their places back.
        assert!(bounded.record(record()).await.is_err());
        assert_eq!(bounded.counts(), (0, 6));
    }
}
