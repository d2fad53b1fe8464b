use std::sync::Arc;

use contracts::ports::{DeadLetter, DeadLetters, Fut, PortError};

use super::{World, done, lock};

pub(super) type Kept = Vec<DeadLetter>;

/// The port on a list: position n stands at index n - 1.
pub(super) struct MemoryDead(pub(super) Arc<World>);

impl DeadLetters for MemoryDead {
    fn bury(&self, letter: DeadLetter) -> Fut<'_, Result<u64, PortError>> {
        let mut kept = lock(&self.0.dead);
        kept.push(letter);
        done(Ok(kept.len() as u64))
    }

    fn list(&self, after: u64, limit: usize) -> Fut<'_, Result<Vec<(u64, DeadLetter)>, PortError>> {
        let kept = lock(&self.0.dead);
        let from = (1..).zip(kept.iter()).filter(|(at, _)| *at > after);
        done(Ok(from.take(limit).map(|(at, letter)| (at, letter.clone())).collect()))
    }
}
