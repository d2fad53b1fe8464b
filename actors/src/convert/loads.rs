//! A document as commands: `load`, again and again, each small enough for one commit.

use contracts::kinds::osteon::artifact::Metadata;
use contracts::kinds::osteon::limits::{
    AUTHOR_BYTES_MAX, COMMENTS_MAX, DOCUMENT_BYTES_MAX, LOAD_BYTES_MAX, LOAD_SECTIONS_MAX,
    REMARK_BYTES_MAX, SECTIONS_MAX, SOURCES_MAX, SUGGESTIONS_MAX,
};
use contracts::kinds::osteon::{
    CitedSource, GivenSection, Load, LoadedComment, LoadedSuggestion, SourceRecord,
};
use contracts::{CommandName, Refusal, Timestamp};
use office::losses::Losses;

use super::document::cut;
use super::remarked::into;
use super::sections::Came;
use super::{Part, fault};
use crate::kinds::osteon::cite;

/// What the remarks on one section hold at most, in bytes: they are loaded with it.
const LOAD_REMARKS_BYTES_MAX: usize = LOAD_BYTES_MAX / 2;

/// A document that came in.
#[derive(Debug, Default)]
pub struct Whole {
    /// What it is called.
    pub title: Option<String>,
    /// What else is said about it.
    pub metadata: Metadata,
    /// Its sections; citations in them are `[@id]`.
    pub sections: Vec<Section>,
    /// What they cite.
    pub sources: Vec<CitedSource>,
}

/// A section that came in, and what is remarked on it.
#[derive(Debug)]
pub struct Section {
    /// The section.
    pub given: GivenSection,
    comments: Vec<LoadedComment>,
    suggestions: Vec<LoadedSuggestion>,
}

impl From<GivenSection> for Section {
    fn from(given: GivenSection) -> Self {
        Self { given, comments: Vec::new(), suggestions: Vec::new() }
    }
}

impl From<Came> for Section {
    fn from(came: Came) -> Self {
        let Came { title, remarked } = came;
        let author = |by: &str| Some(cut(by.trim(), AUTHOR_BYTES_MAX)).filter(|by| !by.is_empty());
        let made_at = |at_s: Option<i64>| Some(Timestamp::from_millis(at_s?.checked_mul(1_000)?));
        let comment = |said: into::Said| LoadedComment {
            section: 0,
            quote: said.quote.filter(|quote| quote.len() <= REMARK_BYTES_MAX),
            text: cut(&said.comment.text, REMARK_BYTES_MAX),
            author: author(&said.comment.by),
            made_at: made_at(said.comment.at_s),
        };
        let suggestion = |it: into::Suggested| LoadedSuggestion {
            section: 0,
            changes: vec![it.change],
            author: author(&it.by.by),
            made_at: made_at(it.by.at_s),
        };
        let said = remarked.said.into_iter().filter(|it| !it.comment.text.trim().is_empty());
        Self {
            given: GivenSection { id: None, title, text: remarked.text },
            comments: said.map(comment).collect(),
            suggestions: remarked.suggested.into_iter().map(suggestion).collect(),
        }
    }
}

impl Section {
    /// How large it is with what is remarked on it, in bytes.
    fn bytes(&self) -> usize {
        let own = self.given.title.len() + self.given.text.len();
        let said = self
            .comments
            .iter()
            .map(|it| it.text.len() + it.quote.as_ref().map_or(0, String::len) + AUTHOR_BYTES_MAX);
        let changes = self.suggestions.iter().flat_map(|it| &it.changes);
        let changes = changes.map(|it| it.old.len() + it.new.len() + AUTHOR_BYTES_MAX);
        own + said.sum::<usize>() + changes.sum::<usize>()
    }

    fn put(self, load: &mut Load) {
        let section = u32::try_from(load.sections.len()).unwrap_or(u32::MAX);
        load.sections.push(self.given);
        load.comments.extend(self.comments.into_iter().map(|it| LoadedComment { section, ..it }));
        let suggestions = self.suggestions.into_iter();
        load.suggestions.extend(suggestions.map(|it| LoadedSuggestion { section, ..it }));
    }
}

/// Leaves out the remarks that no document has room for, and tells them.
fn limited(sections: &mut [Section], losses: &mut Losses) {
    let (mut comments, mut suggestions) = (COMMENTS_MAX, SUGGESTIONS_MAX);
    for section in sections {
        let title = section.given.title.clone();
        let (mut room, mut over) = (LOAD_REMARKS_BYTES_MAX, 0_u64);
        section.suggestions.retain(|it| {
            let bytes: usize = it.changes.iter().map(|it| it.old.len() + it.new.len()).sum();
            let fits = suggestions > 0 && bytes <= room;
            suggestions -= usize::from(fits);
            room -= if fits { bytes } else { 0 };
            over += u64::from(!fits);
            fits
        });
        losses.at("suggestions", &title, over);
        over = 0;
        section.comments.retain(|it| {
            let fits = comments > 0 && it.text.len() <= room;
            comments -= usize::from(fits);
            room -= if fits { it.text.len() } else { 0 };
            over += u64::from(!fits);
            fits
        });
        losses.at("comments", &title, over);
    }
}

impl Whole {
    /// The commands that make it of nothing, or add it to a document.
    ///
    /// # Errors
    /// `file_too_large` when no document holds it.
    pub fn parts(mut self, losses: &mut Losses) -> Result<Vec<Part>, Refusal> {
        let size = |section: &Section| section.given.title.len() + section.given.text.len();
        if self.sections.len() > SECTIONS_MAX {
            return Err(fault::too_much("sections", SECTIONS_MAX));
        }
        if self.sections.iter().map(size).sum::<usize>() > DOCUMENT_BYTES_MAX {
            return Err(fault::too_much("bytes of text", DOCUMENT_BYTES_MAX));
        }
        if self.sources.len() > SOURCES_MAX {
            return Err(fault::too_much("sources", SOURCES_MAX));
        }
        limited(&mut self.sections, losses);
        let mut loads =
            vec![Load { title: self.title, metadata: self.metadata, ..Load::default() }];
        let mut bytes = 0;
        for section in self.sections {
            let room = |load: &&mut Load| {
                load.sections.len() < LOAD_SECTIONS_MAX && bytes + section.bytes() <= LOAD_BYTES_MAX
            };
            let size = section.bytes();
            match loads.last_mut().filter(room) {
                Some(load) => {
                    section.put(load);
                    bytes += size;
                }
                None => {
                    let mut load = Load::default();
                    section.put(&mut load);
                    loads.push(load);
                    bytes = size;
                }
            }
        }
        for load in &mut loads {
            load.sources = cited(&load.sections, &self.sources);
        }
        loads.iter().map(part).collect()
    }
}

/// Those of `sources` that `sections` cite.
fn cited(sections: &[GivenSection], sources: &[CitedSource]) -> Vec<CitedSource> {
    let id =
        |source: &CitedSource| SourceRecord::new(&source.title, source.reference.as_deref()).id;
    let ids: Vec<_> = sources.iter().map(id).collect();
    let texts = sections.iter().map(|section| section.text.as_str());
    let used = cite::used(texts, |id| ids.iter().any(|known| known == id));
    let found = sources.iter().zip(&ids).filter(|(_, id)| used.contains(id));
    found.map(|(source, _)| source.clone()).collect()
}

fn part(load: &Load) -> Result<Part, Refusal> {
    let input = serde_json::to_vec(load);
    let input = input.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Part { name: CommandName::from_static("load"), input })
}
