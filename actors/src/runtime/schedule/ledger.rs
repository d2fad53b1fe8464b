//! Which timers are armed, of all actors: a fold of the log. Plain data, so that it can be kept in
//! a checkpoint.

use std::collections::BTreeMap;

use contracts::effect::Effect;
use contracts::envelope::{Cause, Trace};
use contracts::lifecycle::{self, Event, Fire};
use contracts::ports::TimerId;
use contracts::{
    ActorId, Address, Caller, CommandName, Correlation, CredentialId, EffectId, Envelope, Origin,
    Principal, Recorded, Refusal, Revision, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::armed::jitter_ms;
use crate::runtime::decide::written;

/// A timer as the broker must hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    generation: Revision,
    effect: EffectId,
    due: Timestamp,
    jitter_ms_max: u64,
    command: CommandName,
    /// Who set it: it fires in this name.
    by: Principal,
    /// The key or session that it was set with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential: Option<CredentialId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation: Option<Correlation>,
    /// Where the command that set it stands in a trace that is recorded: its firings are linked to
    /// that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<Trace>,
    /// Since when it waits for this time.
    #[serde(default)]
    since: Timestamp,
    /// How many commands of actors led to the one that set it.
    #[serde(default)]
    hops: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    imported: bool,
    /// A policy asks for somebody's yes before it is set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    held: bool,
}

impl Alarm {
    /// When it fires.
    pub fn at(&self, timer: &TimerId) -> Timestamp {
        let jitter = jitter_ms(&timer.address, &timer.name, self.due, self.jitter_ms_max);
        self.due.plus_millis(i64::try_from(jitter).unwrap_or(i64::MAX))
    }

    /// Whether the broker must hold it.
    const fn is_wanted(&self) -> bool {
        !self.imported && !self.held
    }

    /// What tells one setting from another, short enough for a header.
    pub fn mark(&self) -> String {
        format!("{}-{}", self.generation, self.due.as_millis())
    }

    /// The command that its firing is: always the same. After `rest_ms` of waiting it begins a
    /// chain of its own; sooner, it is one more of the chain that set it.
    ///
    /// # Errors
    /// `internal` when it cannot be written.
    pub fn envelope(&self, timer: &TimerId, rest_ms: u64) -> Result<Envelope, Refusal> {
        let TimerId { address, name } = timer;
        let fire = Fire {
            timer: name.clone(),
            generation: self.generation,
            due: self.due,
            command: self.command.clone(),
        };
        let id = fire.command(address);
        let input = written(&fire)?;
        let by = Caller::new(self.by.clone(), Origin::Runtime).with(self.credential.clone());
        let mut envelope = Envelope::new(id, address.clone(), lifecycle::FIRE, input, by);
        envelope.cause = Some(Cause::Effect(self.effect));
        envelope.correlation.clone_from(&self.correlation);
        envelope.trace.clone_from(&self.trace);
        let waits_ms = self.due.as_millis().saturating_sub(self.since.as_millis());
        let rests = u64::try_from(waits_ms).is_ok_and(|waits_ms| waits_ms >= rest_ms);
        envelope.hops = if rests { 0 } else { self.hops };
        Ok(envelope)
    }
}

/// What is known of an actor that has timers, or may not have any of them fire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Actor {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    muted: bool,
    /// What fires waits in DEAD: to let it fire again would only add to that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    parked: bool,
    alarms: BTreeMap<ActorId, Alarm>,
}

impl Actor {
    fn is_plain(&self) -> bool {
        !self.muted && !self.parked && self.alarms.is_empty()
    }
}

/// The timers of all actors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    #[serde(with = "pairs")]
    actors: BTreeMap<Address, Actor>,
}

impl Ledger {
    /// Folds a commit; returns the timers whose schedule must be looked at by nobody's effect:
    /// those that fire again, that were let out, and that went with all others.
    pub fn fold(&mut self, recorded: &Recorded) -> Vec<TimerId> {
        let commit = &recorded.commit;
        let runtime = commit.events.iter().any(|it| it.r#type.starts_with(lifecycle::PREFIX));
        let timers = commit.effects.iter().any(|effect| effect.r#type == "timer");
        if !runtime && !timers {
            return Vec::new();
        }
        let address = commit.address();
        let mut actor = self.actors.remove(&address).unwrap_or_default();
        let mut changed = Vec::new();
        for event in commit.events.iter().filter_map(Event::from_record) {
            actor.fold_event(&event, recorded, &mut changed);
        }
        actor.fold_effects(recorded, &mut changed);
        if !actor.is_plain() {
            self.actors.insert(address.clone(), actor);
        }
        let timer = |name| TimerId { address: address.clone(), name };
        changed.into_iter().map(timer).collect()
    }

    /// The timer as the broker must hold it; `None` = it must hold none.
    pub fn wanted(&self, timer: &TimerId) -> Option<&Alarm> {
        let actor = self.actors.get(&timer.address).filter(|actor| !actor.muted)?;
        actor.alarms.get(&timer.name).filter(|alarm| alarm.is_wanted())
    }

    /// All that the broker must hold, and whether what fires waits in DEAD.
    pub fn all(&self) -> impl Iterator<Item = (TimerId, &Alarm, bool)> {
        self.actors.iter().filter(|(_, actor)| !actor.muted).flat_map(|(address, actor)| {
            let alarms = actor.alarms.iter().filter(|(_, alarm)| alarm.is_wanted());
            alarms.map(move |(name, alarm)| {
                let timer = TimerId { address: address.clone(), name: name.clone() };
                (timer, alarm, actor.parked)
            })
        })
    }
}

impl Actor {
    fn fold_event(&mut self, event: &Event, recorded: &Recorded, changed: &mut Vec<ActorId>) {
        match event {
            Event::Forked(parent) => self.muted = parent.muted,
            Event::Unmuted {} => {
                self.muted = false;
                self.alarms.values_mut().for_each(|alarm| alarm.imported = false);
                changed.extend(self.alarms.keys().cloned());
            }
            Event::EffectPaused { effect, awaits: Some(_), .. } => {
                self.hold(*effect, true, changed);
            }
            Event::EffectResumed { effect, .. } => self.hold(*effect, false, changed),
            Event::Parked { .. } if !recorded.imported => self.parked = true,
            Event::Unparked {} => self.parked = false,
            Event::EffectCancelled { effect, .. } => {
                self.alarms.retain(|name, alarm| {
                    let kept = alarm.effect != *effect;
                    if !kept {
                        changed.push(name.clone());
                    }
                    kept
                });
            }
            Event::TimerFired { timer, generation, next, .. } => {
                let fired = self.alarms.get_mut(timer).filter(|it| it.generation == *generation);
                match (fired, next) {
                    (Some(alarm), Some(next)) => {
                        (alarm.since, alarm.due) = (alarm.due.max(recorded.commit.at), *next);
                        alarm.hops = recorded.commit.command.hops;
                        changed.push(timer.clone());
                    }
                    (Some(_), None) => {
                        self.alarms.remove(timer);
                    }
                    (None, _) => {}
                }
            }
            _ => {}
        }
    }

    fn hold(&mut self, effect: EffectId, held: bool, changed: &mut Vec<ActorId>) {
        let set = self.alarms.iter_mut().filter(|(_, it)| it.effect == effect && it.held != held);
        for (name, alarm) in set {
            alarm.held = held;
            changed.push(name.clone());
        }
    }

    fn fold_effects(&mut self, recorded: &Recorded, changed: &mut Vec<ActorId>) {
        let commit = &recorded.commit;
        for record in commit.effects.iter().filter(|record| record.r#type == "timer") {
            let Ok(Effect::Timer(timer)) = record.effect() else { continue };
            if timer.all {
                changed.extend(std::mem::take(&mut self.alarms).into_keys());
                continue;
            }
            let Some(due) = timer.at else {
                self.alarms.remove(&timer.name);
                continue;
            };
            let alarm = Alarm {
                generation: commit.revision,
                effect: commit.effect_id(record.index),
                due,
                jitter_ms_max: timer.jitter_ms_max,
                command: timer.command,
                by: commit.command.by.principal.clone(),
                credential: commit.command.by.credential.clone(),
                correlation: commit.command.correlation.clone(),
                trace: commit.command.trace.clone().filter(Trace::is_sampled),
                since: commit.at,
                hops: commit.command.hops,
                imported: recorded.imported,
                held: false,
            };
            self.alarms.insert(timer.name, alarm);
        }
    }
}

/// A map whose keys are no strings, as a list of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use contracts::Address;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Actor;

    pub fn serialize<S: Serializer>(
        map: &BTreeMap<Address, Actor>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Address, Actor>, D::Error> {
        Vec::<(Address, Actor)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}
