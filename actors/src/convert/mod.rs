//! Conversions: files become commands, and states become files. Pure but for the thread that each
//! is given; what they take is bounded, and one that nobody waits for any more ends at its next
//! step.

mod calendar;
mod cited;
mod config;
mod converter;
mod deck;
mod document;
mod fault;
mod loads;
mod native;
mod osteon;
mod parts;
mod remarked;
mod rewritten;
mod sections;
mod shifted;
mod source;
#[cfg(test)]
mod tests;
mod workbook;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use contracts::effect::{ConvertFormat, ConvertInto, Loss};
use contracts::{ActorId, CommandName, Hash, Kind, Refusal, Revision, Tenant, Timestamp};
use serde_json::Value;

pub use config::Config;
pub use converter::{Converter, Stop};
pub use fault::too_large;
pub use rewritten::{Asked, rewrite};
pub use source::Source;

/// A command that a file comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What is asked.
    pub name: CommandName,
    /// Its input, as JSON.
    pub input: Vec<u8>,
}

/// What a file comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The commands, in order; at least one.
    pub parts: Vec<Part>,
    /// What the commands refer to by its BLAKE3, such as pictures.
    pub media: Vec<Vec<u8>>,
    /// What did not survive.
    pub losses: Vec<Loss>,
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its bytes; the same for the same state.
    pub bytes: Vec<u8>,
    /// What it may be called.
    pub filename: String,
    /// What did not survive.
    pub losses: Vec<Loss>,
}

/// Which file of an actor is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// How it is written.
    pub format: ConvertFormat,
    /// Of a workbook as a table: which sheet; of a deck as a picture: which slide.
    pub part: Option<String>,
    /// Of a document as `docx`: whether its open comments and suggestions are in it.
    pub remarks: bool,
}

impl Shape {
    /// The whole actor in a format.
    #[must_use]
    pub const fn of(format: ConvertFormat) -> Self {
        Self { format, part: None, remarks: true }
    }
}

/// An actor as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Whose it is.
    pub tenant: Tenant,
    /// Its kind.
    pub kind: Kind,
    /// Which.
    pub id: ActorId,
    /// As of which revision.
    pub revision: Revision,
    /// When that was decided.
    pub at: Timestamp,
    /// Its state.
    pub state: Value,
    /// What its state refers to, such as pictures, as far as it was found.
    pub media: BTreeMap<Hash, Bytes>,
}

impl Subject {
    /// What the file of it needs beside its state.
    #[must_use]
    pub fn refers_to(&self) -> BTreeSet<Hash> {
        match self.kind.as_str() {
            "osteon" => document::pictures(&self.state),
            "synapse" => deck::pictures(&self.state),
            _ => BTreeSet::new(),
        }
    }
}

/// The commands that a file comes to for an actor of the kind that `into` names.
///
/// # Errors
/// `file_damaged`, `file_hostile`, `file_too_large`, `file_unsupported`, `file_empty`.
pub fn read(
    source: &Source,
    into: &ConvertInto,
    config: &Config,
    stop: &Stop,
) -> Result<Read, Refusal> {
    source.ensure_fits(config.source_bytes_max)?;
    stop.ensure()?;
    match into {
        ConvertInto::Commands { kind, .. } if kind.as_str() == "myocyte" => {
            workbook::read(source, into, config, stop)
        }
        ConvertInto::Commands { kind, .. } if kind.as_str() == "osteon" => {
            document::read(source, into, config, stop)
        }
        ConvertInto::Commands { kind, .. } if kind.as_str() == "synapse" => {
            deck::read(source, into, config, stop)
        }
        ConvertInto::Commands { kind, .. } if kind.as_str() == "circadian" => {
            calendar::read(source, into, stop)
        }
        ConvertInto::Commands { kind, .. } => Err(fault::unsupported(source.format, kind)),
        ConvertInto::File { .. } | ConvertInto::Rewritten { .. } => {
            Err(Refusal::internal("a file is read into commands"))
        }
    }
}

/// The file of an actor.
///
/// # Errors
/// `file_too_large`, `file_unsupported`, and what its kind refuses with.
pub fn write(
    subject: Subject,
    shape: &Shape,
    config: &Config,
    stop: &Stop,
) -> Result<Made, Refusal> {
    stop.ensure()?;
    let (format, part) = (shape.format, shape.part.as_ref());
    let made = match subject.kind.as_str() {
        "myocyte" => workbook::write(subject, format, part)?,
        "osteon" => document::write(subject, format, shape.remarks)?,
        "synapse" => deck::write(subject, format, part)?,
        "circadian" => calendar::write(subject, format)?,
        _ => return Err(fault::unsupported(format, &subject.kind)),
    };
    fitting(made, config)
}

/// The file of what changed from one state of a document to another.
///
/// # Errors
/// `file_too_large`, `file_unsupported`.
pub fn compare(
    before: Subject,
    after: Subject,
    format: ConvertFormat,
    config: &Config,
    stop: &Stop,
) -> Result<Made, Refusal> {
    stop.ensure()?;
    match after.kind.as_str() {
        "osteon" => fitting(document::compare(before, after, format, stop)?, config),
        _ => Err(fault::unsupported(format, &after.kind)),
    }
}

fn fitting(made: Made, config: &Config) -> Result<Made, Refusal> {
    if made.bytes.len() > config.made_bytes_max {
        return Err(too_large(made.bytes.len() as u64, config.made_bytes_max as u64));
    }
    Ok(made)
}
