//! The keys of subjects: wrapped in a store, and for a while in memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::ports::{PortError, Store, Versioned, Wrap};
use contracts::{ActorId, Hash, Refusal, Tenant};
use futures_util::StreamExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::SubjectKey;

/// The keys of all subjects. Of those in memory each leaves it the moment the store says that it is
/// another, or gone.
pub struct Keys {
    store: Arc<dyn Store>,
    wrap: Arc<dyn Wrap>,
    cache: Mutex<HashMap<String, (SubjectKey, Instant)>>,
    cached_max: usize,
    /// How long a key is used that nobody has asked the store for again: a node that is cut off
    /// does not hear what is destroyed.
    cached: Duration,
    /// Counts what left the cache: a key that was read before that is not put into it after.
    left: AtomicU64,
}

/// Why a key cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The store is away, or what it holds cannot be unwrapped.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<KeysError> for Refusal {
    fn from(error: KeysError) -> Self {
        let KeysError::Port(error) = error;
        match error {
            PortError::Unavailable(_) => Self::unavailable(
                "keys_unavailable",
                "the keys of personal data cannot be reached; try again",
            ),
            PortError::Refused(reason) | PortError::Damaged(reason) => Self::internal(reason),
        }
    }
}

impl Keys {
    /// The keys in `store`, at most `cached_max` of them in memory, each for `cached`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        wrap: Arc<dyn Wrap>,
        cached_max: usize,
        cached: Duration,
    ) -> Self {
        let (cache, left) = (Mutex::default(), AtomicU64::new(0));
        Self { store, wrap, cache, cached_max, cached, left }
    }

    /// What the key of a subject is called in the store: by a hash, so that the names tell nobody
    /// of whom something is known, also after an erasure.
    #[must_use]
    pub fn name(tenant: &Tenant, subject: &ActorId) -> String {
        let parts = [tenant.as_str(), subject.as_str()];
        format!("{tenant}/{}", Hash::of_parts("cambium subject key name v1", &parts))
    }

    fn cache(&self) -> MutexGuard<'_, HashMap<String, (SubjectKey, Instant)>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, name: &str, key: &SubjectKey, left: u64) {
        let mut cache = self.cache();
        if self.left.load(Ordering::Acquire) != left || self.cached_max == 0 {
            return;
        }
        if cache.len() >= self.cached_max
            && let Some(some) = cache.keys().next().cloned()
        {
            cache.remove(&some);
        }
        cache.insert(name.to_owned(), (key.clone(), Instant::now()));
    }

    fn forget(&self, name: &str) {
        let mut cache = self.cache();
        self.left.fetch_add(1, Ordering::AcqRel);
        cache.remove(name);
    }

    /// The key of a subject; `None` = there is none, or none any more.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn find(
        &self,
        tenant: &Tenant,
        subject: &ActorId,
    ) -> Result<Option<SubjectKey>, KeysError> {
        let name = Self::name(tenant, subject);
        if let Some((key, since)) = self.cache().get(&name)
            && since.elapsed() < self.cached
        {
            return Ok(Some(key.clone()));
        }
        let left = self.left.load(Ordering::Acquire);
        let Some(found) = self.store.get(&name).await? else {
            self.forget(&name);
            return Ok(None);
        };
        let key = self.unwrapped(&name, &found)?;
        self.keep(&name, &key, left);
        Ok(Some(key))
    }

    fn unwrapped(&self, name: &str, found: &Versioned) -> Result<SubjectKey, KeysError> {
        Ok(SubjectKey(self.wrap.unwrap(name, &found.value)?))
    }

    /// The key of a subject, made when there is none.
    ///
    /// # Errors
    /// As [`Keys::find`].
    pub async fn ensure(
        &self,
        tenant: &Tenant,
        subject: &ActorId,
    ) -> Result<SubjectKey, KeysError> {
        loop {
            if let Some(key) = self.find(tenant, subject).await? {
                return Ok(key);
            }
            let name = Self::name(tenant, subject);
            let left = self.left.load(Ordering::Acquire);
            let key = SubjectKey(self.wrap.fresh()?);
            let wrapped = self.wrap.wrap(&name, &key.0)?;
            // Somebody else may be first; then that one is the key.
            if self.store.create(&name, wrapped, None).await?.is_some() {
                self.keep(&name, &key, left);
                return Ok(key);
            }
        }
    }

    /// The key that takes those of all `subjects`; `None` = one of them is gone.
    ///
    /// # Errors
    /// As [`Keys::find`].
    pub async fn joint(
        &self,
        tenant: &Tenant,
        subjects: &[ActorId],
    ) -> Result<Option<SubjectKey>, KeysError> {
        let mut keys = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let Some(key) = self.find(tenant, subject).await? else { return Ok(None) };
            keys.push(key);
        }
        Ok(Some(SubjectKey::joint(&keys)))
    }

    /// Destroys the key of a subject where it is kept and here; false when it is another one by
    /// now, or none.
    ///
    /// # Errors
    /// As [`Keys::find`]. Whether it is gone nobody can say then; trying again tells.
    pub async fn destroy(
        &self,
        tenant: &Tenant,
        subject: &ActorId,
        key: contracts::privacy::KeyId,
    ) -> Result<bool, KeysError> {
        let name = Self::name(tenant, subject);
        let gone = loop {
            let Some(found) = self.store.get(&name).await? else { break false };
            if self.unwrapped(&name, &found)?.id() != key {
                break false;
            }
            if self.store.delete(&name, found.revision).await? {
                break true;
            }
        };
        self.forget(&name);
        Ok(gone)
    }

    /// Lets go of each key that the store says has changed, until `stop`.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.store.watch();
        while let Some(change) = stop.run_until_cancelled(changes.next()).await.flatten() {
            match change {
                // One that was just made is no reason to read it again.
                Ok((name, Some(_))) if !self.cache().contains_key(&name) => {}
                Ok((name, Some(found))) => {
                    let known = self.cache().get(&name).map(|(key, _)| key.clone());
                    if self.unwrapped(&name, &found).ok() != known {
                        self.forget(&name);
                    }
                }
                Ok((name, None)) => self.forget(&name),
                Err(error) => {
                    // What changed meanwhile is not known: all are read again.
                    tracing::warn!(%error, "subject_keys.unwatched");
                    self.left.fetch_add(1, Ordering::AcqRel);
                    self.cache().clear();
                }
            }
        }
    }
}
