use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::kinds::budget::{Definition, Event, Ledger};
use contracts::{Principal, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::spike::Pace;

/// What a budget is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What it allows; left out = everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Box<Definition>>,
    /// How the window stands in which it was last spoken to.
    pub ledger: Ledger,
    /// What is set aside for calls that are being made.
    pub open: Opens,
    /// The thresholds that were told in this window, in percent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<u8>,
    /// Whether it was told in this window that too little was left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exceeded: bool,
    /// What was spent in all windows together.
    pub ever: Ever,
    /// How fast it is spent, when anybody asked to be told.
    #[serde(default, skip_serializing_if = "Pace::is_none")]
    pub pace: Pace,
}

/// What was spent in all windows together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ever {
    /// Calls that were made.
    pub calls: u64,
    /// What they cost.
    pub used: u64,
    /// Of that, what was set aside for calls of which nobody knows what came of them.
    pub unknown: u64,
}

/// What is set aside for a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// How much.
    pub amount: u64,
    /// Until when; then it is spent.
    pub until: Timestamp,
    /// The window in which it counts: when it began.
    pub window: Timestamp,
    /// Who may settle.
    pub by: Principal,
}

/// What is set aside, by the names of the reservations. Cheap to clone: a state is copied for each
/// command that is decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opens(Arc<BTreeMap<String, Open>>);

impl Serialize for Opens {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Opens {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(d).map(|open| Self(Arc::new(open)))
    }
}

impl Opens {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The one called so.
    #[must_use]
    pub fn get(&self, reservation: &str) -> Option<&Open> {
        self.0.get(reservation)
    }

    /// Those whose time is over at `now`, in the order of their names.
    pub fn over(&self, now: Timestamp) -> impl Iterator<Item = (&String, &Open)> {
        self.0.iter().filter(move |(_, open)| open.until <= now)
    }
}

impl State {
    /// The budget after `event`, which happened at `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        match event {
            Event::Set { definition, ledger } => {
                let before = self.definition.replace(definition.clone());
                // Another measure makes what was told and what is usual mean nothing.
                let same = before
                    .is_some_and(|it| it.unit == definition.unit && it.alerts == definition.alerts);
                if !same {
                    (self.pace, self.told) = (Pace::default(), Vec::new());
                }
                self.exceeded = false;
                self.entered(*ledger)
            }
            Event::Reserved { reservation, amount, by, until, ledger, .. } => {
                let mut state = self.entered(*ledger);
                let (window, by) = (ledger.starts, by.clone());
                let open = Open { amount: *amount, until: *until, window, by };
                Arc::make_mut(&mut state.open.0).insert(reservation.clone(), open);
                state
            }
            Event::Settled { reservation, amount, unknown, ledger, .. } => {
                self.spent(reservation, (*amount, *unknown), *ledger, at)
            }
            Event::Lapsed { reservation, amount, ledger } => {
                self.spent(reservation, (*amount, true), *ledger, at)
            }
            Event::Released { reservation, ledger, .. } => {
                let mut state = self.entered(*ledger);
                Arc::make_mut(&mut state.open.0).remove(reservation);
                state
            }
            Event::Adjusted { ledger, .. } => self.entered(*ledger),
            Event::Reset { ledger, .. } => {
                (self.told, self.exceeded) = (Vec::new(), false);
                self.entered(*ledger)
            }
            Event::Cleared {} => {
                self.definition = None;
                Self { told: Vec::new(), exceeded: false, pace: Pace::default(), ..self }
            }
            Event::ThresholdCrossed { percent, .. } => {
                self.told.push(*percent);
                self
            }
            Event::Exceeded { ledger, .. } => Self { exceeded: true, ..self.entered(*ledger) },
            Event::SpikeSeen { since, .. } => {
                self.pace.told = Some(*since);
                self
            }
        }
    }

    /// In the window of `ledger`: in another one than before, nothing was told yet.
    #[must_use]
    pub fn entered(mut self, ledger: Ledger) -> Self {
        if ledger.starts != self.ledger.starts {
            (self.told, self.exceeded) = (Vec::new(), false);
        }
        self.ledger = ledger;
        self
    }

    fn spent(
        self,
        reservation: &str,
        (amount, unknown): (u64, bool),
        ledger: Ledger,
        at: Timestamp,
    ) -> Self {
        let mut state = self.entered(ledger);
        if let Some(spike) = state.definition.as_ref().and_then(|it| it.alerts.spike) {
            state.pace = state.pace.after(spike, amount, at);
        }
        Arc::make_mut(&mut state.open.0).remove(reservation);
        state.ever.calls += 1;
        state.ever.used = state.ever.used.saturating_add(amount);
        if unknown {
            state.ever.unknown = state.ever.unknown.saturating_add(amount);
        }
        state
    }
}
