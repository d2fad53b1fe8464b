use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::Address;
use contracts::ports::{DeadLetter, DeadLetters, Fut, LetterFilter, PortError};

use super::{World, done, lock};

/// Letters by position, and the last position that was given.
#[derive(Default)]
pub(super) struct Kept {
    letters: BTreeMap<u64, DeadLetter>,
    last: u64,
}

/// The port on a map.
pub(super) struct MemoryDead(pub(super) Arc<World>);

impl Kept {
    fn after(&self, after: u64) -> impl Iterator<Item = (u64, &DeadLetter)> {
        self.letters.range(after.saturating_add(1)..).map(|(at, letter)| (*at, letter))
    }
}

impl DeadLetters for MemoryDead {
    fn bury(&self, letter: DeadLetter) -> Fut<'_, Result<u64, PortError>> {
        let mut kept = lock(&self.0.dead);
        kept.last += 1;
        let position = kept.last;
        kept.letters.insert(position, letter);
        done(Ok(position))
    }

    fn select(
        &self,
        filter: LetterFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'_, Result<Vec<(u64, DeadLetter)>, PortError>> {
        let kept = lock(&self.0.dead);
        let meant = kept.after(after).filter(|(_, letter)| filter.fits(letter.to.as_ref()));
        done(Ok(meant.take(limit).map(|(at, letter)| (at, letter.clone())).collect()))
    }

    fn get(&self, position: u64) -> Fut<'_, Result<Option<DeadLetter>, PortError>> {
        done(Ok(lock(&self.0.dead).letters.get(&position).cloned()))
    }

    fn next_of<'a>(
        &'a self,
        to: &'a Address,
        after: u64,
    ) -> Fut<'a, Result<Option<(u64, DeadLetter)>, PortError>> {
        let kept = lock(&self.0.dead);
        let next = kept.after(after).find(|(_, letter)| letter.to.as_ref() == Some(to));
        done(Ok(next.map(|(at, letter)| (at, letter.clone()))))
    }

    fn remove(&self, position: u64) -> Fut<'_, Result<bool, PortError>> {
        done(Ok(lock(&self.0.dead).letters.remove(&position).is_some()))
    }
}
