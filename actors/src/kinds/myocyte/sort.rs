//! Rows change places by what their cells come to.

use std::cmp::Ordering;

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::limits::{SORT_COLUMNS_MAX, SORT_ROWS_MAX};
use contracts::kinds::myocyte::{Event, Rejection, RowsSorted, Sort};
use office::calc::Value;
use office::sheet::{Area, Place};

use super::work::Work;

/// Sorts the rows of an area. Rows that are alike stay in their order.
pub(super) fn sort(mut work: Work<'_>, input: &Sort) -> Result<Decision<Event>, Rejection> {
    let area = input.area.parse::<Area>();
    let columns = input.by.iter().map(|by| format!("{}1", by.column).parse::<Place>().ok());
    let columns: Option<Vec<u32>> = columns.map(|at| Some(at?.column)).collect();
    let rows = area.as_ref().map_or(0, |area| area.rows());
    Check::new()
        .ensure(area.is_ok(), "area", "names no cells, such as A1:C9")
        .ensure(!input.by.is_empty(), "by", "names no column")
        .items("by", input.by.len(), SORT_COLUMNS_MAX)
        .ensure(columns.is_some(), "by", "names a column that no sheet has")
        .ensure(rows <= SORT_ROWS_MAX, "area", format!("has more than {SORT_ROWS_MAX} rows"))
        .done()?;
    let (Ok(mut area), Some(columns)) = (area, columns) else {
        return Err(Rejection::NotFound);
    };
    let sheet = work.sheet(input.sheet.as_ref())?.id.clone();
    area.from.row += u32::from(input.header && area.rows() > 1);
    let keys = work.state.engine.with(&work.state.book, work.cx, |calculator, _| {
        let rows = area.from.row..=area.to.row;
        let key = |row: u32| -> Vec<Value> {
            columns
                .iter()
                .map(|column| calculator.value(&sheet, Place { row, column: *column }))
                .collect()
        };
        rows.map(key).collect::<Vec<_>>()
    })?;
    let mut order: Vec<u32> = (0..area.rows()).collect();
    order.sort_by(|one, other| {
        let pair = |at: &u32| keys[*at as usize].as_slice();
        let each = pair(one).iter().zip(pair(other)).zip(&input.by);
        let mut compared = each.map(|((one, other), by)| compare(one, other, by.descending));
        compared.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    if !order.is_sorted() {
        let area = area.to_string();
        work.happen(Event::RowsSorted(RowsSorted { sheet, area, order }));
    }
    work.written()
}

/// Numbers, texts, truth values, errors; what is empty comes last either way.
fn compare(one: &Value, other: &Value, descending: bool) -> Ordering {
    let order = office::pivot::compare(one, other);
    let empty = *one == Value::Empty || *other == Value::Empty;
    if descending && !empty { order.reverse() } else { order }
}
