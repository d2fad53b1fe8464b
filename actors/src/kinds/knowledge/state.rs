//! What a base is. The words of its documents stand in the log and in the read model, not here:
//! only those of the part that was read last, so that a request may refer to them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use contracts::decider::EventContext;
use contracts::kinds::knowledge::{
    Created, DocumentAdded, Event, PartRead, Passage, Piece, Source,
};
use contracts::model::{Role, Turn};
use contracts::{CommandId, Origin, Revision, privacy};
use serde::{Deserialize, Serialize};

/// What a fold of the events leads to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What it was created as; `model` is whoever embeds now.
    pub settings: Option<Created>,
    /// For which time documents are embedded now, from 1.
    pub generation: u32,
    /// Which generation of vectors is searched.
    pub serving: u32,
    /// Parts that could not be embedded in this generation.
    pub failed: u32,
    /// The documents by id.
    pub documents: Arc<BTreeMap<String, Arc<Document>>>,
    /// The passages that the last commit with any brought: what requests refer to.
    pub turns: Vec<Arc<Turn>>,
    /// Parts that a model is to be asked about.
    pub queue: Arc<VecDeque<Piece>>,
    /// Parts that a model is asked about.
    pub asked: BTreeSet<Piece>,
    /// The `reembed` that waits for its end.
    pub reembedding: Option<CommandId>,
    /// By which road came whoever asked for that.
    pub origin: Option<Origin>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The revision that brought it.
    pub version: Revision,
    /// What people call it.
    pub title: String,
    /// Where its words come from.
    pub source: Source,
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Where it is read on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// The command that waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
    /// Why it could not be read, or not be embedded: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// How a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// From which byte on.
    pub offset: u64,
    /// By which road came whoever added it.
    pub origin: Origin,
}

/// A part of a document: what one commit brought of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The revision that brought it.
    pub revision: Revision,
    /// How many passages it has.
    pub passages: u32,
    /// Whether they are protected, so that no vectors are kept of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
}

/// The turns that an event leaves in the state; `None` = it leaves those that there are.
pub(super) fn turns(event: &Event) -> Option<Vec<Arc<Turn>>> {
    match event {
        Event::PartRead(read) => Some(turns_of(read)),
        _ => None,
    }
}

fn turns_of(read: &PartRead) -> Vec<Arc<Turn>> {
    let turn = |passage: &Passage| Arc::new(Turn::new(Role::User, passage.whole()));
    read.passages.iter().map(turn).collect()
}

impl Document {
    /// How many passages there are so far.
    #[must_use]
    pub fn passages(&self) -> u32 {
        self.parts.iter().map(|part| part.passages).sum()
    }
}

impl State {
    /// The base after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: &EventContext) -> Self {
        match event {
            Event::Created(created) => {
                self.settings = Some(created.clone());
                (self.generation, self.serving) = (1, 1);
            }
            Event::DocumentAdded(added) => self.added(added, at),
            Event::ReadAsked(asked) => {
                let origin = self.read_by(&asked.document).unwrap_or(at.by.origin);
                self.change(&asked.document, |document| {
                    document.reading = Some(Reading { offset: asked.offset, origin });
                });
            }
            Event::PartRead(read) => self.read(read, at),
            Event::EmbedAsked(asked) => {
                let queue = Arc::make_mut(&mut self.queue);
                if queue.front() == Some(&asked.piece) {
                    queue.pop_front();
                } else {
                    queue.retain(|piece| *piece != asked.piece);
                }
                self.asked.insert(asked.piece.clone());
            }
            Event::Embedded(embedded) => {
                self.asked.remove(&embedded.piece);
            }
            Event::EmbedFailed(failed) => {
                self.asked.remove(&failed.piece);
                self.failed += u32::from(failed.piece.generation == self.generation);
                self.change(&failed.piece.document, |document| {
                    document.code = Some(failed.code.clone());
                });
            }
            Event::DocumentReady(ready) => {
                self.change(&ready.document, |document| document.command = None);
            }
            Event::DocumentFailed(failed) => self.change(&failed.document, |document| {
                document.code = Some(failed.code.clone());
                (document.command, document.reading) = (None, None);
            }),
            Event::DocumentRemoved(removed) => {
                self.forget(&removed.document);
                Arc::make_mut(&mut self.documents).remove(&removed.document);
            }
            Event::ReembedStarted(started) => {
                if let Some(settings) = &mut self.settings {
                    settings.model = Some(started.model.clone());
                    settings.dimensions = started.dimensions;
                }
                (self.generation, self.failed) = (started.generation, 0);
                self.reembedding = Some(started.command);
                self.origin = Some(at.by.origin);
                self.queue = Arc::new(self.all_pieces());
            }
            Event::Served(served) => {
                self.serving = served.generation;
                self.reembedding = None;
            }
        }
        self
    }

    fn added(&mut self, added: &DocumentAdded, at: &EventContext) {
        self.forget(&added.document);
        let document = Document {
            version: at.revision,
            title: added.title.clone(),
            source: added.source.clone(),
            parts: Vec::new(),
            reading: None,
            command: Some(added.command),
            code: None,
        };
        Arc::make_mut(&mut self.documents).insert(added.document.clone(), Arc::new(document));
    }

    fn read(&mut self, read: &PartRead, at: &EventContext) {
        let sealed = read.passages.iter().any(|it| privacy::carries(&it.text));
        let passages = u32::try_from(read.passages.len()).unwrap_or(u32::MAX);
        self.change(&read.document, |document| {
            document.parts.push(Part { revision: at.revision, passages, sealed });
            document.reading = None;
        });
        self.turns = turns_of(read);
        let embeds = self.settings.as_ref().is_some_and(|it| it.model.is_some());
        if embeds && !sealed && passages > 0 {
            let (document, part) = (read.document.clone(), read.part);
            let (version, generation) = (read.version, self.generation);
            let piece = Piece { document, version, part, generation };
            Arc::make_mut(&mut self.queue).push_back(piece);
        }
    }

    /// All parts of which vectors are kept, for today's generation.
    fn all_pieces(&self) -> VecDeque<Piece> {
        let generation = self.generation;
        let of = |(id, document): (&String, &Arc<Document>)| {
            let (id, version) = (id.clone(), document.version);
            let wanted = |(_, part): &(usize, &Part)| !part.sealed && part.passages > 0;
            let parts: Vec<_> = document.parts.iter().enumerate().filter(wanted).collect();
            let piece = move |(place, _): (usize, &Part)| Piece {
                document: id.clone(),
                version,
                part: u32::try_from(place).unwrap_or(u32::MAX),
                generation,
            };
            parts.into_iter().map(piece).collect::<Vec<_>>()
        };
        self.documents.iter().flat_map(of).collect()
    }

    fn change(&mut self, id: &str, with: impl FnOnce(&mut Document)) {
        if let Some(document) = Arc::make_mut(&mut self.documents).get_mut(id) {
            with(Arc::make_mut(document));
        }
    }

    /// Nothing more is asked about a document, and no answer about it is of use.
    fn forget(&mut self, id: &str) {
        if self.queue.iter().any(|piece| piece.document == id) {
            Arc::make_mut(&mut self.queue).retain(|piece| piece.document != id);
        }
        self.asked.retain(|piece| piece.document != id);
    }

    fn read_by(&self, id: &str) -> Option<Origin> {
        self.documents.get(id)?.reading.map(|reading| reading.origin)
    }

    /// The document of a piece, when it is still in that version.
    #[must_use]
    pub fn of(&self, id: &str, version: Revision) -> Option<&Document> {
        self.documents.get(id).map(|it| &**it).filter(|document| document.version == version)
    }

    /// Whether a model is asked, or is to be, about a document.
    #[must_use]
    pub fn embeds(&self, id: &str) -> bool {
        let of = |piece: &Piece| piece.document == id;
        self.asked.iter().any(of) || self.queue.iter().any(of)
    }

    /// The same without what a fork must not inherit: the parent's callers wait for the parent.
    #[must_use]
    pub fn without_waits(mut self) -> Self {
        self.reembedding = None;
        let waits = |document: &Arc<Document>| document.command.is_some();
        if self.documents.values().any(waits) {
            for document in Arc::make_mut(&mut self.documents).values_mut() {
                Arc::make_mut(document).command = None;
            }
        }
        self
    }
}
