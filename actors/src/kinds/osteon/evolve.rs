//! The state after an event.

use std::sync::Arc;

use contracts::CommandId;
use contracts::decider::EventContext;
use contracts::kinds::osteon::limits::{REVIEWS_KEPT_MAX, SOURCES_MAX};
use contracts::kinds::osteon::{EditOf, Event, Place, Splice};

use super::splice;
use super::state::{Cited, Comment, Review, Section, State, Suggestion, Waiting};

impl State {
    /// The document after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: &EventContext) -> Self {
        if self.wait(event, at) || self.remark(event, at) {
            return self;
        }
        self.version = at.revision;
        match event {
            Event::Created(created) => {
                self.created = Some(at.at);
                self.title.clone_from(&created.title);
                self.metadata = Arc::new(created.metadata.clone());
            }
            Event::OutlineMade(made) => self.outline = Arc::new(made.titles.clone()),
            Event::SectionDrafted(drafted) => {
                let (id, title) = (drafted.section.clone(), drafted.title.clone());
                let (text, changed) = (drafted.text.clone(), at.revision);
                let generated_by = Some(drafted.generated_by.clone());
                let cited = Cited::default();
                self.put(Section { id, title, text, generated_by, changed, cited }, &drafted.place);
                self.remember(&drafted.sources, SOURCES_MAX);
            }
            Event::SectionEdited(edited) => self.change(&edited.section, at, |section| {
                section.text.clone_from(&edited.text);
                section.generated_by = Some(edited.generated_by.clone());
            }),
            Event::SectionSet(set) => {
                let (id, title, text) = (set.section.clone(), set.title.clone(), set.text.clone());
                let (generated_by, changed) = (None, at.revision);
                let cited = Cited::default();
                self.put(Section { id, title, text, generated_by, changed, cited }, &set.place);
                if !set.sources.is_empty() {
                    self.remember(&set.sources, SOURCES_MAX);
                }
            }
            Event::SectionChanged(changed) => {
                self.splice(&changed.section, &changed.changes, at);
            }
            Event::SuggestionAccepted(accepted) => {
                self.suggestions.retain(|known| known.id != accepted.suggestion);
                self.splice(&accepted.section, &accepted.changes, at);
            }
            Event::Cited(cited) => {
                let mark = format!("[@{}]", cited.source.id);
                self.change(&cited.section, at, |section| {
                    section.text.truncate(section.text.trim_end().len());
                    let gap = if section.text.is_empty() { "" } else { cited.before.as_str() };
                    section.text.push_str(gap);
                    section.text.push_str(&mark);
                });
                self.remember(std::slice::from_ref(&cited.source), SOURCES_MAX);
            }
            Event::SectionMoved(moved) => {
                if let Some(from) = self.position(&moved.section) {
                    let section = self.sections.remove(from);
                    self.insert(section, &moved.place, from);
                }
            }
            Event::SectionRemoved(removed) => {
                self.sections.retain(|section| section.id != removed.section);
                self.comments.retain(|comment| comment.section != removed.section);
                self.suggestions.retain(|known| known.section != removed.section);
            }
            Event::Renamed(renamed) => self.title = Some(renamed.title.clone()),
            Event::MetadataSet(set) => self.metadata = Arc::new(set.metadata.clone()),
            // What `wait` and `remark` keep.
            _ => {}
        }
        self
    }

    /// Keeps who waits; false when the event is about the document itself.
    fn wait(&mut self, event: &Event, at: &EventContext) -> bool {
        let mut waits = |command: CommandId, name: &str, section: Option<&String>| {
            let (name, section, since) = (name.to_owned(), section.cloned(), at.at);
            self.waiting.entry(command).or_insert(Waiting { name, section, since });
        };
        match event {
            Event::OutlineAsked(asked) => waits(asked.command, "outline", None),
            Event::DraftAsked(asked) => waits(asked.command, "draft", None),
            Event::EditAsked(asked) => match &asked.of {
                EditOf::Section(section) => waits(asked.command, "edit", Some(section)),
                EditOf::Text(_) => waits(asked.command, "edit", None),
            },
            Event::SummaryAsked(asked) => waits(asked.command, "summarize", None),
            Event::AskConcluded(concluded) => {
                self.waiting.remove(&concluded.command);
            }
            _ => return false,
        }
        true
    }

    /// Keeps what is said about the document; false when the event is about the document itself.
    fn remark(&mut self, event: &Event, at: &EventContext) -> bool {
        let (by, when) = (at.by.principal.clone(), at.at);
        match event {
            Event::Commented(said) => self.comments.push(Arc::new(Comment {
                id: said.comment.clone(),
                section: said.section.clone(),
                quote: said.quote.clone(),
                text: said.text.clone(),
                by,
                at: when,
                author: said.author.clone(),
                made_at: said.made_at,
            })),
            Event::CommentResolved(resolved) => {
                self.comments.retain(|known| known.id != resolved.comment);
            }
            Event::Suggested(suggested) => self.suggestions.push(Arc::new(Suggestion {
                id: suggested.suggestion.clone(),
                section: suggested.section.clone(),
                changes: suggested.changes.clone(),
                why: suggested.why.clone(),
                by,
                at: when,
                author: suggested.author.clone(),
                made_at: suggested.made_at,
            })),
            Event::SuggestionRejected(rejected) => {
                self.suggestions.retain(|known| known.id != rejected.suggestion);
            }
            Event::Reviewed(reviewed) => {
                let (version, verdicts) = (reviewed.version, reviewed.verdicts.clone());
                self.reviews.push(Arc::new(Review { version, verdicts, by, at: when }));
                let more = self.reviews.len().saturating_sub(REVIEWS_KEPT_MAX);
                self.reviews.drain(..more);
            }
            _ => return false,
        }
        true
    }

    fn splice(&mut self, id: &str, changes: &[Splice], at: &EventContext) {
        self.change(id, at, |section| {
            section.text = splice::applied(&section.text, changes);
            section.generated_by = None;
        });
    }

    fn change(&mut self, id: &str, at: &EventContext, change: impl FnOnce(&mut Section)) {
        let Some(place) = self.position(id) else { return };
        let section = Arc::make_mut(&mut self.sections[place]);
        change(section);
        section.cited = Cited::default();
        section.changed = at.revision;
    }

    /// Adds a section, or replaces the one of its id.
    fn put(&mut self, section: Section, place: &Place) {
        let at = self.position(&section.id);
        if let Some(at) = at {
            self.sections.remove(at);
        }
        let kept = at.unwrap_or(self.sections.len());
        self.insert(Arc::new(section), place, kept);
    }

    fn insert(&mut self, section: Arc<Section>, place: &Place, kept: usize) {
        let at = match place {
            Place::Kept => kept,
            Place::First => 0,
            Place::After(id) => self.position(id).map_or(self.sections.len(), |at| at + 1),
        };
        self.sections.insert(at.min(self.sections.len()), section);
    }
}
