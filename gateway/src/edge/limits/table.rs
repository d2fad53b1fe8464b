//! What is remembered of all keys, in a memory that has a bound: a million addresses do not fill
//! it, and what they push out is never one that is being held back while another is not.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use super::algorithm::{Limit, State};

/// A key under a limit: 128 bits of a hash, so that a text of any length takes as much room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u128);

/// How many keys share a place.
const PLACE_KEYS: usize = 8;

#[derive(Clone, Copy)]
struct Slot {
    key: Key,
    limit: Limit,
    state: State,
}

/// A few keys that fell on the same place; its memory is taken when the first comes.
type Place = Mutex<Vec<Slot>>;

/// All keys. The place of a key follows from a hash of this process's own, so that nobody can
/// choose names that fall on another's place.
pub struct Table {
    places: Vec<Place>,
    hasher: RandomState,
}

impl Table {
    /// Room for `keys_max` keys: about 72 bytes each, once they have come.
    #[must_use]
    pub fn new(keys_max: usize) -> Self {
        let places = keys_max.div_ceil(PLACE_KEYS).max(1);
        Self { places: (0..places).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    /// Lets `act` at what is remembered of `key`. When there is no room, the key is forgotten that
    /// is nearest to having nothing to remember.
    pub fn with<T>(
        &self,
        key: Key,
        limit: Limit,
        now_ms: u64,
        act: impl FnOnce(&mut State) -> T,
    ) -> T {
        let count = self.places.len() as u64;
        let place = usize::try_from(self.hasher.hash_one(key) % count).unwrap_or_default();
        let mut slots = self.places[place].lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|slot| slot.key == key);
        let at = known.unwrap_or_else(|| {
            let slot = Slot { key, limit, state: limit.fresh(now_ms) };
            if slots.len() < PLACE_KEYS {
                slots.push(slot);
                return slots.len() - 1;
            }
            let after = |slot: &Slot| {
                let mut state = slot.state;
                slot.limit.standing(&mut state, now_ms).full_after_ms
            };
            let least = slots.iter().enumerate().min_by_key(|(_, slot)| after(slot));
            let at = least.map_or(0, |(at, _)| at);
            slots[at] = slot;
            at
        });
        act(&mut slots[at].state)
    }

    /// How many keys are remembered.
    #[must_use]
    pub fn keys(&self) -> usize {
        let of = |place: &Place| place.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.places.iter().map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::algorithm::{Algorithm, Limit};
    use super::{Key, PLACE_KEYS, Table};

    const LIMIT: Limit = Limit { algorithm: Algorithm::TokenBucket, quota: 10, window_ms: 60_000 };

    #[test]
    fn a_million_keys_do_not_fill_it_and_who_is_held_back_is_not_pushed_out() {
        let table = Table::new(1_000);
        let held = Key(u128::MAX);
        assert!(table.with(held, LIMIT, 0, |state| LIMIT.spend(state, 0, 10)));
        for number in 0..1_000_000 {
            let now = number / 1_000;
            let key = Key(number.into());
            table.with(key, LIMIT, now, |state| LIMIT.spend(state, now, 1));
        }
        assert!(table.keys() <= 1_000 + PLACE_KEYS);
        let spent = table.with(held, LIMIT, 1_000, |state| LIMIT.spend(state, 1_000, 1));
        assert!(!spent, "the flood of others gave it a fresh quota");
    }

    #[test]
    fn an_empty_table_takes_little() {
        let table = Table::new(100_000);
        let room: usize = table.places.iter().map(|place| place.lock().unwrap().capacity()).sum();
        assert_eq!(room, 0);
    }
}
