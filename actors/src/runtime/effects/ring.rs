//! Members that take turns.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Values by key, and whose turn it is.
pub struct Ring<K, V> {
    order: VecDeque<K>,
    members: HashMap<K, V>,
}

impl<K, V> Default for Ring<K, V> {
    fn default() -> Self {
        Self { order: VecDeque::new(), members: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash, V: Default> Ring<K, V> {
    /// The member called `key`; a new one comes last.
    pub fn member(&mut self, key: &K) -> &mut V {
        if !self.members.contains_key(key) {
            self.order.push_back(key.clone());
        }
        self.members.entry(key.clone()).or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whose turn it is.
    pub fn first(&mut self) -> Option<(&K, &mut V)> {
        let key = self.order.front()?;
        self.members.get_mut(key).map(|value| (key, value))
    }

    /// It is the next one's turn.
    pub fn rotate(&mut self) {
        if !self.order.is_empty() {
            self.order.rotate_left(1);
        }
    }

    /// Whose turn it is leaves.
    pub fn leave(&mut self) {
        if let Some(key) = self.order.pop_front() {
            self.members.remove(&key);
        }
    }
}
