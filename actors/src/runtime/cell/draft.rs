//! From a command to its commit, on what the commands before it led to.

use std::time::Instant;

use bytes::Bytes;
use contracts::commit::{Commit, Input};
use contracts::lifecycle::{self, Event, Fire};
use contracts::limits::{COMMIT_BYTES_MAX, INPUT_INLINE_BYTES_MAX};
use contracts::telemetry::Stage;
use contracts::telemetry::names::{own, spans};
use contracts::view::{Answer, Status};
use contracts::{
    Address, Context, Cursor, Envelope, Hash, Recorded, Refusal, RefusalClass, Reply, Revision,
    Signal, Timestamp, codec, state_hash,
};
use serde_json::{Value, json};

use super::Cell;
use super::answer::answer_of;
use super::held::{is_troubled, needs_care};
use super::repeat::Seen;
use crate::runtime::decide::{self, Decided, Frame};
use crate::runtime::gate::{APPROVAL_REQUIRED, Asked, Refused, Ruling, is_vote};
use crate::runtime::inbox::Work;
use crate::runtime::living::Living;
use crate::runtime::told::step;

/// What became of deciding a command.
pub enum Step {
    /// It stores nothing and is answered so.
    Settled(Box<Result<Answer, Refusal>>),
    /// It stores a commit, which the actor has provisionally taken over.
    Drafted(Box<Drafted>),
    /// It needs the log, the index or the blob store first.
    Apart,
    /// Before it is settled, the runtime stores a command of its own.
    Behind(Box<(Envelope, Drafted, Result<Answer, Refusal>)>),
    /// What the actor is taken for is no longer true: the log is read again first.
    Stale,
}

/// A commit that is not stored yet.
pub struct Drafted {
    /// The answer, but for the commit's position.
    pub answer: Answer,
    /// The commit's bytes.
    pub raw: Bytes,
    /// What is shown and not kept.
    pub signals: Vec<Signal>,
    /// The position of the message that it follows.
    pub expected: Cursor,
}

impl From<Refusal> for Step {
    fn from(refusal: Refusal) -> Self {
        Self::Settled(Box::new(Err(refusal)))
    }
}

impl Cell {
    /// Decides a command by what the cell knows.
    pub fn draft(&self, living: &mut Living, work: &Work) -> Step {
        let envelope = &*work.envelope;
        let input_hash = match input_hash(envelope) {
            Ok(hash) => hash,
            Err(refusal) => return refusal.into(),
        };
        let cared = envelope.name == lifecycle::FORK || needs_care(living, work);
        if cared || self.seen(living, envelope) != Seen::Never {
            return Step::Apart;
        }
        // Encoding is dear; an input that is surely small is not measured by it.
        if !is_surely_small(&envelope.input, INPUT_INLINE_BYTES_MAX) {
            return Step::Apart;
        }
        let input = Input::Inline(envelope.input.clone());
        match self.draft_on(living, envelope, input, input_hash) {
            Err(refusal) if is_troubled(work, &refusal) => Step::Apart,
            Err(_) | Ok(Step::Settled(_)) if lifecycle::is_runtime(&envelope.name) => Step::Apart,
            // What the cell does not know of never came.
            drafted => drafted.unwrap_or_else(|refusal| Step::from(refusal.decided())),
        }
    }

    /// Decides a command that needs more than the cell knows.
    pub async fn apart(&self, living: &mut Living, work: &Work) -> Step {
        self.drafted_apart(living, work).await.unwrap_or_else(Step::from)
    }

    async fn drafted_apart(&self, living: &mut Living, work: &Work) -> Result<Step, Refusal> {
        let envelope = &*work.envelope;
        let input_hash = input_hash(envelope)?;
        if lifecycle::is_runtime(&envelope.name) && !self.is_current(living).await? {
            return Ok(Step::Stale);
        }
        if let Some(answer) = self.repeat(living, envelope, input_hash).await? {
            return Ok(Step::Settled(Box::new(Ok(answer))));
        }
        self.unseen(living, work, input_hash).await.map_err(Refusal::decided)
    }

    /// Decides a command that is not stored yet.
    async fn unseen(
        &self,
        living: &mut Living,
        work: &Work,
        input_hash: Hash,
    ) -> Result<Step, Refusal> {
        let envelope = &*work.envelope;
        if let Some(step) = self.held_up(living, work).await? {
            return Ok(step);
        }
        let input = self.stored_input(&envelope.input).await?;
        if envelope.name == lifecycle::FORK {
            return self.forked(living, envelope, input, input_hash).await;
        }
        self.tried(living, work, input, input_hash).await
    }

    /// Whether the cell knows all that stands in the log. What the runtime tells an actor is
    /// told once: one that has not read yet what is spoken of must not say that it does not wait
    /// for it.
    async fn is_current(&self, living: &Living) -> Result<bool, Refusal> {
        let last = self.shared.world.log.last(&self.address).await?;
        Ok(last.is_none_or(|last| last.cursor <= living.expected))
    }

    pub(super) fn draft_on(
        &self,
        living: &mut Living,
        envelope: &Envelope,
        input: Input,
        input_hash: Hash,
    ) -> Result<Step, Refusal> {
        self.draft_with(living, envelope, (input, input_hash), None)
    }

    /// As [`Cell::draft_on`], with an event of the runtime before what is decided.
    pub(super) fn draft_with(
        &self,
        living: &mut Living,
        envelope: &Envelope,
        (input, input_hash): (Input, Hash),
        before: Option<&Event>,
    ) -> Result<Step, Refusal> {
        // One instant for the decision and its commit: a fold must meet what was decided.
        let at = decide::instant(&living.header, self.shared.world.clock.now());
        // Before the lock: who may not send it learns nothing of the actor.
        let ruling = self.judged(envelope, living.head.revision, at)?;
        if is_vote(envelope) {
            self.shared.gate.ensure_unrelated(envelope, &living.machine.state())?;
        }
        ensure_expected(living, envelope)?;
        ensure_chain(envelope, self.shared.config.chain_hops_max)?;
        let mut decided = self.decided(living, envelope, at, &ruling)?;
        if let Some(event) = before {
            decided.events.insert(0, event.to_record());
        }
        if decided.events.is_empty() && decided.completes.is_empty() {
            let answer = self.answer_without_commit(living, envelope, decided)?;
            return Ok(Step::Settled(Box::new(Ok(answer))));
        }
        let frame = Frame { input, input_hash, gate: ruling.record, at };
        let drafted = self.take_over(living, envelope, frame, decided)?;
        Ok(Step::Drafted(Box::new(drafted)))
    }

    /// What the gate says. What it refuses is written down when it is answered.
    pub(super) fn ruled(
        &self,
        envelope: &Envelope,
        revision: Revision,
        at: Timestamp,
    ) -> Result<Ruling, Refusal> {
        let ruling = self.shared.gate.check(envelope, revision, at);
        ruling.inspect_err(|refusal| {
            if refusal.code == APPROVAL_REQUIRED {
                self.shared.gate.open_approval(&self.shared, envelope, revision, at);
            }
        })
    }

    /// As [`Cell::ruled`], told.
    fn judged(
        &self,
        envelope: &Envelope,
        revision: Revision,
        at: Timestamp,
    ) -> Result<Ruling, Refusal> {
        let mut span = step(&self.shared.world.telemetry, envelope, spans::GATE);
        let ruling = self.ruled(envelope, revision, at);
        if let Some(span) = &mut span {
            match &ruling {
                Ok(ruling) => span.set(own::GATE, ruling.record.verdict.as_ref()),
                Err(refusal) => span.fail(refusal.code.clone()),
            }
        }
        ruling
    }

    /// As [`Cell::decide`], told.
    fn decided(
        &self,
        living: &Living,
        envelope: &Envelope,
        now: Timestamp,
        ruling: &Ruling,
    ) -> Result<Decided, Refusal> {
        let telemetry = &self.shared.world.telemetry;
        let (mut span, begun) = (step(telemetry, envelope, spans::DECIDE), Instant::now());
        let decided = self.decide(living, envelope, now, ruling);
        telemetry.measures.stage(Stage::Decide, begun.elapsed());
        if let (Some(span), Err(refusal)) = (&mut span, &decided) {
            span.fail(refusal.code.clone());
        }
        decided
    }

    /// Makes the commit and goes on from it, as if it were stored.
    pub(super) fn take_over(
        &self,
        living: &mut Living,
        envelope: &Envelope,
        frame: Frame,
        mut decided: Decided,
    ) -> Result<Drafted, Refusal> {
        let expected = living.expected;
        let commit = decide::commit(living, envelope, frame, &mut decided);
        let raw = encode(&commit)?;
        let hash = Hash::of(&raw);
        let recorded =
            Recorded { cursor: Cursor::ZERO, hash, commit, raw: raw.clone(), imported: false };
        let answer = answer_of(&recorded, decided.reply);
        living.apply(&recorded, decided.next);
        self.shared.world.feed.offer(hash, recorded.commit);
        Ok(Drafted { answer, raw, signals: decided.signals, expected })
    }

    fn decide(
        &self,
        living: &Living,
        envelope: &Envelope,
        now: Timestamp,
        ruling: &Ruling,
    ) -> Result<Decided, Refusal> {
        if living.head.revision == Revision::ZERO && !self.begins(envelope) {
            let Address { kind, id, .. } = &self.address;
            let message = format!("there is no {kind} {id}");
            return Err(Refusal::not_found("actor_not_found", message));
        }
        let cx = Context {
            now,
            by: envelope.by.clone(),
            tenant: self.address.tenant.clone(),
            me: self.address.id.clone(),
            command: envelope.id,
            revision: living.head.revision.next(),
            policy: ruling.record.policy,
            authority: ruling.authority.clone(),
            run: None,
        };
        let barred = self.barred(living, envelope, now)?;
        decide::decide(living, envelope, &cx, barred)
    }

    /// Why the command of a timer that fires may not run: whoever set it has lost the right.
    /// When nobody can tell, it fires again later.
    fn barred(
        &self,
        living: &Living,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<Option<Refusal>, Refusal> {
        if envelope.name != lifecycle::FIRE {
            return Ok(None);
        }
        let fire: Fire = decide::parse(&envelope.input)?;
        let Some(armed) = living.header.timers.get(&fire.timer) else { return Ok(None) };
        let asked = Asked {
            command: &armed.timer.command,
            input: &armed.timer.input,
            revision: living.head.revision,
        };
        match self.shared.gate.check_timer(envelope, asked, now) {
            Ok(()) => Ok(None),
            Err(refusal) if refusal.class == RefusalClass::Unavailable => Err(refusal),
            Err(barred) => {
                Refused::write(&self.shared, envelope, &barred);
                Ok(Some(barred))
            }
        }
    }

    /// Whether a command may begin an actor. One that the page does not have is left to the kind,
    /// which says so better.
    fn begins(&self, envelope: &Envelope) -> bool {
        let kind = self.shared.registry.get(&self.address.kind);
        let spec = kind.and_then(|kind| kind.page.command(envelope.name.as_str()));
        spec.map_or(!lifecycle::is_runtime(&envelope.name), |spec| spec.begins)
    }

    fn answer_without_commit(
        &self,
        living: &Living,
        envelope: &Envelope,
        decided: Decided,
    ) -> Result<Answer, Refusal> {
        let Reply::Now(reply) = decided.reply else {
            return Err(Refusal::internal("a decision without events cannot be answered later"));
        };
        if envelope.name == lifecycle::FIRE {
            self.notice_early(envelope, &reply);
        }
        self.show(decided.signals);
        Ok(Answer {
            command: envelope.id,
            address: self.address.clone(),
            status: Status::Completed,
            revision: living.head.revision,
            cursor: living.head.cursor,
            reply,
            at: living.header.last_at,
        })
    }

    /// The input itself, or, when it is large, its name in the blob store.
    pub(super) async fn stored_input(&self, input: &Value) -> Result<Input, Refusal> {
        let bytes = codec::encode(input).map_err(|error| Refusal::internal(error.to_string()))?;
        if bytes.len() <= INPUT_INLINE_BYTES_MAX {
            return Ok(Input::Inline(input.clone()));
        }
        let length = bytes.len() as u64;
        let hash = self.shared.world.blobs.put(&self.address.tenant, bytes.into()).await?;
        Ok(Input::Blob { hash, bytes: length })
    }
}

/// BLAKE3 of the input's canonical JSON.
pub(super) fn input_hash(envelope: &Envelope) -> Result<Hash, Refusal> {
    state_hash(&envelope.input).map_err(|error| {
        Refusal::new(RefusalClass::Malformed, "number_imprecise", error.to_string())
    })
}

/// Whether the MessagePack of `value` is surely at most `most` bytes: nine for a number or a head,
/// and the strings.
fn is_surely_small(value: &Value, most: usize) -> bool {
    fn weight(value: &Value) -> usize {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 9,
            Value::String(text) => 9 + text.len(),
            Value::Array(items) => items.iter().map(weight).sum::<usize>() + 9,
            Value::Object(members) => {
                members.iter().map(|(name, value)| 9 + name.len() + weight(value)).sum::<usize>()
                    + 9
            }
        }
    }
    weight(value) <= most
}

fn ensure_expected(living: &Living, envelope: &Envelope) -> Result<(), Refusal> {
    let revision = living.head.revision;
    match envelope.expected {
        Some(expected) if expected != revision => Err(Refusal::new(
            RefusalClass::Precondition,
            "precondition_failed",
            format!("the actor is at revision {revision}, not {expected}"),
        )
        .details(json!({ "revision": revision, "expected": expected }))),
        _ => Ok(()),
    }
}

/// Actors that ask each other in turn without end are stopped at the command that is one too many.
fn ensure_chain(envelope: &Envelope, most: u32) -> Result<(), Refusal> {
    if envelope.hops <= most || lifecycle::is_runtime(&envelope.name) {
        return Ok(());
    }
    let message = format!("{} commands of actors led to this one; {most} may", envelope.hops);
    Err(Refusal::rejected("chain_too_long", message).details(json!({ "hops_max": most })))
}

fn encode(commit: &Commit) -> Result<Bytes, Refusal> {
    let bytes = commit.encode().map_err(|error| Refusal::internal(error.to_string()))?;
    if bytes.len() <= COMMIT_BYTES_MAX {
        return Ok(bytes.into());
    }
    Err(Refusal::new(
        RefusalClass::TooLarge,
        "commit_too_large",
        format!("what the command causes takes {} bytes; {COMMIT_BYTES_MAX} fit", bytes.len()),
    ))
}
