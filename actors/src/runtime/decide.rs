//! From a command to the commit that it causes. No clock, no log: what it needs is handed in.

use std::panic::{AssertUnwindSafe, catch_unwind};

use contracts::commit::{COMMIT_VERSION, CommandRecord, Commit, Completion, GateRecord, Input};
use contracts::lifecycle::{self, Event, Expire};
use contracts::{
    Context, EffectRecord, Envelope, EventRecord, Hash, Refusal, RefusalClass, Reply, Signal,
    Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::effects;
use super::header::Header;
use super::living::Living;
use super::parked;
use super::schedule;
use crate::machine::{Draft, Machine};

/// What a command leads to.
pub struct Decided {
    /// The events of the runtime, then those of the kind.
    pub events: Vec<EventRecord>,
    /// The effects.
    pub effects: Vec<contracts::Effect>,
    /// The answer.
    pub reply: Reply,
    /// The answers to other commands.
    pub completes: Vec<Completion>,
    /// The signals.
    pub signals: Vec<Signal>,
    /// The kind's state after it.
    pub next: Box<dyn Machine>,
}

impl Decided {
    pub(super) fn kind(draft: Draft) -> Self {
        let Draft { events, effects, reply, completes, signals, next } = draft;
        Self { events, effects, reply, completes, signals, next }
    }

    /// Only the runtime has something to say.
    pub(super) fn runtime(event: &Event, next: Box<dyn Machine>) -> Self {
        Self {
            events: vec![event.to_record()],
            effects: Vec::new(),
            reply: Reply::Now(json!({})),
            completes: Vec::new(),
            signals: Vec::new(),
            next,
        }
    }

    /// Nothing to store.
    pub(super) fn nothing(next: Box<dyn Machine>) -> Self {
        let reply = Reply::Now(json!({}));
        let (events, effects) = (Vec::new(), Vec::new());
        let (completes, signals) = (Vec::new(), Vec::new());
        Self { events, effects, reply, completes, signals, next }
    }
}

/// Decides a command of the kind or of the runtime on an actor. `barred` = why the command of a
/// timer that fires may not run.
///
/// # Errors
/// What the kind rejects with; `decide_panicked` when its rules have a bug.
pub fn decide(
    living: &Living,
    envelope: &Envelope,
    cx: &Context,
    barred: Option<Refusal>,
) -> Result<Decided, Refusal> {
    let mut decided = if let Some(decided) = effects::decide::decide(living, envelope, cx) {
        decided
    } else if envelope.name == lifecycle::FIRE {
        schedule::fire::decide(living, envelope, cx, barred)
    } else if envelope.name == lifecycle::UNMUTE {
        Ok(unmute(living))
    } else if envelope.name == lifecycle::EXPIRE {
        Ok(expire(living, &parse(&envelope.input)?, cx.now))
    } else if let Some(decided) = parked::decide(living, envelope) {
        decided
    } else {
        let decide = || living.machine.decide(envelope.name.as_str(), &envelope.input, cx);
        let draft = guarded(decide)?;
        let decided = schedule::plan::plan(living, cx, Decided::kind(draft));
        decided.map(|decided| effects::decide::give_up(living, decided, cx))
    }?;
    decided.completes.retain(|done| living.header.open.contains_key(&done.command_id));
    Ok(decided)
}

/// A panic in the rules of a kind is a bug there, and must not end the process or the actor.
pub(super) fn guarded(decide: impl FnOnce() -> Result<Draft, Refusal>) -> Result<Draft, Refusal> {
    catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(|_| {
        Err(Refusal::new(
            RefusalClass::Internal,
            "decide_panicked",
            "the rules of the kind failed on this command; nothing was stored",
        ))
    })
}

/// The input of a command of the runtime's own. What cannot be written must never become another
/// input.
pub(super) fn written<T: Serialize>(input: &T) -> Result<Value, Refusal> {
    serde_json::to_value(input).map_err(|error| Refusal::internal(error.to_string()))
}

pub(super) fn parse<T: DeserializeOwned>(input: &Value) -> Result<T, Refusal> {
    contracts::read::from_ref(input)
        .map_err(|error| Refusal::new(RefusalClass::Malformed, "invalid_input", error.to_string()))
}

/// The effects that were kept from the world become due, in the order in which they were asked.
fn unmute(living: &Living) -> Decided {
    let next = living.machine.copy();
    let header = &living.header;
    let held = header.pending.values().filter(|pending| header.is_muted() || pending.imported);
    let timers = header.timers.iter().filter(|(_, armed)| header.is_muted() || armed.imported);
    let released = held.count() + timers.count();
    let mut decided = if released > 0 || header.is_muted() {
        Decided::runtime(&Event::Unmuted {}, next)
    } else {
        Decided::nothing(next)
    };
    decided.reply = Reply::Now(json!({ "released": released }));
    decided
}

fn expire(living: &Living, input: &Expire, now: Timestamp) -> Decided {
    let next = living.machine.copy();
    let open = living.header.open.get(&input.command);
    if open.is_none_or(|open| open.deadline > now) {
        let mut nothing = Decided::nothing(next);
        nothing.reply = Reply::Now(json!({ "open": open.is_some() }));
        return nothing;
    }
    let mut decided = Decided::runtime(&Event::CommandExpired { command: input.command }, next);
    let timeout = Refusal::new(
        RefusalClass::Timeout,
        "timeout",
        "the command was accepted and had no answer by its deadline",
    );
    decided.completes.push(Completion::failed(input.command, &timeout));
    decided
}

/// What a commit is made of beside its decision.
pub struct Frame {
    /// The command's input, or where it is kept.
    pub input: Input,
    /// BLAKE3 of its canonical JSON.
    pub input_hash: Hash,
    /// What the gate said.
    pub gate: GateRecord,
    /// When it is decided.
    pub at: Timestamp,
}

/// The commit that stores a decision, whose events, effects and completions it takes.
#[must_use]
pub fn commit(living: &Living, envelope: &Envelope, frame: Frame, decided: &mut Decided) -> Commit {
    let deadline = match &decided.reply {
        Reply::Now(_) => None,
        Reply::Later { deadline_ms } => {
            Some(frame.at.plus_millis(i64::try_from(*deadline_ms).unwrap_or(i64::MAX)))
        }
    };
    let mut completions = std::mem::take(&mut decided.completes);
    if let Reply::Now(reply) = &decided.reply {
        completions.insert(0, Completion::done(envelope.id, reply.clone()));
    }
    let effects = (0..).zip(std::mem::take(&mut decided.effects));
    Commit {
        v: COMMIT_VERSION,
        tenant: envelope.to.tenant.clone(),
        kind: envelope.to.kind.clone(),
        id: envelope.to.id.clone(),
        revision: living.head.revision.next(),
        prev: living.head.hash,
        at: frame.at,
        command: CommandRecord {
            id: envelope.id,
            name: envelope.name.clone(),
            input: frame.input,
            input_hash: frame.input_hash,
            by: envelope.by.clone(),
            cause: envelope.cause.clone(),
            correlation: envelope.correlation.clone(),
            trace: envelope.trace.clone(),
            decider: living.machine.rules(),
            deadline,
            hops: envelope.hops,
        },
        gate: frame.gate,
        events: std::mem::take(&mut decided.events),
        effects: effects.map(|(index, effect)| EffectRecord::new(index, &effect)).collect(),
        completions,
    }
}

/// The decision that begins a fork, on its parent already turned into it.
#[must_use]
pub fn forked(living: &Living, parent: lifecycle::Parent) -> Decided {
    let reply = json!({ "parent": parent.id, "revision": parent.revision });
    let mut decided = Decided::runtime(&Event::Forked(parent), living.machine.copy());
    decided.reply = Reply::Now(reply);
    decided
}

/// The instant of the next commit: never before the last one's, whatever the clock does.
#[must_use]
pub fn instant(header: &Header, now: Timestamp) -> Timestamp {
    now.max(header.last_at)
}
