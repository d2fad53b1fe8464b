//! A workbook as an `.xlsx` file: contents, formulas with what they come to, formats, names,
//! rules, layout and charts.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, Formula, Workbook as File, Worksheet, XlsxError,
};

use super::charts::Charts;
use super::looks::Looks;
use super::widths::Widths;
use super::{layout, rules};
use crate::calc::Value;
use crate::sheet::{Area, Content, Place, Sheet, Workbook};

/// How many empty cells of an area that looks different are written.
const BLANK_CELLS_MAX: u64 = 2_000;
/// The number of the paper that pages are printed on, 210 by 297 mm.
const A4: u8 = 9;

/// A workbook that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file cannot be written: {0}")]
pub struct Unwritten(pub String);

impl From<XlsxError> for Unwritten {
    fn from(error: XlsxError) -> Self {
        Self(error.to_string())
    }
}

/// A workbook as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the file does not hold, by a word for it, and how often.
    pub losses: BTreeMap<&'static str, u64>,
}

/// The file of `book`, whose cells come to what `value` says by sheet and place. The same workbook
/// at the same time, in seconds since 1970, is the same file.
///
/// # Errors
/// When the format cannot hold it.
pub fn write(
    book: &Workbook,
    value: impl Fn(&str, Place) -> Value,
    title: Option<&str>,
    at_s: i64,
) -> Result<Written, Unwritten> {
    let mut file = File::new();
    let created = ExcelDateTime::from_timestamp(at_s)?;
    let properties = DocProperties::new().set_creation_datetime(&created);
    file.set_properties(&properties.set_title(title.unwrap_or_default()));
    let charts = Charts::of(book);
    let (mut unruled, mut unmerged) = (0, 0);
    for sheet in &book.sheets {
        let page = file.add_worksheet();
        page.set_name(&sheet.name)?;
        unmerged += layout::write(page, sheet)?;
        // As wide as one page of paper, and as many below each other as it takes.
        page.set_print_fit_to_pages(1, 0).set_paper_size(A4);
        let (mut looks, mut widths) = (Looks::of(sheet), Widths::default());
        blanks(page, sheet, &mut looks)?;
        for (place, content) in sheet.cells.iter() {
            let result = match content {
                Content::Formula(_) => value(&sheet.id, place),
                _ => Value::Empty,
            };
            let look = looks.at(place);
            widths.see(place, content, &result, &look.style);
            let spills = || spills(sheet, place, &value);
            put(page, place, content, look.format.as_ref(), &result, spills)?;
        }
        layout::columns(page, sheet, &widths)?;
        unruled += rules::write(page, sheet)?;
        charts.put(page, sheet)?;
    }
    for (name, means) in book.names.iter() {
        if !means.contains("#REF!") {
            file.define_name(name, &format!("={means}"))?;
        }
    }
    let losses = [("charts", charts.lost), ("merged_cells", unmerged), ("validations", unruled)];
    let losses = losses.into_iter().filter(|(_, count)| *count > 0);
    Ok(Written { bytes: file.save_to_buffer()?, losses: losses.collect() })
}

/// A column as the writer counts it, from 0.
pub(super) fn column_of(column: u32) -> u16 {
    u16::try_from(column - 1).unwrap_or(u16::MAX)
}

/// Row and column as the writer counts them, from 0.
pub(super) fn counted(place: Place) -> (u32, u16) {
    (place.row - 1, column_of(place.column))
}

fn blanks(page: &mut Worksheet, sheet: &Sheet, looks: &mut Looks<'_>) -> Result<(), XlsxError> {
    let plain = Format::new();
    for (area, _) in sheet.styles.iter().filter(|(area, _)| area.cells() <= BLANK_CELLS_MAX) {
        for place in Area::places(*area).filter(|place| sheet.cells.get(*place).is_none()) {
            let (row, column) = counted(place);
            page.write_blank(row, column, looks.at(place).format.as_ref().unwrap_or(&plain))?;
        }
    }
    Ok(())
}

/// Whether what a formula comes to stands in cells beside it, which hold nothing themselves.
fn spills(sheet: &Sheet, place: Place, value: &impl Fn(&str, Place) -> Value) -> bool {
    let next = [place.below(0, 1), place.below(1, 0)].into_iter().flatten();
    let mut empty = next.filter(|next| sheet.cells.get(*next).is_none());
    empty.any(|next| value(&sheet.id, next) != Value::Empty)
}

/// Writes a cell. The writer looks every format up, so that cells without one are told without.
fn put(
    page: &mut Worksheet,
    place: Place,
    content: &Content,
    format: Option<&Format>,
    result: &Value,
    spills: impl Fn() -> bool,
) -> Result<(), XlsxError> {
    let (row, column) = counted(place);
    match (content, format) {
        (Content::Number(number), None) => page.write_number(row, column, *number)?,
        (Content::Number(number), Some(format)) => {
            page.write_number_with_format(row, column, *number, format)?
        }
        (Content::Text(text), None) if !text.is_empty() => {
            page.write_string(row, column, text.as_ref())?
        }
        (Content::Text(text), Some(format)) => {
            page.write_string_with_format(row, column, text.as_ref(), format)?
        }
        // An empty text without a format would leave no cell.
        (Content::Text(_), None) => page.write_blank(row, column, &Format::new())?,
        (Content::Bool(yes), None) => page.write_boolean(row, column, *yes)?,
        (Content::Bool(yes), Some(format)) => {
            page.write_boolean_with_format(row, column, *yes, format)?
        }
        (Content::Formula(formula), format) => {
            let formula = Formula::new(formula).set_result(result.shown());
            match (spills(), format) {
                (true, None) => page.write_dynamic_formula(row, column, formula)?,
                (true, Some(format)) => {
                    page.write_dynamic_formula_with_format(row, column, formula, format)?
                }
                (false, None) => page.write_formula(row, column, formula)?,
                (false, Some(format)) => {
                    page.write_formula_with_format(row, column, formula, format)?
                }
            }
        }
    };
    Ok(())
}
