//! Chance from a seed.

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, good enough for chance.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// Chance that begins at `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; zero when there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// True so many times of a thousand.
    pub fn permille(&mut self, rate: u16) -> bool {
        self.below(1_000) < u64::from(rate)
    }

    /// One of `all`.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(all.len() as u64)).unwrap_or(0);
        &all[at]
    }

    /// Other chance, which does not move this one's further numbers when it draws.
    pub const fn fork(&mut self) -> Self {
        Self(self.next())
    }
}
