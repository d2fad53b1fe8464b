//! Sheets are laid out.

use std::sync::Arc;

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::layout::{Filtering, Frozen, Height, LayOut, Layout, Width};
use contracts::kinds::myocyte::limits::{
    COLUMN_LETTERS_MAX, FROZEN_MAX, MERGED_MAX, PLACE_BYTES_MAX, ROW_POINTS_MAX, SIZED_MAX,
    SIZED_RUNS_MAX,
};
use contracts::kinds::myocyte::{Event, LaidOut, Rejection};
use office::sheet::{self, Area, Corner, MERGED_CELLS_MAX, Sheet, column_name};

use super::work::Work;

/// Lays a sheet out.
pub(super) fn layout(mut work: Work<'_>, input: &LayOut) -> Result<Decision<Event>, Rejection> {
    let says = !input.layout.is_plain();
    Check::new().ensure(says, "layout", "says nothing").done()?;
    let sheet = work.sheet(input.sheet.as_ref())?.id.clone();
    put(&mut work, &sheet, &input.layout, "layout")?;
    work.about()
}

/// A sheet is laid out so, unless it is already.
///
/// # Errors
/// When no sheet can be.
pub(super) fn put(
    work: &mut Work<'_>,
    sheet: &str,
    layout: &Layout,
    field: &str,
) -> Result<(), Rejection> {
    check(layout, field)?;
    let before = work.sheet(Some(&sheet.to_owned()))?;
    let mut now = Sheet::clone(before);
    apply(&mut now, layout);
    let sized = now.layout.columns.len().max(now.layout.rows.len());
    let most = format!("gives more than {SIZED_MAX} lines a size of their own");
    Check::new().ensure(sized <= SIZED_MAX, field, most).done()?;
    if now != *before {
        let (sheet, layout) = (sheet.to_owned(), layout.clone());
        work.happen(Event::LaidOut(LaidOut { sheet, layout }));
    }
    Ok(())
}

fn check(layout: &Layout, field: &str) -> Result<(), Rejection> {
    let Layout { columns, rows, frozen, merged, filter } = layout;
    let wide = |one: &Width| one.letters.is_none_or(|it| (0.0..=COLUMN_LETTERS_MAX).contains(&it));
    let high = |one: &Height| one.points.is_none_or(|it| (0.0..=ROW_POINTS_MAX).contains(&it));
    let known =
        |text: &String, column| text.len() <= PLACE_BYTES_MAX && lines(text, column).is_some();
    let merged = merged.as_deref().unwrap_or_default();
    let areas: Vec<Option<Area>> = merged.iter().map(|text| area(text)).collect();
    let many = areas.iter().flatten().all(|area| area.cells() > 1);
    let cells: u64 = areas.iter().flatten().map(|area| area.cells()).sum();
    let apart = areas
        .iter()
        .flatten()
        .enumerate()
        .all(|(at, one)| areas.iter().flatten().skip(at + 1).all(|other| !one.meets(*other)));
    let most = |frozen: &Frozen| frozen.rows <= FROZEN_MAX && frozen.columns <= FROZEN_MAX;
    let table = filter.as_ref().and_then(|filter| filter.area.as_ref());
    Ok(Check::new()
        .items(format!("{field}.columns"), columns.len(), SIZED_RUNS_MAX)
        .items(format!("{field}.rows"), rows.len(), SIZED_RUNS_MAX)
        .items(format!("{field}.merged"), merged.len(), MERGED_MAX)
        .ensure(
            columns.iter().all(|one| known(&one.at, true) && wide(one)),
            format!("{field}.columns"),
            format!("names columns, such as B or B:D, each 0 to {COLUMN_LETTERS_MAX} letters wide"),
        )
        .ensure(
            rows.iter().all(|one| known(&one.at, false) && high(one)),
            format!("{field}.rows"),
            format!("names rows, such as 2 or 2:9, each 0 to {ROW_POINTS_MAX} points high"),
        )
        .ensure(
            frozen.as_ref().is_none_or(most),
            format!("{field}.frozen"),
            format!("is at most {FROZEN_MAX} rows and columns"),
        )
        .ensure(
            areas.iter().all(Option::is_some) && many && apart,
            format!("{field}.merged"),
            "names areas of more than one cell, of which no two have one in common",
        )
        .ensure(
            cells <= MERGED_CELLS_MAX,
            format!("{field}.merged"),
            format!("have {cells} cells together; {MERGED_CELLS_MAX} are allowed"),
        )
        .ensure(
            table.is_none_or(|text| area(text).is_some()),
            format!("{field}.filter.area"),
            "names no cells, such as A1:C9",
        )
        .done()?)
}

fn area(text: &str) -> Option<Area> {
    text.parse().ok().filter(|_| text.len() <= PLACE_BYTES_MAX)
}

/// The first and the last of the lines that a text names.
fn lines(text: &str, columns: bool) -> Option<(u32, u32)> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let line = |text: &str| {
        let corner = Corner::parse(text).filter(|_| !text.contains('$'))?;
        let (mark, other) =
            if columns { (corner.column, corner.row) } else { (corner.row, corner.column) };
        mark.filter(|_| other.is_none()).map(|mark| mark.at)
    };
    let (first, last) = (line(first)?, line(last)?);
    (first <= last).then_some((first, last))
}

/// The sheet, laid out so. What cannot be read was never stored.
pub(crate) fn apply(sheet: &mut Sheet, layout: &Layout) {
    let now = Arc::make_mut(&mut sheet.layout);
    for Width { at, letters } in &layout.columns {
        if let Some((first, last)) = lines(at, true) {
            now.columns.set(first, last, *letters);
        }
    }
    for Height { at, points } in &layout.rows {
        if let Some((first, last)) = lines(at, false) {
            now.rows.set(first, last, *points);
        }
    }
    if let Some(frozen) = layout.frozen {
        now.frozen = (frozen.rows, frozen.columns);
    }
    if let Some(merged) = &layout.merged {
        now.merged = merged.iter().filter_map(|text| area(text)).collect();
    }
    if let Some(filter) = &layout.filter {
        now.filter = filter.area.as_deref().and_then(area);
    }
}

/// How a sheet is laid out, as commands and events write it.
pub(crate) fn said(layout: &sheet::Layout) -> Layout {
    let columns = layout.columns.runs().into_iter().map(|(first, last, letters)| {
        let (first, last) = (column_name(first), column_name(last));
        let at = if first == last { first } else { format!("{first}:{last}") };
        Width { at, letters: Some(letters) }
    });
    let rows = layout.rows.runs().into_iter().map(|(first, last, points)| {
        let at = if first == last { first.to_string() } else { format!("{first}:{last}") };
        Height { at, points: Some(points) }
    });
    let (rows_frozen, columns_frozen) = layout.frozen;
    let frozen = Frozen { rows: rows_frozen, columns: columns_frozen };
    let merged: Vec<_> = layout.merged.iter().map(ToString::to_string).collect();
    let area = layout.filter.map(|area| area.to_string());
    Layout {
        columns: columns.collect(),
        rows: rows.collect(),
        frozen: (frozen != Frozen::default()).then_some(frozen),
        merged: (!merged.is_empty()).then_some(merged),
        filter: area.map(|area| Filtering { area: Some(area) }),
    }
}
