//! Actors whose name was made a moment ago: hardly anybody can have met them, so their first
//! command is decided before the log is asked whether it knows them. The expectation of its commit
//! asks that; where it turns out to be wrong, the actor is read and the command decided again.

use std::collections::VecDeque;

use contracts::{CommandId, Cursor, Timestamp};

use super::Cell;
use super::draft::Step;
use super::run::Run;
use crate::runtime::inbox::Work;
use crate::runtime::living::Living;

impl Cell {
    /// The actor after the first of `works`, and the run that begins it; `None` = it must be read,
    /// since its name is not new or that command begins nothing.
    pub(super) fn newborn(&self, works: &mut VecDeque<Work>) -> Option<(Living, Run)> {
        let known = self.stands != Cursor::ZERO || !self.is_named_just_now();
        let mut living = if known { None } else { self.shared.hydrator.fresh(&self.address).ok() }?;
        let work = works.pop_front()?;
        // A refusal must stand on what is so, not on what is likely.
        let Step::Drafted(drafted) = self.draft(&mut living, &work) else {
            works.push_front(work);
            return None;
        };
        let mut run = Run::after(Cursor::ZERO);
        run.add(work, *drafted);
        Some((living, run))
    }

    /// Whether the actor's id is a UUID of version 7 that was made just now.
    fn is_named_just_now(&self) -> bool {
        // Actors are named as commands are.
        let id = self.address.id.as_str().parse::<CommandId>().ok();
        let Some(made_ms) = id.and_then(|id| id.made_at_ms()) else { return false };
        let now = self.shared.world.clock.now();
        let age_ms = now.millis_since(Timestamp::from_millis(made_ms));
        u64::try_from(age_ms).is_ok_and(|age_ms| age_ms < self.shared.config.newborn_ms_max)
    }
}
