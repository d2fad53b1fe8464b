//! Which partitions this process owns, asked for each command.

use std::sync::atomic::{AtomicU64, Ordering};

use contracts::Partition;
use tokio::time::Instant;

/// Owned for as long as the process runs.
const FOR_EVER: u64 = u64::MAX;

/// Until when each partition is owned. A share ends by itself when its lease is not renewed, so
/// that a process that stood still owns nothing when it goes on.
pub struct Shares {
    base: Instant,
    /// In milliseconds since `base`; 0 = not owned.
    until: [AtomicU64; Partition::COUNT as usize],
}

impl Shares {
    /// Everything, for as long as the process runs: there are no other nodes.
    #[must_use]
    pub fn everything() -> Self {
        Self { base: Instant::now(), until: [const { AtomicU64::new(FOR_EVER) }; 64] }
    }

    /// Nothing yet.
    #[must_use]
    pub fn nothing() -> Self {
        Self { base: Instant::now(), until: [const { AtomicU64::new(0) }; 64] }
    }

    fn at(&self, partition: Partition) -> &AtomicU64 {
        &self.until[usize::from(partition.number())]
    }

    /// Whether this process owns the partition at this moment.
    #[must_use]
    pub fn owns(&self, partition: Partition) -> bool {
        match self.at(partition).load(Ordering::Acquire) {
            FOR_EVER => true,
            0 => false,
            until => until > self.millis(Instant::now()),
        }
    }

    /// Whether this process does what only one node does, such as the tree of heads: the owner of
    /// the first partition does.
    #[must_use]
    pub fn leads(&self) -> bool {
        Partition::new(0).is_some_and(|first| self.owns(first))
    }

    /// It is owned until then.
    pub fn hold(&self, partition: Partition, until: Instant) {
        self.at(partition).store(self.millis(until).max(1), Ordering::Release);
    }

    /// It is owned no longer.
    pub fn drop(&self, partition: Partition) {
        self.at(partition).store(0, Ordering::Release);
    }

    /// What this process owns, in order.
    #[must_use]
    pub fn owned(&self) -> Vec<Partition> {
        Partition::all().filter(|it| self.owns(*it)).collect()
    }

    fn millis(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.base).as_millis();
        u64::try_from(since).unwrap_or(FOR_EVER - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::Partition;
    use tokio::time::Instant;

    use super::Shares;

    #[tokio::test(start_paused = true)]
    async fn a_share_ends_with_its_lease() {
        let shares = Shares::nothing();
        let [one, other] = [7, 8].map(|n| Partition::new(n).expect("there are 64"));
        shares.hold(one, Instant::now() + Duration::from_secs(2));
        assert_eq!(shares.owned(), [one]);
        assert!(!shares.owns(other));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(!shares.owns(one), "nobody said so, and it ended all the same");
        shares.hold(one, Instant::now() + Duration::from_secs(2));
        shares.drop(one);
        assert_eq!(shares.owned(), []);
        assert_eq!(Shares::everything().owned().len(), 64);
    }
}
