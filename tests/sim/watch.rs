//! Reads the log behind everybody's back and checks, commit by commit, what must always hold.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use contracts::chain::Head;
use contracts::effect::{Delivery, Effect};
use contracts::envelope::Cause;
use contracts::lifecycle::Event;
use contracts::ports::Log;
use contracts::{
    Address, CommandId, Cursor, EffectId, Entry, Recorded, Revision, Timestamp, lifecycle,
};

use super::model::question;

/// What an actor's log says so far.
#[derive(Default, Clone)]
pub struct Chain {
    /// The last commit.
    pub head: Head,
    /// Of each revision: the head, the value of a counter.
    past: BTreeMap<Revision, (Head, i64)>,
    value: i64,
    at: Timestamp,
    muted: bool,
    /// Commands without an answer.
    pub open: BTreeSet<CommandId>,
    completed: BTreeSet<CommandId>,
}

/// An effect as the log tells it.
pub struct Known {
    /// Whose.
    pub address: Address,
    /// What is asked.
    pub effect: Effect,
    /// Whether it is kept from the world.
    pub muted: bool,
    /// How many attempts were committed.
    pub attempts: u32,
    /// Whether it has its outcome.
    pub concluded: bool,
    /// Where it was asked.
    pub cursor: Cursor,
    /// In which commit.
    pub revision: Revision,
}

/// The watcher.
pub struct Watch {
    log: Arc<dyn Log>,
    at: Cursor,
    /// Every actor.
    pub chains: BTreeMap<Address, Chain>,
    /// Every command that committed, and where.
    pub commands: BTreeMap<(Address, CommandId), (Revision, Cursor)>,
    /// Every effect.
    pub effects: BTreeMap<EffectId, Known>,
    /// Committed attempts at calls that cost, by what was asked.
    pub attempted: BTreeMap<String, u32>,
    /// What was read and not handed on yet.
    pub fresh: VecDeque<Arc<Recorded>>,
}

/// What does not hold.
pub type Violation = String;

impl Watch {
    /// A watcher of a log.
    pub fn new(log: Arc<dyn Log>) -> Self {
        Self {
            log,
            at: Cursor::ZERO,
            chains: BTreeMap::new(),
            commands: BTreeMap::new(),
            effects: BTreeMap::new(),
            attempted: BTreeMap::new(),
            fresh: VecDeque::new(),
        }
    }

    /// Reads on to the head of the log.
    ///
    /// # Errors
    /// What does not hold.
    pub async fn advance(&mut self) -> Result<(), Violation> {
        let head = self.log.head().await.map_err(|error| error.to_string())?;
        while self.at < head {
            let next = Cursor(self.at.0 + 1);
            let stored = self.log.get(next).await.map_err(|error| error.to_string())?;
            let entry = Entry::from(stored.ok_or_else(|| format!("nothing stands at {next}"))?);
            let Entry::Commit(recorded) = &entry else {
                return Err(format!("a foreign message stands at {next}: {entry:?}"));
            };
            self.chain(&entry, recorded)?;
            self.once(recorded)?;
            self.world(recorded)?;
            self.fresh.push_back(recorded.clone());
            self.at = next;
        }
        Ok(())
    }

    /// Revisions without gaps, each the continuation of the one before; counters that count.
    fn chain(&mut self, entry: &Entry, recorded: &Recorded) -> Result<(), Violation> {
        let address = recorded.commit.address();
        let mut chain = self.chains.get(&address).cloned().unwrap_or_default();
        if chain.head == Head::default()
            && let Some(parent) = Head::forked_from(entry)
        {
            let from =
                Address::new(address.tenant.clone(), address.kind.clone(), parent.id.clone());
            // A fork may begin before its parent did, in the history that both share.
            let past = self.chains.get(&from).map(|of| of.past.range(..=parent.revision));
            chain.past = past.into_iter().flatten().map(|(at, then)| (*at, *then)).collect();
            let (head, value) = chain
                .past
                .get(&parent.revision)
                .ok_or_else(|| format!("{address} is a fork of nothing: {parent:?}"))?;
            (chain.head, chain.value, chain.muted) = (*head, *value, parent.muted);
        }
        chain.head = chain.head.follow(&address, entry).map_err(|broken| broken.to_string())?;
        if recorded.commit.at < chain.at {
            return Err(format!("{address} r{} is older than the one before", chain.head.revision));
        }
        chain.at = recorded.commit.at;
        count(&mut chain, recorded)?;
        let command = &recorded.commit.command;
        if command.deadline.is_some() {
            chain.open.insert(command.id);
        }
        for done in &recorded.commit.completions {
            let id = done.command_id;
            if !chain.open.remove(&id) && id != command.id {
                return Err(format!("{address} answers {id}, which does not wait"));
            }
            if !chain.completed.insert(id) {
                return Err(format!("{address} answers {id} twice"));
            }
        }
        chain.past.insert(chain.head.revision, (chain.head, chain.value));
        self.chains.insert(address, chain);
        Ok(())
    }

    /// One commit per command id.
    fn once(&mut self, recorded: &Recorded) -> Result<(), Violation> {
        let (address, id) = (recorded.commit.address(), recorded.commit.command.id);
        let place = (recorded.commit.revision, recorded.cursor);
        match self.commands.insert((address.clone(), id), place) {
            None => Ok(()),
            Some((revision, _)) => {
                Err(format!("{address} committed {id} as r{revision} and as r{}", place.0))
            }
        }
    }

    /// Effects are known before they are spoken of, attempted once where they cost, and concluded
    /// once; no command crosses from one tenant to another.
    fn world(&mut self, recorded: &Recorded) -> Result<(), Violation> {
        let commit = &recorded.commit;
        let address = commit.address();
        if let Some(Cause::Effect(id)) = &commit.command.cause {
            let known = self.effects.get(id);
            let known = known.ok_or_else(|| format!("{address} is asked by no effect {id}"))?;
            let own = lifecycle::is_runtime(&commit.command.name);
            let meant = match &known.effect {
                Effect::Send(send) if !own => {
                    send.kind == address.kind
                        && send.id == address.id
                        && known.address.tenant == address.tenant
                }
                _ => known.address == address,
            };
            if !meant {
                return Err(format!("{address} is asked by an effect of {}", known.address));
            }
        }
        for event in commit.events.iter().filter_map(Event::from_record) {
            match event {
                Event::EffectAttempted { effect, .. } => self.attempt(&address, effect)?,
                Event::EffectConcluded { effect, .. } => self.conclude(&address, effect)?,
                _ => {}
            }
        }
        let muted = self.chains.get(&address).is_some_and(|chain| chain.muted);
        for record in &commit.effects {
            let effect = record.effect().map_err(|error| error.to_string())?;
            let (attempts, concluded) = (0, false);
            let (address, cursor, revision) = (address.clone(), recorded.cursor, commit.revision);
            let known = Known { address, effect, muted, attempts, concluded, cursor, revision };
            self.effects.insert(commit.effect_id(record.index), known);
        }
        Ok(())
    }

    fn attempt(&mut self, address: &Address, id: EffectId) -> Result<(), Violation> {
        let known = self.known(address, id)?;
        known.attempts += 1;
        if known.muted {
            return Err(format!("{address} attempts {id}, which is muted"));
        }
        if known.effect.delivery() == Delivery::AtMostOnce && known.attempts > 1 {
            return Err(format!("{address} attempts {id} twice"));
        }
        if let Effect::Llm(llm) = &known.effect {
            let question = question(&llm.request);
            *self.attempted.entry(question).or_default() += 1;
        }
        Ok(())
    }

    fn conclude(&mut self, address: &Address, id: EffectId) -> Result<(), Violation> {
        let known = self.known(address, id)?;
        if known.concluded {
            return Err(format!("{address} has two outcomes of {id}"));
        }
        known.concluded = true;
        Ok(())
    }

    fn known(&mut self, address: &Address, id: EffectId) -> Result<&mut Known, Violation> {
        let known = self.effects.get_mut(&id).filter(|known| known.address == *address);
        known.ok_or_else(|| format!("{address} speaks of {id}, which it did not ask"))
    }
}

/// The value of a counter after a commit, counted by hand.
fn count(chain: &mut Chain, recorded: &Recorded) -> Result<(), Violation> {
    if recorded.commit.kind.as_str() != "counter" {
        return Ok(());
    }
    for event in &recorded.commit.events {
        match event.r#type.as_str() {
            "Added" => {
                chain.value += event.data["by"].as_i64().unwrap_or_default();
                if event.data["value"].as_i64() != Some(chain.value) {
                    return Err(format!(
                        "{} r{} says {}, and the sum is {}",
                        recorded.commit.address(),
                        recorded.commit.revision,
                        event.data,
                        chain.value
                    ));
                }
            }
            "Reset" => chain.value = 0,
            _ => {}
        }
    }
    Ok(())
}
