//! A map that is cheap to copy and to change afterwards: its entries lie in shards, and a copy
//! shares all of them but those that are changed.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, LazyLock};

/// One seed for all maps of this process: copies must agree on what lies where.
static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A map of `N` shards.
#[derive(Debug)]
pub struct Shards<K, V, const N: usize> {
    shards: [Option<Arc<HashMap<K, V>>>; N],
    entries: usize,
}

impl<K, V, const N: usize> Clone for Shards<K, V, N> {
    fn clone(&self) -> Self {
        Self { shards: self.shards.clone(), entries: self.entries }
    }
}

impl<K, V, const N: usize> Default for Shards<K, V, N> {
    fn default() -> Self {
        Self { shards: [const { None }; N], entries: 0 }
    }
}

impl<K: Hash + Eq + Clone, V: Clone, const N: usize> Shards<K, V, N> {
    fn place<Q: Hash + ?Sized>(key: &Q) -> usize {
        // The remainder is below N, which is a usize.
        (STATE.hash_one(key) % (N as u64)) as usize
    }

    /// The value of `key`.
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shards[Self::place(key)].as_ref()?.get(key)
    }

    /// Sets the value of `key`.
    pub fn insert(&mut self, key: K, value: V) {
        let shard = self.shards[Self::place(&key)].get_or_insert_default();
        self.entries += usize::from(Arc::make_mut(shard).insert(key, value).is_none());
    }

    /// Takes `key` away.
    pub fn remove<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some(shard) = &mut self.shards[Self::place(key)]
            && shard.contains_key(key)
        {
            Arc::make_mut(shard).remove(key);
            self.entries -= 1;
        }
    }

    /// The keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.shards.iter().flatten().flat_map(|shard| shard.keys())
    }

    /// How many entries there are.
    pub const fn len(&self) -> usize {
        self.entries
    }

    /// Changes every value.
    pub fn change(&mut self, change: impl Fn(&K, &V) -> V) {
        for shard in self.shards.iter_mut().flatten() {
            let shard = Arc::make_mut(shard);
            for (key, value) in shard.iter_mut() {
                *value = change(key, value);
            }
        }
    }
}
