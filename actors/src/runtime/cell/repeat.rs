//! A command that comes again gets the answer that it got.

use contracts::ports::CommandPlace;
use contracts::view::{Answer, Status};
use contracts::{
    CommandId, Cursor, Entry, Envelope, Hash, Refusal, RefusalClass, Revision, lifecycle,
};
use serde_json::Value;

use super::Cell;
use super::answer::fill;
use crate::runtime::header::InputMark;
use crate::runtime::living::Living;

/// What a cell knows of an earlier coming of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It never came.
    Never,
    /// It came, or may have: the log or the index tells.
    Perhaps,
}

/// Where a command was committed.
struct Place {
    revision: Revision,
    cursor: Cursor,
    input: InputMark,
}

impl Cell {
    /// Whether a command came before, as far as the cell knows.
    pub(super) fn seen(&self, living: &Living, envelope: &Envelope) -> Seen {
        // What is pending, open or armed is known for ever, and tells a repeat by itself.
        let told = [lifecycle::OUTCOME, lifecycle::EXPIRE, lifecycle::FIRE];
        if told.contains(&envelope.name) {
            return Seen::Never;
        }
        let header = &living.header;
        let known = header.recent(envelope.id).is_some() || header.may_have_forgotten(envelope.id);
        if known { Seen::Perhaps } else { Seen::Never }
    }

    /// The answer that was given already, when the command has committed before.
    pub(super) async fn repeat(
        &self,
        living: &Living,
        envelope: &Envelope,
        input_hash: Hash,
    ) -> Result<Option<Answer>, Refusal> {
        if self.seen(living, envelope) == Seen::Never {
            return Ok(None);
        }
        let place = match living.header.recent(envelope.id) {
            Some(recent) => {
                let input = recent.input;
                Some(Place { revision: recent.revision, cursor: recent.cursor, input })
            }
            None => self.indexed(living, envelope.id).await?,
        };
        let Some(place) = place else { return Ok(None) };
        if place.input != InputMark::of(input_hash) {
            return Err(Refusal::new(
                RefusalClass::Conflict,
                "idempotency_conflict",
                "this command id came before with another input",
            ));
        }
        self.answer_again(living, envelope, &place).await.map(Some)
    }

    /// What the index knows of a command that the header may have forgotten. An index that has not
    /// read as far as the header has forgotten cannot tell that there was none.
    async fn indexed(&self, living: &Living, id: CommandId) -> Result<Option<Place>, Refusal> {
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
                Ok(Some(Place { revision, cursor, input: InputMark::of(input_hash) }))
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
    async fn answer_again(
        &self,
        living: &Living,
        envelope: &Envelope,
        place: &Place,
    ) -> Result<Answer, Refusal> {
        let command = envelope.id;
        let mut answer = Answer {
            command,
            address: self.address.clone(),
            status: Status::Accepted,
            revision: place.revision,
            cursor: place.cursor,
            reply: Value::Null,
            at: living.header.last_at,
        };
        let open = living.header.open.contains_key(&command);
        let mut after = Cursor(place.cursor.0.saturating_sub(1));
        // The command's own commit tells when it was accepted; a later one may answer it.
        let limit = if open { 1 } else { self.shared.config.read_commits_max };
        loop {
            let page = self.shared.world.log.read(&self.address, after, limit).await?;
            let last = page.len() < limit;
            for stored in page {
                after = stored.cursor;
                let Entry::Commit(found) = Entry::from(stored) else { continue };
                if found.cursor == place.cursor {
                    // No gate is asked about a repeat: the answer is for whoever got it.
                    if found.commit.command.by.principal != envelope.by.principal {
                        return Err(Refusal::new(
                            RefusalClass::Conflict,
                            "idempotency_conflict",
                            "this command id came before, from another principal",
                        ));
                    }
                    // `create` and `reset` may take the same input, and are not the same.
                    if found.commit.command.name != envelope.name {
                        return Err(Refusal::new(
                            RefusalClass::Conflict,
                            "idempotency_conflict",
                            format!(
                                "this command id came before, as {}",
                                found.commit.command.name
                            ),
                        ));
                    }
                    answer.at = found.commit.at;
                }
                if let Some(done) = found.commit.completion(command) {
                    fill(&mut answer, &found, done);
                    return Ok(answer);
                }
            }
            if last || open {
                return Ok(answer);
            }
        }
    }
}
