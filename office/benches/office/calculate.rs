//! Cells that hang on each other, computed again after one of them changed.

use std::path::Path;

use formualizer_common::LiteralValue;
use formualizer_workbook::{Workbook as Engine, WorkbookConfig};
use office::calc::{Calculator, Clock, Limits, Value};
use office::sheet::{Content, Place, Sheet, Workbook};

use crate::rows::{Timed, timed};

const CELLS: u32 = 100_000;
const SHEET: &str = "Sheet1";
const FIRST: Place = Place { row: 1, column: 1 };

/// Each cell is one more than the one above.
fn chained(row: u32) -> (Place, String) {
    (Place { row, column: 1 }, format!("=A{}+1", row - 1))
}

/// Each cell hangs on the first of all.
fn fanned(row: u32) -> (Place, String) {
    (Place { row, column: 2 }, format!("=$A$1+{row}"))
}

/// Ours: the workbook in memory, computed once, then once more after a change.
fn ours(formula: fn(u32) -> (Place, String)) -> anyhow::Result<Timed> {
    let mut sheet = Sheet::new("s1", SHEET);
    sheet.cells.set(FIRST, Some(Content::Number(1.0)));
    for row in 2..=CELLS + 1 {
        let (place, formula) = formula(row);
        sheet.cells.set(place, Some(Content::Formula(formula.into())));
    }
    let mut book = Workbook { sheets: vec![sheet.into()], ..Workbook::default() };
    let mut calculator = Calculator::new(Limits::default());
    calculator.bring(&book, Clock::default())?;
    if let Some(sheet) = book.sheet_mut("s1") {
        sheet.cells.set(FIRST, Some(Content::Number(2.0)));
    }
    let timed = timed(|| {
        let brought = calculator.bring(&book, Clock::default())?;
        anyhow::ensure!(brought.computed >= CELLS as usize, "{} computed", brought.computed);
        Ok(0)
    })?;
    let (last, _) = formula(CELLS + 1);
    let expected = Value::Number(f64::from(CELLS) + if last.column == 1 { 2.0 } else { 3.0 });
    anyhow::ensure!(calculator.value("s1", last) == expected, "the last cell is wrong");
    Ok(timed)
}

/// The engine by itself, on one thread as ours is, and whether it `tells` which cells changed.
fn bare(formula: fn(u32) -> (Place, String), tells: bool) -> anyhow::Result<Timed> {
    let mut config = WorkbookConfig::ephemeral();
    config.eval.enable_parallel = false;
    let mut engine = Engine::new_with_config(config);
    if !engine.has_sheet(SHEET) {
        engine.add_sheet(SHEET)?;
    }
    engine.set_value(SHEET, 1, 1, LiteralValue::Number(1.0))?;
    for row in 2..=CELLS + 1 {
        let (place, formula) = formula(row);
        engine.set_formula(SHEET, place.row, place.column, &formula)?;
    }
    engine.evaluate_all()?;
    timed(|| {
        engine.set_value(SHEET, 1, 1, LiteralValue::Number(2.0))?;
        let computed = if tells {
            let (result, delta) = engine.evaluate_all_with_delta()?;
            anyhow::ensure!(delta.changed_cells.len() >= CELLS as usize, "cells are not told");
            result.computed_vertices
        } else {
            engine.evaluate_all()?.computed_vertices
        };
        anyhow::ensure!(computed >= CELLS as usize, "{computed} computed");
        Ok(0)
    })
}

/// A chain, ours.
pub fn chain(_: &Path) -> anyhow::Result<Timed> {
    ours(chained)
}

/// A chain, the engine alone.
pub fn chain_bare(_: &Path) -> anyhow::Result<Timed> {
    bare(chained, false)
}

/// A chain, the engine alone, which tells what changed.
pub fn chain_told(_: &Path) -> anyhow::Result<Timed> {
    bare(chained, true)
}

/// A fan, ours.
pub fn fan(_: &Path) -> anyhow::Result<Timed> {
    ours(fanned)
}

/// A fan, the engine alone.
pub fn fan_bare(_: &Path) -> anyhow::Result<Timed> {
    bare(fanned, false)
}

/// A fan, the engine alone, which tells what changed.
pub fn fan_told(_: &Path) -> anyhow::Result<Timed> {
    bare(fanned, true)
}

/// The columns of a table; the last sums up the others, row by row.
const COLUMNS: u32 = 10;

/// A table of so many rows.
fn table(rows: u32) -> Workbook {
    let mut sheet = Sheet::new("s1", SHEET);
    for row in 1..=rows {
        for column in 1..COLUMNS {
            let number = Content::Number(f64::from(row * COLUMNS + column));
            sheet.cells.set(Place { row, column }, Some(number));
        }
        let sum = Content::Formula(format!("=SUM(A{row}:I{row})").into());
        sheet.cells.set(Place { row, column: COLUMNS }, Some(sum));
    }
    Workbook { sheets: vec![sheet.into()], ..Workbook::default() }
}

/// A workbook that nothing was computed of: what it takes to wake one.
fn woken(rows: u32) -> anyhow::Result<Timed> {
    let book = table(rows);
    let mut calculator = Calculator::new(Limits::default());
    let timed = timed(|| {
        calculator.bring(&book, Clock::default())?;
        Ok(0)
    })?;
    let (first, columns) = (f64::from(rows * COLUMNS), f64::from(COLUMNS - 1));
    let sum = first * columns + columns * (columns + 1.0) / 2.0;
    let last = Place { row: rows, column: COLUMNS };
    anyhow::ensure!(calculator.value("s1", last) == Value::Number(sum), "the last sum is wrong");
    Ok(timed)
}

/// The same, told to the engine cell by cell.
fn woken_bare(rows: u32) -> anyhow::Result<Timed> {
    let book = table(rows);
    let mut config = WorkbookConfig::ephemeral();
    config.eval.enable_parallel = false;
    timed(|| {
        let mut engine = Engine::new_with_config(config);
        if !engine.has_sheet(SHEET) {
            engine.add_sheet(SHEET)?;
        }
        for (place, content) in book.sheets[0].cells.iter() {
            let (row, column) = (place.row, place.column);
            match content {
                Content::Number(number) => {
                    engine.set_value(SHEET, row, column, LiteralValue::Number(*number))?;
                }
                Content::Formula(formula) => engine.set_formula(SHEET, row, column, formula)?,
                Content::Text(_) | Content::Bool(_) => {}
            }
        }
        engine.evaluate_all()?;
        Ok(0)
    })
}

/// 200,000 cells, ours.
pub fn wake(_: &Path) -> anyhow::Result<Timed> {
    woken(20_000)
}

/// 200,000 cells, the engine alone.
pub fn wake_bare(_: &Path) -> anyhow::Result<Timed> {
    woken_bare(20_000)
}

/// 1,000,000 cells, ours.
pub fn wake_more(_: &Path) -> anyhow::Result<Timed> {
    woken(100_000)
}
