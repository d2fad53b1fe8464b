//! Workbooks: files of spreadsheets and tables become commands to a `myocyte`, and its state
//! becomes one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::Refusal;
use contracts::effect::{ConvertFormat, ConvertInto, Loss};
use contracts::kinds::myocyte::LoadedFile;
use contracts::kinds::myocyte::limits::{
    CELLS_MAX, CONTENT_BYTES_MAX, LEFT_OUT_MAX, SHEET_NAME_MAX, SHEETS_MAX, TEXT_BYTES_MAX,
};
use office::package::Bounds;
use office::sheet::{Area, COLUMNS_MAX, Content, Place, Sheet, Style, Workbook};
use office::table::{self, Format, Options, Table, Unclear};
use office::{ods, xlsx};

use super::source::Source;
use super::{Config, Made, Read, Stop, Subject, fault, native, parts};
use crate::kinds::myocyte::State;
use crate::kinds::myocyte::file::{self, Form, Moment};

/// How much is told of what was unclear about a table.
pub(super) const UNCLEAR_MAX: usize = 50;

/// The commands that a file comes to.
pub(super) fn read(
    source: &Source,
    into: &ConvertInto,
    config: &Config,
    stop: &Stop,
) -> Result<Read, Refusal> {
    let ConvertInto::Commands { title, sheet, day_first, otherwise, .. } = into else {
        return Err(Refusal::internal("a file is read into commands"));
    };
    let mut named = None;
    let (book, losses) = match source.format {
        ConvertFormat::Xlsx | ConvertFormat::Ods => spreadsheet(source, config)?,
        ConvertFormat::Myotab => {
            let (book, title) = native::read(source)?;
            named = title;
            (book, Vec::new())
        }
        _ => {
            let named = sheet.clone().unwrap_or_else(|| sheet_name(source));
            tabular(source, named, *day_first, config)?
        }
    };
    stop.ensure()?;
    if book.cells() > CELLS_MAX {
        return Err(fault::too_much("cells", CELLS_MAX));
    }
    if book.bytes() > CONTENT_BYTES_MAX {
        return Err(fault::too_much("bytes of contents", CONTENT_BYTES_MAX));
    }
    if book.sheets.len() > SHEETS_MAX {
        return Err(fault::too_much("sheets", SHEETS_MAX));
    }
    let mut left_out = BTreeMap::new();
    for loss in losses.iter().take(LEFT_OUT_MAX) {
        let count = left_out.entry(loss.what.clone()).or_insert(0_u32);
        *count = count.saturating_add(u32::try_from(loss.count).unwrap_or(u32::MAX));
    }
    let (hash, bytes) = (source.hash(), source.bytes.len() as u64);
    let title = title.clone().or(named).or_else(|| otherwise.clone());
    let title = title.or_else(|| source.stem());
    let parts = parts::of(&book, title, LoadedFile { hash, bytes, left_out }, stop)?;
    Ok(Read { parts, media: Vec::new(), losses })
}

fn spreadsheet(source: &Source, config: &Config) -> Result<(Workbook, Vec<Loss>), Refusal> {
    let grown = config.grown_bytes_max;
    let bounds = Bounds { part_bytes_max: grown, bytes_max: grown, ..Bounds::default() };
    let opened = match source.format {
        ConvertFormat::Ods => ods::read(&source.bytes, bounds, CELLS_MAX),
        _ => xlsx::read(&source.bytes, bounds, CELLS_MAX),
    };
    let opened = opened.map_err(|hostile| fault::of_package(&hostile, CELLS_MAX))?;
    let losses = opened.left_out.iter().map(|(what, count)| loss(what, "", *count as u64));
    Ok((opened.book, losses.collect()))
}

/// What was unclear about a table, with its line and column.
pub(super) fn unclear(told: &[Unclear], count: usize) -> Vec<Loss> {
    let one = |unclear: &Unclear| {
        let line = unclear.line.map(|line| format!("line {line}"));
        let column = unclear.column.as_ref().map(|column| format!("column {column}"));
        let place: Vec<_> = line.into_iter().chain(column).collect();
        loss(unclear.code, &place.join(", "), 1)
    };
    let mut losses: Vec<_> = told.iter().map(one).collect();
    if count > told.len() {
        losses.push(loss("unclear", "", (count - told.len()) as u64));
    }
    losses
}

/// A table as a workbook of one sheet.
fn tabular(
    source: &Source,
    name: String,
    day_first: Option<bool>,
    config: &Config,
) -> Result<(Workbook, Vec<Loss>), Refusal> {
    let options = Options {
        day_first,
        cells_max: CELLS_MAX,
        bytes_max: CONTENT_BYTES_MAX,
        partial: true,
        columns_max: COLUMNS_MAX as usize,
        text_bytes_max: TEXT_BYTES_MAX,
        record_bytes_max: config.row_bytes_max,
        unclear_max: UNCLEAR_MAX,
    };
    let read = match source.format {
        ConvertFormat::Csv => table::read_separated(&source.bytes[..], None, &options),
        ConvertFormat::Tsv => table::read_separated(&source.bytes[..], Some(b'\t'), &options),
        ConvertFormat::Markdown => table::read(source.as_text()?, Format::Markdown, &options),
        _ => table::read(source.as_text()?, Format::Json, &options),
    };
    let read = read.map_err(|unreadable| fault::of_table(unreadable, CELLS_MAX))?;
    let mut losses = unclear(&read.unclear, read.unclear_count);
    if let Some(beyond) = read.beyond {
        let place = format!("from line {}", beyond.line);
        losses.insert(0, loss("rows", &place, beyond.rows));
    }
    let mut sheet = Sheet::new("s1", name);
    let styles = looks(&read);
    fill(&mut sheet, read);
    sheet.styles = Arc::new(styles);
    Ok((Workbook { sheets: vec![Arc::new(sheet)], ..Workbook::default() }, losses))
}

/// The header and the rows.
fn fill(sheet: &mut Sheet, read: Table) {
    let header = read.columns.into_iter().map(|column| Some(Content::Text(column.name.into())));
    let rows = std::iter::once(header.collect()).chain(read.rows);
    for (row, cells) in (1..).zip(rows) {
        let cells: Vec<Option<Content>> = cells;
        for (column, content) in (1..).zip(cells) {
            if let Some(place) = Place::new(row, column).filter(|_| content.is_some()) {
                sheet.cells.set(place, content);
            }
        }
    }
}

/// Days, times and shares look as such; the header is bold.
fn looks(read: &Table) -> Vec<(Area, Style)> {
    let last = u32::try_from(read.rows.len()).unwrap_or(u32::MAX).saturating_add(1);
    let width = u32::try_from(read.columns.len()).unwrap_or(u32::MAX);
    let area = |from: (u32, u32), to: (u32, u32)| {
        let ends = Place::new(from.0, from.1).zip(Place::new(to.0, to.1));
        ends.map(|(from, to)| Area::between(from, to))
    };
    let bold = Style { bold: Some(true), ..Style::default() };
    let header = area((1, 1), (1, width)).map(|area| (area, bold));
    let columns = (1..).zip(&read.columns).filter_map(|(column, of)| {
        let number = Some(of.format?.to_owned());
        let area = area((2, column), (last, column)).filter(|_| last > 1)?;
        Some((area, Style { number, ..Style::default() }))
    });
    header.into_iter().chain(columns).collect()
}

/// The file of a workbook's state.
pub(super) fn write(
    subject: Subject,
    format: ConvertFormat,
    sheet: Option<&String>,
) -> Result<Made, Refusal> {
    let Subject { kind, id, revision, at, state, .. } = subject;
    let state: State = contracts::read::from_value(state)
        .map_err(|error| Refusal::internal(format!("the state of the workbook: {error}")))?;
    let form = match format {
        ConvertFormat::Myotab => return native::write(&state, revision),
        ConvertFormat::Xlsx => Form::Xlsx,
        ConvertFormat::Ods => Form::Ods,
        ConvertFormat::Csv => Form::Separated(','),
        ConvertFormat::Tsv => Form::Separated('\t'),
        ConvertFormat::Json => Form::Json,
        ConvertFormat::Markdown => Form::Markdown,
        _ => return Err(fault::unsupported(format, &kind)),
    };
    let moment = Moment { id: &id, revision: revision.next(), now: at };
    let written = file::write(&state, form, sheet, &moment).map_err(Refusal::from)?;
    let losses = written.losses.iter().map(|(what, count)| loss(what, "", *count));
    let filename = format!("{}.{}", written.named, format.ending());
    Ok(Made { bytes: written.bytes, filename, losses: losses.collect() })
}

pub(super) fn loss(what: &str, place: &str, count: u64) -> Loss {
    Loss { what: what.to_owned(), place: place.to_owned(), count }
}

/// What a sheet may be called that comes from a file of this name.
fn sheet_name(source: &Source) -> String {
    sheet_named(&source.stem().unwrap_or_default())
}

/// What a sheet may be called for which this is said.
pub(super) fn sheet_named(said: &str) -> String {
    let sign = |c: char| matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    let plain = said.chars().filter(|c| !sign(*c) && !c.is_control());
    let name: String = plain.take(SHEET_NAME_MAX).collect();
    if name.trim().is_empty() { "Table1".to_owned() } else { name }
}
