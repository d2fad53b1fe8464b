//! Cells are set, come, go and look different.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::limits::{
    FORMAT_BYTES_MAX, FORMULA_BYTES_MAX, LINES_MAX, SET_BYTES_MAX, SET_CELLS_MAX, TEXT_BYTES_MAX,
};
use contracts::kinds::myocyte::{
    CellsSet, Event, Filled, Format, Formatted, Lines, LinesMoved, Rejection, Scalar, Set, Style,
};
use office::calc;
use office::sheet::{Area, Content, Place};
use serde_json::json;

use super::arrange;
use super::engine::limits;
use super::evolve::axis;
use super::work::Work;

type Decided = Result<Decision<Event>, Rejection>;

/// Sets cells and rectangles.
pub(super) fn set(mut work: Work<'_>, input: &Set) -> Decided {
    let areas = areas(input)?;
    if work.state.created.is_none() {
        work.begin(None);
        let name = input.sheet.clone().unwrap_or_else(|| arrange::FIRST.to_owned());
        arrange::check_name(Check::new(), "sheet", &name).done()?;
        work.add_sheet(&name, None);
    }
    let sheet = work.sheet(input.sheet.as_ref())?.id.clone();
    let mut book = work.state.book.clone();
    for area in &areas {
        if let Ok(at) = area.at.parse() {
            book.put(&sheet, at, &super::evolve::contents(&area.rows));
        }
    }
    let cells = book.cells() as u64;
    if book != work.state.book {
        work.happen(Event::CellsSet(CellsSet { sheet, areas, cells }));
    }
    work.written()
}

/// What is to be set, checked: cells as rectangles of one.
fn areas(input: &Set) -> Result<Vec<Filled>, Rejection> {
    let single = input
        .cells
        .iter()
        .map(|(at, said)| Filled { at: at.clone(), rows: vec![vec![said.clone()]] });
    let areas: Vec<Filled> = single.chain(input.areas.iter().cloned()).collect();
    let count = areas.iter().flat_map(|area| &area.rows).map(Vec::len).sum::<usize>();
    let bytes = json!(areas).to_string().len();
    Check::new()
        .ensure(count > 0, "cells", "nothing is to be set: give cells or areas")
        .items("cells", count, SET_CELLS_MAX)
        .ensure(
            bytes <= SET_BYTES_MAX,
            "cells",
            format!("has {bytes} bytes of JSON; {SET_BYTES_MAX} are allowed"),
        )
        .done()?;
    for (number, area) in areas.iter().enumerate() {
        let field = match number.checked_sub(input.cells.len()) {
            Some(number) => format!("areas[{number}]"),
            None => format!("cells.{}", area.at),
        };
        check_area(area, &field)?;
    }
    Ok(areas)
}

fn check_area(area: &Filled, field: &str) -> Result<(), Rejection> {
    each(area, field, check_content)
}

/// As areas that are set, but formulas may be such that come to errors.
pub(super) fn check_held(area: &Filled, field: &str) -> Result<(), Rejection> {
    each(area, field, |said, field, _| {
        let content = Content::read(&said.0);
        let scalar = "is a number, true, false, a text or null";
        let check = Check::new().ensure(content.is_ok(), field, scalar);
        let check = match content {
            Ok(Some(Content::Text(text))) => check.body(field, &text, TEXT_BYTES_MAX),
            Ok(Some(Content::Formula(formula))) => check.body(field, &formula, FORMULA_BYTES_MAX),
            _ => check,
        };
        Ok(check.done()?)
    })
}

fn each(
    area: &Filled,
    field: &str,
    check: impl Fn(&Scalar, &str, &str) -> Result<(), Rejection>,
) -> Result<(), Rejection> {
    let at = area.at.parse::<Place>();
    Check::new().ensure(at.is_ok(), field, "names no cell, such as B7").done()?;
    let Ok(at) = at else {
        return Ok(());
    };
    for (down, row) in (0_u32..).zip(&area.rows) {
        for (right, said) in (0_u32..).zip(row) {
            let place = at.below(down, right);
            Check::new().ensure(place.is_some(), field, "reaches past the sheet").done()?;
            let place = place.map(|place| place.to_string()).unwrap_or_default();
            check(said, field, &place)?;
        }
    }
    Ok(())
}

fn check_content(said: &Scalar, field: &str, at: &str) -> Result<(), Rejection> {
    let content = Content::read(&said.0);
    let scalar = "is a number, true, false, a text or null";
    Check::new().ensure(content.is_ok(), field, scalar).done()?;
    match content {
        Ok(Some(Content::Formula(formula))) => {
            let checked = calc::check(&formula, &limits());
            let at = at.to_owned();
            checked.map_err(|reason| Rejection::FormulaInvalid { at, reason })
        }
        Ok(Some(Content::Text(text))) => {
            Ok(Check::new().body(field, &text, TEXT_BYTES_MAX).done()?)
        }
        _ => Ok(()),
    }
}

/// Puts in empty rows or columns.
pub(super) fn insert_lines(mut work: Work<'_>, input: &Lines) -> Decided {
    let sheet = lines(&work, input)?;
    let sheet_of = work.sheet(Some(&sheet))?;
    let last = match axis(input.axis) {
        office::sheet::Axis::Rows => sheet_of.cells.last_row(),
        office::sheet::Axis::Columns => sheet_of.cells.used().map_or(0, |used| used.to.column),
    };
    let fits = last < input.at || last.saturating_add(input.count) <= axis(input.axis).last();
    Check::new().ensure(fits, "count", "cells would fall off the sheet").done()?;
    let (axis, at, count, cells) = (input.axis, input.at, input.count, work.cells());
    work.happen(Event::LinesInserted(LinesMoved { sheet, axis, at, count, cells }));
    work.computed()
}

/// Takes rows or columns away.
pub(super) fn remove_lines(mut work: Work<'_>, input: &Lines) -> Decided {
    let sheet = lines(&work, input)?;
    let (at, count) = (input.at, input.count);
    let mut book = work.state.book.clone();
    let gone = office::sheet::Deleted { axis: axis(input.axis), at, count };
    book.delete(&sheet, gone);
    let (axis, cells) = (input.axis, book.cells() as u64);
    work.happen(Event::LinesRemoved(LinesMoved { sheet, axis, at, count, cells }));
    work.computed()
}

/// The id of the sheet, when the lines are on it.
fn lines(work: &Work<'_>, input: &Lines) -> Result<String, Rejection> {
    let last = axis(input.axis).last();
    Check::new()
        .ensure((1..=last).contains(&input.at), "at", format!("is 1 to {last}"))
        .ensure((1..=LINES_MAX).contains(&input.count), "count", format!("is 1 to {LINES_MAX}"))
        .done()?;
    Ok(work.sheet(input.sheet.as_ref())?.id.clone())
}

/// What a style says can be shown.
pub(super) fn check_style(check: Check, field: &str, style: &Style) -> Check {
    let Style { number, color, fill, .. } = style;
    let hex = |text: &Option<String>| {
        let six = |text: &String| text.len() == 6 && text.bytes().all(|b| b.is_ascii_hexdigit());
        text.as_ref().is_none_or(six)
    };
    check
        .ensure(*style != Style::default(), field, "says nothing")
        .text_opt(format!("{field}.number"), number.as_ref(), FORMAT_BYTES_MAX)
        .ensure(hex(color), format!("{field}.color"), "has six hexadecimal digits")
        .ensure(hex(fill), format!("{field}.fill"), "has six hexadecimal digits")
}

/// Says how cells look.
pub(super) fn format(mut work: Work<'_>, input: &Format) -> Decided {
    let area = input.area.parse::<Area>();
    let check = Check::new().ensure(area.is_ok(), "area", "names no cells, such as A1:C9");
    check_style(check, "style", &input.style).done()?;
    let sheet = work.sheet(input.sheet.as_ref())?.id.clone();
    let area = area.map(|area| area.to_string()).unwrap_or_default();
    work.happen(Event::Formatted(Formatted { sheet, area, style: input.style.clone() }));
    work.about()
}
