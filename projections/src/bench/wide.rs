//! Commits of bases and of runs, for a made log of which every read model has rows.

use contracts::EventRecord;
use contracts::kinds::knowledge::Knowledge;
use contracts::kinds::run::Run;
use contracts::page::{Page, write_event};
use serde_json::{Value, json};

use super::made::{Actor, Maker};

/// How many documents a base has at most.
const DOCUMENTS: u64 = 12;

/// An event of a kind, from its data.
fn event<P: Page>(tag: &str, data: &Value) -> EventRecord
where
    P::Event: serde::de::DeserializeOwned,
{
    let event = contracts::read::tagged::<P::Event>(("type", tag), ("data", data));
    write_event::<P>(&event.expect("an event of the page")).expect("of the page")
}

fn based(tag: &str, data: &Value) -> EventRecord {
    event::<Knowledge>(tag, data)
}

impl Maker {
    /// The next of a base: documents that come, are read and embedded, are replaced, fail and go.
    pub(super) fn based(&mut self, actor: &mut Actor) -> (&'static str, Vec<EventRecord>) {
        if actor.head.revision.0 == 0 {
            actor.value = 1;
            actor.messages = vec![0; DOCUMENTS as usize];
            let data = json!({ "model": "made/one", "dimensions": 3, "passage_bytes": 1_200 });
            return ("create", vec![based("Created", &data)]);
        }
        let (which, version) = (self.dice(DOCUMENTS), actor.head.revision.next());
        let document = format!("doc-{which}");
        let part = actor.messages[which as usize];
        let command = contracts::commit::sample_command_id(u128::from(version.0));
        let piece = |generation: i64| {
            json!({ "document": document, "version": version, "part": part,
                "generation": generation, "model": "made/one", "count": 3, "dimensions": 3,
                "blob": contracts::Hash::of(document.as_bytes()) })
        };
        let failed = json!({ "document": document, "version": version, "part": part,
            "generation": actor.value, "code": "made_up", "reason": "it did not work" });
        match self.dice(12) {
            0 => {
                actor.messages[which as usize] = 0;
                let data = json!({ "document": document, "documents": 1 });
                ("remove", vec![based("DocumentRemoved", &data)])
            }
            1 => ("outcome", vec![based("EmbedFailed", &failed)]),
            2 => ("outcome", vec![based("DocumentFailed", &failed)]),
            3 => {
                actor.value += 1;
                let data = json!({ "generation": actor.value, "model": "made/two",
                    "dimensions": 3, "command": command });
                ("reembed", vec![based("ReembedStarted", &data)])
            }
            4 => {
                let data = json!({ "generation": actor.value, "failed": 0 });
                ("outcome", vec![based("Served", &data)])
            }
            5..=7 => {
                actor.messages[which as usize] = 0;
                let data = json!({ "document": document, "title": self.title(), "documents": 1,
                    "source": { "text": {} }, "command": command });
                ("add", vec![based("DocumentAdded", &data)])
            }
            _ => {
                actor.messages[which as usize] += 1;
                let texts = (0..1 + self.dice(4)).map(|_| json!({ "text": self.title() }));
                let passages: Vec<Value> = texts.collect();
                let data = json!({ "document": document, "version": version, "part": part,
                    "passages": passages });
                let read = based("PartRead", &data);
                ("outcome", vec![read, based("Embedded", &piece(actor.value))])
            }
        }
    }

    /// The next of a run: it starts, and then it answers; several say the same.
    pub(super) fn ran(&mut self, actor: &Actor) -> (&'static str, Vec<EventRecord>) {
        if actor.head.revision.0 == 0 {
            let turns: Vec<Value> = (0..1 + self.dice(3))
                .map(|_| json!({ "role": "user", "content": format!("I like {}", self.word()) }))
                .collect();
            let data = json!({
                "command": contracts::commit::sample_command_id(1),
                "run": { "model": "local/rules", "turns": turns,
                    "of": { "assistant": "helper", "version": 1, "revision": 1 } },
            });
            return ("start", vec![event::<Run>("Started", &data)]);
        }
        let response = json!({ "provider": "local", "model": "local/rules", "text": self.text(),
            "finish": "stop", "usage": contracts::model::Usage::default(),
            "request_hash": contracts::Hash::ZERO });
        let data = json!({ "round": actor.head.revision.0, "response": response });
        ("outcome", vec![event::<Run>("Answered", &data)])
    }
}
