//! What an evaluation changed, as cells of the workbook.

use std::collections::BTreeSet;
use std::sync::Arc;

use formualizer_common::PackedSheetCell;
use formualizer_eval::arrow_store::ArrowSheet;
use formualizer_workbook::Workbook as Engine;

use super::value::Value;
use crate::sheet::{Place, Workbook};

/// A cell: the id of its sheet, which cells of one sheet share, and its place.
pub type Changed = (Arc<str>, Place);

/// How many changed cells are told.
pub const CHANGED_MAX: usize = 100_000;

/// Cells that more than their value is known of.
#[derive(Default)]
pub(super) struct Marks {
    /// Arrays that found something in their way.
    pub blocked: BTreeSet<Changed>,
    /// Formulas that refer to their own cells, which the engine does not take.
    pub own: BTreeSet<Changed>,
    /// Cells that wait for themselves.
    pub stuck: BTreeSet<Changed>,
}

impl Marks {
    /// A cell comes to `value`.
    fn comes_to(&mut self, sheet: &Arc<str>, place: Place, value: &Value) {
        let blocked = matches!(value, Value::Error(error) if error == "#SPILL!");
        mark(&mut self.stuck, sheet, place, value.is_cycle());
        mark(&mut self.blocked, sheet, place, blocked);
    }

    /// A cell holds something else, perhaps a formula that refers to its `own` cell.
    pub fn written(&mut self, sheet: &Arc<str>, place: Place, own: bool) {
        mark(&mut self.own, sheet, place, own);
        mark(&mut self.stuck, sheet, place, false);
        mark(&mut self.blocked, sheet, place, false);
    }
}

/// Marks are few and changes many: no key is made for nothing.
fn mark(marks: &mut BTreeSet<Changed>, sheet: &Arc<str>, place: Place, marked: bool) {
    if marked {
        marks.insert((Arc::clone(sheet), place));
    } else if !marks.is_empty() {
        marks.remove(&(Arc::clone(sheet), place));
    }
}

/// The values of one sheet, which is looked up once. Days are numbers to the engine, so that a
/// value needs no format.
#[derive(Clone, Copy)]
pub(super) struct Values<'a>(Option<&'a ArrowSheet>);

impl<'a> Values<'a> {
    /// Those of the sheet of this name.
    pub fn of(engine: &'a Engine, name: &str) -> Self {
        Self(engine.engine().sheet_store().sheet(name))
    }

    /// What a cell comes to.
    pub fn at(self, place: Place) -> Value {
        let counted = |line: u32| line.saturating_sub(1) as usize;
        let value = |sheet: &ArrowSheet| {
            Value::from(sheet.get_cell_value(counted(place.row), counted(place.column)))
        };
        self.0.map_or(Value::Empty, value)
    }
}

/// The cells among those the engine computed, sorted by it, that hold a formula or what one
/// spilled, and come to something else than `before` said: at most [`CHANGED_MAX`] of them.
pub(super) fn told(
    engine: &Engine,
    book: &Workbook,
    before: Option<&(Engine, Workbook)>,
    cells: &[PackedSheetCell],
    marks: &mut Marks,
) -> Vec<Changed> {
    let mut told = Vec::with_capacity(cells.len().min(CHANGED_MAX));
    for cells in cells.chunk_by(|one, next| one.sheet_id() == next.sheet_id()) {
        let name = cells.first().map(|cell| engine.engine().sheet_name(cell.sheet_id()));
        let Some(sheet) = name.and_then(|name| book.named(name)) else {
            continue;
        };
        let id: Arc<str> = sheet.id.as_str().into();
        let values = Values::of(engine, &sheet.name);
        let old = before
            .and_then(|(engine, book)| Some(Values::of(engine, &book.sheet(&sheet.id)?.name)));
        for cell in cells {
            let Some(place) = Place::new(cell.row0() + 1, cell.col0() + 1) else {
                continue;
            };
            let value = values.at(place);
            marks.comes_to(&id, place, &value);
            let said = || sheet.cells.get(place).is_some_and(|it| it.formula().is_none());
            let same = old.is_some_and(|old| old.at(place) == value);
            if told.len() < CHANGED_MAX && !same && !said() {
                told.push((Arc::clone(&id), place));
            }
        }
    }
    told
}
