//! Ids of spans and traces: random enough that no two programs make the same, and cheap.

use std::sync::atomic::{AtomicU64, Ordering};

/// Makes ids.
#[derive(Debug)]
pub struct Ids(AtomicU64);

/// The step of the sequence that is mixed: an odd number, so that all numbers come.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Ids {
    /// A sequence that begins where chance says.
    #[must_use]
    pub fn new() -> Self {
        let mut seed = [0; 8];
        // Without chance, the address and the time differ from those of other programs.
        if getrandom::fill(&mut seed).is_err() {
            seed = uuid::Uuid::now_v7().as_u64_pair().1.to_le_bytes();
        }
        Self(AtomicU64::new(u64::from_le_bytes(seed)))
    }

    /// The next one; never zero.
    pub fn next(&self) -> u64 {
        loop {
            let mut id = self.0.fetch_add(STEP, Ordering::Relaxed);
            id = (id ^ (id >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            id = (id ^ (id >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            id ^= id >> 31;
            if id != 0 {
                return id;
            }
        }
    }

    /// The id of a trace.
    pub fn trace(&self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Ids;

    #[test]
    fn ids_differ_and_are_spread_evenly() {
        let ids = Ids::new();
        let made: HashSet<u64> = (0..10_000).map(|_| ids.next()).collect();
        assert_eq!(made.len(), 10_000);
        let high = made.iter().filter(|id| **id > u64::MAX / 2).count();
        assert!((4_000..6_000).contains(&high), "{high}");
    }
}
