//! A decision in the making: each event is applied at once, so that the next looks at its effect.

use std::collections::BTreeMap;

use contracts::decider::EventContext;
use contracts::kinds::check::Check;
use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::synapse::answers::{About, Arranged};
use contracts::kinds::synapse::limits::{
    DECK_BYTES_MAX, EDGES_MAX, NODES_MAX, PARAGRAPHS_MAX, PARTS_MAX, POINTS_DRAWN_MAX,
    SLIDE_BYTES_MAX, SLIDES_MAX,
};
use contracts::kinds::synapse::{Created, Event, Place, Rejection, SlideAdded, ThemeName};
use contracts::{Context, Decision};
use office::deck::{Content, Deck, Limits, Slide};
use serde::Serialize;
use serde_json::json;

use super::state::{Kept, State, same};

/// What has been decided so far.
pub(super) struct Work<'a> {
    /// The state with the events applied.
    pub state: State,
    /// The events.
    pub events: Vec<Event>,
    /// The command's context.
    pub cx: &'a Context,
    /// How many slides were named.
    named: u32,
}

impl<'a> Work<'a> {
    /// Nothing is decided yet.
    pub fn on(state: &State, cx: &'a Context) -> Self {
        Self { state: state.clone(), events: Vec::new(), cx, named: 0 }
    }

    /// `event` happens.
    pub fn happen(&mut self, event: Event) {
        let cx = self.cx;
        let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
        self.state = std::mem::take(&mut self.state).after(&event, &at);
        self.events.push(event);
    }

    /// The deck begins, when it has not.
    pub fn begin(&mut self, title: impl FnOnce() -> Option<String>) {
        if self.state.created.is_none() {
            let created = Created { title: title(), theme: ThemeName::default() };
            self.happen(Event::Created(created));
        }
    }

    /// The slide of this id.
    pub fn slide(&self, id: &str) -> Result<&Kept, Rejection> {
        self.state.slide(id).ok_or_else(|| Rejection::SlideNotFound { slide: id.to_owned() })
    }

    /// The slide of this id, when it is as the caller read it.
    pub fn slide_as_read(&self, id: &str, base: Option<u64>) -> Result<&Kept, Rejection> {
        let kept = self.slide(id)?;
        if base.is_none_or(|base| base == kept.changed.0) {
            return Ok(kept);
        }
        Err(Rejection::SlideChanged { slide: id.to_owned(), changed: kept.changed })
    }

    /// A slide comes, when slides can be so.
    pub fn add(
        &mut self,
        slide: &Slide,
        place: Place,
        generated_by: Option<GeneratedBy>,
    ) -> Result<(), Rejection> {
        ensure_sound(&self.state.frame, slide)?;
        let slide = same(slide).ok_or_else(|| odd("it has no JSON"))?;
        let slides = self.slides(1);
        self.happen(Event::SlideAdded(SlideAdded { slide, place, slides, generated_by }));
        self.room()
    }

    /// The deck still keeps its limits.
    pub fn room(&self) -> Result<(), Rejection> {
        let state = &self.state;
        let full = state.slides.len() > SLIDES_MAX
            || state.bytes() > DECK_BYTES_MAX
            || state.slides.iter().any(|kept| kept.bytes > SLIDE_BYTES_MAX);
        if full { Err(Rejection::Full) } else { Ok(()) }
    }

    /// An id that no slide has.
    pub fn free_id(&mut self) -> String {
        loop {
            let id = self.cx.name("s_", self.named);
            self.named += 1;
            if self.state.position(&id).is_none() {
                return id;
            }
        }
    }

    /// Where a slide stands that comes after this one; after all when none is named.
    pub fn after(&self, after: Option<&String>) -> Result<Place, Rejection> {
        match (after, self.state.slides.last()) {
            (Some(id), _) => Ok(Place::After(self.slide(id)?.slide.id.clone())),
            (None, Some(last)) => Ok(Place::After(last.slide.id.clone())),
            (None, None) => Ok(Place::First),
        }
    }

    /// How many slides there will be with so many more.
    pub fn slides(&self, more: usize) -> u32 {
        u32::try_from(self.state.slides.len() + more).unwrap_or(u32::MAX)
    }

    /// The decision, answered now.
    pub fn now(self, reply: &impl Serialize) -> Decision<Event> {
        Decision::now(self.events, json!(reply))
    }

    /// The decision, answered by what the deck is called.
    pub fn about(self) -> Decision<Event> {
        let (title, theme) = (self.state.frame.title.clone(), self.state.frame.theme.name.clone());
        let slides = self.slides(0);
        self.now(&About { title, theme, slides })
    }

    /// The decision, answered by where the slide stands.
    pub fn arranged(self, slide: String, left_out: BTreeMap<String, u64>) -> Decision<Event> {
        let position = self.state.position(&slide);
        let changed = position.map(|at| self.state.slides[at].changed.0);
        let position = position.and_then(|at| u32::try_from(at + 1).ok());
        let slides = self.slides(0);
        self.now(&Arranged { slide, changed, position, slides, left_out })
    }
}

/// How much a slide may be: never more than files of decks hold.
fn limits() -> Limits {
    Limits {
        parts_max: PARTS_MAX,
        paragraphs_max: PARAGRAPHS_MAX,
        points_max: POINTS_DRAWN_MAX,
        nodes_max: NODES_MAX,
        edges_max: EDGES_MAX,
        ..Limits::default()
    }
}

/// That no slide can say something.
pub(super) fn odd(reason: impl Into<String>) -> Rejection {
    Rejection::SlideInvalid { reason: reason.into() }
}

/// Says whether a slide is one that the deck can have.
pub(super) fn ensure_sound(frame: &Deck, slide: &Slide) -> Result<(), Rejection> {
    let whole = Deck { slides: vec![slide.clone()], ..frame.clone() };
    limits().hold(&whole).map_err(|error| odd(error.to_string()))?;
    let text = json!(slide).to_string();
    if text.len() > SLIDE_BYTES_MAX {
        return Err(Rejection::Full);
    }
    if text.contains("\\u0000") {
        return Err(odd("it contains U+0000"));
    }
    let named = slide.parts.iter().all(|part| match &part.content {
        Content::Picture(picture) => is_blob(&picture.source),
        _ => true,
    });
    if named { Ok(()) } else { Err(odd("a picture is `blob:` and 64 hexadecimal digits")) }
}

fn is_blob(source: &str) -> bool {
    let digits = source.strip_prefix("blob:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

/// Nothing more was wrong with an input.
pub(super) fn done(check: Check) -> Result<(), Rejection> {
    check.done().map_err(Rejection::from)
}
