//! Tables as others write them: read with their types, and with what was unclear about them.

mod cells;
mod csv;
mod date;
mod infer;
mod json;
mod markdown;
mod rewrite;
#[cfg(test)]
mod tests;
mod window;
mod write;

use std::collections::BTreeMap;
use std::io::BufRead;

use crate::sheet::Content;

pub use csv::{Cell, Record, RecordBounds, Records};
pub use rewrite::{Failed, Rewrite, Rewritten, Target, rewrite};
pub use write::{csv as to_csv, json as to_json, markdown as to_markdown};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With commas, semicolons, tabs or bars, whichever stands there.
    Csv,
    /// With tabs.
    Tsv,
    /// A list of objects or of lists.
    Json,
    /// With bars, as in Markdown.
    Markdown,
}

/// What a table may take, and how it is understood.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether `03/04/2026` is the third of April; none = such days stay texts where nothing
    /// shows it.
    pub day_first: Option<bool>,
    /// How many cells it may have.
    pub cells_max: usize,
    /// How many bytes its cells may have together.
    pub bytes_max: usize,
    /// Whether of a text with commas or tabs as many rows are taken as there is room for, and the
    /// others counted; else a table without room is refused.
    pub partial: bool,
    /// How many columns it may have.
    pub columns_max: usize,
    /// The longest text of a cell, in bytes; what is longer is cut.
    pub text_bytes_max: usize,
    /// What the cells of one row may have together, in bytes, where they stand between commas.
    pub record_bytes_max: usize,
    /// How much is told of what was unclear.
    pub unclear_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            day_first: None,
            cells_max: 200_000,
            bytes_max: usize::MAX,
            partial: false,
            columns_max: 16_384,
            text_bytes_max: 32_767,
            record_bytes_max: RecordBounds::default().bytes_max,
            unclear_max: 100,
        }
    }
}

impl Options {
    /// What one record may take.
    fn record(&self) -> RecordBounds {
        RecordBounds {
            cell_bytes_max: self.text_bytes_max,
            bytes_max: self.record_bytes_max,
            cells_max: self.columns_max,
        }
    }
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, from the first column on; what is behind the end of one is empty.
    pub rows: Vec<Vec<Option<Content>>>,
    /// What was unclear, as much as is told.
    pub unclear: Vec<Unclear>,
    /// How many things were unclear.
    pub unclear_count: usize,
    /// The rows that there was no room for.
    pub beyond: Option<Beyond>,
}

/// Rows that there was no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    /// The line that the first of them begins in, from 1.
    pub line: u64,
    /// How many they are.
    pub rows: u64,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// What it holds: `number`, `text`, `bool`, `date`, `mixed` or `empty`.
    pub sort: &'static str,
    /// How its numbers are shown, when they are days, times or shares.
    pub format: Option<&'static str>,
}

/// Something that was unclear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// In which line, from 1; none when it is about more than one.
    pub line: Option<u64>,
    /// In which column.
    pub column: Option<String>,
    /// What, as a word.
    pub code: &'static str,
    /// What, for people.
    pub message: String,
}

/// A table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// In which line, from 1; none = in no one.
    pub line: Option<u64>,
    /// Why.
    pub reason: String,
}

/// A cell as it was written, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Raw {
    /// As text: its type is to be found.
    Text(String),
    /// As text that is longer than a cell may be.
    Cut {
        /// What of it is kept.
        text: String,
        /// How long it was, in bytes.
        bytes: usize,
    },
    /// Of a type already.
    Known(Content),
    /// Nothing.
    Empty,
}

impl Raw {
    /// How long its text is, in bytes.
    const fn bytes(&self) -> usize {
        match self {
            Self::Text(text) | Self::Cut { text, .. } => text.len(),
            Self::Known(_) | Self::Empty => 0,
        }
    }
}

/// A row as it was written.
pub(crate) struct RawRow {
    line: u64,
    cells: Vec<Raw>,
}

/// What part of a table something is told about: in this order it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// How its cells are written.
    Cells,
    /// What its columns are called.
    Header,
    /// How long its rows are.
    Rows,
    /// What the column of this number holds, from 0.
    Column(usize),
}

/// Collects what was unclear: all of it is counted, the first of it told. No more is kept than is
/// told, in whatever order it comes.
pub(crate) struct Report {
    told: BTreeMap<(Section, usize), Unclear>,
    count: usize,
    max: usize,
    beyond: Option<Beyond>,
}

impl Report {
    const fn new(max: usize) -> Self {
        Self { told: BTreeMap::new(), count: 0, max, beyond: None }
    }

    /// There is no room for a row, which begins in `line`.
    fn pass(&mut self, line: u64) {
        self.beyond.get_or_insert(Beyond { line, rows: 0 }).rows += 1;
    }

    fn add(
        &mut self,
        section: Section,
        line: Option<u64>,
        column: Option<&str>,
        code: &'static str,
        message: String,
    ) {
        self.count += 1;
        let column = column.map(str::to_owned);
        self.told.insert((section, self.count), Unclear { line, column, code, message });
        if self.told.len() > self.max {
            self.told.pop_last();
        }
    }
}

/// Reads a table.
///
/// # Errors
/// When it is none, or larger than the options allow.
pub fn read(text: &str, format: Format, options: &Options) -> Result<Table, Unreadable> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(options.unclear_max);
    let rows = match format {
        Format::Csv => return read_separated(text.as_bytes(), None, options),
        Format::Tsv => return read_separated(text.as_bytes(), Some(b'\t'), options),
        Format::Json => json::rows(bare, options, &mut report)?,
        Format::Markdown => markdown::rows(bare, options)?,
    };
    cells::table(rows, true, options, report)
}

/// Reads a table whose cells stand between `delimiter`, or between what the first lines tell. No
/// more of it is in memory than one record and the rows that there is room for.
///
/// # Errors
/// When it is none, or larger than the options allow.
pub fn read_separated(
    reader: impl BufRead,
    delimiter: Option<u8>,
    options: &Options,
) -> Result<Table, Unreadable> {
    let mut report = Report::new(options.unclear_max);
    let records = Records::new(reader, delimiter, options.record());
    let rows = csv::rows(records, options, &mut report)?;
    cells::table(rows, false, options, report)
}

/// Why a table is refused that is larger than the options allow.
const TOO_MANY: &str = "it has too many cells";

impl Unreadable {
    /// Whether it is larger than the options allow.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.reason == TOO_MANY
    }

    fn new(line: Option<u64>, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}

/// The number of a day such as `2026-01-31`: days since 1899-12-30. None when it is no day, or one
/// that may be meant in two ways.
#[must_use]
pub fn day(text: &str) -> Option<f64> {
    match date::read(text.trim()) {
        Some(date::Day::Known { serial, .. }) => Some(serial),
        _ => None,
    }
}
