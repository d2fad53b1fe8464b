//! The state after an event.

use std::sync::Arc;

use contracts::decider::EventContext;
use contracts::kinds::synapse::{Change, Event, PartMoved, Place};
use office::deck::{self, Deck};
use serde_json::{Value, json};

use super::state::{Kept, State, Waiting, frame, same};

impl State {
    /// The deck after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: &EventContext) -> Self {
        match event {
            Event::StoryboardAsked(asked) => {
                let waiting = Waiting { name: "storyboard".to_owned(), since: at.at };
                self.waiting.entry(asked.command).or_insert(waiting);
                return self;
            }
            Event::AskConcluded(concluded) => {
                self.waiting.remove(&concluded.command);
                return self;
            }
            _ => self.version = at.revision,
        }
        match event {
            Event::Created(created) => {
                self.created = Some(at.at);
                self.frame = Arc::new(frame(created.title.clone(), created.theme));
            }
            Event::DesignTaken(taken) => {
                if let Some(deck) = designed(&self.frame, &taken.design) {
                    self.frame = Arc::new(deck);
                }
            }
            Event::StoryboardMade(made) => {
                self.storyboard.clone_from(&made.storyboard);
                self.planned_by.clone_from(&made.generated_by);
            }
            Event::SlideAdded(added) => {
                if let Some(slide) = same::<deck::Slide>(&added.slide) {
                    let generated_by = added.generated_by.clone();
                    let kept =
                        Kept { bytes: size(&slide), slide, generated_by, changed: at.revision };
                    self.insert(Arc::new(kept), &added.place);
                }
            }
            Event::SlideEdited(edited) => self.change(&edited.slide, at, |slide| {
                edited.changes.iter().for_each(|change| apply(slide, change));
                slide.hidden = edited.hidden.unwrap_or(slide.hidden);
            }),
            Event::SlideMoved(moved) => {
                if let Some(from) = self.position(&moved.slide) {
                    let kept = self.slides.remove(from);
                    self.insert(kept, &moved.place);
                }
            }
            Event::SlideRemoved(gone) => self.slides.retain(|kept| kept.slide.id != gone.slide),
            Event::LaidOut(laid) => self.change(&laid.slide, at, |slide| {
                slide.layout.clone_from(&laid.layout);
                laid.moved.iter().for_each(|moved| settle(slide, *moved));
            }),
            Event::NotesSet(set) => self.change(&set.slide, at, |slide| {
                slide.notes = same(&set.notes).unwrap_or_default();
            }),
            Event::ThemeSet(set) => {
                if let Some(theme) = same(&set.theme) {
                    Arc::make_mut(&mut self.frame).theme = theme;
                }
            }
            Event::Renamed(renamed) => {
                Arc::make_mut(&mut self.frame).title = Some(renamed.title.clone());
            }
            Event::StoryboardAsked(_) | Event::AskConcluded(_) => {}
        }
        self
    }

    fn insert(&mut self, kept: Arc<Kept>, place: &Place) {
        let at = match place {
            Place::First => 0,
            Place::After(id) => self.position(id).map_or(self.slides.len(), |at| at + 1),
        };
        self.slides.insert(at, kept);
    }

    fn change(&mut self, id: &str, at: &EventContext, how: impl FnOnce(&mut deck::Slide)) {
        let Some(place) = self.position(id) else { return };
        let kept = Arc::make_mut(&mut self.slides[place]);
        how(&mut kept.slide);
        kept.changed = at.revision;
        kept.bytes = size(&kept.slide);
    }
}

/// How large a slide is, in bytes of JSON.
pub(super) fn size(slide: &deck::Slide) -> usize {
    json!(slide).to_string().len()
}

/// What becomes of a part.
pub(super) fn apply(slide: &mut deck::Slide, change: &Change) {
    let parts = &mut slide.parts;
    match change {
        Change::Put(at, part) => {
            if let Some((kept, part)) = parts.get_mut(*at as usize).zip(same(part)) {
                *kept = part;
            }
        }
        Change::Insert(at, part) => {
            if let Some(part) = same(part) {
                parts.insert((*at as usize).min(parts.len()), part);
            }
        }
        Change::Remove(at) => {
            if (*at as usize) < parts.len() {
                parts.remove(*at as usize);
            }
        }
    }
}

/// A part stands elsewhere.
pub(super) fn settle(slide: &mut deck::Slide, moved: PartMoved) {
    if let Some(part) = slide.parts.get_mut(moved.part as usize) {
        part.place = moved.place;
        part.area = moved.area.and_then(|area| same(&area));
    }
}

/// A deck that looks as is said, where that can be read.
pub(super) fn designed(frame: &Deck, design: &serde_json::Map<String, Value>) -> Option<Deck> {
    let mut whole = json!(frame);
    let members = whole.as_object_mut()?;
    for name in DESIGN {
        if let Some(value) = design.get(name) {
            members.insert(name.to_owned(), value.clone());
        }
    }
    same(&whole)
}

/// What of a deck is its design.
pub(super) const DESIGN: [&str; 4] = ["size", "theme", "master", "layouts"];
