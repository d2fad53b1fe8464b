//! A cell: one actor, awake. It handles its commands one after another, and answers nothing before
//! the log has acknowledged what it decided.

use std::sync::Arc;

use bytes::Bytes;
use contracts::commit::{Commit, Completion, Input};
use contracts::lifecycle::{self, Parent};
use contracts::limits::{COMMIT_BYTES_MAX, FORK_DEPTH_MAX, INPUT_INLINE_BYTES_MAX};
use contracts::ports::{CommandPlace, Live};
use contracts::view::{Answer, At, Status};
use contracts::{
    Address, CommandId, Context, Cursor, Entry, Envelope, Hash, Recorded, Refusal, RefusalClass,
    Reply, Revision, Signal, Timestamp, codec, state_hash,
};
use serde_json::{Value, json};

use super::append::{Appended, Appending};
use super::decide::{self, Decided, Frame};
use super::header::Recent;
use super::living::Living;
use super::shared::Shared;

/// One actor and what it needs.
pub struct Cell {
    shared: Arc<Shared>,
    address: Address,
    living: Option<Living>,
}

impl Cell {
    /// A cell that has read nothing yet.
    #[must_use]
    pub const fn new(shared: Arc<Shared>, address: Address) -> Self {
        Self { shared, address, living: None }
    }

    /// The revision and the state's hash, when the cell knows them.
    #[must_use]
    pub fn probe(&self) -> Option<(Revision, Hash)> {
        let view = self.living.as_ref()?.view(&self.address).ok()?;
        Some((view.revision, view.state_hash))
    }

    /// Handles a command: decides it, stores what it causes, and answers.
    ///
    /// # Errors
    /// Whatever it is refused with; then nothing was stored.
    pub async fn command(&mut self, envelope: &Envelope) -> Result<Answer, Refusal> {
        let input_hash = state_hash(&envelope.input).map_err(|error| {
            Refusal::new(RefusalClass::Malformed, "number_imprecise", error.to_string())
        })?;
        for _ in 0..=self.shared.config.conflict_retries_max {
            let mut living = match self.living.take() {
                Some(living) => living,
                None => self.wake().await?,
            };
            match self.once(&mut living, envelope, input_hash).await {
                Ok(Some(answer)) => {
                    self.living = Some(living);
                    return Ok(answer);
                }
                // Whoever begins an actor may begin a fork, whose history is not on its own subject
                // alone: it is woken anew.
                Ok(None) if living.expected == Cursor::ZERO => {}
                Ok(None) => {
                    self.shared.hydrator.catch_up(&self.address, &mut living).await?;
                    self.living = Some(living);
                }
                Err(refusal) => {
                    self.living = Some(living);
                    return Err(refusal);
                }
            }
        }
        Err(Refusal::unavailable("actor_contended", "other writers were faster each time"))
    }

    /// Reads the actor from the log, and lets go of what the index knows better.
    async fn wake(&self) -> Result<Living, Refusal> {
        let mut living = self.shared.hydrator.wake(&self.address).await?;
        self.forget(&mut living);
        Ok(living)
    }

    fn forget(&self, living: &mut Living) {
        let config = &self.shared.config;
        let indexed = self.shared.world.index.position();
        living.header.forget(config.recent_commands_min, config.recent_commands_max, indexed);
    }

    /// `None` = another writer was faster.
    async fn once(
        &self,
        living: &mut Living,
        envelope: &Envelope,
        input_hash: Hash,
    ) -> Result<Option<Answer>, Refusal> {
        if let Some(answer) = self.repeat(living, envelope, input_hash).await? {
            return Ok(Some(answer));
        }
        ensure_expected(living, envelope)?;
        let gate = self.shared.gate.check(envelope)?;
        // One instant for the decision and its commit: a fold must meet what was decided.
        let at = decide::instant(&living.header, self.shared.world.clock.now());
        let mut forked = None;
        let decided = if envelope.name == lifecycle::FORK {
            let (child, parent) = self.fork_of(living, envelope).await?;
            let child = forked.insert(child);
            decide::forked(child, parent)
        } else {
            self.decide(living, envelope, at)?
        };
        if decided.events.is_empty() && decided.completes.is_empty() {
            return self.answer_without_commit(living, envelope, &decided).map(Some);
        }
        let base = forked.as_ref().unwrap_or(living);
        let at = decide::instant(&base.header, at);
        let input = self.stored_input(&envelope.input).await?;
        let frame = Frame { input, input_hash, gate, at };
        let recorded = self.append(base, envelope, frame, &decided).await?;
        let Some(recorded) = recorded else { return Ok(None) };
        if let Some(child) = forked {
            *living = child;
        }
        let answer = answer_of(&recorded, &decided.reply);
        living.apply(&recorded, decided.next);
        self.after(living);
        self.show(decided.signals);
        Ok(Some(answer))
    }

    fn decide(
        &self,
        living: &Living,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<Decided, Refusal> {
        if living.head.revision == Revision::ZERO && !self.begins(envelope) {
            let Address { kind, id, .. } = &self.address;
            let message = format!("there is no {kind} {id}");
            return Err(Refusal::not_found("actor_not_found", message));
        }
        let cx = Context {
            now,
            by: envelope.by.clone(),
            me: self.address.id.clone(),
            command: envelope.id,
            revision: living.head.revision.next(),
            policy: self.shared.gate.policy(),
        };
        decide::decide(living, envelope, &cx)
    }

    /// Whether a command may begin an actor. One that the page does not have is left to the kind,
    /// which says so better.
    fn begins(&self, envelope: &Envelope) -> bool {
        let kind = self.shared.registry.get(&self.address.kind);
        let spec = kind.and_then(|kind| kind.page.command(envelope.name.as_str()));
        spec.map_or(!lifecycle::is_runtime(&envelope.name), |spec| spec.begins)
    }

    /// The answer that was given already, when the command has committed before.
    async fn repeat(
        &self,
        living: &Living,
        envelope: &Envelope,
        input_hash: Hash,
    ) -> Result<Option<Answer>, Refusal> {
        if envelope.name == lifecycle::OUTCOME || envelope.name == lifecycle::EXPIRE {
            // What is pending and what is open is known for ever, and tells a repeat by itself.
            return Ok(None);
        }
        let recent = match living.header.recent(envelope.id) {
            Some(recent) => Some(recent),
            None if living.header.may_have_forgotten(envelope.id) => {
                self.indexed(living, envelope.id).await?
            }
            None => None,
        };
        let Some(recent) = recent else { return Ok(None) };
        if recent.input_hash != input_hash {
            return Err(Refusal::new(
                RefusalClass::Conflict,
                "idempotency_conflict",
                "this command id came before with another input",
            ));
        }
        self.answer_again(living, &recent).await.map(Some)
    }

    /// What the index knows of a command that the header may have forgotten. An index that has not
    /// read as far as the header has forgotten cannot tell that there was none.
    async fn indexed(&self, living: &Living, id: CommandId) -> Result<Option<Recent>, Refusal> {
        let index = &self.shared.world.index;
        let position = index.position();
        match index.find(&self.address.tenant, id).await? {
            Some(place) if place.address != self.address => Err(Refusal::new(
                RefusalClass::Conflict,
                "idempotency_conflict",
                "this command id belongs to another actor",
            )),
            Some(place) => {
                let CommandPlace { revision, cursor, input_hash, .. } = place;
                let at = living.header.last_at;
                Ok(Some(Recent { id, revision, cursor, at, input_hash }))
            }
            None if living.header.has_forgotten_beyond(position) => Err(Refusal::unavailable(
                "read_model_building",
                "the read model of commands is behind; whether this command came before is not \
                 known yet",
            )
            .retry_after(1_000)),
            None => Ok(None),
        }
    }

    /// Reads the answer to a committed command back from the log.
    async fn answer_again(&self, living: &Living, recent: &Recent) -> Result<Answer, Refusal> {
        let mut answer = Answer {
            command: recent.id,
            address: self.address.clone(),
            status: Status::Accepted,
            revision: recent.revision,
            cursor: recent.cursor,
            reply: Value::Null,
            at: recent.at,
        };
        if living.header.open.contains_key(&recent.id) {
            return Ok(answer);
        }
        let mut after = Cursor(recent.cursor.0.saturating_sub(1));
        let limit = self.shared.config.read_commits_max;
        loop {
            let page = self.shared.world.log.read(&self.address, after, limit).await?;
            let last = page.len() < limit;
            for stored in page {
                after = stored.cursor;
                let Entry::Commit(found) = Entry::from(stored) else { continue };
                if let Some(done) = found.commit.completion(recent.id) {
                    fill(&mut answer, &found, done);
                    return Ok(answer);
                }
            }
            if last {
                return Ok(answer);
            }
        }
    }

    /// The parent of a fork, folded up to where the fork leaves it and turned into the fork.
    async fn fork_of(
        &self,
        living: &Living,
        envelope: &Envelope,
    ) -> Result<(Living, Parent), Refusal> {
        if living.head.revision != Revision::ZERO {
            let message = format!("there is a {} {} already", self.address.kind, self.address.id);
            return Err(Refusal::new(RefusalClass::Conflict, "actor_exists", message));
        }
        let parent: Parent = serde_json::from_value(envelope.input.clone())
            .map_err(|error| Refusal::internal(error.to_string()))?;
        let Address { tenant, kind, .. } = self.address.clone();
        let address = Address::new(tenant, kind, parent.id.clone());
        let hydrator = &self.shared.hydrator;
        if hydrator.depth(&address).await? >= FORK_DEPTH_MAX {
            return Err(super::hydrate::HydrateError::TooDeep.into());
        }
        let mut child = hydrator.fold(&address, At::Revision(parent.revision).into()).await?;
        if child.head.revision != parent.revision || parent.revision == Revision::ZERO {
            return Err(Refusal::not_found(
                "revision_not_found",
                format!("{address} has no revision {}", parent.revision),
            ));
        }
        child.become_fork();
        Ok((child, parent))
    }

    fn answer_without_commit(
        &self,
        living: &Living,
        envelope: &Envelope,
        decided: &Decided,
    ) -> Result<Answer, Refusal> {
        let Reply::Now(reply) = &decided.reply else {
            return Err(Refusal::internal("a decision without events cannot be answered later"));
        };
        self.show(decided.signals.clone());
        Ok(Answer {
            command: envelope.id,
            address: self.address.clone(),
            status: Status::Completed,
            revision: living.head.revision,
            cursor: living.head.cursor,
            reply: reply.clone(),
            at: living.header.last_at,
        })
    }

    /// `None` = another writer was faster.
    async fn append(
        &self,
        living: &Living,
        envelope: &Envelope,
        frame: Frame,
        decided: &Decided,
    ) -> Result<Option<Recorded>, Refusal> {
        let commit = decide::commit(living, envelope, frame, decided);
        let raw = encode(&commit)?;
        let appending = Appending {
            log: &*self.shared.world.log,
            config: &self.shared.config,
            address: &self.address,
            payload: raw.clone(),
            expected: living.expected,
            stop: &self.shared.stop,
        };
        match appending.run().await? {
            Appended::Stored(cursor) => {
                let hash = Hash::of(&raw);
                Ok(Some(Recorded { cursor, hash, commit, raw, imported: false }))
            }
            Appended::Conflict => Ok(None),
        }
    }

    /// The input itself, or, when it is large, its name in the blob store.
    async fn stored_input(&self, input: &Value) -> Result<Input, Refusal> {
        let bytes = codec::encode(input).map_err(|error| Refusal::internal(error.to_string()))?;
        if bytes.len() <= INPUT_INLINE_BYTES_MAX {
            return Ok(Input::Inline(input.clone()));
        }
        let length = bytes.len() as u64;
        let hash = self.shared.world.blobs.put(&self.address.tenant, bytes.into()).await?;
        Ok(Input::Blob { hash, bytes: length })
    }

    /// Housekeeping after a commit.
    fn after(&self, living: &mut Living) {
        self.forget(living);
        if living.since_snapshot >= self.shared.config.snapshot_commits_min.max(20) {
            living.since_snapshot = 0;
            self.keep(living.snapshot());
        }
    }

    /// Keeps a snapshot, without anybody waiting for it.
    fn keep(&self, snapshot: Option<Bytes>) {
        let Some(snapshot) = snapshot.filter(|bytes| bytes.len() <= COMMIT_BYTES_MAX) else {
            return;
        };
        let (shared, address) = (self.shared.clone(), self.address.clone());
        self.shared.tasks.spawn(async move {
            if let Err(error) = shared.world.snapshots.save(&address, snapshot).await {
                tracing::debug!(actor = %address, %error, "snapshot.unsaved");
            }
        });
    }

    /// Shows signals, without anybody waiting for it.
    fn show(&self, signals: Vec<Signal>) {
        if signals.is_empty() {
            return;
        }
        let (live, address) = (self.shared.world.live.clone(), self.address.clone());
        self.shared.tasks.spawn(async move { show(&*live, &address, &signals).await });
    }
}

async fn show(live: &dyn Live, address: &Address, signals: &[Signal]) {
    for signal in signals {
        if let Err(error) = live.publish(address, signal).await {
            tracing::debug!(actor = %address, %error, "signal.unshown");
        }
    }
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

fn answer_of(recorded: &Recorded, reply: &Reply) -> Answer {
    let commit = &recorded.commit;
    let (status, reply) = match reply {
        Reply::Now(reply) => (Status::Completed, reply.clone()),
        Reply::Later { .. } => (Status::Accepted, Value::Null),
    };
    Answer {
        command: commit.command.id,
        address: commit.address(),
        status,
        revision: commit.revision,
        cursor: recorded.cursor,
        reply,
        at: commit.at,
    }
}

/// Puts a final answer in the place of an accepted one.
pub fn fill(answer: &mut Answer, recorded: &Recorded, done: &Completion) {
    answer.status = if done.ok { Status::Completed } else { Status::Failed };
    answer.revision = recorded.commit.revision;
    answer.cursor = recorded.cursor;
    answer.at = recorded.commit.at;
    answer.reply = done.reply.clone();
}
