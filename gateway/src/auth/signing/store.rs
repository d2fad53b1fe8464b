//! Where the keys are kept: sealed in the store, one for all nodes; each node follows it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use contracts::ports::{Store, Versioned};
use contracts::{Refusal, Timestamp};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::pair::Kept;
use super::{Ring, SigningKey};
use crate::auth::config::{Algorithm, Config};
use crate::auth::seal::Seal;
use crate::settings::Secret;

/// The name in the store.
const NAME: &str = "signing/keys";
/// What the seal is bound to.
const CONTEXT: &str = "signing-keys";
/// How often another node may be faster before that is a fault.
const RACES_MAX: u32 = 16;
/// How often it is looked whether a key is due or over.
const TICK: Duration = Duration::from_secs(300);
/// How long a lost watch waits before all is read again.
const AGAIN: Duration = Duration::from_secs(2);

/// All keys as they are kept.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    v: u32,
    keys: Vec<Kept>,
}

/// The keys of this system, as this node knows them.
pub struct SigningKeys {
    store: Arc<dyn Store>,
    seal: Arc<dyn Seal>,
    algorithm: Algorithm,
    secret: Option<String>,
    /// How long something that was signed may count, in milliseconds.
    lasts_ms: i64,
    lead_ms: i64,
    rotate_ms: Option<i64>,
    ring: RwLock<Arc<Ring>>,
}

impl SigningKeys {
    /// Reads the keys; makes the first one where there is none that signs.
    ///
    /// # Errors
    /// When the store cannot be reached, or what it holds opens with another master key only.
    pub async fn open(
        config: &Config,
        store: Arc<dyn Store>,
        seal: Arc<dyn Seal>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let day_ms = 24 * 60 * 60 * 1_000_i64;
        let keys = Self {
            store,
            seal,
            algorithm: config.algorithm,
            secret: config.hs256_secret.as_ref().map(Secret::reveal).map(str::to_owned),
            lasts_ms: i64::from(config.refresh_s.max(config.access_s)) * 1_000,
            lead_ms: i64::from(config.rotate_lead_s) * 1_000,
            rotate_ms: (config.rotate_days > 0).then(|| i64::from(config.rotate_days) * day_ms),
            ring: RwLock::default(),
        };
        keys.tend(now).await?;
        Ok(keys)
    }

    /// The keys at this moment.
    #[must_use]
    pub fn ring(&self) -> Arc<Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The algorithm by which tokens are signed.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Puts another key in the place of the one that signs. Every node publishes it for a while
    /// before it signs, and the old one verifies until the last token that it signed is over.
    ///
    /// # Errors
    /// When the store cannot be reached; `signing_keys_fixed` where a secret of the settings signs.
    pub async fn rotate(&self, now: Timestamp) -> Result<Arc<Ring>, Refusal> {
        if self.algorithm == Algorithm::Hs256 {
            return Err(Refusal::rejected(
                "signing_keys_fixed",
                "tokens are signed with a secret of the settings; change it there on all nodes",
            ));
        }
        self.change(|book| {
            let from = now.plus_millis(self.lead_ms);
            for key in book.keys.iter_mut().filter(|key| key.retired_at.is_none()) {
                key.retired_at = Some(from);
            }
            book.keys.push(Kept::make(self.algorithm, now, from)?);
            Ok(true)
        })
        .await
    }

    /// Makes a key where none signs, another where it is due, and forgets those whose last token is
    /// over.
    async fn tend(&self, now: Timestamp) -> Result<(), Refusal> {
        self.change(|book| {
            let before = book.keys.len();
            let over = |key: &Kept| {
                let end = key.retired_at.map(|at| at.plus_millis(self.lasts_ms + self.lead_ms));
                end.is_some_and(|end| end <= now)
            };
            book.keys.retain(|key| !over(key));
            let mut changed = book.keys.len() != before;
            let own = |key: &&Kept| key.algorithm == self.algorithm && key.retired_at.is_none();
            let newest = book.keys.iter().filter(own).map(|key| key.made_at).max();
            let due = |made: Timestamp| {
                self.rotate_ms.is_some_and(|after| made.plus_millis(after) <= now)
            };
            if self.algorithm != Algorithm::Hs256 && newest.is_none_or(due) {
                // Nobody can wait for the first one.
                let from = if newest.is_none() { now } else { now.plus_millis(self.lead_ms) };
                for key in book.keys.iter_mut().filter(|key| key.retired_at.is_none()) {
                    key.retired_at = Some(from);
                }
                book.keys.push(Kept::make(self.algorithm, now, from)?);
                changed = true;
            }
            Ok(changed)
        })
        .await
        .map(drop)
    }

    /// Changes what is kept, again and again while other nodes are faster.
    async fn change(
        &self,
        change: impl Fn(&mut Book) -> Result<bool, Refusal>,
    ) -> Result<Arc<Ring>, Refusal> {
        for _ in 0..RACES_MAX {
            let (mut book, revision) = self.read().await?;
            if !change(&mut book)? {
                return self.publish(&book);
            }
            let text = serde_json::to_vec(&book);
            let text = text.map_err(|error| Refusal::internal(error.to_string()))?;
            let sealed = self.seal.wrap(CONTEXT, &text)?;
            let done = match revision {
                None => self.store.create(NAME, sealed, None).await?,
                Some(revision) => self.store.update(NAME, sealed, revision).await?,
            };
            if done.is_some() {
                return self.publish(&book);
            }
        }
        Err(Refusal::unavailable("overloaded", "other nodes change the signing keys all the time"))
    }

    async fn read(&self) -> Result<(Book, Option<u64>), Refusal> {
        let Some(Versioned { value, revision }) = self.store.get(NAME).await? else {
            return Ok((Book { v: 1, keys: Vec::new() }, None));
        };
        Ok((self.opened(&value)?, Some(revision)))
    }

    fn opened(&self, sealed: &[u8]) -> Result<Book, Refusal> {
        let text = self.seal.unwrap(CONTEXT, sealed)?;
        contracts::read::from_slice(&text)
            .map_err(|error| Refusal::internal(format!("the signing keys cannot be read: {error}")))
    }

    fn publish(&self, book: &Book) -> Result<Arc<Ring>, Refusal> {
        let mut keys = Vec::new();
        for kept in &book.keys {
            keys.push(kept.open()?);
        }
        keys.extend(self.secret.as_deref().map(SigningKey::of_secret));
        let ring = Arc::new(Ring { keys });
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        Ok(ring)
    }

    /// Follows what other nodes change, and tends the keys. Has no end.
    pub async fn run(self: Arc<Self>, now: impl Fn() -> Timestamp + Send + 'static) {
        let mut tick = tokio::time::interval(TICK);
        loop {
            let mut changes = self.store.watch();
            // What changed while nobody listened.
            if let Err(refusal) = self.read().await.and_then(|(book, _)| self.publish(&book)) {
                tracing::error!(error = %refusal.message, "signing_keys.unreadable");
            }
            loop {
                tokio::select! {
                    change = changes.next() => match change {
                        Some(Ok((name, Some(now)))) if name == NAME => {
                            let read = self.opened(&now.value).and_then(|book| self.publish(&book));
                            if let Err(refusal) = read {
                                let error = &refusal.message;
                                tracing::error!(%error, "signing_keys.unreadable");
                            }
                        }
                        Some(Ok(_)) => {}
                        Some(Err(error)) => {
                            tracing::warn!(%error, "signing_keys.watch_interrupted");
                        }
                        None => break,
                    },
                    _ = tick.tick() => {
                        if let Err(refusal) = self.tend(now()).await {
                            tracing::error!(error = %refusal.message, "signing_keys.untended");
                        }
                    }
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
