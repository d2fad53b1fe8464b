//! The cells that are awake, by partition: the short way from a command to its actor's mailbox.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::{Address, Partition, Refusal, RefusalClass};
use ractor::{ActorId, ActorRef};
use tokio::time::Instant;

use super::host::CellMessage;
use super::inbox::{Inbox, Put, Work};
use crate::config::Config;

/// A cell from outside.
pub struct Slot {
    /// Its mailbox.
    pub inbox: Arc<Inbox>,
    /// About how much memory it takes beyond a fresh one, in bytes.
    pub weight: Arc<AtomicU64>,
    /// Once it is spawned. Until then its mailbox collects what comes.
    actor: Option<ActorRef<CellMessage>>,
    used: Instant,
}

/// What must be done after a command was put.
pub enum Next {
    /// Nothing: the cell comes to it.
    Nothing,
    /// Its host has to spawn the cell.
    Spawn,
}

type Table = HashMap<Address, Slot>;

/// All cells of this process.
pub struct Cells {
    tables: Vec<Mutex<Table>>,
    /// The bytes that all cells weigh together.
    weight: Arc<AtomicU64>,
    awake: AtomicU64,
}

impl Default for Cells {
    fn default() -> Self {
        let tables = Partition::all().map(|_| Mutex::default()).collect();
        Self { tables, weight: Arc::default(), awake: AtomicU64::new(0) }
    }
}

impl Cells {
    fn table(&self, partition: Partition) -> MutexGuard<'_, Table> {
        let table = &self.tables[usize::from(partition.number())];
        table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are awake.
    pub fn awake(&self) -> u64 {
        self.awake.load(Ordering::Relaxed)
    }

    /// What they weigh together, in bytes.
    pub fn weight(&self) -> Arc<AtomicU64> {
        self.weight.clone()
    }

    /// Puts a command into its actor's mailbox, waking the actor when it sleeps.
    ///
    /// # Errors
    /// The command and why it was not taken.
    pub fn put(&self, mut work: Work, config: &Config) -> Result<Next, Box<(Work, Refusal)>> {
        let partition = work.envelope.to.partition();
        let mut table = self.table(partition);
        let most = config.mailbox_commands_max;
        if let Some(slot) = table.get_mut(&work.envelope.to) {
            slot.used = Instant::now();
            match slot.inbox.put(work, most) {
                Put::Waits => return Ok(Next::Nothing),
                Put::Tell => {
                    slot.tell();
                    return Ok(Next::Nothing);
                }
                Put::Full(work) => return Err(Box::new((work, overloaded()))),
                Put::Asleep(back) => work = back,
            }
            let address = work.envelope.to.clone();
            self.remove(&mut table, &address);
        }
        if self.is_full(&table, config) && !self.sleep_idlest(&mut table) {
            return Err(Box::new((work, exhausted())));
        }
        let address = work.envelope.to.clone();
        let inbox = Arc::new(Inbox::default());
        let _first = inbox.put(work, most.max(1));
        let slot = Slot { inbox, weight: Arc::default(), actor: None, used: Instant::now() };
        table.insert(address, slot);
        self.awake.fetch_add(1, Ordering::Relaxed);
        Ok(Next::Spawn)
    }

    /// Whether another cell needs one of this partition to fall asleep first.
    fn is_full(&self, table: &Table, config: &Config) -> bool {
        let most = (config.cells_awake_max / usize::from(Partition::COUNT)).max(1);
        table.len() >= most
            || (self.weight.load(Ordering::Relaxed) > config.cells_bytes_max && !table.is_empty())
    }

    /// The mailbox that a cell about to be spawned serves.
    pub fn inbox(&self, address: &Address) -> Option<(Arc<Inbox>, Arc<AtomicU64>)> {
        let table = self.table(address.partition());
        let slot = table.get(address).filter(|slot| slot.actor.is_none())?;
        Some((slot.inbox.clone(), slot.weight.clone()))
    }

    /// A cell was spawned; it is told of what waits for it.
    pub fn spawned(&self, address: &Address, actor: ActorRef<CellMessage>) {
        if let Some(slot) = self.table(address.partition()).get_mut(address) {
            slot.actor = Some(actor);
            slot.tell();
        }
    }

    /// A cell could not be spawned, or has failed: the next command wakes it anew. Returns what
    /// waited for it.
    pub fn failed(&self, address: &Address) -> Vec<Work> {
        let mut table = self.table(address.partition());
        let waiting = self.remove(&mut table, address).map(|slot| slot.inbox.close());
        waiting.map(Vec::from).unwrap_or_default()
    }

    /// As [`Cells::failed`], of the cell that was this actor.
    pub fn ended(&self, partition: Partition, actor: ActorId) -> Vec<Work> {
        let address = {
            let table = self.table(partition);
            let is = |slot: &Slot| slot.actor.as_ref().is_some_and(|it| it.get_id() == actor);
            table.iter().find(|(_, slot)| is(slot)).map(|(address, _)| address.clone())
        };
        address.map(|address| self.failed(&address)).unwrap_or_default()
    }

    /// The cell of an actor, when it is awake.
    pub fn find(&self, address: &Address) -> Option<ActorRef<CellMessage>> {
        self.table(address.partition()).get(address)?.actor.clone()
    }

    /// Puts to sleep what had nothing to do for `idle`, and, while all together weigh too much,
    /// the idlest.
    pub fn sweep(&self, partition: Partition, idle: Duration, config: &Config) {
        let mut table = self.table(partition);
        let mut asleep: Vec<Address> = table
            .iter()
            .filter(|(_, slot)| slot.used.elapsed() >= idle && slot.inbox.fall_asleep())
            .map(|(address, _)| address.clone())
            .collect();
        // In a fixed order, so that a run can be repeated.
        asleep.sort_unstable();
        for address in asleep {
            self.stop(&mut table, &address);
        }
        while self.weight.load(Ordering::Relaxed) > config.cells_bytes_max
            && self.sleep_idlest(&mut table)
        {}
    }

    /// Puts to sleep what has nothing to do, at most `most` cells, those used last. They end once
    /// they have kept what would be dear to fold again.
    pub fn retire(&self, most: usize) -> Vec<ActorRef<CellMessage>> {
        let mut idle: Vec<(Instant, Address)> = Vec::new();
        for partition in Partition::all() {
            let table = self.table(partition);
            let spawned = table.iter().filter(|(_, slot)| slot.actor.is_some());
            idle.extend(spawned.map(|(address, slot)| (slot.used, address.clone())));
        }
        idle.sort_unstable_by(|one, other| other.cmp(one));
        idle.truncate(most);
        let retired = idle.into_iter().filter_map(|(_, address)| {
            let mut table = self.table(address.partition());
            let slot = table.get(&address).filter(|slot| slot.inbox.fall_asleep())?;
            let actor = slot.actor.clone();
            self.stop(&mut table, &address);
            actor
        });
        retired.collect()
    }

    /// Puts all cells of a partition to sleep that have nothing to do; how many are left.
    pub fn retire_all(&self, partition: Partition) -> usize {
        let mut table = self.table(partition);
        let mut idle: Vec<Address> = table
            .iter()
            .filter(|(_, slot)| slot.inbox.fall_asleep())
            .map(|(address, _)| address.clone())
            .collect();
        // In a fixed order, so that a run can be repeated.
        idle.sort_unstable();
        for address in idle {
            self.stop(&mut table, &address);
        }
        table.len()
    }

    /// Lets all cells of a partition read the log again before they decide anything more.
    pub fn doubt_all(&self, partition: Partition) {
        for actor in self.table(partition).values().filter_map(|slot| slot.actor.as_ref()) {
            let _ = actor.cast(CellMessage::Doubt);
        }
    }

    /// The idlest cell that has nothing to do falls asleep; false when all are busy.
    fn sleep_idlest(&self, table: &mut Table) -> bool {
        let spawned = || table.iter().filter(|(_, slot)| slot.actor.is_some());
        let idlest = spawned()
            .min_by_key(|(address, slot)| (slot.used, *address))
            .filter(|(_, slot)| slot.inbox.fall_asleep())
            .or_else(|| {
                let idle = spawned().filter(|(_, slot)| slot.inbox.is_idle());
                let idlest = idle.min_by_key(|(address, slot)| (slot.used, *address));
                idlest.filter(|(_, slot)| slot.inbox.fall_asleep())
            })
            .map(|(address, _)| address.clone());
        idlest.map(|address| self.stop(table, &address)).is_some()
    }

    fn stop(&self, table: &mut Table, address: &Address) {
        if let Some(Slot { actor: Some(actor), .. }) = self.remove(table, address) {
            // It keeps what would be dear to fold again, and ends.
            let _ = actor.cast(CellMessage::Sleep);
        }
    }

    fn remove(&self, table: &mut Table, address: &Address) -> Option<Slot> {
        let Entry::Occupied(slot) = table.entry(address.clone()) else { return None };
        let slot = slot.remove();
        self.awake.fetch_sub(1, Ordering::Relaxed);
        self.weight.fetch_sub(slot.weight.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        Some(slot)
    }
}

impl Slot {
    /// Says to the cell that something waits.
    fn tell(&self) {
        if let Some(actor) = &self.actor {
            // Only a cell that has ended takes no message; its host then answers what waits.
            let _ = actor.cast(CellMessage::Work);
        }
    }
}

fn overloaded() -> Refusal {
    let message = "too many commands wait for this actor";
    Refusal::new(RefusalClass::Overloaded, "actor_overloaded", message).retry_after(100)
}

fn exhausted() -> Refusal {
    let message = "as many actors are busy as may be awake at once";
    Refusal::new(RefusalClass::Overloaded, "cells_exhausted", message).retry_after(500)
}
