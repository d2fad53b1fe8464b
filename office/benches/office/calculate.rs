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

/// The engine by itself, on one thread as ours is.
fn bare(formula: fn(u32) -> (Place, String)) -> anyhow::Result<Timed> {
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
        let computed = engine.evaluate_all()?.computed_vertices;
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
    bare(chained)
}

/// A fan, ours.
pub fn fan(_: &Path) -> anyhow::Result<Timed> {
    ours(fanned)
}

/// A fan, the engine alone.
pub fn fan_bare(_: &Path) -> anyhow::Result<Timed> {
    bare(fanned)
}
