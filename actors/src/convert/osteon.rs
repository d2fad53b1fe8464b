//! The `.osteon` file: what comes in is what went out.

use contracts::Refusal;
use contracts::kinds::osteon::artifact::{Artifact, Citation, FORMAT_VERSION, Section};
use contracts::kinds::osteon::{CitedSource, GivenSection};
use office::losses::Losses;

use super::source::Source;
use super::{Read, fault, loads};
use crate::kinds::osteon::{State, export};

/// The commands that a file comes to.
///
/// # Errors
/// `file_damaged` when it is no such file, or another than was written.
pub fn read(source: &Source, title: Option<String>) -> Result<Read, Refusal> {
    let artifact = contracts::read::from_slice::<Artifact>(&source.bytes);
    let artifact = artifact.map_err(|error| fault::damaged(&error.to_string()))?;
    if artifact.format != FORMAT_VERSION {
        let version = artifact.format;
        return Err(fault::damaged(&format!("version {version} of the format is not known")));
    }
    let hash = artifact.content_hash().map_err(|error| fault::damaged(&error.to_string()))?;
    if hash.to_string() != artifact.meta.content_hash {
        return Err(fault::damaged("its content has another hash than it says"));
    }
    let section = |section: Section| GivenSection {
        id: Some(section.id),
        title: section.title,
        text: section.text,
    };
    let section = |it: Section| loads::Section::from(section(it));
    let cited = |cited: Citation| CitedSource { title: cited.title, reference: cited.reference };
    let whole = loads::Whole {
        title: title.or(Some(artifact.meta.title)),
        metadata: artifact.meta.metadata,
        sections: artifact.body.sections.into_iter().map(section).collect(),
        sources: artifact.body.citations.into_iter().map(cited).collect(),
    };
    Ok(Read { parts: whole.parts(&mut Losses::new())?, media: Vec::new(), losses: Vec::new() })
}

/// The file of a document.
///
/// # Errors
/// `internal` when the metadata hold what JSON cannot carry.
pub fn write(state: &State) -> Result<Vec<u8>, Refusal> {
    let bytes = serde_json::to_vec(&export::artifact(state)?);
    bytes.map_err(|error| Refusal::internal(error.to_string()))
}
