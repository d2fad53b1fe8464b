//! The work that workers of this process have, in memory. Nothing here is lost for good: the log
//! says what waits for an outcome, and a lease proves itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::lifecycle::Event;
use contracts::work::{Ticket, WorkAnswer};
use contracts::{ActorId, EffectId, Hash, Partition, Queue, Recorded, Tenant};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::runtime::effects::Start;

/// Who has which work, and until when.
#[derive(Default)]
pub struct Leases {
    inner: Mutex<Inner>,
    /// Said when the next deadline may have become an earlier one.
    pub changed: Notify,
}

#[derive(Default)]
struct Inner {
    held: BTreeMap<EffectId, Held>,
    last: BTreeMap<EffectId, Last>,
    deadlines: BTreeSet<(Instant, EffectId)>,
    bells: BTreeMap<(Tenant, Queue), Arc<Notify>>,
    serial: u64,
}

/// Work that a worker has.
struct Held {
    start: Start,
    lease: Hash,
    until: Instant,
    worker: Option<ActorId>,
}

/// The last lease of work that has no outcome yet.
struct Last {
    lease: Hash,
    /// What its holder was told when it said that it failed: which outcome, and the answer.
    told: Option<(Hash, WorkAnswer)>,
}

/// What is known of the lease of a worker that says something.
pub enum Holder {
    /// It has the work, and gives it back with this.
    Now(Box<Start>),
    /// It had it, and nobody of this process has had it since.
    Before {
        /// Whether this process handed it out.
        own: bool,
    },
    /// It said so before, and this was the answer.
    Told(WorkAnswer),
    /// Somebody else has had the work since, or it said otherwise before.
    Lost,
}

impl Leases {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker gets work; returns what tells this lease from every other.
    pub fn grant(
        &self,
        start: Start,
        worker: Option<ActorId>,
        time: Duration,
        nonce: Hash,
    ) -> Hash {
        let mut inner = self.lock();
        inner.serial += 1;
        let parts = [nonce.to_string(), inner.serial.to_string()];
        let lease = Hash::of_parts("cambium work lease v1", &[&parts[0], &parts[1]]);
        let id = start.due.id;
        inner.last.insert(id, Last { lease, told: None });
        inner.hold(Held { start, lease, until: Instant::now() + time, worker });
        drop(inner);
        self.changed.notify_one();
        lease
    }

    /// Takes the work from the worker that says something about it.
    pub fn take(&self, ticket: &Ticket, said: Hash) -> Holder {
        let mut inner = self.lock();
        let effect = ticket.effect();
        let Some(last) = inner.last.get(&effect) else { return Holder::Before { own: false } };
        if last.lease != ticket.lease {
            return Holder::Lost;
        }
        if let Some((before, answer)) = &last.told {
            return if *before == said { Holder::Told(answer.clone()) } else { Holder::Lost };
        }
        match inner.release(effect) {
            Some(held) => Holder::Now(Box::new(held.start)),
            None => Holder::Before { own: true },
        }
    }

    /// Whether the last lease of this process is the worker's; false = it gave it to nobody.
    /// `None` = somebody else has had the work since, or the worker said that it failed.
    pub fn own(&self, ticket: &Ticket) -> Option<bool> {
        match self.lock().last.get(&ticket.effect()) {
            None => Some(false),
            Some(last) if last.lease == ticket.lease && last.told.is_none() => Some(true),
            Some(_) => None,
        }
    }

    /// Remembers what the holder of the last lease was told.
    pub fn told(&self, effect: EffectId, said: Hash, answer: WorkAnswer) {
        if let Some(last) = self.lock().last.get_mut(&effect) {
            last.told = Some((said, answer));
        }
    }

    /// Lengthens a lease; false when the worker does not have the work at this moment.
    pub fn extend(&self, ticket: &Ticket, time: Duration) -> bool {
        let mut inner = self.lock();
        let Some(mut held) = inner.release(ticket.effect()) else { return false };
        let own = held.lease == ticket.lease;
        if own {
            held.until = Instant::now() + time;
        }
        inner.hold(held);
        drop(inner);
        self.changed.notify_one();
        own
    }

    /// Gives a worker back the lease that it had.
    pub fn restore(&self, start: Start, ticket: &Ticket, time: Duration) {
        let mut inner = self.lock();
        inner.last.insert(ticket.effect(), Last { lease: ticket.lease, told: None });
        inner.hold(Held { start, lease: ticket.lease, until: Instant::now() + time, worker: None });
        drop(inner);
        self.changed.notify_one();
    }

    /// Takes out the work whose workers did not answer in time.
    pub fn expire(&self, now: Instant) -> Vec<Start> {
        let mut inner = self.lock();
        let mut overdue = Vec::new();
        while let Some((at, id)) = inner.deadlines.first().copied() {
            if at > now {
                break;
            }
            inner.deadlines.pop_first();
            overdue.extend(inner.release(id).map(|held| held.start));
        }
        overdue
    }

    /// Forgets the work of a partition that is another node's now, which asks its workers again;
    /// what this node had begun.
    pub fn let_go(&self, partition: Partition) -> Vec<Start> {
        let mut inner = self.lock();
        let of = |start: &Start| start.due.address.partition() == partition;
        let gone = inner.held.iter().filter(|(_, held)| of(&held.start));
        let gone: Vec<EffectId> = gone.map(|(id, _)| *id).collect();
        gone.into_iter()
            .filter_map(|id| {
                inner.last.remove(&id);
                inner.release(id).map(|held| held.start)
            })
            .collect()
    }

    /// When the next lease runs out.
    pub fn next_at(&self) -> Option<Instant> {
        self.lock().deadlines.first().map(|(at, _)| *at)
    }

    /// Takes out what a commit concludes, or wants done no longer.
    #[must_use]
    pub fn see(&self, recorded: &Recorded) -> Vec<Start> {
        let mut inner = self.lock();
        if inner.last.is_empty() {
            return Vec::new();
        }
        let mut cut = Vec::new();
        for event in recorded.commit.events.iter().filter_map(Event::from_record) {
            let (effect, over) = match event {
                Event::EffectConcluded { effect, .. } => (effect, true),
                Event::EffectCancelled { effect, .. } | Event::EffectResolved { effect, .. } => {
                    (effect, false)
                }
                _ => continue,
            };
            // Only its own actor can say so.
            let own = |held: &Held| recorded.commit.is_of(&held.start.due.address);
            if inner.held.get(&effect).is_some_and(own) {
                cut.extend(inner.release(effect).map(|held| held.start));
            }
            if over {
                inner.last.remove(&effect);
            }
        }
        cut
    }

    /// Which worker has it; `None` = none of this process.
    pub fn worker(&self, effect: EffectId) -> Option<Option<ActorId>> {
        self.lock().held.get(&effect).map(|held| held.worker.clone())
    }

    /// Rings when something is put into a queue. Held as long as somebody waits.
    pub fn bell(&self, tenant: &Tenant, queue: &Queue) -> Arc<Notify> {
        self.lock().bells.entry((tenant.clone(), queue.clone())).or_default().clone()
    }

    /// Lets go of a bell.
    pub fn leave(&self, tenant: &Tenant, queue: &Queue, bell: Arc<Notify>) {
        drop(bell);
        let mut inner = self.lock();
        let key = (tenant.clone(), queue.clone());
        if inner.bells.get(&key).is_some_and(|bell| Arc::strong_count(bell) == 1) {
            inner.bells.remove(&key);
        }
    }

    /// One piece more may be had from a queue.
    pub fn ring(&self, tenant: &Tenant, queue: &Queue) {
        if let Some(bell) = self.lock().bells.get(&(tenant.clone(), queue.clone())) {
            bell.notify_one();
        }
    }

    /// Whoever waits may find something.
    pub fn ring_all(&self) {
        self.lock().bells.values().for_each(|bell| bell.notify_waiters());
    }
}

impl Inner {
    fn hold(&mut self, held: Held) {
        self.deadlines.insert((held.until, held.start.due.id));
        self.held.insert(held.start.due.id, held);
    }

    fn release(&mut self, effect: EffectId) -> Option<Held> {
        let held = self.held.remove(&effect)?;
        self.deadlines.remove(&(held.until, effect));
        Some(held)
    }
}
