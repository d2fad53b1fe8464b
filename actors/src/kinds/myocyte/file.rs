//! The workbook, or a sheet of it, as a file.

use std::collections::BTreeMap;

use contracts::kinds::myocyte::Rejection;
use contracts::{ActorId, Revision, Timestamp};
use office::calc::Value;
use office::sheet::{Content, Place, Sheet};
use office::{table, xlsx};

use super::State;
use super::compute;
use super::engine::clock;

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The whole workbook.
    Xlsx,
    /// A sheet with this sign between its cells.
    Separated(char),
    /// A sheet as a list.
    Json,
    /// A sheet as a table of Markdown.
    Markdown,
}

/// Whose workbook is written, and when.
pub(crate) struct Moment<'a> {
    /// The workbook.
    pub id: &'a ActorId,
    /// The revision that a command would have then.
    pub revision: Revision,
    /// What time formulas see, and the file tells.
    pub now: Timestamp,
}

/// A file.
pub(crate) struct File {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it may be called, without an ending.
    pub named: String,
    /// What of the workbook it does not hold, and how often.
    pub losses: BTreeMap<&'static str, u64>,
}

/// The file of a workbook, or of the sheet that is named; of the first one when none is.
///
/// # Errors
/// [`Rejection::SheetNotFound`], [`Rejection::NotComputed`].
pub(crate) fn write(
    state: &State,
    form: Form,
    sheet: Option<&String>,
    moment: &Moment<'_>,
) -> Result<File, Rejection> {
    let (book, title) = (&state.book, state.title.as_deref());
    let found = match sheet {
        Some(said) => book.sheet(said).or_else(|| book.named(said)),
        None => book.sheets.first().map(AsRef::as_ref),
    };
    let missing =
        || Rejection::SheetNotFound { sheet: sheet.cloned().unwrap_or_else(|| "1".to_owned()) };
    let sheet = found.ok_or_else(missing)?;
    let at_s = moment.now.as_millis().div_euclid(1000);
    let clock = clock(moment.id, moment.revision, moment.now);
    let bytes = state.engine.at(book, clock, |calculator, _| {
        let rows = || compute::shown(calculator, sheet);
        match form {
            Form::Xlsx => {
                let value = |sheet: &str, place| calculator.value(sheet, place);
                let written = xlsx::write(book, value, title, at_s);
                written.map_err(|error| Rejection::NotComputed { reason: error.to_string() })
            }
            Form::Separated(sign) => Ok(table::to_csv(&rows(), sign).into_bytes()),
            Form::Markdown => Ok(table::to_markdown(&rows()).into_bytes()),
            Form::Json => {
                let value = |place| calculator.value(&sheet.id, place);
                Ok(table::to_json(&values(sheet, value)).into_bytes())
            }
        }
    })??;
    let (named, losses) = match form {
        Form::Xlsx => (title.unwrap_or("workbook"), BTreeMap::new()),
        _ => (sheet.name.as_str(), not_in_tables(state, sheet)),
    };
    Ok(File { bytes, named: plain(named), losses })
}

/// What the cells of a sheet come to, row by row.
fn values(sheet: &Sheet, value: impl Fn(Place) -> Value) -> Vec<Vec<serde_json::Value>> {
    let Some(area) = sheet.cells.used() else { return Vec::new() };
    let row = |row| {
        let places = (1..=area.to.column).map(|column| Place { row, column });
        places.map(|place| value(place).to_json()).collect()
    };
    (1..=area.to.row).map(row).collect()
}

/// What of a workbook a table of one sheet does not hold.
fn not_in_tables(state: &State, sheet: &Sheet) -> BTreeMap<&'static str, u64> {
    let formulas = sheet.cells.iter().filter(|(_, it)| matches!(it, Content::Formula(_))).count();
    [
        ("formats", sheet.styles.len()),
        ("formulas", formulas),
        ("names", state.book.names.len()),
        ("sheets", state.book.sheets.len() - 1),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(what, count)| (what, count as u64))
    .collect()
}

/// A name that every file system takes.
pub(crate) fn plain(name: &str) -> String {
    let sign = |c: char| {
        c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
    };
    let plain: String = name.chars().map(|c| if sign(c) { '-' } else { c }).take(80).collect();
    let plain = plain.trim_matches(['.', ' ']);
    if plain.is_empty() { "untitled".to_owned() } else { plain.to_owned() }
}
