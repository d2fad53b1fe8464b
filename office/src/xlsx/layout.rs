//! How a sheet is laid out, in a file.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::looks::format;
use super::widths::Widths;
use super::write::{column_of, counted};
use crate::sheet::{MERGED_CELLS_MAX, Sheet};

/// Lays a sheet out, before its cells are written: cells that are one are written over. Tells how
/// many merged areas are left out, which have grown larger than a file should hold.
///
/// # Errors
/// When the format cannot hold it.
pub(super) fn write(page: &mut Worksheet, sheet: &Sheet) -> Result<u64, XlsxError> {
    let layout = &sheet.layout;
    for (row, points) in layout.rows.iter() {
        if points > 0.0 {
            page.set_row_height(row - 1, points)?;
        } else {
            page.set_row_hidden(row - 1)?;
        }
    }
    let (rows, columns) = layout.frozen;
    if (rows, columns) != (0, 0) {
        page.set_freeze_panes(rows, u16::try_from(columns).unwrap_or(u16::MAX))?;
    }
    let (mut room, mut left) = (MERGED_CELLS_MAX, 0);
    for area in &layout.merged {
        let Some(rest) = room.checked_sub(area.cells()) else {
            left += 1;
            continue;
        };
        room = rest;
        let ((row, column), (to_row, to_column)) = (counted(area.from), counted(area.to));
        let look: Format = format(&sheet.style(area.from));
        page.merge_range(row, column, to_row, to_column, "", &look)?;
    }
    if let Some(area) = layout.filter {
        let ((row, column), (to_row, to_column)) = (counted(area.from), counted(area.to));
        page.autofilter(row, column, to_row, to_column)?;
    }
    Ok(left)
}

/// Makes columns as wide as the sheet says, or else as its cells ask for.
///
/// # Errors
/// When the format cannot hold it.
pub(super) fn columns(
    page: &mut Worksheet,
    sheet: &Sheet,
    widths: &Widths,
) -> Result<(), XlsxError> {
    for (column, letters) in widths.columns() {
        page.set_column_width(column_of(column), letters as f64)?;
    }
    for (column, letters) in sheet.layout.columns.iter() {
        if letters > 0.0 {
            page.set_column_width(column_of(column), letters)?;
        } else {
            page.set_column_hidden(column_of(column))?;
        }
    }
    Ok(())
}
