//! What is offered, leased and answered, in memory: a fold of the ledger and of what workers did
//! since. Nothing here is lost for good: the log says what waits for an outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::work::{LeaseRequest, Ticket, WorkAnswer};
use contracts::{EffectId, Hash, Queue, Tenant};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::item::{Item, State};
use super::line::Line;
use super::piece::Piece;
use super::terms::attempts_max;
use crate::config::Config;

/// The work of this process.
#[derive(Default)]
pub struct Board {
    inner: Mutex<Inner>,
    /// Said when the next deadline may have become an earlier one.
    pub changed: Notify,
}

#[derive(Default)]
struct Inner {
    items: BTreeMap<EffectId, Item>,
    lines: BTreeMap<(Tenant, Queue), Line>,
    deadlines: BTreeSet<(Instant, EffectId)>,
    leases: u64,
}

/// Work that was just taken from its line, for one worker.
#[derive(Debug, Clone)]
pub struct Taken {
    /// What is to be done.
    pub piece: Piece,
    /// The how-manyeth attempt this is, from 1.
    pub attempt: u32,
    /// Tells this lease from every other.
    pub lease: Hash,
}

/// What the board says to an outcome.
#[derive(Debug, Clone)]
pub enum Step {
    /// Bring it to the actor.
    Go {
        /// What was to be done.
        piece: Box<Piece>,
        /// How many attempts it took.
        attempts: u32,
    },
    /// It was said before, and this was the answer.
    Again(WorkAnswer),
    /// Somebody else has the work since.
    Lost,
    /// The board has no such work, or its outcome is on its way: the log knows.
    Absent,
}

/// Work that nobody answered in time.
#[derive(Debug, Clone)]
pub struct Overdue {
    /// What was to be done.
    pub piece: Piece,
    /// How many times it was handed out.
    pub attempts: u32,
    /// Whether it may be handed out only once.
    pub once: bool,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Offers work. What may be handed out once, and was by an earlier run, is not offered: its
    /// worker has `grace` to answer.
    pub fn offer(&self, piece: Piece, attempts: u32, grace: Duration) {
        let id = piece.id;
        let state = State::Offered;
        let mut item = Item { piece, attempts, state, last_lease: None, told: None };
        let mut inner = self.lock();
        if inner.items.contains_key(&id) {
            return;
        }
        if item.is_once() && attempts > 0 {
            item.state = State::Orphaned { until: Instant::now() + grace };
        }
        inner.put(item);
        drop(inner);
        self.changed.notify_one();
    }

    /// Takes work away: it has its outcome, or shall not be done now.
    pub fn withdraw(&self, effect: EffectId) -> bool {
        let mut inner = self.lock();
        let Some(item) = inner.take(effect) else { return false };
        if item.state == State::Offered {
            let key = (item.piece.address.tenant.clone(), item.piece.work.queue.clone());
            if let Some(line) = inner.lines.get_mut(&key) {
                line.remove(&item.piece.address, effect);
            }
            inner.tidy(&key);
        }
        true
    }

    /// Rings when something is put into a queue. Held as long as somebody waits.
    pub fn bell(&self, tenant: &Tenant, queue: &Queue) -> Arc<Notify> {
        self.lock().line((tenant.clone(), queue.clone())).bell.clone()
    }

    /// Lets go of a bell.
    pub fn leave(&self, tenant: &Tenant, queue: &Queue, bell: Arc<Notify>) {
        drop(bell);
        self.lock().tidy(&(tenant.clone(), queue.clone()));
    }

    /// Takes work for a worker, at most as much as it wants.
    pub fn lease(&self, request: &LeaseRequest, nonce: Hash) -> Vec<Taken> {
        let mut inner = self.lock();
        let key = (request.tenant.clone(), request.queue.clone());
        let until = Instant::now() + Duration::from_millis(request.lease_ms);
        let mut taken = Vec::new();
        while taken.len() < request.items_max {
            let Some(id) = inner.lines.get_mut(&key).and_then(Line::pop) else { break };
            // What was taken out of turn still stands in its line.
            let Some(mut item) = inner.take(id) else { continue };
            if item.state != State::Offered {
                inner.keep(item);
                continue;
            }
            inner.leases += 1;
            let parts = [nonce.to_string(), inner.leases.to_string()];
            let lease = Hash::of_parts("cambium work lease v1", &[&parts[0], &parts[1]]);
            item.attempts = if item.is_once() { 1 } else { item.attempts + 1 };
            item.state = State::Leased { until, worker: request.worker.clone() };
            (item.last_lease, item.told) = (Some(lease), None);
            taken.push(Taken { piece: item.piece.clone(), attempt: item.attempts, lease });
            inner.keep(item);
        }
        drop(inner);
        if !taken.is_empty() {
            self.changed.notify_one();
        }
        taken
    }

    /// Puts back what never reached its worker.
    pub fn give_back(&self, effect: EffectId, lease: Hash) {
        let mut inner = self.lock();
        let Some(mut item) = inner.take(effect) else { return };
        if item.last_lease == Some(lease) && matches!(item.state, State::Leased { .. }) {
            item.attempts = item.attempts.saturating_sub(1);
            (item.state, item.last_lease) = (State::Offered, None);
            inner.put(item);
        } else {
            inner.keep(item);
        }
    }

    /// Lengthens a lease; `None` when there is no such work, `Some(false)` when it is lost.
    pub fn extend(&self, ticket: &Ticket, time: Duration) -> Option<bool> {
        let mut inner = self.lock();
        let mut item = inner.take(ticket.effect())?;
        let held = item.is_held_by(ticket);
        if held {
            let worker = match &item.state {
                State::Leased { worker, .. } => worker.clone(),
                _ => None,
            };
            item.state = State::Leased { until: Instant::now() + time, worker };
            item.last_lease = Some(ticket.lease);
            item.attempts = item.attempts.max(ticket.attempt);
        }
        inner.keep(item);
        drop(inner);
        self.changed.notify_one();
        Some(held)
    }

    /// What is to be done about an outcome. After [`Step::Go`] the work is nobody else's until
    /// [`Board::withdraw`], [`Board::pause`] or [`Board::undo`].
    pub fn begin(&self, ticket: &Ticket, said: Hash) -> Step {
        let mut inner = self.lock();
        let Some(item) = inner.items.get(&ticket.effect()) else { return Step::Absent };
        if item.state == State::Settling {
            return Step::Absent;
        }
        if let (Some((before, answer)), Some(last)) = (&item.told, item.last_lease)
            && last == ticket.lease
        {
            return if *before == said { Step::Again(answer.clone()) } else { Step::Lost };
        }
        if !item.is_held_by(ticket) {
            return Step::Lost;
        }
        let Some(mut item) = inner.take(ticket.effect()) else { return Step::Absent };
        item.state = State::Settling;
        item.attempts = item.attempts.max(ticket.attempt);
        item.last_lease = Some(ticket.lease);
        let (piece, attempts) = (Box::new(item.piece.clone()), item.attempts);
        inner.keep(item);
        Step::Go { piece, attempts }
    }

    /// Offers work again after a pause; `told` is what the worker was told about it.
    pub fn pause(&self, effect: EffectId, pause: Duration, told: Option<(Hash, WorkAnswer)>) {
        let mut inner = self.lock();
        let Some(mut item) = inner.take(effect) else { return };
        item.state = State::Pausing { until: Instant::now() + pause };
        item.told = told;
        inner.keep(item);
        drop(inner);
        self.changed.notify_one();
    }

    /// The outcome could not be brought: its worker holds the work for so long again.
    pub fn undo(&self, effect: EffectId, time: Duration) {
        let mut inner = self.lock();
        let Some(mut item) = inner.take(effect) else { return };
        item.state = State::Leased { until: Instant::now() + time, worker: None };
        inner.keep(item);
        drop(inner);
        self.changed.notify_one();
    }

    /// When something must be done next.
    pub fn next_at(&self) -> Option<Instant> {
        self.lock().deadlines.first().map(|(at, _)| *at)
    }

    /// Offers again what may be offered again, and takes out what nobody answered in time: after
    /// the attempts that it may have, or at once when it may be handed out only once.
    pub fn expire(&self, now: Instant, config: &Config) -> Vec<Overdue> {
        let mut inner = self.lock();
        let mut overdue = Vec::new();
        while inner.deadlines.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, id)) = inner.deadlines.pop_first() else { break };
            let Some(mut item) = inner.take(id) else { continue };
            let pausing = matches!(item.state, State::Pausing { .. });
            let most = attempts_max(&item.piece, config);
            if pausing || (!item.is_once() && item.attempts < most) {
                item.state = State::Offered;
                inner.put(item);
                continue;
            }
            item.state = State::Settling;
            let (piece, attempts) = (item.piece.clone(), item.attempts);
            overdue.push(Overdue { piece, attempts, once: item.is_once() });
            inner.keep(item);
        }
        overdue
    }

    /// Where a piece of work stands.
    #[must_use]
    pub fn get(&self, effect: EffectId) -> Option<Item> {
        self.lock().items.get(&effect).cloned()
    }

    /// Whether there is no work at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().items.is_empty()
    }
}

impl Inner {
    fn line(&mut self, key: (Tenant, Queue)) -> &mut Line {
        self.lines.entry(key).or_default()
    }

    fn tidy(&mut self, key: &(Tenant, Queue)) {
        if self.lines.get(key).is_some_and(Line::is_idle) {
            self.lines.remove(key);
        }
    }

    /// Takes an item out, with its deadline.
    fn take(&mut self, id: EffectId) -> Option<Item> {
        let item = self.items.remove(&id)?;
        if let Some(at) = item.next_at() {
            self.deadlines.remove(&(at, id));
        }
        Some(item)
    }

    /// Puts an item in, with its deadline.
    fn keep(&mut self, item: Item) {
        if let Some(at) = item.next_at() {
            self.deadlines.insert((at, item.piece.id));
        }
        self.items.insert(item.piece.id, item);
    }

    /// As [`Inner::keep`], and into its line when it is offered.
    fn put(&mut self, item: Item) {
        if item.state == State::Offered {
            let key = (item.piece.address.tenant.clone(), item.piece.work.queue.clone());
            let (actor, id) = (item.piece.address.clone(), item.piece.id);
            self.line(key).push(&actor, id);
        }
        self.keep(item);
    }
}
