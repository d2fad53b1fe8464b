//! The ledger: effects without an outcome and commands without an answer, a fold of the log.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use contracts::effect::Effect;
use contracts::lifecycle::{self, Event, Expire};
use contracts::ports::{CommandBus, Wait};
use contracts::{
    Address, Caller, CommandId, Cursor, EffectId, Entry, Envelope, Hash, Principal, Recorded,
    Revision, Timestamp,
};
use futures_util::StreamExt;
use tokio::sync::watch;

use super::Runtime;
use super::executor::{Executor, Pause};

/// How far the ledger has read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Up to here.
    pub at: Cursor,
    /// Whether that is at least where the log stood at the start.
    pub complete: bool,
}

/// An effect that waits for its outcome.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its id.
    pub id: EffectId,
    /// Whose it is.
    pub address: Address,
    /// In which commit it was asked.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// Where that commit stands.
    pub cursor: Cursor,
    /// What is asked; `Err` = by a newer version of the program.
    pub effect: Result<Effect, String>,
    /// How many attempts are committed.
    pub attempts: u32,
    /// Who caused it: the outcome acts in this name.
    pub principal: Principal,
    /// Where that stands in a trace.
    pub trace: Option<contracts::envelope::Trace>,
    /// The errand it belongs to.
    pub correlation: Option<contracts::Correlation>,
}

/// What the log leaves to be done.
#[derive(Default)]
pub struct Ledger {
    due: BTreeMap<EffectId, Due>,
    order: BTreeMap<(Cursor, u32), EffectId>,
    place: HashMap<EffectId, (Cursor, u32)>,
    muted: HashSet<Address>,
    /// What muted actors, or other logs, have asked of the world.
    held: HashMap<Address, Held>,
    deadlines: BTreeSet<(Timestamp, Address, CommandId)>,
    open: HashMap<(Address, CommandId), Timestamp>,
}

/// What is kept from the world until a command lets it out.
#[derive(Default)]
struct Held {
    due: Vec<(Cursor, Due)>,
    deadlines: Vec<(Timestamp, CommandId)>,
}

impl Ledger {
    /// Folds a commit and returns the effects that it asks.
    pub fn fold(&mut self, recorded: &Recorded) -> Vec<EffectId> {
        let commit = &recorded.commit;
        let address = commit.address();
        let mut released = Vec::new();
        for event in commit.events.iter().filter_map(Event::from_record) {
            match event {
                Event::Forked(parent) if parent.muted => {
                    self.muted.insert(commit.address());
                }
                Event::EffectConcluded { effect, .. } => self.conclude(&address, effect),
                Event::Unmuted {} => released = self.release(&address),
                Event::EffectAttempted { effect, attempt, .. } => {
                    if let Some(due) = self.due.get_mut(&effect) {
                        due.attempts = attempt;
                    }
                }
                Event::Forked(_)
                | Event::CommandExpired { .. }
                | Event::Parked { .. }
                | Event::LetterSettled { .. }
                | Event::Unparked {}
                | Event::Skipped { .. }
                | Event::EffectPaused { .. }
                | Event::EffectResumed { .. }
                | Event::EffectCancelled { .. }
                | Event::EffectUnknown { .. }
                | Event::EffectResolved { .. }
                | Event::TimerFired { .. } => {}
            }
        }
        // What another log asked of the world is not asked again by this one.
        let muted = recorded.imported || self.muted.contains(&address);
        if recorded.imported {
            let deadline = commit.command.deadline.map(|deadline| (deadline, commit.command.id));
            let held = deadline.map(|_| self.held.entry(address.clone()).or_default());
            held.into_iter().for_each(|held| held.deadlines.extend(deadline));
        } else if let Some(deadline) = commit.command.deadline {
            self.open.insert((address.clone(), commit.command.id), deadline);
            self.deadlines.insert((deadline, address.clone(), commit.command.id));
        }
        for completion in &commit.completions {
            if let Some(held) = self.held.get_mut(&address) {
                held.deadlines.retain(|(_, command)| *command != completion.command_id);
            }
            let key = (address.clone(), completion.command_id);
            if let Some(deadline) = self.open.remove(&key) {
                self.deadlines.remove(&(deadline, key.0, key.1));
            }
        }
        let asked = commit.effects.iter().map(|effect| due(recorded, effect.index));
        if muted && commit.effects.is_empty() {
            return released;
        }
        if muted {
            let held = self.held.entry(address).or_default();
            held.due.extend(asked.map(|due| (recorded.cursor, due)));
        } else {
            released.extend(asked.map(|due| self.owe(recorded.cursor, due)));
        }
        released
    }

    /// What was kept from the world is due now.
    fn release(&mut self, address: &Address) -> Vec<EffectId> {
        self.muted.remove(address);
        let Some(held) = self.held.remove(address) else { return Vec::new() };
        for (deadline, command) in held.deadlines {
            self.open.insert((address.clone(), command), deadline);
            self.deadlines.insert((deadline, address.clone(), command));
        }
        held.due.into_iter().map(|(cursor, due)| self.owe(cursor, due)).collect()
    }

    fn owe(&mut self, cursor: Cursor, due: Due) -> EffectId {
        let (id, index) = (due.id, due.index);
        self.due.insert(id, due);
        self.order.insert((cursor, index), id);
        self.place.insert(id, (cursor, index));
        id
    }

    fn conclude(&mut self, address: &Address, effect: EffectId) {
        if let Some(held) = self.held.get_mut(address) {
            held.due.retain(|(_, due)| due.id != effect);
            if held.due.is_empty() && held.deadlines.is_empty() {
                self.held.remove(address);
            }
        }
        self.due.remove(&effect);
        if let Some(place) = self.place.remove(&effect) {
            self.order.remove(&place);
        }
    }

    /// How many effects wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// All effects that wait, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Due> {
        self.order.values().filter_map(|id| self.due.get(id))
    }

    /// One effect that waits.
    #[must_use]
    pub fn get(&self, id: EffectId) -> Option<&Due> {
        self.due.get(&id)
    }

    /// Takes the commands whose deadline has passed.
    pub fn take_expired(&mut self, now: Timestamp) -> Vec<(CommandId, Address)> {
        let mut expired = Vec::new();
        while self.deadlines.first().is_some_and(|(deadline, ..)| *deadline <= now) {
            let Some((_, address, command)) = self.deadlines.pop_first() else { break };
            self.open.remove(&(address.clone(), command));
            expired.push((command, address));
        }
        expired
    }
}

/// The effect at `index` of a commit, as it waits.
fn due(recorded: &Recorded, index: u32) -> Due {
    let commit = &recorded.commit;
    let record = &commit.effects[index as usize];
    Due {
        id: commit.effect_id(index),
        address: commit.address(),
        revision: commit.revision,
        index,
        cursor: recorded.cursor,
        effect: record.effect().map_err(|error| error.to_string()),
        attempts: 0,
        principal: commit.command.by.principal.clone(),
        trace: commit.command.trace.clone(),
        correlation: commit.command.correlation.clone(),
    }
}

/// How often deadlines are looked at.
const DEADLINE_TICK_MS: u64 = 250;

/// Folds the log from its beginning, then performs what it leaves to be done, commit by commit.
pub fn spawn(runtime: Runtime, head: Cursor, progress: watch::Sender<Progress>) {
    let shared = runtime.shared.clone();
    let tracker = shared.tasks.clone();
    tracker.spawn(async move {
        let mut feed = shared.world.feed.subscribe(Cursor::ZERO);
        let mut ledger = Ledger::default();
        let executor = Executor::new(runtime.clone());
        let mut complete = head == Cursor::ZERO;
        if complete {
            shared.desk.go_live();
        }
        progress.send_replace(Progress { at: Cursor::ZERO, complete });
        let mut tick = tokio::time::interval(Duration::from_millis(DEADLINE_TICK_MS));
        loop {
            // In a fixed order, so that a simulation of it can be repeated.
            tokio::select! {
                biased;
                () = shared.stop.cancelled() => return,
                _ = tick.tick(), if complete => {
                    for (command, address) in ledger.take_expired(shared.world.clock.now()) {
                        expire(&runtime, command, address);
                    }
                }
                item = feed.next() => match item {
                    Some(Ok(entry)) => {
                        let at = entry.cursor();
                        let fresh = match &entry {
                            Entry::Commit(recorded) => {
                                shared.desk.see(recorded);
                                shared.board.see(recorded);
                                ledger.fold(recorded)
                            }
                            Entry::Foreign(_) => Vec::new(),
                        };
                        if complete {
                            for due in fresh.iter().filter_map(|id| ledger.get(*id)) {
                                executor.perform(due.clone());
                            }
                        } else if at >= head {
                            complete = true;
                            shared.desk.go_live();
                            for due in ledger.all() {
                                executor.take_over(due.clone());
                            }
                        }
                        let pending = ledger.len() as u64;
                        let counter = &shared.counters.effects_pending;
                        counter.store(pending, std::sync::atomic::Ordering::Relaxed);
                        progress.send_replace(Progress { at, complete });
                    }
                    Some(Err(error)) => tracing::error!(%error, "ledger.interrupted"),
                    None => {
                        tracing::error!("ledger.ended");
                        return;
                    }
                },
            }
        }
    });
}

/// Answers an open command with `timeout`; tried until the actor has taken it.
fn expire(runtime: &Runtime, command: CommandId, address: Address) {
    let runtime = runtime.clone();
    let tracker = runtime.shared.tasks.clone();
    tracker.spawn(async move {
        let id = CommandId::derived("cambium expire command v1", &[&command.to_string()]);
        let input = serde_json::to_value(Expire { command }).unwrap_or_default();
        let envelope = Envelope::new(id, address, lifecycle::EXPIRE, input, Caller::runtime());
        let mut pause = Pause::new(&runtime.shared.config, Hash::of(command.0.as_bytes()));
        loop {
            match runtime.ask(envelope.clone(), Wait::Accepted).await {
                // The clock was set back meanwhile: the deadline is ahead again.
                Ok(answer) if answer.reply["open"] == true => {}
                Ok(_) => return,
                Err(refusal) => tracing::warn!(%refusal, "expire.refused"),
            }
            if !pause.wait(&runtime.shared.stop).await {
                return;
            }
        }
    });
}
