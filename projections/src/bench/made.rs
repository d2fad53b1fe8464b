//! A made log: counters and conversations of a few tenants, with chains that hold; a wide one has
//! bases and runs, too.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::chain::Head;
use contracts::commit::{COMMIT_VERSION, CommandRecord, GateRecord, Input};
use contracts::effect::{Effect, Metered, Send, Terms};
use contracts::envelope::{Cause, Trace};
use contracts::kinds::conversation::{Conversation, Event as Talk};
use contracts::kinds::counter::{Counter, Event as Count};
use contracts::kinds::knowledge::Knowledge;
use contracts::kinds::run::Run;
use contracts::model::{Cost, Usage};
use contracts::page::{Page, write_event};
use contracts::privacy::{DataClass, Form, KeyId, ProtectedText};
use contracts::{
    ActorId, Address, Caller, CommandId, CommandName, Commit, Completion, Correlation, Cursor,
    EffectId, EffectRecord, Entry, EventRecord, Hash, Origin, Principal, Recorded, Refusal, Tenant,
    Timestamp, lifecycle,
};
use serde_json::json;

const TENANTS: [&str; 3] = ["acme", "beta", "solo"];
const WORDS: [&str; 8] =
    ["roof", "Ünder", "50%_off", "plan", "brücke", "tree\\ring", "leaf", "Ada"];

/// What the maker knows of an actor.
#[derive(Default)]
pub(super) struct Actor {
    pub(super) head: Head,
    /// Of a counter; of a base its generation.
    pub(super) value: i64,
    /// How often each was edited; of a base how many parts of each document were read.
    pub(super) messages: Vec<u32>,
    /// Commands that wait, and the effect that each waits for.
    open: Vec<(CommandId, EffectId)>,
}

/// Makes commits, the same for the same seed: an endless iterator.
pub struct Maker {
    state: u64,
    made: u64,
    wide: bool,
    actors: BTreeMap<Address, Actor>,
}

impl Maker {
    /// One whose choices follow from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed, made: 0, wide: false, actors: BTreeMap::new() }
    }

    /// As [`Maker::new`], with bases and runs: every read model has rows of it.
    #[must_use]
    pub fn wide(seed: u64) -> Self {
        Self { wide: true, ..Self::new(seed) }
    }

    /// Split-mix: small, and good enough for choices.
    pub(super) fn dice(&mut self, sides: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn address(&mut self) -> Address {
        let tenant = TENANTS[self.dice(TENANTS.len() as u64) as usize];
        // Every tenant has actors of the same names.
        let (kind, id) = if self.wide && self.dice(3) == 0 {
            if self.dice(2) == 0 {
                (Knowledge::KIND, format!("base-{}", self.dice(20)))
            } else {
                (Run::KIND, format!("run-{}", self.dice(400)))
            }
        } else if self.dice(2) == 0 {
            (Counter::KIND, format!("counter-{}", self.dice(40)))
        } else {
            (Conversation::KIND, format!("talk-{}", self.dice(25)))
        };
        Address::new(Tenant::from_static(tenant), kind, ActorId::new(id).expect("a plain id"))
    }

    pub(super) fn word(&mut self) -> &'static str {
        WORDS[self.dice(WORDS.len() as u64) as usize]
    }

    pub(super) fn text(&mut self) -> String {
        let words = (0..1 + self.dice(12)).map(|_| WORDS[self.dice(WORDS.len() as u64) as usize]);
        words.collect::<Vec<_>>().join(" ")
    }

    /// A title; now and then one that is about somebody.
    pub(super) fn title(&mut self) -> String {
        let title = self.text();
        if self.dice(2) == 0 {
            return title;
        }
        let protected = ProtectedText {
            class: DataClass::Pii,
            form: Form::Text,
            plain_bytes: title.len(),
            subjects: vec![ActorId::from_static("ada")],
            key: KeyId([7; 8]),
            nonce: [0; 24],
            sealed: vec![0; title.len() + 16],
        };
        protected.to_string()
    }

    fn counted(&mut self, actor: &mut Actor) -> (&'static str, Vec<EventRecord>) {
        let by = self.dice(9) as i64 - 4;
        let event = if self.dice(20) == 0 {
            actor.value = 0;
            Count::Reset {}
        } else {
            actor.value += by;
            Count::Added { by, value: actor.value }
        };
        let name = if matches!(event, Count::Reset {}) { "reset" } else { "add" };
        (name, vec![write_event::<Counter>(&event).expect("an event of the page")])
    }

    fn talked(&mut self, actor: &mut Actor) -> (&'static str, Vec<EventRecord>) {
        let count = actor.messages.len() as u64;
        let (name, data) = if actor.head.revision.0 == 0 {
            let members = json!([
                { "principal": "ada", "role": "member" },
                { "principal": "helper", "name": "Helper", "role": "agent", "model": "local/rules" }
            ]);
            let title = self.title();
            (
                "create",
                json!({ "type": "Created", "data": {
                "title": title, "kind": "group", "members": members, "by": "ada" } }),
            )
        } else {
            let which = 1 + self.dice(count.max(1));
            match self.dice(20) {
                0 => (
                    "join",
                    json!({ "type": "Joined", "data": {
                    "member": { "principal": format!("guest-{}", self.dice(5)), "role": "member" },
                    "members": 3 } }),
                ),
                1 => (
                    "leave",
                    json!({ "type": "Left", "data": {
                    "principal": format!("guest-{}", self.dice(5)), "members": 2 } }),
                ),
                2 => (
                    "rename",
                    json!({ "type": "Renamed", "data": {
                    "title": self.title(), "by": "ada" } }),
                ),
                3..=4 if count > 0 => (
                    "mark_read",
                    json!({ "type": "ReadMarked", "data": {
                    "principal": "ada", "up_to": which } }),
                ),
                5..=6 if count > 0 => {
                    let edits = &mut actor.messages[which as usize - 1];
                    *edits += 1;
                    let edits = *edits;
                    (
                        "edit_message",
                        json!({ "type": "MessageEdited", "data": {
                        "message": format!("m_{which}"), "sequence": which,
                        "text": self.text(), "edits": edits } }),
                    )
                }
                7 if count > 0 => (
                    "delete_message",
                    json!({ "type": "MessageDeleted", "data": {
                    "message": format!("m_{which}"), "sequence": which, "by": "ada" } }),
                ),
                _ => {
                    actor.messages.push(0);
                    let sequence = count + 1;
                    (
                        "post",
                        json!({ "type": "MessagePosted", "data": {
                        "message": format!("m_{sequence}"), "sequence": sequence, "author": "ada",
                        "role": "member", "text": self.text(),
                        "client_id": format!("c-{sequence}") } }),
                    )
                }
            }
        };
        let (tag, content) = (data["type"].as_str().unwrap_or_default(), &data["data"]);
        let event = contracts::read::tagged::<Talk>(("type", tag), ("data", content));
        let event = event.expect("an event of the page");
        (name, vec![write_event::<Conversation>(&event).expect("of the page")])
    }

    fn command(&mut self, name: &str, number: u64) -> CommandRecord {
        let input = json!({ "number": number });
        let correlation = (self.dice(3) == 0)
            .then(|| Correlation::new(format!("errand-{}", self.dice(9))).expect("a plain id"));
        let trace = (self.dice(4) == 0).then(|| Trace::of(u128::from(number), number, true));
        CommandRecord {
            id: contracts::commit::sample_command_id(u128::from(number)),
            name: CommandName::new(name).expect("a plain name"),
            input_hash: contracts::state_hash(&input).unwrap_or_default(),
            input: Input::Inline(input),
            by: Caller::new(Principal::from_static("ada"), Origin::Http),
            cause: None,
            correlation,
            trace,
            decider: 1,
            deadline: None,
            hops: 0,
        }
    }

    /// The next commit of `address`.
    fn make(&mut self, address: &Address, actor: &mut Actor) -> Recorded {
        self.made += 1;
        let number = self.made;
        let at = Timestamp::from_millis(1_790_000_000_000 + number as i64 * 37);
        let outcome = !actor.open.is_empty() && self.dice(3) == 0;
        let answered = if outcome { Some(actor.open.remove(0)) } else { None };
        let (name, events) = if let Some((_, effect)) = answered {
            let metered = (!number.is_multiple_of(3)).then(|| Box::new(spent(number)));
            let event = lifecycle::Event::EffectConcluded { effect, ok: true, metered };
            (lifecycle::OUTCOME.to_string(), vec![event.to_record()])
        } else if address.kind == Counter::KIND {
            let (name, events) = self.counted(actor);
            (name.to_owned(), events)
        } else if address.kind == Knowledge::KIND {
            let (name, events) = self.based(actor);
            (name.to_owned(), events)
        } else if address.kind == Run::KIND {
            let (name, events) = self.ran(actor);
            (name.to_owned(), events)
        } else {
            let (name, events) = self.talked(actor);
            (name.to_owned(), events)
        };
        let mut command = self.command(&name, number);
        let mut completions = Vec::new();
        let mut effects = Vec::new();
        if let Some((open, effect)) = answered {
            command.by = Caller::runtime();
            command.cause = Some(Cause::Effect(effect));
            completions.push(if self.dice(4) == 0 {
                Completion::failed(open, &Refusal::rejected("made_up", "it did not work"))
            } else {
                Completion::done(open, json!({ "late": number }))
            });
        } else if self.dice(5) == 0 {
            command.deadline = Some(at.plus_millis(60_000));
            effects.push(asked());
            actor.open.push((command.id, EffectId::of(address, actor.head.revision.next(), 0)));
        } else {
            completions.push(Completion::done(command.id, json!({ "value": actor.value })));
        }
        let commit = Commit {
            v: COMMIT_VERSION,
            tenant: address.tenant.clone(),
            kind: address.kind.clone(),
            id: address.id.clone(),
            revision: actor.head.revision.next(),
            prev: actor.head.hash,
            at,
            command,
            gate: GateRecord {
                verdict: "allow".into(),
                policy: Hash::ZERO,
                as_of: Cursor::ZERO,
                reason: None,
            },
            events,
            effects,
            completions,
        };
        // Cursors of a stream that also holds what is not ours leave gaps.
        let recorded = recorded(Cursor(number * 2), commit);
        actor.head = Head {
            revision: recorded.commit.revision,
            hash: recorded.hash,
            cursor: recorded.cursor,
        };
        recorded
    }
}

/// What a call came to.
fn spent(number: u64) -> Metered {
    let micro_usd = number % 97;
    Metered {
        model: format!("made/{}", number % 3),
        usage: Usage { input_tokens: 40, output_tokens: 9, ..Usage::default() },
        cost: (!number.is_multiple_of(5)).then(|| Cost { micro_usd, prices: "made".to_owned() }),
        unknown: number.is_multiple_of(11),
        ..Metered::default()
    }
}

/// What a command asks of the world that waits for its answer.
fn asked() -> EffectRecord {
    let send = Send {
        kind: Counter::KIND,
        id: ActorId::from_static("counter-0"),
        name: CommandName::from_static("add"),
        input: json!({}),
        input_blob: None,
        by: None,
        tag: json!(null),
        terms: Terms::default(),
    };
    EffectRecord::new(0, &Effect::Send(send))
}

/// A commit as it stands in the log.
pub(crate) fn recorded(cursor: Cursor, commit: Commit) -> Recorded {
    let raw = commit.encode().expect("a made commit has bytes");
    Recorded { cursor, hash: Hash::of(&raw), commit, raw: raw.into(), imported: false }
}

impl Iterator for Maker {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let address = self.address();
        let mut actor = self.actors.remove(&address).unwrap_or_default();
        let recorded = self.make(&address, &mut actor);
        self.actors.insert(address, actor);
        Some(Entry::Commit(Arc::new(recorded)))
    }
}
