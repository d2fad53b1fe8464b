//! Commits for tests, chained as the log would.

use contracts::archive::{Header, Line, Seal, Selection};
use contracts::commit::{Input, sample_command_id, sample_commit};
use contracts::envelope::Cause;
use contracts::lifecycle::{self, Event, Parent};
use contracts::{
    ActorId, Address, CommandId, CommandName, Completion, Cursor, Effect, EffectRecord,
    EventRecord, Hash, Recorded, Revision, Tenant, Timestamp,
};
use serde_json::{Value, json};

/// Writes chains of commits to one log.
#[derive(Default)]
pub struct Log {
    /// What was written.
    pub commits: Vec<Recorded>,
}

/// An actor of the tenant `main`.
pub fn actor(kind: &str, id: &str) -> Address {
    Address::new(Tenant::from_static("main"), kind.parse().unwrap(), id.parse().unwrap())
}

/// What a commit is to say beside its place.
#[derive(Default)]
pub struct Say {
    /// What led to it.
    pub cause: Option<Cause>,
    /// What the world is asked.
    pub effects: Vec<Effect>,
    /// What is answered.
    pub completions: Vec<Completion>,
    /// When the answer comes later: until when.
    pub deadline: Option<Timestamp>,
}

impl Log {
    /// Writes the next commit of `address`; its command's id.
    pub fn write(
        &mut self,
        address: &Address,
        name: &str,
        events: Vec<EventRecord>,
        say: Say,
    ) -> CommandId {
        let head = self.head(address, None);
        self.push(address, name, events, say, head)
    }

    /// Writes the first commit of a fork of `parent` at `revision`.
    pub fn fork(&mut self, address: &Address, parent: &ActorId, revision: u64) {
        let above = Address { id: parent.clone(), ..address.clone() };
        let head = self.head(&above, Some(revision));
        let event =
            Event::Forked(Parent { id: parent.clone(), revision: Revision(revision), muted: true });
        let name = lifecycle::FORK.to_string();
        self.push(address, &name, vec![event.to_record()], Say::default(), head);
    }

    fn head(&self, address: &Address, at: Option<u64>) -> (Revision, Hash) {
        let mut own = self.commits.iter().rev().filter(|one| one.commit.address() == *address);
        let last = own.find(|one| at.is_none_or(|at| one.commit.revision.0 == at));
        last.map_or((Revision::ZERO, Hash::ZERO), |one| (one.commit.revision, one.hash))
    }

    fn push(
        &mut self,
        address: &Address,
        name: &str,
        events: Vec<EventRecord>,
        say: Say,
        (revision, prev): (Revision, Hash),
    ) -> CommandId {
        let number = self.commits.len() as u64 + 1;
        let id = sample_command_id(u128::from(number));
        let input = json!({ "by": number });
        let effects = say.effects.iter().zip(0..);
        let mut commit = sample_commit(address, revision.next(), prev);
        commit.at = Timestamp::from_millis(1_790_000_000_000 + i64::try_from(number).unwrap());
        commit.command.id = id;
        commit.command.name = CommandName::new(name).unwrap();
        commit.command.input_hash = contracts::state_hash(&input).unwrap();
        commit.command.input = Input::Inline(input);
        commit.command.cause = say.cause;
        commit.command.deadline = say.deadline;
        commit.gate.as_of = Cursor(number - 1);
        commit.events = events;
        let effects = effects.map(|(effect, index)| EffectRecord::new(index, effect));
        commit.effects = effects.collect();
        commit.completions = say.completions;
        let raw = commit.encode().unwrap();
        let (hash, cursor) = (Hash::of(&raw), Cursor(number));
        self.commits.push(Recorded { cursor, hash, commit, raw: raw.into(), imported: false });
        id
    }

    /// The commits of one actor, as the server shows them.
    pub fn page(&self, address: &Address) -> Value {
        let own = self.commits.iter().filter(|one| one.commit.address() == *address);
        json!({ "items": own.map(|one| one.to_json(false)).collect::<Vec<_>>(), "next": null })
    }

    /// The lines of commits alone, as an export without header and trailer.
    pub fn export(&self) -> Vec<String> {
        self.commits.iter().map(|one| one.to_json(true).to_string()).collect()
    }

    /// The lines of a sealed export after `after`.
    pub fn sealed(&self, after: u64) -> Vec<String> {
        let until = Cursor(self.commits.len() as u64);
        let selection = Selection {
            tenant: Some(Tenant::from_static("main")),
            after: Cursor(after),
            ..Selection::default()
        };
        let header = Header::new(&selection, until, Timestamp::from_millis(1));
        let mut lines = vec![Line::Header(header).text().unwrap()];
        lines.extend(self.export().into_iter().skip(usize::try_from(after).unwrap()));
        let mut seal = Seal::default();
        for (at, line) in lines.iter().enumerate() {
            seal.take(line.as_bytes(), u64::from(at > 0), 0);
        }
        lines.push(Line::Trailer(seal.trailer()).text().unwrap());
        lines
    }
}

/// An event `Added`.
pub fn added(value: i64) -> EventRecord {
    EventRecord { r#type: "Added".to_owned(), v: 1, data: json!({ "by": 1, "value": value }) }
}
