//! Commands that an actor cannot decide now: those of a parked actor, and those that park it.

use std::time::Duration;

use contracts::commit::Input;
use contracts::lifecycle::{self, Event, Park};
use contracts::ports::DeadLetter;
use contracts::view::{Answer, Status};
use contracts::{
    Caller, CommandId, Envelope, Hash, Refusal, RefusalClass, Revision, codec, state_hash,
};
use serde_json::{Value, json};

use super::Cell;
use super::draft::{Drafted, Step};
use crate::runtime::bus::SEALED;
use crate::runtime::decide;
use crate::runtime::inbox::{Passage, Work};
use crate::runtime::living::Living;
use crate::runtime::shared::{Counters, Shared};

/// Whether a command needs more than a decision, since its actor or itself is in trouble.
pub fn needs_care(living: &Living, work: &Work) -> bool {
    let name = &work.envelope.name;
    living.header.parking.holds(name)
        || matches!(work.passage, Passage::Drained(_) | Passage::Settled(_))
        || *name == lifecycle::RELEASE
        || *name == lifecycle::SKIP
}

/// Whether a refusal is a fault of ours on a command that nobody may lose.
pub fn is_troubled(work: &Work, refusal: &Refusal) -> bool {
    refusal.class == RefusalClass::Internal
        && matches!(work.passage, Passage::Durable | Passage::Drained(_))
}

/// What is kept of an outcome has an answer too: it waits, and need not be brought again.
fn is_kept(work: &Work) -> bool {
    work.passage == Passage::Durable || work.envelope.name == lifecycle::OUTCOME
}

impl Cell {
    /// What becomes of a command whose actor cannot go on; `None` = it can be decided.
    pub(super) async fn held_up(
        &self,
        living: &mut Living,
        work: &Work,
    ) -> Result<Option<Step>, Refusal> {
        let (name, parking) = (&work.envelope.name, &living.header.parking);
        if *name == lifecycle::SKIP {
            let message = "nothing in this actor's log is to be skipped";
            return Err(Refusal::new(RefusalClass::Conflict, "actor_not_quarantined", message));
        }
        if *name == lifecycle::RELEASE {
            return self.released(living, &work.envelope).await.map(Some);
        }
        if !parking.holds(name) {
            return Ok(None);
        }
        match &work.passage {
            // An operator was faster, and has dropped it.
            Passage::Drained(position) if parking.settled().contains(position) => {
                let reply = json!({ "settled": true });
                let id = work.envelope.id;
                let answer = self.answer(living, id, Status::Completed, reply);
                Ok(Some(Step::Settled(Box::new(Ok(answer)))))
            }
            Passage::Drained(_) if parking.is_draining() => Ok(None),
            Passage::Settled(settle)
                if parking.head().is_some_and(|head| Some(head.command) == settle.command) =>
            {
                Ok(None)
            }
            Passage::Settled(_) => Err(not_head(parking.refusal())),
            Passage::Drained(_) => Err(parking.refusal()),
            Passage::Interactive | Passage::Durable if is_kept(work) => {
                self.hold(living, &work.envelope).await.map(Some)
            }
            Passage::Interactive | Passage::Durable => {
                if parking.is_draining() {
                    self.shared.drains.want(&self.address);
                }
                Err(parking.refusal())
            }
        }
    }

    /// Puts a command behind the head that its actor is parked at.
    async fn hold(&self, living: &Living, envelope: &Envelope) -> Result<Step, Refusal> {
        let parking = &living.header.parking;
        let letter = self.letter(envelope, &parking.refusal(), 1)?;
        let dead = &self.shared.world.dead;
        let position = dead.bury(letter).await?;
        // Another node may have let the actor go meanwhile: then nobody would come for the letter.
        let newer = self.shared.world.log.first_after(&self.address, living.expected).await?;
        if newer.is_some() && dead.remove(position).await? {
            return Ok(Step::Stale);
        }
        Counters::add(&self.shared.counters.dead);
        if parking.is_draining() {
            self.shared.drains.want(&self.address);
        }
        let answer = self.put_aside(living, envelope.id, position, &parking.refusal());
        Ok(Step::Settled(Box::new(Ok(answer))))
    }

    /// Decides a command; one that nobody may lose is tried again when that fails by a fault of
    /// ours, and parks its actor when that does not help.
    pub(super) async fn tried(
        &self,
        living: &mut Living,
        work: &Work,
        input: Input,
        input_hash: Hash,
    ) -> Result<Step, Refusal> {
        let before = match &work.passage {
            Passage::Settled(settle) => Some(Event::from((**settle).clone())),
            _ => None,
        };
        let most = self.shared.config.poison_deliveries_max.max(1);
        let mut attempt = 1;
        loop {
            let said = (input.clone(), input_hash);
            match self.draft_with(living, &work.envelope, said, before.as_ref()) {
                // There is no actor yet that could be parked.
                Err(refusal)
                    if is_troubled(work, &refusal) && living.head.revision > Revision::ZERO =>
                {
                    tracing::error!(actor = %self.address, attempt, %refusal, "command.troubled");
                    if attempt >= most {
                        return self.park(living, work, &refusal, attempt).await;
                    }
                    attempt += 1;
                    self.pause().await?;
                }
                drafted => return drafted,
            }
        }
    }

    async fn pause(&self) -> Result<(), Refusal> {
        let pause = Duration::from_millis(self.shared.config.redelivery_ms);
        let slept = self.shared.stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        slept.ok_or_else(|| Refusal::unavailable("stopping", "this node is stopping; try again"))
    }

    /// Parks the actor at this command. Its letter is stored first: whoever sees the actor parked
    /// finds the head.
    async fn park(
        &self,
        living: &mut Living,
        work: &Work,
        refusal: &Refusal,
        attempts: u32,
    ) -> Result<Step, Refusal> {
        let envelope = &work.envelope;
        let mut result = Err(refusal.clone());
        let mut place = "drained".to_owned();
        if work.passage == Passage::Durable {
            let letter = self.letter(envelope, refusal, attempts)?;
            let position = self.shared.world.dead.bury(letter).await?;
            Counters::add(&self.shared.counters.dead);
            place = position.to_string();
            result = Ok(self.put_aside(living, envelope.id, position, refusal));
        }
        let park = Park {
            command: envelope.id,
            code: refusal.code.to_string(),
            reason: refusal.message.clone(),
        };
        let revision = living.head.revision.to_string();
        let parts = [self.address.to_string(), envelope.id.to_string(), revision, place];
        let id = CommandId::derived("cambium park command v1", &parts.each_ref().map(|it| &**it));
        let input = decide::written(&park)?;
        let (to, by) = (self.address.clone(), Caller::runtime());
        let own = Envelope::new(id, to, lifecycle::PARK, input, by);
        let drafted = self.own(living, &own)?;
        tracing::error!(actor = %self.address, command = %envelope.id, %refusal, "actor.parked");
        Ok(Step::Behind(Box::new((own, drafted, result))))
    }

    /// Drafts a command of the runtime's own.
    fn own(&self, living: &mut Living, envelope: &Envelope) -> Result<Drafted, Refusal> {
        let hash = state_hash(&envelope.input);
        let hash = hash.map_err(|error| Refusal::internal(error.to_string()))?;
        let input = Input::Inline(envelope.input.clone());
        match self.draft_on(living, envelope, input, hash)? {
            Step::Drafted(drafted) => Ok(*drafted),
            _ => Err(Refusal::internal("a command of the runtime stored nothing")),
        }
    }

    /// Ends the parking when no letter waits any more; otherwise says how the actor stands.
    async fn released(&self, living: &mut Living, envelope: &Envelope) -> Result<Step, Refusal> {
        let parking = &living.header.parking;
        let standing = match parking.head() {
            Some(_) => "parked",
            None if parking.is_free() => "free",
            None => "draining",
        };
        let dead = &self.shared.world.dead;
        let mut waits = false;
        if standing == "draining" {
            // Those that are dealt with must be gone before it is forgotten that they are.
            for position in parking.settled() {
                dead.remove(*position).await?;
            }
            let mut after = 0;
            while let Some((position, letter)) = dead.next_of(&self.address, after).await? {
                after = position;
                waits |= letter.held;
                if waits {
                    break;
                }
            }
            if !waits {
                return self.own(living, envelope).map(|it| Step::Drafted(Box::new(it)));
            }
        }
        let reply = json!({ "standing": standing, "settled": parking.settled() });
        let answer = self.answer(living, envelope.id, Status::Completed, reply);
        Ok(Step::Settled(Box::new(Ok(answer))))
    }

    /// A command as it is kept in DEAD.
    pub(super) fn letter(
        &self,
        envelope: &Envelope,
        refusal: &Refusal,
        deliveries: u32,
    ) -> Result<DeadLetter, Refusal> {
        sealed_letter(&self.shared, envelope, refusal, deliveries)
    }

    /// The answer to a command that is kept in DEAD.
    pub(super) fn put_aside(
        &self,
        living: &Living,
        command: CommandId,
        position: u64,
        refusal: &Refusal,
    ) -> Answer {
        let reply = json!({
            "code": refusal.code, "message": refusal.message, "letter": position,
        });
        self.answer(living, command, Status::Dead, reply)
    }

    fn answer(&self, living: &Living, command: CommandId, status: Status, reply: Value) -> Answer {
        Answer {
            command,
            address: self.address.clone(),
            status,
            revision: living.head.revision,
            cursor: living.head.cursor,
            reply,
            at: living.header.last_at,
        }
    }
}

/// A command as it is kept in DEAD: sealed, so that it comes out as it went in.
pub fn sealed_letter(
    shared: &Shared,
    envelope: &Envelope,
    refusal: &Refusal,
    deliveries: u32,
) -> Result<DeadLetter, Refusal> {
    let (world, to) = (&shared.world, &envelope.to);
    let sealed = world.node_key.seal(envelope).and_then(|sealed| codec::encode(&sealed));
    Ok(DeadLetter {
        to: Some(to.clone()),
        subject: format!("cmd.{}.{}.{}", to.tenant, to.kind, to.id),
        headers: vec![(SEALED.to_owned(), "1".to_owned())],
        payload: sealed.map_err(|error| Refusal::internal(error.to_string()))?,
        code: refusal.code.to_string(),
        reason: refusal.message.clone(),
        deliveries,
        at: world.clock.now(),
        held: true,
    })
}

fn not_head(parked: Refusal) -> Refusal {
    let message = "this letter stands behind another one of its actor, which comes first";
    let mut refusal = Refusal::new(RefusalClass::Conflict, "letter_not_head", message);
    (refusal.details, refusal.retry_after_ms) = (parked.details, parked.retry_after_ms);
    refusal
}
