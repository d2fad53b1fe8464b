//! The ledger: effects without an outcome, commands without an answer, and limits. A fold of the
//! log, which performs nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;

use contracts::kinds::limit::{self, Scope};
use contracts::lifecycle::Event;
use contracts::page::read_event;
use contracts::{Address, CommandId, Cursor, EffectId, Hash, Recorded, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use super::due::Due;
use super::gates::GateId;
use super::pending::effect_of;
use crate::kinds::limit::State as LimitState;
use crate::runtime::meter::{Budgets, KeptBudgets};

/// What a commit changes for whoever performs effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An effect is to be performed.
    Owed(EffectId),
    /// It has its outcome.
    Concluded(EffectId),
    /// Something was said of it.
    Said(EffectId),
    /// A limit was set, paused, resumed or lifted.
    Limited(GateId),
}

/// What the log leaves to be done.
#[derive(Default)]
pub struct Ledger {
    due: HashMap<EffectId, Due>,
    order: BTreeMap<(Cursor, u32), EffectId>,
    /// Forks whose effects are kept from the world.
    muted: HashSet<Address>,
    /// What muted actors, or other logs, have asked of the world.
    held: HashMap<Address, Held>,
    muted_count: usize,
    deadlines: BTreeSet<(Timestamp, Address, CommandId)>,
    open: HashMap<(Address, CommandId), Timestamp>,
    limits: HashMap<GateId, Limited>,
    /// What may be spent; never what was.
    pub budgets: Budgets,
}

/// A limit, and the commit that said so last.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Limited {
    state: LimitState,
    revision: Revision,
    hash: Hash,
}

/// What is kept from the world until a command lets it out.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Held {
    effects: BTreeSet<(Cursor, u32)>,
    deadlines: Vec<(Timestamp, CommandId)>,
}

/// A ledger as it is kept: lists in a fixed order, from which the rest follows.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    due: Vec<Due>,
    muted: Vec<Address>,
    held: Vec<(Address, Held)>,
    open: Vec<(Address, CommandId, Timestamp)>,
    limits: Vec<(GateId, Limited)>,
    #[serde(default)]
    budgets: KeptBudgets,
}

impl Ledger {
    /// Folds a commit and tells what it changes, in order.
    pub fn fold(&mut self, recorded: &Recorded) -> Vec<Change> {
        let commit = &recorded.commit;
        let address = commit.address();
        let mut changes = Vec::new();
        for event in commit.events.iter().filter_map(Event::from_record) {
            match event {
                Event::Forked(parent) if parent.muted => {
                    self.muted.insert(address.clone());
                }
                Event::Unmuted {} => changes.extend(self.release(&address)),
                event => changes.extend(self.fold_effect(&address, &event)),
            }
        }
        self.fold_deadlines(&address, recorded);
        // What another log asked of the world is not asked again by this one.
        let muted = recorded.imported || self.muted.contains(&address);
        for record in &commit.effects {
            let due = Due::of(recorded, record, muted);
            let id = due.id;
            self.owe(due);
            if !muted {
                changes.push(Change::Owed(id));
            }
        }
        changes.extend(self.fold_limit(recorded));
        self.budgets.fold(recorded);
        changes
    }

    /// Folds what is said of an effect; only its own actor can say something.
    fn fold_effect(&mut self, address: &Address, event: &Event) -> Option<Change> {
        let id = effect_of(event)?;
        let due = self.due.get_mut(&id).filter(|due| due.address == *address)?;
        match event {
            Event::EffectConcluded { .. } => {
                self.remove(id);
                return Some(Change::Concluded(id));
            }
            Event::EffectAttempted { attempt, .. } => due.attempts = *attempt,
            Event::EffectPaused { attempts: Some(attempts), .. } => {
                (due.attempts, due.known) = (*attempts, *attempts);
            }
            Event::EffectPaused { awaits: Some(_), .. } => due.holds += 1,
            Event::EffectResumed { agreed: Some(agreed), .. } => due.agreed = Some(agreed.clone()),
            Event::EffectResolved { .. } => due.known = due.attempts,
            _ => {}
        }
        due.standing = std::mem::take(&mut due.standing).after(event);
        Some(Change::Said(id))
    }

    fn fold_deadlines(&mut self, address: &Address, recorded: &Recorded) {
        let command = &recorded.commit.command;
        match command.deadline {
            Some(deadline) if recorded.imported => {
                let held = self.held.entry(address.clone()).or_default();
                held.deadlines.push((deadline, command.id));
            }
            Some(deadline) => self.open(address, command.id, deadline),
            None => {}
        }
        for completion in &recorded.commit.completions {
            if let Some(held) = self.held.get_mut(address) {
                held.deadlines.retain(|(_, command)| *command != completion.command_id);
            }
            let key = (address.clone(), completion.command_id);
            if let Some(deadline) = self.open.remove(&key) {
                self.deadlines.remove(&(deadline, key.0, key.1));
            }
        }
    }

    fn open(&mut self, address: &Address, command: CommandId, deadline: Timestamp) {
        self.open.insert((address.clone(), command), deadline);
        self.deadlines.insert((deadline, address.clone(), command));
    }

    fn fold_limit(&mut self, recorded: &Recorded) -> Option<Change> {
        let commit = &recorded.commit;
        if commit.kind != limit::KIND {
            return None;
        }
        let scope: Scope = commit.id.as_str().parse().ok()?;
        let gate = GateId { tenant: commit.tenant.clone(), scope };
        // What does not continue its chain is no commit of the limit, however well formed.
        let last = self.limits.get(&gate);
        if last.is_some_and(|it| it.revision.next() != commit.revision || it.hash != commit.prev) {
            return None;
        }
        let mut state = last.map(|it| it.state.clone()).unwrap_or_default();
        for event in commit.events.iter().filter_map(|it| read_event::<limit::Limit>(it).ok()) {
            state = state.after(&event, commit.at);
        }
        let (revision, hash) = (commit.revision, recorded.hash);
        self.limits.insert(gate.clone(), Limited { state, revision, hash });
        Some(Change::Limited(gate))
    }

    /// What was kept from the world is due now.
    fn release(&mut self, address: &Address) -> Vec<Change> {
        self.muted.remove(address);
        let Some(held) = self.held.remove(address) else { return Vec::new() };
        for (deadline, command) in held.deadlines {
            self.open(address, command, deadline);
        }
        let mut released = Vec::new();
        for place in held.effects {
            let id = self.order.get(&place).copied();
            if let Some(due) = id.and_then(|id| self.due.get_mut(&id)) {
                due.muted = false;
                self.muted_count -= 1;
                released.push(Change::Owed(due.id));
            }
        }
        released
    }

    fn owe(&mut self, due: Due) {
        let place = (due.cursor, due.index);
        if due.muted {
            self.muted_count += 1;
            self.held.entry(due.address.clone()).or_default().effects.insert(place);
        }
        self.order.insert(place, due.id);
        self.due.insert(due.id, due);
    }

    /// Forgets an effect: it is concluded, or its actor does not wait for it.
    pub fn remove(&mut self, id: EffectId) {
        let Some(due) = self.due.remove(&id) else { return };
        let place = (due.cursor, due.index);
        self.order.remove(&place);
        if !due.muted {
            return;
        }
        self.muted_count -= 1;
        if let Some(held) = self.held.get_mut(&due.address) {
            held.effects.remove(&place);
            if held.effects.is_empty() && held.deadlines.is_empty() {
                self.held.remove(&due.address);
            }
        }
    }

    /// How many effects wait that are not kept from the world.
    #[must_use]
    pub fn len(&self) -> usize {
        self.due.len() - self.muted_count
    }

    /// All effects that wait, in the order in which they were asked.
    pub fn all(&self) -> impl Iterator<Item = &Due> {
        self.order.values().filter_map(|id| self.due.get(id))
    }

    /// Those that were asked after the one at this place.
    pub fn after(&self, place: Option<(Cursor, u32)>) -> impl Iterator<Item = &Due> {
        let from = place.map_or(Bound::Unbounded, Bound::Excluded);
        self.order.range((from, Bound::Unbounded)).filter_map(|(_, id)| self.due.get(id))
    }

    /// One effect that waits.
    #[must_use]
    pub fn get(&self, id: EffectId) -> Option<&Due> {
        self.due.get(&id)
    }

    /// The limits that are set.
    pub fn limits(&self) -> impl Iterator<Item = (&GateId, &LimitState)> {
        let set = self.limits.iter().filter(|(_, it)| !it.state.is_open());
        set.map(|(gate, it)| (gate, &it.state))
    }

    /// One limit.
    #[must_use]
    pub fn limit(&self, gate: &GateId) -> Option<&LimitState> {
        self.limits.get(gate).map(|it| &it.state)
    }

    /// The next deadline of a command without an answer.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, ..)| *deadline)
    }

    /// Takes the commands whose deadline has passed.
    pub fn take_expired(&mut self, now: Timestamp) -> Vec<(CommandId, Address)> {
        let mut expired = Vec::new();
        while self.deadlines.first().is_some_and(|(deadline, ..)| *deadline <= now) {
            let Some((_, address, command)) = self.deadlines.pop_first() else { break };
            expired.push((command, address));
        }
        expired
    }

    /// The deadlines of these commands are looked at again, those too that have been taken.
    pub fn expect_again(&mut self, whose: impl Fn(&Address) -> bool) {
        let open = self.open.iter().filter(|((address, _), _)| whose(address));
        let again = open.map(|((address, command), at)| (*at, address.clone(), *command));
        self.deadlines.extend(again);
    }

    /// The ledger as it is kept. A command whose deadline has passed stays open until it is
    /// answered.
    #[must_use]
    pub fn keep(&self) -> Kept {
        fn sorted<T, K: Ord>(mut items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
            items.sort_by_key(key);
            items
        }
        let open = self.open.iter().map(|((address, id), at)| (address.clone(), *id, *at));
        let held = self.held.iter().map(|(address, held)| (address.clone(), held.clone()));
        let limits = self.limits.iter().map(|(gate, state)| (gate.clone(), state.clone()));
        Kept {
            due: self.all().cloned().collect(),
            muted: sorted(self.muted.iter().cloned().collect(), Clone::clone),
            held: sorted(held.collect(), |it| it.0.clone()),
            open: sorted(open.collect(), |it| (it.2, it.0.clone(), it.1)),
            limits: sorted(limits.collect(), |it| it.0.clone()),
            budgets: self.budgets.keep(),
        }
    }
}

impl From<Kept> for Ledger {
    fn from(kept: Kept) -> Self {
        let mut ledger = Self {
            muted: kept.muted.into_iter().collect(),
            held: kept.held.into_iter().collect(),
            limits: kept.limits.into_iter().collect(),
            budgets: kept.budgets.into(),
            ..Self::default()
        };
        for due in kept.due {
            ledger.owe(due);
        }
        for (address, command, deadline) in kept.open {
            ledger.open(&address, command, deadline);
        }
        ledger
    }
}
