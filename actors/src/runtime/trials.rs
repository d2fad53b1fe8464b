//! Durable commands that may be what ends the program.
//!
//! A rule that panics is caught; one that aborts, or overflows the stack, ends the whole program,
//! and the broker delivers the command again to the next one, for ever. Its count of deliveries
//! says that something is wrong, but not with which command: whatever was on its way at the same
//! moment has come as often. So a command that keeps coming back without a word is *on trial*: it
//! is decided with no other suspect beside it, and that it is about to be is written down before.
//! One whose trials never end is what ends the program.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use contracts::lifecycle::{self, Park};
use contracts::ports::{Inbound, PortError, Road};
use contracts::{Caller, CommandId, Cursor, Envelope, Partition, Refusal, RefusalClass};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex as Turn, MutexGuard};

use super::Runtime;
use super::cell::sealed_letter;
use super::decide;
use super::inbox::Passage;
use super::letters::open;
use super::shared::{Counters, Shared};

/// The code of what is put aside.
pub const ABORTED: &str = "decide_aborted";

/// Commands of a partition on trial that are remembered.
const NOTES_MAX: usize = 256;

/// A message of COMMANDS among all that ever were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Key {
    sequence: u64,
    stored_ns: i64,
}

impl Key {
    const fn of(inbound: &Inbound) -> Self {
        Self { sequence: inbound.sequence, stored_ns: inbound.stored_ns }
    }
}

/// That trials of a command have begun, and not ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    #[serde(flatten)]
    key: Key,
    trials: u32,
}

/// The trials of a process.
#[derive(Default)]
pub struct Trials {
    /// Deliveries that this run has ended itself, by letting the message come again.
    ended: Mutex<HashMap<Key, u32>>,
    /// One trial at a time.
    turn: Turn<()>,
}

/// What is to be done with a suspect.
pub enum Verdict<'a> {
    /// It is decided, with no other suspect beside it.
    Try(Trial<'a>),
    /// It has ended the program so often.
    Guilty(u32),
}

/// A trial on its way.
pub struct Trial<'a> {
    key: Key,
    partition: Partition,
    /// The trials before it that never ended.
    before: u32,
    /// How often this run had let the command come again when the trial began.
    ended: u32,
    _turn: MutexGuard<'a, ()>,
}

impl Trials {
    /// Whether earlier deliveries of this message have ended without a word, more often than
    /// chance explains.
    pub fn suspects(&self, inbound: &Inbound, least: u32) -> bool {
        if inbound.road != Road::Durable || inbound.delivery <= least {
            return false;
        }
        let ended = self.ended(&Key::of(inbound));
        inbound.delivery.saturating_sub(1).saturating_sub(ended) >= least
    }

    fn ended(&self, key: &Key) -> u32 {
        self.lock().get(key).copied().unwrap_or_default()
    }

    /// The program has outlived a delivery, and lets the message come again.
    pub fn outlived(&self, inbound: &Inbound) {
        if inbound.road == Road::Durable {
            *self.lock().entry(Key::of(inbound)).or_default() += 1;
        }
    }

    /// The message is dealt with.
    pub fn forget(&self, inbound: &Inbound) {
        if inbound.delivery > 1 {
            self.lock().remove(&Key::of(inbound));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, u32>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Waits for its turn, and writes down that a trial begins.
    pub async fn trial(
        &self,
        inbound: &Inbound,
        partition: Partition,
    ) -> Result<Verdict<'_>, PortError> {
        let turn = self.trials.turn.lock().await;
        let (key, mut notes) = (Key::of(inbound), self.notes(partition).await?);
        let begun = notes.iter().find(|note| note.key == key).map_or(0, |note| note.trials);
        if begun >= self.config.crash_trials_max.max(1) {
            return Ok(Verdict::Guilty(begun));
        }
        let ended = self.trials.ended(&key);
        notes.retain(|note| note.key != key);
        notes.push(Note { key, trials: begun + 1 });
        let oldest = notes.len().saturating_sub(NOTES_MAX);
        notes.drain(..oldest);
        self.save(partition, &notes).await?;
        tracing::warn!(sequence = key.sequence, trials = begun + 1, "command.on_trial");
        Ok(Verdict::Try(Trial { key, partition, before: begun, ended, _turn: turn }))
    }

    /// The program has outlived the trial. A command that comes again may not have been decided at
    /// all, since the gate or the log was away: then this trial says nothing, and those before it
    /// count on.
    pub async fn conclude(&self, trial: Trial<'_>) -> Result<(), PortError> {
        let comes_again = self.trials.ended(&trial.key) > trial.ended;
        let trials = if comes_again { trial.before } else { 0 };
        let mut notes = self.notes(trial.partition).await?;
        notes.retain(|note| note.key != trial.key);
        if trials > 0 {
            notes.push(Note { key: trial.key, trials });
        }
        self.save(trial.partition, &notes).await
    }

    /// The notes of a partition. What cannot be read costs more trials and nothing else.
    async fn notes(&self, partition: Partition) -> Result<Vec<Note>, PortError> {
        let bytes = self.world.checkpoints.load(&name(partition)).await?;
        Ok(bytes.and_then(|bytes| contracts::read::from_slice(&bytes).ok()).unwrap_or_default())
    }

    async fn save(&self, partition: Partition, notes: &[Note]) -> Result<(), PortError> {
        let name = name(partition);
        if notes.is_empty() {
            return self.world.checkpoints.forget(&name).await;
        }
        let bytes = serde_json::to_vec(notes).map_err(|it| PortError::Refused(it.to_string()))?;
        self.world.checkpoints.save(&name, bytes.into()).await
    }
}

fn name(partition: Partition) -> String {
    format!("trials-{partition}")
}

/// What is said of a command that has ended the program `times` times.
pub fn aborted(times: u32) -> Refusal {
    let message = format!("the program ended each of the {times} times that it decided this alone");
    Refusal::new(RefusalClass::Internal, ABORTED, message)
}

impl Runtime {
    /// Puts a command into DEAD that must not be decided again, and parks its actor at it. An
    /// actor that does not exist cannot be parked. The letter comes first: whoever sees the actor
    /// parked finds the head.
    ///
    /// # Errors
    /// When that cannot be written; then the message comes again.
    pub(super) async fn sentence(
        &self,
        envelope: &Envelope,
        refusal: &Refusal,
        deliveries: u32,
    ) -> Result<u64, Refusal> {
        let world = &self.shared.world;
        let to = &envelope.to;
        // The actor is not read: its own events may be what its rules cannot bear.
        let exists = world.log.first_after(to, Cursor::ZERO).await?.is_some();
        let mut letter = sealed_letter(&self.shared, envelope, refusal, deliveries)?;
        letter.held = exists;
        // An earlier run may have ended between the letter and what follows it.
        let position = match self.buried(envelope).await? {
            Some(position) => position,
            None => world.dead.bury(letter).await?,
        };
        Counters::add(&self.shared.counters.dead);
        tracing::error!(actor = %to, command = %envelope.id, %refusal, "command.sentenced");
        if exists {
            let (code, reason) = (refusal.code.to_string(), refusal.message.clone());
            let input = decide::written(&Park { command: envelope.id, code, reason })?;
            let parts = [to.to_string(), envelope.id.to_string(), position.to_string()];
            let parts = parts.each_ref().map(|part| &**part);
            let id = CommandId::derived("cambium park aborted command v1", &parts);
            let park = Envelope::new(id, to.clone(), lifecycle::PARK, input, Caller::runtime());
            self.deliver(park, Passage::Interactive).await?;
        }
        Ok(position)
    }

    /// Where a command that was put aside lies already.
    async fn buried(&self, envelope: &Envelope) -> Result<Option<u64>, PortError> {
        let mut after = 0;
        while let Some((position, letter)) =
            self.shared.world.dead.next_of(&envelope.to, after).await?
        {
            after = position;
            let same = |found: Envelope| found.id == envelope.id;
            if letter.code == ABORTED && open::open(&self.shared, position, &letter).is_ok_and(same)
            {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }
}
