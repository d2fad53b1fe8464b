//! The workbook, or a sheet of it, as a file.

use std::collections::BTreeMap;

use contracts::kinds::myocyte::Rejection;
use contracts::{ActorId, Revision, Timestamp};
use office::calc::Value;
use office::sheet::{Content, Place, Sheet};
use office::{ods, table, xlsx};

use super::State;
use super::engine::clock;
use super::{compute, lasting};

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The whole workbook, of Office Open XML.
    Xlsx,
    /// The whole workbook, of OpenDocument.
    Ods,
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
    let lost = || not_in_tables(state, sheet);
    let written = state.engine.at(book, clock, |calculator, _| {
        let rows = || compute::shown(calculator, sheet);
        let whole = |sheet: &str, place| calculator.value(sheet, place);
        let told = match form {
            Form::Xlsx | Form::Ods => {
                let (open, pivots, lost) = lasting::laid_open(book, calculator);
                let (bytes, mut losses) = if form == Form::Xlsx {
                    let written = xlsx::write(&open, whole, title, at_s)?;
                    (written.bytes, written.losses)
                } else {
                    let written = ods::write(&open, whole, title, at_s)?;
                    (written.bytes, written.losses)
                };
                // A pivot is there as what it comes to, or not at all.
                let told = [("pivot_tables", pivots - lost), ("pivots_without_cells", lost)];
                losses.extend(told.into_iter().filter(|(_, count)| *count > 0));
                (bytes, losses)
            }
            Form::Separated(sign) => (table::to_csv(&rows(), sign).into_bytes(), lost()),
            Form::Markdown => (table::to_markdown(&rows()).into_bytes(), lost()),
            Form::Json => {
                let value = |place| calculator.value(&sheet.id, place);
                (table::to_json(&values(sheet, value)).into_bytes(), lost())
            }
        };
        Ok::<_, Unwritten>(told)
    })?;
    let (bytes, losses) = written.map_err(|Unwritten(reason)| Rejection::NotComputed { reason })?;
    let named = match form {
        Form::Xlsx | Form::Ods => title.unwrap_or("workbook"),
        _ => sheet.name.as_str(),
    };
    Ok(File { bytes, named: plain(named), losses })
}

/// Why a file cannot be written.
struct Unwritten(String);

impl From<xlsx::Unwritten> for Unwritten {
    fn from(error: xlsx::Unwritten) -> Self {
        Self(error.to_string())
    }
}

impl From<office::package::Unpacked> for Unwritten {
    fn from(error: office::package::Unpacked) -> Self {
        Self(error.to_string())
    }
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
        ("validations", sheet.rules.len()),
        ("views", state.book.views.len()),
    ]
    .into_iter()
    .map(|(what, count)| (what, count as u64))
    .chain(sheet.layout.said())
    .filter(|(_, count)| *count > 0)
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
