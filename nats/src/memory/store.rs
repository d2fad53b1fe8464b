use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contracts::ports::{Flow, Fut, PortError, STORE_NAME_BYTES_MAX, Store, StoreChange, Versioned};
use futures_util::StreamExt as _;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::{World, check_size, done, lock};
use crate::streams::Bucket;

/// A bucket: its values, each with the moment at which it is forgotten.
#[derive(Default)]
pub(super) struct Kept {
    values: BTreeMap<String, (Versioned, Option<Instant>)>,
    revision: u64,
    watchers: Vec<UnboundedSender<StoreChange>>,
}

/// The port on a map.
pub(super) struct MemoryStore {
    pub(super) world: Arc<World>,
    pub(super) bucket: Bucket,
}

impl Kept {
    fn living(&self, name: &str) -> Option<&Versioned> {
        let (value, until) = self.values.get(name)?;
        until.is_none_or(|until| until > Instant::now()).then_some(value)
    }

    fn put(&mut self, name: &str, value: Vec<u8>, ttl: Option<Duration>) -> u64 {
        self.revision += 1;
        let value = Versioned { value, revision: self.revision };
        self.tell(name, Some(value.clone()));
        let until = ttl.map(|ttl| Instant::now() + ttl);
        self.values.insert(name.to_owned(), (value, until));
        self.revision
    }

    fn tell(&mut self, name: &str, now: Option<Versioned>) {
        self.watchers.retain(|it| it.send((name.to_owned(), now.clone())).is_ok());
    }
}

impl MemoryStore {
    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Kept) -> T) -> Result<T, PortError> {
        if name.is_empty() || name.len() > STORE_NAME_BYTES_MAX {
            let reason = format!("a name has 1 to {STORE_NAME_BYTES_MAX} bytes");
            return Err(PortError::Refused(reason));
        }
        Ok(work(&mut lock(&self.world.stores[self.bucket as usize])))
    }

    fn ttl(&self, ttl_ms: Option<u64>) -> Option<Duration> {
        let own = ttl_ms.map(|ms| Duration::from_secs(ms.div_ceil(1_000).max(1)));
        let age = self.bucket.age(&self.world.config);
        own.into_iter().chain(age).min()
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, name: &'a str) -> Fut<'a, Result<Option<Versioned>, PortError>> {
        done(self.with(name, |kept| kept.living(name).cloned()))
    }

    fn create<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> Fut<'a, Result<Option<u64>, PortError>> {
        let ttl = self.ttl(ttl_ms);
        done(check_size(&value).and_then(|()| {
            self.with(name, |kept| kept.living(name).is_none().then(|| kept.put(name, value, ttl)))
        }))
    }

    fn update<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        revision: u64,
    ) -> Fut<'a, Result<Option<u64>, PortError>> {
        let ttl = self.ttl(None);
        done(check_size(&value).and_then(|()| {
            self.with(name, |kept| {
                let same = kept.living(name).is_some_and(|it| it.revision == revision);
                same.then(|| kept.put(name, value, ttl))
            })
        }))
    }

    fn delete<'a>(&'a self, name: &'a str, revision: u64) -> Fut<'a, Result<bool, PortError>> {
        done(self.with(name, |kept| {
            let same = kept.living(name).is_some_and(|it| it.revision == revision);
            if same {
                kept.revision += 1;
                kept.values.remove(name);
                kept.tell(name, None);
            }
            same
        }))
    }

    fn names<'a>(&'a self, prefix: &'a str) -> Fut<'a, Result<Vec<String>, PortError>> {
        let kept = lock(&self.world.stores[self.bucket as usize]);
        let names = kept.values.keys().filter(|it| it.starts_with(prefix));
        done(Ok(names.filter(|it| kept.living(it).is_some()).cloned().collect()))
    }

    fn watch(&self) -> Flow<Result<StoreChange, PortError>> {
        let (sender, changes) = unbounded_channel();
        lock(&self.world.stores[self.bucket as usize]).watchers.push(sender);
        Box::pin(UnboundedReceiverStream::new(changes).map(Ok))
    }
}
