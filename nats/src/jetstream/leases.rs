use std::time::{Duration, SystemTime};

use async_nats::jetstream::kv::{CreateErrorKind, Entry, Operation, Store, UpdateErrorKind};
use contracts::Partition;
use contracts::ports::{Fut, Lease, LeaseError, Leases, PortError};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::away;
use super::lease_age::Ages;
use crate::connect::Connection;
use crate::streams::LEASES;

/// LEASES in a key-value bucket: a key per partition, changed by compare-and-set only. A lease has
/// run out when its last change is older than a term, which [`Ages`] tells without this machine's
/// clock.
pub(crate) struct NatsLeases {
    connection: Connection,
    store: Store,
    term: Duration,
    ages: Ages,
}

/// What a key holds. It stays when the lease ends, so that epochs only rise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// `None` = let go.
    holder: Option<String>,
    epoch: u64,
}

/// A key's content with its version and whether its term is over.
struct Current {
    kept: Kept,
    version: u64,
    over: bool,
}

impl NatsLeases {
    pub(crate) async fn new(connection: &Connection) -> Result<Self, PortError> {
        let store = connection.context.get_key_value(LEASES).await.map_err(away)?;
        let term = Duration::from_millis(connection.config.lease_ttl_ms);
        Ok(Self { connection: connection.clone(), store, term, ages: Ages::default() })
    }

    async fn current(&self, partition: Partition) -> Result<Option<Current>, PortError> {
        let entry = async { self.store.entry(key(partition)).await.map_err(away) };
        let entry = self.connection.whole(entry).await?;
        Ok(entry.and_then(|entry| self.read(partition, &entry)))
    }

    fn read(&self, partition: Partition, entry: &Entry) -> Option<Current> {
        if entry.operation != Operation::Put {
            return None;
        }
        // A value that cannot be read is nobody's, and its version still guards the change.
        let kept =
            contracts::read::from_slice(&entry.value).unwrap_or(Kept { holder: None, epoch: 0 });
        let stamp = SystemTime::from(entry.created).duration_since(SystemTime::UNIX_EPOCH);
        let stamp = stamp.unwrap_or_default();
        let age = self.ages.of(partition, entry.revision, stamp, Instant::now());
        let over = kept.holder.is_none() || age > self.term;
        Some(Current { kept, version: entry.revision, over })
    }

    async fn take(&self, partition: Partition, holder: &str) -> Result<Lease, LeaseError> {
        let current = self.current(partition).await?;
        let (epoch, version) = match current {
            None => (1, None),
            Some(Current { kept, version, over }) => match kept.holder {
                Some(own) if own == holder => (kept.epoch, Some(version)),
                Some(other) if !over => return Err(LeaseError::Held(other)),
                _ => (kept.epoch + 1, Some(version)),
            },
        };
        match self.hold(partition, Some(holder), epoch, version).await? {
            Some(version) => Ok(Lease { partition, holder: holder.to_owned(), epoch, version }),
            // Somebody was faster; who, only the next look tells.
            None => Err(LeaseError::Held("another node".to_owned())),
        }
    }

    async fn prolong(&self, lease: &Lease) -> Result<Lease, LeaseError> {
        // The change itself tells whether anybody had it in between, and one whose term is over is
        // held on to where nobody has. Now and then a node reads what it wrote, for its stamp.
        if self.ages.wants_time(Instant::now()) {
            self.current(lease.partition).await?;
        }
        let (holder, epoch) = (Some(lease.holder.as_str()), lease.epoch);
        let held = self.hold(lease.partition, holder, epoch, Some(lease.version)).await?;
        let version = held.ok_or(LeaseError::Lost)?;
        Ok(Lease { version, ..lease.clone() })
    }

    /// Writes if the key is still at `version` (`None` = it does not exist); returns the new one,
    /// or `None` when it is not.
    async fn hold(
        &self,
        partition: Partition,
        holder: Option<&str>,
        epoch: u64,
        version: Option<u64>,
    ) -> Result<Option<u64>, PortError> {
        let kept = Kept { holder: holder.map(str::to_owned), epoch };
        let value = serde_json::to_vec(&kept).map_err(|it| PortError::Refused(it.to_string()))?;
        let key = key(partition);
        let held = self
            .connection
            .whole(async {
                match version {
                    None => match self.store.create(key, value.into()).await {
                        Ok(version) => Ok(Some(version)),
                        Err(error) if error.kind() == CreateErrorKind::AlreadyExists => Ok(None),
                        Err(error) => Err(away(error)),
                    },
                    Some(version) => match self.store.update(key, value.into(), version).await {
                        Ok(version) => Ok(Some(version)),
                        Err(it) if it.kind() == UpdateErrorKind::WrongLastRevision => Ok(None),
                        Err(error) => Err(away(error)),
                    },
                }
            })
            .await?;
        if let Some(version) = held {
            self.ages.wrote(partition, version, Instant::now());
        }
        Ok(held)
    }
}

fn key(partition: Partition) -> String {
    format!("p{:02}", partition.number())
}

impl Leases for NatsLeases {
    fn acquire<'a>(
        &'a self,
        partition: Partition,
        holder: &'a str,
    ) -> Fut<'a, Result<Lease, LeaseError>> {
        Box::pin(self.take(partition, holder))
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> Fut<'a, Result<Lease, LeaseError>> {
        Box::pin(self.prolong(lease))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Fut<'a, Result<(), LeaseError>> {
        Box::pin(async move {
            let freed = self.hold(lease.partition, None, lease.epoch, Some(lease.version)).await?;
            freed.map(|_version| ()).ok_or(LeaseError::Lost)
        })
    }

    fn held(&self) -> Fut<'_, Result<Vec<Lease>, PortError>> {
        Box::pin(async move {
            let looks = Partition::all().map(|partition| async move {
                let current = self.current(partition).await?;
                Ok(current.filter(|it| !it.over).and_then(|Current { kept, version, .. }| {
                    let (holder, epoch) = (kept.holder?, kept.epoch);
                    Some(Lease { partition, holder, epoch, version })
                }))
            });
            let looks: Vec<Result<Option<Lease>, PortError>> =
                futures_util::future::join_all(looks).await;
            looks.into_iter().filter_map(Result::transpose).collect()
        })
    }
}
