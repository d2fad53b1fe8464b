//! A workbook as an `.xlsx` file: contents, formulas with what they come to, formats, names,
//! rules, layout and charts.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, Workbook as File, Worksheet,
    XlsxError,
};

use super::charts::Charts;
use super::{layout, rules};
use crate::calc::Value;
use crate::sheet::{Align, Area, Content, Place, Sheet, Style, Workbook};

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
        unmerged += layout::write(page, sheet, &value)?;
        // As wide as one page of paper, and as many below each other as it takes.
        page.set_print_fit_to_pages(1, 0).set_paper_size(A4);
        blanks(page, sheet)?;
        for (place, content) in sheet.cells.iter() {
            let format = format(&sheet.style(place));
            put(page, sheet, place, content, &format, &value)?;
        }
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

fn blanks(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    for (area, _) in sheet.styles.iter().filter(|(area, _)| area.cells() <= BLANK_CELLS_MAX) {
        for place in Area::places(*area).filter(|place| sheet.cells.get(*place).is_none()) {
            let (row, column) = counted(place);
            page.write_blank(row, column, &format(&sheet.style(place)))?;
        }
    }
    Ok(())
}

fn put(
    page: &mut Worksheet,
    sheet: &Sheet,
    place: Place,
    content: &Content,
    format: &Format,
    value: &impl Fn(&str, Place) -> Value,
) -> Result<(), XlsxError> {
    let (row, column) = counted(place);
    match content {
        Content::Number(number) => page.write_number_with_format(row, column, *number, format)?,
        Content::Text(text) => page.write_string_with_format(row, column, text.as_ref(), format)?,
        Content::Bool(yes) => page.write_boolean_with_format(row, column, *yes, format)?,
        Content::Formula(formula) => {
            let result = value(&sheet.id, place);
            let formula = Formula::new(formula);
            let formula = formula.set_result(result.shown());
            // What spills stands in cells that hold nothing themselves.
            let next = [place.below(0, 1), place.below(1, 0)].into_iter().flatten();
            let mut empty = next.filter(|next| sheet.cells.get(*next).is_none());
            if empty.any(|next| value(&sheet.id, next) != Value::Empty) {
                page.write_dynamic_formula_with_format(row, column, formula, format)?
            } else {
                page.write_formula_with_format(row, column, formula, format)?
            }
        }
    };
    Ok(())
}

pub(super) fn format(style: &Style) -> Format {
    let mut format = Format::new();
    if let Some(number) = &style.number {
        format = format.set_num_format(number);
    }
    if style.bold == Some(true) {
        format = format.set_bold();
    }
    if style.italic == Some(true) {
        format = format.set_italic();
    }
    if let Some(align) = style.align {
        format = format.set_align(match align {
            Align::Left => FormatAlign::Left,
            Align::Center => FormatAlign::Center,
            Align::Right => FormatAlign::Right,
        });
    }
    let color = |text: &Option<String>| u32::from_str_radix(text.as_deref()?, 16).ok();
    if let Some(color) = color(&style.color) {
        format = format.set_font_color(Color::RGB(color));
    }
    if let Some(fill) = color(&style.fill) {
        format = format.set_background_color(Color::RGB(fill));
    }
    format
}
