//! Tables as others write them: read with their types, and with what was unclear about them.

mod cells;
mod csv;
mod date;
mod infer;
mod json;
mod markdown;
#[cfg(test)]
mod tests;
mod write;

use crate::sheet::Content;

pub use csv::Records;
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
            unclear_max: 100,
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
    /// Of a type already.
    Known(Content),
    /// Nothing.
    Empty,
}

/// A row as it was written.
pub(crate) struct RawRow {
    line: u64,
    cells: Vec<Raw>,
}

/// Collects what was unclear: all of it is counted, the first of it told.
pub(crate) struct Report {
    told: Vec<Unclear>,
    count: usize,
    max: usize,
    beyond: Option<Beyond>,
}

impl Report {
    fn new(max: usize) -> Self {
        Self { told: Vec::new(), count: 0, max, beyond: None }
    }

    /// There is no room for a row, which begins in `line`.
    fn pass(&mut self, line: u64) {
        self.beyond.get_or_insert(Beyond { line, rows: 0 }).rows += 1;
    }

    fn add(
        &mut self,
        line: Option<u64>,
        column: Option<&str>,
        code: &'static str,
        message: String,
    ) {
        self.count += 1;
        if self.told.len() < self.max {
            let column = column.map(str::to_owned);
            self.told.push(Unclear { line, column, code, message });
        }
    }
}

/// Reads a table.
///
/// # Errors
/// When it is none, or larger than the options allow.
pub fn read(text: &str, format: Format, options: &Options) -> Result<Table, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(options.unclear_max);
    let rows = match format {
        Format::Csv => csv::rows(text, csv::delimiter(text), options, &mut report)?,
        Format::Tsv => csv::rows(text, '\t', options, &mut report)?,
        Format::Json => json::rows(text, options, &mut report)?,
        Format::Markdown => markdown::rows(text, options)?,
    };
    let headed = matches!(format, Format::Json | Format::Markdown);
    cells::table(rows, headed, options, report)
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
