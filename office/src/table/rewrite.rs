//! A table with commas or tabs becomes another file, row by row: of either file no more is in
//! memory than one row. It is read twice where what the rows mean depends on all of them.

use std::io::{BufRead, Write};

use serde_json::Value;

use super::cells::{Look, Survey};
use super::csv::{self, Records};
use super::write::{self, JsonRows};
use super::{Options, Raw, RawRow, Report, Section, Unclear, Unreadable, date};
use crate::sheet::{Content, ROWS_MAX};
use crate::xlsx::{Rows, RowsOf, Said};

/// What a table becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A workbook whose sheet is called so; rows without room go on in other sheets.
    Xlsx(&'a str),
    /// A list of objects where the first row names each column, else of lists. Days are texts of
    /// ISO 8601.
    Json,
    /// A text with this sign between its cells, as they are.
    Separated(char),
    /// A table of Markdown, its cells as they are.
    Markdown,
}

/// How a table is rewritten.
#[derive(Debug, Clone)]
pub struct Rewrite<'a> {
    /// What it becomes.
    pub target: Target<'a>,
    /// What stands between its cells; none = the first lines tell it.
    pub delimiter: Option<u8>,
    /// Whether its cells are read as numbers, days and the like where the target has such; else
    /// they stay texts, below the first row as their header.
    pub typed: bool,
    /// What a row may take, how days are read, and how much is told. A table may have any number
    /// of rows.
    pub options: Options,
}

/// What came of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// How many rows there are, with the header.
    pub rows: u64,
    /// In how many sheets they stand.
    pub sheets: u64,
    /// What was unclear, as much as is told.
    pub unclear: Vec<Unclear>,
    /// How many things were unclear.
    pub unclear_count: usize,
}

/// Why a table is not rewritten.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// What comes of it cannot be written.
    #[error(transparent)]
    Unwritten(#[from] std::io::Error),
    /// Whoever asked wants it no more.
    #[error("it was stopped")]
    Stopped,
}

/// How many rows go by between two questions whether to go on.
const STOP_ROWS: u64 = 1_000;

/// Rewrites the table that `open` gives, the same each time. `stops` is asked now and then whether
/// to go no further.
///
/// # Errors
/// When it cannot be read or written, or is stopped.
pub fn rewrite<R: BufRead, W: Write>(
    mut open: impl FnMut() -> std::io::Result<R>,
    out: &mut W,
    how: &Rewrite<'_>,
    stops: &dyn Fn() -> bool,
) -> Result<Rewritten, Failed> {
    let mut reader = || {
        let opened = open().map_err(|error| Unreadable::new(None, error.to_string()))?;
        Ok::<_, Failed>(Records::new(opened, how.delimiter, how.options.record()))
    };
    let mut report = Report::new(how.options.unclear_max);
    let mut survey = Survey::default();
    if !matches!(how.target, Target::Separated(_)) {
        // What is told of the cells is told when they are read again.
        let mut unheard = Report::new(0);
        each(reader()?, stops, &mut unheard, |row, _| {
            survey.see(&row, !how.typed);
            Ok(())
        })?;
    }
    let typed = how.typed && matches!(how.target, Target::Xlsx(_) | Target::Json);
    let mut written = Written::begin(out, &survey, how.target)?;
    let headed = survey.header.is_some();
    let sheets = written.sheets();
    let mut typing = if typed { Some(survey.typing(&how.options, &mut report)?) } else { None };
    let mut looks = Vec::new();
    let rows = each(reader()?, stops, &mut report, |mut row, (number, report)| {
        if number == 0 && headed {
            cut(&row, report);
            return if written.heads() { Ok(()) } else { Ok(written.row(&row, &[])?) };
        }
        looks.clear();
        match &mut typing {
            Some(typing) => typing.row(&mut row, report, |look| looks.push(look)),
            None => cut(&row, report),
        }
        Ok(written.row(&row, &looks)?)
    })?;
    if rows == 0 {
        return Err(Unreadable::new(None, "it has no rows").into());
    }
    written.finish()?;
    if let Some(typing) = typing {
        typing.finish(&mut report);
    }
    let (unclear, unclear_count) = (report.told.into_values().collect(), report.count);
    Ok(Rewritten { rows, sheets, unclear, unclear_count })
}

/// Tells of cells that are kept in part.
fn cut(row: &RawRow, report: &mut Report) {
    for (at, cell) in row.cells.iter().enumerate() {
        if let Raw::Cut { text, bytes } = cell {
            let message = format!("it has {bytes} bytes; {} are kept", text.len());
            report.add(Section::Column(at), Some(row.line), None, "text_cut", message);
        }
    }
}

/// Gives each row with its number from 0; how many they are.
fn each<R: BufRead>(
    records: Records<R>,
    stops: &dyn Fn() -> bool,
    report: &mut Report,
    mut row: impl FnMut(RawRow, (u64, &mut Report)) -> Result<(), Failed>,
) -> Result<u64, Failed> {
    let mut number = 0;
    for record in records {
        if number % STOP_ROWS == 0 && stops() {
            return Err(Failed::Stopped);
        }
        if let Some(raw) = csv::row(record?, report) {
            row(raw, (number, report))?;
            number += 1;
        }
    }
    Ok(number)
}

/// The file as it goes out.
enum Written<'a, W: Write> {
    Xlsx(Box<Rows<'a, &'a mut W>>),
    Json(JsonRows<&'a mut W>, bool),
    Separated(&'a mut W, String),
    Markdown { out: &'a mut W, width: usize, begun: bool },
}

impl<'a, W: Write> Written<'a, W> {
    fn begin(out: &'a mut W, survey: &Survey, target: Target<'a>) -> std::io::Result<Self> {
        Ok(match target {
            Target::Xlsx(sheet) => {
                let header = survey.header.as_ref();
                let header = header.map(|row| row.cells.iter().map(text).collect());
                let (rows, width) = (survey.rows, survey.width);
                let of = RowsOf { sheet, header, rows, width, sheet_rows_max: ROWS_MAX };
                Self::Xlsx(Box::new(Rows::new(out, of)?))
            }
            Target::Json => {
                let header = survey.header.as_ref().filter(|_| survey.rows > 0);
                let first = header.map(|row| row.cells.iter().map(text).map(Value::from));
                let first: Vec<_> = first.into_iter().flatten().collect();
                let names = write::names(&first, survey.width);
                let named = names.is_some();
                Self::Json(JsonRows::new(out, names)?, named)
            }
            Target::Separated(sign) => Self::Separated(out, sign.to_string()),
            Target::Markdown => Self::Markdown { out, width: survey.width, begun: false },
        })
    }

    /// Whether it has the header already.
    const fn heads(&self) -> bool {
        matches!(self, Self::Xlsx(_) | Self::Json(_, true))
    }

    fn sheets(&self) -> u64 {
        if let Self::Xlsx(rows) = self { rows.sheets() } else { 1 }
    }

    fn row(&mut self, row: &RawRow, looks: &[Look]) -> std::io::Result<()> {
        let looks = looks.iter().copied().chain(std::iter::repeat(Look::Plain));
        match self {
            Self::Xlsx(rows) => rows.row(row.cells.iter().zip(looks).map(said)),
            Self::Json(list, _) => {
                let values: Vec<_> = row.cells.iter().zip(looks).map(value).collect();
                list.row(&values)
            }
            Self::Separated(out, sign) => write::csv_row(*out, row.cells.iter().map(plain), sign),
            Self::Markdown { out, width, begun } => {
                let header = !std::mem::replace(begun, true);
                write::markdown_row(*out, row.cells.iter().map(plain), *width, header)
            }
        }
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Self::Xlsx(rows) => rows.finish()?.flush(),
            Self::Json(list, _) => list.finish()?.flush(),
            Self::Separated(out, _) | Self::Markdown { out, .. } => out.flush(),
        }
    }
}

fn plain(cell: &Raw) -> &str {
    match cell {
        Raw::Text(text) | Raw::Cut { text, .. } => text,
        Raw::Known(Content::Text(text)) => text,
        Raw::Known(_) | Raw::Empty => "",
    }
}

fn text(cell: &Raw) -> String {
    plain(cell).trim().to_owned()
}

fn said<'c>((cell, look): (&'c Raw, Look)) -> Said<'c> {
    match cell {
        Raw::Known(Content::Number(number)) => match look {
            Look::Plain => Said::Number(*number),
            Look::Day => Said::Day(*number),
            Look::Moment => Said::Moment(*number),
            Look::Share => Said::Share(*number),
        },
        Raw::Known(Content::Bool(yes)) => Said::Bool(*yes),
        cell => match plain(cell) {
            "" => Said::Nothing,
            text => Said::Text(text),
        },
    }
}

fn value((cell, look): (&Raw, Look)) -> Value {
    match cell {
        Raw::Known(Content::Number(number)) => match look {
            Look::Day | Look::Moment => date::iso(*number, look == Look::Moment).into(),
            Look::Plain | Look::Share => Content::Number(*number).to_json(),
        },
        Raw::Known(Content::Bool(yes)) => Value::Bool(*yes),
        cell => match plain(cell) {
            "" => Value::Null,
            text => Value::from(text),
        },
    }
}
