//! The engine beside a state. It follows from workbook to workbook, whichever is asked, and knows
//! nothing that a new one would not find out.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::kinds::myocyte::Rejection;
use contracts::kinds::myocyte::limits::FORMULA_BYTES_MAX;
use contracts::{ActorId, Context, Hash, Revision, Timestamp};
use office::calc::{Brought, Calculator, Clock, Limits};
use office::sheet::Workbook;

/// An engine that copies of a state share.
#[derive(Clone, Default)]
pub(super) struct Engine(Arc<Mutex<Option<Calculator>>>);

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

/// What a calculation may take.
pub(super) fn limits() -> Limits {
    Limits { formula_bytes_max: FORMULA_BYTES_MAX, ..Limits::default() }
}

/// What formulas may know of the world while a command is decided: its time, in UTC, and a seed
/// that is the same until the workbook changes.
pub(super) fn clock(me: &ActorId, revision: Revision, now: Timestamp) -> Clock {
    let parts = [me.to_string(), revision.0.to_string()];
    let hash = Hash::of_parts("cambium myocyte chance v1", &[&parts[0], &parts[1]]).to_string();
    let seed = u64::from_str_radix(&hash[..16], 16).unwrap_or_default();
    Clock { now_ms: now.as_millis(), offset_s: 0, seed }
}

impl Engine {
    /// Computes `book` and looks at what came of it.
    ///
    /// # Errors
    /// [`Rejection::NotComputed`].
    pub fn with<T>(
        &self,
        book: &Workbook,
        cx: &Context,
        look: impl FnOnce(&Calculator, &Brought) -> T,
    ) -> Result<T, Rejection> {
        self.at(book, clock(&cx.me, cx.revision, cx.now), look)
    }

    /// As [`Engine::with`], by a clock of one's own.
    ///
    /// # Errors
    /// [`Rejection::NotComputed`].
    pub fn at<T>(
        &self,
        book: &Workbook,
        clock: Clock,
        look: impl FnOnce(&Calculator, &Brought) -> T,
    ) -> Result<T, Rejection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calculator = kept.get_or_insert_with(|| Calculator::new(limits()));
        let brought = calculator.bring(book, clock);
        let brought = brought.map_err(|failed| Rejection::NotComputed { reason: failed.0 })?;
        Ok(look(calculator, &brought))
    }
}
