//! What reserving and settling lead to, event by event, on a copy of the state.

use contracts::kinds::budget::{
    Definition, Event, Ledger, Rejection, Reserve, Settle, Unit, UnknownPrice,
};
use contracts::{Caller, Timestamp};

use super::state::{Open, State};

/// Reservations whose time is over that one command closes, at most.
const LAPSED_MAX: usize = 64;

/// A budget about to change: its state, and what has happened to it so far.
pub struct Draft {
    /// As it is after what has happened.
    pub state: State,
    /// What has happened.
    pub events: Vec<Event>,
    now: Timestamp,
}

/// What a call may cost by the rules of a budget; `None` = it is not known, and so refused.
pub fn amount_of(definition: &Definition, reserve: &Reserve) -> Option<u64> {
    match (definition.unit, reserve.micro_usd, definition.unknown_price) {
        (Unit::Tokens, ..) => Some(reserve.tokens),
        (Unit::MicroUsd, Some(amount), _) => Some(amount),
        (Unit::MicroUsd, None, UnknownPrice::Deny) => None,
        (Unit::MicroUsd, None, UnknownPrice::Allow) => Some(0),
        (Unit::MicroUsd, None, UnknownPrice::Count(amount)) => Some(amount),
    }
}

impl Draft {
    /// A copy of `state` at `now`, in the window that holds it.
    pub fn of(state: &State, now: Timestamp) -> Self {
        let ledger = ledger_at(state, now);
        let state = state.clone().entered(ledger);
        Self { state, events: Vec::new(), now }
    }

    /// Something happens.
    pub fn happen(&mut self, event: Event) {
        self.state = std::mem::take(&mut self.state).after(&event, self.now);
        self.events.push(event);
    }

    /// The window after `change`.
    fn changed(&self, change: impl FnOnce(&mut Ledger)) -> Ledger {
        let mut ledger = self.state.ledger;
        change(&mut ledger);
        measured(ledger, self.state.definition.as_deref())
    }

    /// Counts whole what nobody settled in time.
    pub fn lapse(&mut self) {
        let over = self.state.open.over(self.now).take(LAPSED_MAX);
        let over: Vec<_> = over.map(|(name, open)| (name.clone(), open.clone())).collect();
        for (reservation, open) in over {
            let ledger = self.closed(&open, open.amount, true);
            let amount = open.amount;
            self.happen(Event::Lapsed { reservation, amount, ledger });
            self.speak(amount);
        }
    }

    /// Sets `amount` aside.
    pub fn reserve(
        &mut self,
        definition: &Definition,
        reserve: &Reserve,
        amount: u64,
        by: &Caller,
    ) {
        let ledger = self.changed(|it| it.reserved = it.reserved.saturating_add(amount));
        self.happen(Event::Reserved {
            reservation: reserve.reservation.clone(),
            amount,
            model: reserve.model.clone(),
            principal: reserve.spender.principal.clone(),
            by: by.principal.clone(),
            until: reserve.until(definition, self.now),
            ledger,
        });
    }

    /// Counts what a call did cost.
    pub fn settle(&mut self, settle: &Settle, open: &Open) {
        let known = match self.state.definition.as_deref() {
            Some(Definition { unit: Unit::MicroUsd, unknown_price, .. }) => {
                settle.tokens.and(match (settle.micro_usd, unknown_price) {
                    (Some(amount), _) => Some(amount),
                    (None, UnknownPrice::Allow) => Some(0),
                    (None, UnknownPrice::Count(amount)) => Some(*amount),
                    (None, UnknownPrice::Deny) => None,
                })
            }
            Some(Definition { unit: Unit::Tokens, .. }) => settle.tokens,
            // Nothing is limited any more: what was set aside was of a measure that is gone.
            None => settle.tokens.map(|_| open.amount),
        };
        let (amount, unknown) = (known.unwrap_or(open.amount), known.is_none());
        let ledger = self.closed(open, amount, unknown);
        let (reservation, reserved) = (settle.reservation.clone(), open.amount);
        self.happen(Event::Settled { reservation, amount, reserved, unknown, ledger });
        self.speak(amount);
    }

    /// Gives back what was set aside.
    pub fn release(&mut self, reservation: &str, open: &Open) {
        let ledger = self.changed(|it| {
            if open.window == it.starts {
                it.reserved = it.reserved.saturating_sub(open.amount);
            }
        });
        let (reservation, reserved) = (reservation.to_owned(), open.amount);
        self.happen(Event::Released { reservation, reserved, ledger });
    }

    /// The window once `open` is spent. What was reserved in a window counts in it, also when it
    /// is settled later: the one that follows begins whole.
    fn closed(&self, open: &Open, amount: u64, unknown: bool) -> Ledger {
        self.changed(|it| {
            if open.window == it.starts {
                it.reserved = it.reserved.saturating_sub(open.amount);
                it.used = it.used.saturating_add(amount);
                if unknown {
                    it.unknown = it.unknown.saturating_add(amount);
                }
            }
        })
    }

    /// Counts by hand.
    pub fn adjusted(&self, amount: i64) -> Ledger {
        self.changed(|it| {
            it.used = it.used.saturating_add_signed(amount);
            it.unknown = it.unknown.min(it.used);
        })
    }

    /// Counts from zero; what is set aside stays so.
    pub fn reset(&self) -> Ledger {
        self.changed(|it| (it.used, it.unknown) = (0, 0))
    }

    /// The window under another definition.
    pub fn set(&self, definition: &Definition) -> Ledger {
        let mut state = self.state.clone();
        let before = state.definition.replace(Box::new(definition.clone()));
        let same = before
            .as_deref()
            .is_some_and(|it| it.unit == definition.unit && it.window == definition.window);
        if !same {
            // What was counted in another measure, or from another day on, is not this window's.
            state.ledger = Ledger::default();
        }
        measured(ledger_at(&state, self.now), Some(definition))
    }

    /// Says what somebody wants to be told, after `amount` was spent.
    pub fn speak(&mut self, amount: u64) {
        let Some(definition) = self.state.definition.clone() else { return };
        let (used, limit, unit) = (self.state.ledger.used, definition.limit, definition.unit);
        for percent in definition.alerts.thresholds.iter().copied() {
            let reached = u128::from(used) * 100 >= u128::from(limit) * u128::from(percent);
            if reached && !self.state.told.contains(&percent) {
                self.happen(Event::ThresholdCrossed { percent, used, limit, unit });
            }
        }
        let Some(spike) = definition.alerts.spike.filter(|_| amount > 0) else { return };
        let pace = self.state.pace;
        if pace.is_news(spike) {
            let (since, spent, usual) = (pace.since, pace.spent, pace.usual);
            let minutes = spike.minutes;
            self.happen(Event::SpikeSeen { since, minutes, spent, usual, unit });
        }
    }
}

/// The window that holds `now`: the one that is known, or a fresh one.
pub fn ledger_at(state: &State, now: Timestamp) -> Ledger {
    let Some(definition) = state.definition.as_deref() else { return state.ledger };
    let known = state.ledger;
    let begun = known.starts != Timestamp::default() || known.ends.is_some();
    // A clock that was set back stays in the window that is known.
    let over = known.ends.is_some_and(|ends| ends <= now);
    if begun && !over {
        return measured(known, Some(definition));
    }
    let fresh = definition.window.around(now).map_or(known, |bounds| Ledger {
        starts: bounds.starts,
        ends: bounds.ends,
        // A window without an end began with the epoch, as one that never was.
        ..if over { Ledger::default() } else { known }
    });
    measured(fresh, Some(definition))
}

fn measured(ledger: Ledger, definition: Option<&Definition>) -> Ledger {
    let taken = ledger.used.saturating_add(ledger.reserved);
    let left = definition.map_or(0, |it| it.limit.saturating_sub(taken));
    Ledger { left, ..ledger }
}

/// Whether what was asked may be refused by a rejection of the kind.
pub fn ensure_room(state: &State) -> Result<(), Rejection> {
    let full = state.open.len() >= contracts::kinds::budget::RESERVATIONS_OPEN_MAX;
    if full { Err(Rejection::Overloaded) } else { Ok(()) }
}
