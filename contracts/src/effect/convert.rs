//! Something turned from one form into another: a file into commands, or an actor into a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Terms;
use crate::hash::Hash;
use crate::ids::{ActorId, CommandName, Kind, Revision};

/// The largest content that stands in an effect itself, in bytes of its text or base64; a larger
/// one is uploaded as a file before.
pub const CONTENT_INLINE_BYTES_MAX: usize = 128 * 1024;
/// How many losses of one conversion are told apart; the others are counted.
pub const LOSSES_TOLD_MAX: usize = 50;

/// A conversion. It reads and writes nothing but the log and the tenant's blobs, so that doing it
/// twice changes nothing; what came of it stands in the log, and replay reads it there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convert {
    /// What is converted.
    pub from: ConvertFrom,
    /// Into what.
    pub into: ConvertInto,
    /// What the kind wants to be told again with the outcome.
    pub tag: Value,
    /// On which terms it is performed.
    #[serde(default, skip_serializing_if = "Terms::is_default")]
    pub terms: Terms,
}

/// What is converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConvertFrom {
    /// An actor, read in the name of whoever asked.
    Actor {
        /// Its kind.
        kind: Kind,
        /// Which.
        id: ActorId,
        /// As of which revision; as it is when this is performed when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<Revision>,
        /// What changed since this, in place of all that it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<ConvertSince>,
    },
    /// What was uploaded as an actor `file`, read in the name of whoever asked.
    File {
        /// Which.
        id: ActorId,
        /// What is written there; told by its name and its first bytes when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<ConvertFormat>,
    },
    /// A text, at most [`CONTENT_INLINE_BYTES_MAX`] bytes.
    Text {
        /// The text.
        text: String,
        /// How it is written.
        format: ConvertFormat,
    },
    /// Bytes in base64, at most [`CONTENT_INLINE_BYTES_MAX`] bytes of it.
    Base64 {
        /// The base64.
        base64: String,
        /// How they are written.
        format: ConvertFormat,
    },
}

/// What an actor is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvertSince {
    /// An actor of the same kind, such as the one it was forked from; itself when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ActorId>,
    /// As of which revision; as it is when this is performed when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub revision: Option<Revision>,
}

/// Into what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConvertInto {
    /// A file in the tenant's blobs.
    File {
        /// How it is written.
        format: ConvertFormat,
        /// Of a workbook as a table: which sheet, by its id or name; of a deck as a picture: which
        /// slide, by its id. The first when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sheet: Option<String>,
        /// Of a document as `docx`: whether its open comments and suggestions are in the file;
        /// they are when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remarks: Option<bool>,
    },
    /// A file in the tenant's blobs that says what another one says, with no actor in between.
    Rewritten {
        /// How it is written.
        format: ConvertFormat,
        /// As what kind of actor it is understood where more than one would do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
        /// Of a workbook that becomes a table: which sheet; of a table that becomes a workbook:
        /// what its sheet is to be called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sheet: Option<String>,
        /// Of a table: whether `03/04/2026` is the third of April.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day_first: Option<bool>,
        /// Of a table with commas or tabs: whether its cells are read as numbers, days and the
        /// like; they are when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        types: Option<bool>,
    },
    /// Commands to one actor, in order; their inputs in the tenant's blobs.
    Commands {
        /// Of which kind that actor is.
        kind: Kind,
        /// What it is to be called when it begins with them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Of a table: what its sheet is to be called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sheet: Option<String>,
        /// Of a table: whether `03/04/2026` is the third of April.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day_first: Option<bool>,
        /// What it is called where neither the asker nor the content says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Option<String>,
        /// Of a calendar: what happens at each appointment.
        #[serde(default, rename = "do", skip_serializing_if = "Option::is_none")]
        deed: Option<Value>,
        /// Of a calendar: the IANA time zone of days, and of times without a zone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
    },
}

/// How a file is written.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ConvertFormat {
    /// A table with commas, or what else stands between its cells.
    Csv,
    /// A document of word processors, of Office Open XML.
    Docx,
    /// A page of HTML.
    Html,
    /// A calendar.
    Ics,
    /// A table as a list of objects or of lists; of a document, what `osteon` is.
    Json,
    /// CommonMark; of a workbook, a table in it.
    Markdown,
    /// A workbook as this system keeps it: all that is in it, and nothing else.
    Myotab,
    /// A workbook of OpenDocument.
    Ods,
    /// A document as this system keeps it: all that is in it, and nothing else.
    Osteon,
    /// Pages; written, and never read.
    Pdf,
    /// Slides of Office Open XML.
    Pptx,
    /// A slide as a picture; written, and never read.
    Svg,
    /// A deck as this system keeps it: all that is in it, and nothing else.
    Synslide,
    /// Plain text.
    Text,
    /// A table with tabs.
    Tsv,
    /// A workbook of Office Open XML.
    Xlsx,
}

impl ConvertFormat {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Csv,
        Self::Docx,
        Self::Html,
        Self::Ics,
        Self::Json,
        Self::Markdown,
        Self::Myotab,
        Self::Ods,
        Self::Osteon,
        Self::Pdf,
        Self::Pptx,
        Self::Svg,
        Self::Synslide,
        Self::Text,
        Self::Tsv,
        Self::Xlsx,
    ];

    /// Its name, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Docx => "docx",
            Self::Html => "html",
            Self::Ics => "ics",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Myotab => "myotab",
            Self::Ods => "ods",
            Self::Osteon => "osteon",
            Self::Pdf => "pdf",
            Self::Pptx => "pptx",
            Self::Svg => "svg",
            Self::Synslide => "synslide",
            Self::Text => "text",
            Self::Tsv => "tsv",
            Self::Xlsx => "xlsx",
        }
    }

    /// What names of such files end with, without the dot.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Text => "txt",
            other => other.as_str(),
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Html => "text/html; charset=utf-8",
            Self::Ics => "text/calendar; charset=utf-8",
            Self::Json => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Myotab => "application/vnd.cambium.myotab+json",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Osteon => "application/vnd.cambium.osteon+json",
            Self::Pdf => "application/pdf",
            Self::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            Self::Svg => "image/svg+xml",
            Self::Synslide => "application/vnd.cambium.synslide+json",
            Self::Text => "text/plain; charset=utf-8",
            Self::Tsv => "text/tab-separated-values; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The format that the end of a file's name says, whatever its case.
    #[must_use]
    pub fn named(filename: &str) -> Option<Self> {
        let (_, ending) = filename.rsplit_once('.')?;
        let ending = ending.to_ascii_lowercase();
        let ending = match ending.as_str() {
            "htm" => "html",
            "ical" => "ics",
            "markdown" => "md",
            other => other,
        };
        Self::ALL.into_iter().find(|format| format.ending() == ending)
    }
}

/// What came of a conversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Converted {
    /// How the file is written: the one that was read, or the one that was made.
    pub format: ConvertFormat,
    /// What the file is called, or may be called.
    pub filename: String,
    /// Its BLAKE3: of one that was made, its name among the tenant's blobs.
    pub hash: Hash,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// Of an actor: as of which revision it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// Of a file that was read: the commands that it comes to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<CommandPart>,
    /// What did not survive, as much as is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// How many things did not survive, told or not.
    #[serde(default)]
    pub lost: u64,
}

/// A command that a file comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandPart {
    /// What is asked.
    pub name: CommandName,
    /// Where its input is kept in the tenant's blobs, as JSON.
    pub input: Hash,
    /// How large that is, in bytes.
    pub bytes: u64,
}

/// Something that did not survive a conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Loss {
    /// What, by a stable word such as `macros` or `comments`.
    pub what: String,
    /// Where it stood; left out where nobody can tell.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// How often.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::ConvertFormat;

    #[test]
    fn a_name_says_its_format() {
        for format in ConvertFormat::ALL {
            let name = format!("Roof.2026.{}", format.ending().to_uppercase());
            assert_eq!(ConvertFormat::named(&name), Some(format), "{name}");
            let stored = serde_json::to_value(format).unwrap();
            assert_eq!(stored, format.as_str());
        }
        for name in ["roof", "roof.exe", "", "xlsx", "roof."] {
            assert_eq!(ConvertFormat::named(name), None, "{name}");
        }
        assert_eq!(ConvertFormat::named("a.markdown"), Some(ConvertFormat::Markdown));
    }
}
