//! A decision in the making: each event is applied at once, so that the next looks at its effect.

use std::collections::BTreeSet;

use contracts::decider::EventContext;
use contracts::kinds::osteon::answers::{About, Arranged};
use contracts::kinds::osteon::limits::{DOCUMENT_BYTES_MAX, SECTIONS_MAX, SOURCES_MAX};
use contracts::kinds::osteon::{Created, Event, Rejection};
use contracts::{Context, Decision};
use serde::Serialize;
use serde_json::{Value, json};

use super::state::State;

/// What has been decided so far.
pub(super) struct Work<'a> {
    /// The state with the events applied.
    pub state: State,
    /// The events.
    pub events: Vec<Event>,
    /// The command's context.
    pub cx: &'a Context,
}

impl<'a> Work<'a> {
    /// Nothing is decided yet.
    pub fn on(state: &State, cx: &'a Context) -> Self {
        Self { state: state.clone(), events: Vec::new(), cx }
    }

    /// `event` happens.
    pub fn happen(&mut self, event: Event) {
        let cx = self.cx;
        let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
        self.state = std::mem::take(&mut self.state).after(&event, &at);
        self.events.push(event);
    }

    /// The document begins, when it has not.
    pub fn begin(&mut self, title: impl FnOnce() -> String) {
        if self.state.created.is_none() {
            let (title, metadata) = (Some(title()), serde_json::Map::new());
            self.happen(Event::Created(Created { title, metadata }));
        }
    }

    /// The document still keeps its limits.
    pub fn room(&self) -> Result<(), Rejection> {
        let state = &self.state;
        let full = state.sections.len() > SECTIONS_MAX
            || state.bytes() > DOCUMENT_BYTES_MAX
            || state.sources.len() > SOURCES_MAX;
        if full { Err(Rejection::Full) } else { Ok(()) }
    }

    /// An id that no section has.
    pub fn free_id(&self) -> String {
        let ids = (0..).map(|number| self.cx.name("s_", number));
        let mut free = ids.filter(|id| self.state.position(id).is_none());
        free.next().unwrap_or_default()
    }

    /// An id that no comment and no suggestion has.
    pub fn free_remark(&self, begin: &str, number: u32) -> String {
        let mut ids = (number..).map(|number| self.cx.name(begin, number));
        let comments = self.state.comments.iter().map(|known| &known.id);
        let known: BTreeSet<_> =
            comments.chain(self.state.suggestions.iter().map(|it| &it.id)).collect();
        ids.find(|id| !known.contains(id)).unwrap_or_default()
    }

    /// How many sections there will be with so many more.
    pub fn sections(&self, more: usize) -> u32 {
        u32::try_from(self.state.sections.len() + more).unwrap_or(u32::MAX)
    }

    /// The decision, answered now.
    pub fn now(self, reply: &impl Serialize) -> Decision<Event> {
        Decision::now(self.events, answer(reply))
    }

    /// The decision, answered by what the document is called.
    pub fn about(self) -> Decision<Event> {
        let (title, metadata) = (self.state.title.clone(), (*self.state.metadata).clone());
        self.now(&About { title, metadata })
    }

    /// The decision, answered by how the section stands.
    pub fn arranged(self, section: String) -> Decision<Event> {
        let place = self.state.position(&section);
        let found = place.and_then(|place| self.state.sections.get(place));
        let citations = found.map_or_else(Vec::new, |found| self.state.cites(found));
        let changed = found.map(|found| found.changed.0);
        let (place, sections) = (place.map(|place| place + 1), self.sections(0));
        self.now(&Arranged { section, changed, place, sections, citations })
    }
}

/// An answer as JSON.
pub(super) fn answer(reply: &impl Serialize) -> Value {
    json!(reply)
}
