//! What may be asked of a chaperone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::limits::{CONTENT_INLINE_BYTES_MAX, SHEET_BYTES_MAX, TITLE_BYTES_MAX};
use crate::effect::{ConvertFormat, ConvertSince};
use crate::ids::{ActorId, CommandId, Kind, Revision};
use crate::kinds::check::{PLAIN, SAID, one_of};
use crate::kinds::circadian::Deed;

/// What a job is called.
pub const JOB: &str = "^job_[0-9a-f]{10}$";

/// What may be asked of a chaperone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Makes an actor of a file.
    Import(Box<Import>),
    /// Makes a file of an actor.
    Export(Export),
    /// Makes a file of another one.
    Convert(Box<Convert>),
    /// Gives a job up.
    Cancel(Cancel),
}

/// The kinds that files become, and that become files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Convertible {
    /// Schedules and plans.
    Circadian,
    /// Workbooks.
    Myocyte,
    /// Documents.
    Osteon,
    /// Decks.
    Synapse,
}

impl Convertible {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Circadian, Self::Myocyte, Self::Osteon, Self::Synapse];

    /// The format of its own, which holds all of it and nothing else; of schedules and plans, that
    /// of calendars.
    #[must_use]
    pub const fn own_format(self) -> ConvertFormat {
        match self {
            Self::Circadian => ConvertFormat::Ics,
            Self::Myocyte => ConvertFormat::Myotab,
            Self::Osteon => ConvertFormat::Osteon,
            Self::Synapse => ConvertFormat::Synslide,
        }
    }

    /// The kind.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Circadian => Kind::from_static("circadian"),
            Self::Myocyte => Kind::from_static("myocyte"),
            Self::Osteon => Kind::from_static("osteon"),
            Self::Synapse => Kind::from_static("synapse"),
        }
    }

    /// As what a file of one format is understood to become one of another; none = it does not
    /// become one. Where two would do, a list in JSON is a table, and other texts are documents.
    #[must_use]
    pub fn between(from: ConvertFormat, to: ConvertFormat) -> Option<Self> {
        let all = match from {
            ConvertFormat::Json => [Self::Myocyte, Self::Osteon, Self::Synapse],
            _ => [Self::Osteon, Self::Myocyte, Self::Synapse],
        };
        all.into_iter().find(|kind| kind.turns(from, to))
    }

    /// Whether a file of one format becomes one of another when it is understood as this. A
    /// calendar does not say what happens at its appointments, and becomes none.
    #[must_use]
    pub fn turns(self, from: ConvertFormat, to: ConvertFormat) -> bool {
        let (ins, outs) = self.formats();
        self != Self::Circadian && ins.contains(&from) && outs.contains(&to)
    }

    /// The formats that are read into it, and that it is written in.
    #[must_use]
    pub const fn formats(self) -> (&'static [ConvertFormat], &'static [ConvertFormat]) {
        use ConvertFormat::{
            Csv, Docx, Html, Ics, Json, Markdown, Myotab, Ods, Osteon, Pdf, Pptx, Svg, Synslide,
            Text, Tsv, Xlsx,
        };
        match self {
            Self::Circadian => (&[Ics], &[Ics]),
            Self::Osteon => (
                &[Docx, Html, Json, Markdown, Osteon, Text],
                &[Docx, Html, Json, Markdown, Osteon, Pdf, Text],
            ),
            Self::Synapse => (&[Pptx, Synslide], &[Markdown, Pdf, Pptx, Svg, Synslide]),
            Self::Myocyte => (
                &[Csv, Json, Markdown, Myotab, Ods, Tsv, Xlsx],
                &[Csv, Json, Markdown, Myotab, Ods, Tsv, Xlsx],
            ),
        }
    }
}

/// That `do` is said of a calendar, and of nothing else.
fn deeds() -> Value {
    let others = Convertible::ALL.into_iter().filter(|it| *it != Convertible::Circadian);
    let others: Vec<_> = others.map(Convertible::kind).collect();
    let calendar =
        json!({ "kind": { "const": Convertible::Circadian }, "do": { "type": "object" } });
    json!([
        { "required": ["do"], "properties": calendar },
        { "properties": { "kind": { "enum": others }, "do": { "type": "null" } } },
    ])
}

/// Input of `import`: one of `file`, `text` and `base64`; a file's name may tell its `format`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "oneOf" = one_of(&["file", "text", "base64"]),
    "anyOf" = one_of(&["file", "format"]),
    "allOf" = [json!({ "anyOf": deeds() })],
))]
pub struct Import {
    /// An actor `file` that was uploaded before, by its id, with or without `file-` before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ActorId>,
    /// The content as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = CONTENT_INLINE_BYTES_MAX), regex(pattern = PLAIN))]
    pub text: Option<String>,
    /// The content in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = CONTENT_INLINE_BYTES_MAX), regex(pattern = PLAIN))]
    pub base64: Option<String>,
    /// How it is written; of a file, its name tells it when this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ConvertFormat>,
    /// Which kind of actor it becomes.
    pub kind: Convertible,
    /// Which actor; a new one when left out. To one that exists what is in the file is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ActorId>,
    /// What a new actor is called; as the file is called when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// Of a table: what its sheet is called; as the file is called when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SHEET_BYTES_MAX), regex(pattern = SAID))]
    pub sheet: Option<String>,
    /// Of a table: whether `03/04/2026` is the third of April; where the table does not show it,
    /// and this is left out, such days stay texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_first: Option<bool>,
    /// Of a calendar, which needs it: what happens at each appointment; in texts `{what}` is its
    /// summary.
    #[serde(default, rename = "do", skip_serializing_if = "Option::is_none")]
    pub deed: Option<Deed>,
    /// Of a calendar: the IANA time zone of days, and of times without a zone; that which the file
    /// names, else UTC, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// Input of `export`. While a job makes the same file, whoever asks for it waits for that job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Of which kind the actor is.
    pub kind: Convertible,
    /// Which actor.
    pub id: ActorId,
    /// As of which revision; as it is by then when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub revision: Option<Revision>,
    /// How the file is written.
    pub format: ConvertFormat,
    /// Of a document: what changed since this, word by word, as `html` or `json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<ConvertSince>,
    /// Of a workbook as a table: which sheet, by its id or name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SHEET_BYTES_MAX), regex(pattern = SAID))]
    pub sheet: Option<String>,
    /// Of a deck as a picture: which slide, by its id; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SHEET_BYTES_MAX), regex(pattern = SAID))]
    pub slide: Option<String>,
    /// Of a document as `docx`: whether its open comments and suggestions are in the file; they
    /// are when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<bool>,
}

/// Input of `convert`: one of `file`, `text` and `base64`; a file's name may tell its `format`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "oneOf" = one_of(&["file", "text", "base64"]),
    "anyOf" = one_of(&["file", "format"]),
))]
pub struct Convert {
    /// An actor `file` that was uploaded before, by its id, with or without `file-` before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ActorId>,
    /// The content as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = CONTENT_INLINE_BYTES_MAX), regex(pattern = PLAIN))]
    pub text: Option<String>,
    /// The content in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = CONTENT_INLINE_BYTES_MAX), regex(pattern = PLAIN))]
    pub base64: Option<String>,
    /// How it is written; of a file, its name tells it when this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ConvertFormat>,
    /// How the file is written that comes of it.
    pub to: ConvertFormat,
    /// As what it is understood where both formats are those of two kinds: of `json` a table
    /// (`myocyte`), of `markdown` a document (`osteon`) when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Convertible>,
    /// Of a workbook that becomes a table: which sheet, by its name; the first when left out. Of a
    /// table that becomes a workbook: what its sheet is called; as the file is when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SHEET_BYTES_MAX), regex(pattern = SAID))]
    pub sheet: Option<String>,
    /// Of a table: whether `03/04/2026` is the third of April; where the table does not show it,
    /// and this is left out, such days stay texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_first: Option<bool>,
    /// Of a table with commas or tabs that becomes `xlsx` or `json`: whether its cells are read as
    /// numbers, days and the like. They are when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<bool>,
}

/// Input of `cancel`: one of `job` and `command`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = one_of(&["job", "command"])))]
pub struct Cancel {
    /// Which job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = JOB))]
    pub job: Option<String>,
    /// The job that this command asked for. While others wait for it, too, it goes on for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
}
