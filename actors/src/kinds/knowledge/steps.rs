//! A decision that grows event by event, each seen by the next.

use contracts::decider::EventContext;
use contracts::kinds::knowledge::{
    ASKED_MAX, Added, DocumentFailed, DocumentReady, EmbedAsked, Event, KIND, PartRead, Piece,
    Reembedded, Served,
};
use contracts::model::HistoryRef;
use contracts::{Completion, Context, Decision, Refusal, Revision};
use serde_json::{Value, json};

use super::state::State;

/// Passages up to so many bytes are repeated in their request, which then needs nothing from the
/// log.
const INLINE_BYTES_MAX: usize = 16 * 1024;

/// What a command leads to so far.
pub(super) struct Steps<'a> {
    /// The base after it.
    pub state: State,
    events: Vec<Event>,
    completes: Vec<Completion>,
    cx: &'a Context,
    at: EventContext,
}

impl<'a> Steps<'a> {
    /// Nothing has happened yet.
    pub fn new(state: &State, cx: &'a Context) -> Self {
        let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
        Self { state: state.clone(), events: Vec::new(), completes: Vec::new(), cx, at }
    }

    /// One thing happens.
    pub fn push(&mut self, event: Event) {
        self.state = std::mem::take(&mut self.state).after(&event, &self.at);
        self.events.push(event);
    }

    /// A part of a document was read.
    pub fn read(&mut self, part: PartRead) {
        let (document, version) = (part.document.clone(), part.version);
        self.push(Event::PartRead(part));
        self.ready(&document, version);
    }

    /// A document is done once all of it was read and embedded.
    pub fn ready(&mut self, id: &str, version: Revision) {
        let Some(document) = self.state.of(id, version) else { return };
        let (passages, code) = (document.passages(), document.code.clone());
        let Some(command) = document.command else { return };
        if document.reading.is_some() || self.state.embeds(id) {
            return;
        }
        let all = document.parts.iter().all(|part| !part.sealed);
        let model = self.state.settings.as_ref().and_then(|it| it.model.as_ref());
        let embedded = all && model.is_some() && code.is_none();
        let id = id.to_owned();
        self.push(Event::DocumentReady(DocumentReady { document: id.clone(), version, passages }));
        let added = Added { id, version, passages, embedded, code };
        self.completes.push(Completion::done(command, json!(added)));
    }

    /// A document could not be read.
    pub fn fail(&mut self, document: String, version: Revision, refusal: &Refusal) {
        let command = self.state.of(&document, version).and_then(|it| it.command);
        let (code, reason) = (refusal.code.to_string(), refusal.message.clone());
        self.push(Event::DocumentFailed(DocumentFailed { document, version, code, reason }));
        self.completes.extend(command.map(|id| Completion::failed(id, refusal)));
    }

    /// Asks about as many parts as may be asked about at once, and ends a round of embedding anew
    /// when none is left.
    pub fn pump(&mut self) {
        while self.state.asked.len() < ASKED_MAX {
            let Some(piece) = self.state.queue.front().cloned() else { break };
            let history = self.history(&piece);
            self.push(Event::EmbedAsked(EmbedAsked { piece, history }));
        }
        let done = self.state.asked.is_empty() && self.state.queue.is_empty();
        let Some(command) = self.state.reembedding.filter(|_| done) else { return };
        let (generation, failed) = (self.state.generation, self.state.failed);
        let settings = self.state.settings.as_ref();
        let model = settings.and_then(|it| it.model.clone()).unwrap_or_default();
        self.push(Event::Served(Served { generation, failed }));
        let reply = Reembedded { model, generation, failed };
        self.completes.push(Completion::done(command, json!(reply)));
    }

    /// Where the words of a piece stand; `None` = in this very commit, and they are few.
    fn history(&self, piece: &Piece) -> Option<HistoryRef> {
        let document = self.state.of(&piece.document, piece.version)?;
        let part = usize::try_from(piece.part).ok().and_then(|at| document.parts.get(at))?;
        let bytes: usize = self.state.turns.iter().map(|turn| turn.content.len()).sum();
        // The last part that this commit brought is the one whose words stand in the state.
        if part.revision == self.cx.revision && bytes <= INLINE_BYTES_MAX {
            return None;
        }
        let (kind, id, revision) = (KIND, self.cx.me.clone(), part.revision);
        Some(HistoryRef { kind, id, revision, frame: false })
    }

    /// The decision, answered later, or at once when it is over already.
    pub fn later(mut self, deadline_ms: u64) -> Decision<Event> {
        let own = |done: &Completion| done.command_id == self.cx.command && done.ok;
        let over = self.completes.iter().position(own);
        let over = over.map(|place| self.completes.remove(place).reply);
        match over {
            Some(reply) => self.now(reply),
            None => {
                let mut decision = Decision::later(self.events, deadline_ms);
                decision.completes = self.completes;
                decision
            }
        }
    }

    /// The decision, for somebody who waits for nothing.
    pub fn now(self, reply: Value) -> Decision<Event> {
        let mut decision = Decision::now(self.events, reply);
        decision.completes = self.completes;
        decision
    }
}
