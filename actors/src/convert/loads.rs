//! A document as commands: `load`, again and again, each small enough for one commit.

use contracts::kinds::osteon::artifact::Metadata;
use contracts::kinds::osteon::limits::{
    DOCUMENT_BYTES_MAX, LOAD_BYTES_MAX, LOAD_SECTIONS_MAX, SECTIONS_MAX, SOURCES_MAX,
};
use contracts::kinds::osteon::{CitedSource, GivenSection, Load, SourceRecord};
use contracts::{CommandName, Refusal};

use super::{Part, fault};
use crate::kinds::osteon::cite;

/// A document that came in.
#[derive(Debug, Default)]
pub struct Whole {
    /// What it is called.
    pub title: Option<String>,
    /// What else is said about it.
    pub metadata: Metadata,
    /// Its sections; citations in them are `[@id]`.
    pub sections: Vec<GivenSection>,
    /// What they cite.
    pub sources: Vec<CitedSource>,
}

impl Whole {
    /// The commands that make it of nothing, or add it to a document.
    ///
    /// # Errors
    /// `file_too_large` when no document holds it.
    pub fn parts(self) -> Result<Vec<Part>, Refusal> {
        let size = |section: &GivenSection| section.title.len() + section.text.len();
        if self.sections.len() > SECTIONS_MAX {
            return Err(fault::too_much("sections", SECTIONS_MAX));
        }
        if self.sections.iter().map(size).sum::<usize>() > DOCUMENT_BYTES_MAX {
            return Err(fault::too_much("bytes of text", DOCUMENT_BYTES_MAX));
        }
        if self.sources.len() > SOURCES_MAX {
            return Err(fault::too_much("sources", SOURCES_MAX));
        }
        let mut loads =
            vec![Load { title: self.title, metadata: self.metadata, ..Load::default() }];
        let mut bytes = 0;
        for section in self.sections {
            let room = |load: &&mut Load| {
                load.sections.len() < LOAD_SECTIONS_MAX && bytes + size(&section) <= LOAD_BYTES_MAX
            };
            let size = size(&section);
            match loads.last_mut().filter(room) {
                Some(load) => {
                    load.sections.push(section);
                    bytes += size;
                }
                None => {
                    loads.push(Load { sections: vec![section], ..Load::default() });
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
