//! The engine: it keeps what it was told, so that a change costs what hangs on it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::DateTime;
use formualizer_common::{ExcelError, ExcelErrorKind, LiteralValue};
use formualizer_eval::engine::named_range::{NameScope, NamedDefinition};
use formualizer_eval::engine::{DeterministicMode, TemporalEgress};
use formualizer_eval::function_registry;
use formualizer_eval::reference::{CellRef, Coord, RangeRef};
use formualizer_eval::timezone::TimeZoneSpec;
use formualizer_eval::traits::VolatileLevel;
use formualizer_workbook::{Workbook as Engine, WorkbookConfig};

use super::changed::{Changed, Marks, Values, told};
use super::cycle::meant;
use super::value::Value;
use crate::sheet::{Content, Piece, Place, Reference, Sheet, Workbook, same_name, scan};

/// What a calculation may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The longest formula, in bytes.
    pub formula_bytes_max: usize,
    /// How deep parentheses of a formula may nest.
    pub formula_depth_max: usize,
    /// How many cells one array of a formula may have.
    pub array_cells_max: u32,
    /// How many cells one formula may spill into.
    pub spill_cells_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            formula_bytes_max: 8192,
            formula_depth_max: 64,
            array_cells_max: 1_000_000,
            spill_cells_max: 100_000,
        }
    }
}

/// What formulas may know of the world.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    /// The time that `NOW` and `TODAY` tell, in milliseconds since 1970, UTC.
    pub now_ms: i64,
    /// How far their clock is from UTC, in seconds.
    pub offset_s: i32,
    /// What `RAND` and its like are derived from.
    pub seed: u64,
}

/// What bringing the engine up to a workbook came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brought {
    /// How many formulas were computed.
    pub computed: usize,
    /// Whether cells wait for themselves.
    pub cyclic: bool,
    /// The cells that come to something else: sheet and place. At most
    /// [`super::CHANGED_MAX`] are told.
    pub changed: Vec<Changed>,
}

/// The engine failed; the workbook is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the formulas could not be computed: {0}")]
pub struct Failed(pub String);

/// Computes one workbook after another, each as a change of the one before.
pub struct Calculator {
    limits: Limits,
    engine: Option<Engine>,
    told: Workbook,
    marks: Marks,
}

impl Calculator {
    /// One that was told nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, engine: None, told: Workbook::default(), marks: Marks::default() }
    }

    /// Computes `book`. Only what changed since the last one, what hangs on it and what depends on
    /// the clock or on chance is computed again.
    ///
    /// # Errors
    /// When the engine gives up or breaks; the next call begins anew.
    pub fn bring(&mut self, book: &Workbook, clock: Clock) -> Result<Brought, Failed> {
        let attempt = catch_unwind(AssertUnwindSafe(|| self.try_bring(book, clock)));
        let result = attempt.unwrap_or_else(|_| Err(Failed("the engine broke".to_owned())));
        if result.is_err() {
            self.forget();
        }
        result
    }

    /// What a cell comes to, after [`Calculator::bring`].
    #[must_use]
    pub fn value(&self, sheet: &str, place: Place) -> Value {
        let name = self.told.sheet(sheet).map(|sheet| sheet.name.as_str());
        let engine = self.engine.as_ref().zip(name);
        engine.map_or(Value::Empty, |(engine, name)| Values::of(engine, name).at(place))
    }

    fn forget(&mut self) {
        self.engine = None;
        self.told = Workbook::default();
        self.marks = Marks::default();
    }

    /// Whether the change touches an array that spills, or makes room for one: the engine does not
    /// compute such an array again by itself.
    fn moves_arrays(&self, engine: &Engine, book: &Workbook) -> bool {
        book.sheets.iter().any(|sheet| {
            let Some(told) = self.told.sheet(&sheet.id) else {
                return false;
            };
            let values = Values::of(engine, &sheet.name);
            let mut changes = sheet.cells.changes_since(&told.cells);
            changes.any(|(place, content)| match content {
                None => !self.marks.blocked.is_empty(),
                Some(_) if told.cells.get(place).is_some() => false,
                Some(_) => values.at(place) != Value::Empty,
            })
        })
    }

    fn try_bring(&mut self, book: &Workbook, clock: Clock) -> Result<Brought, Failed> {
        let mut before = None;
        let mut engine = match self.engine.take() {
            Some(engine) if same_frame(&self.told, book) && !self.moves_arrays(&engine, book) => {
                engine
            }
            old => {
                before = old.map(|engine| (engine, std::mem::take(&mut self.told)));
                self.forget();
                framed(book, &self.limits)?
            }
        };
        let mode = deterministic(clock)?;
        engine.engine_mut().set_deterministic_mode(mode).map_err(failed)?;
        engine.engine_mut().set_workbook_seed(clock.seed);
        for sheet in &book.sheets {
            let nothing = Sheet::default();
            let told = self.told.sheet(&sheet.id).unwrap_or(&nothing);
            let id: Arc<str> = sheet.id.as_str().into();
            make_room(&mut engine, sheet);
            for (place, content) in sheet.cells.changes_since(&told.cells) {
                let (name, limits) = (&sheet.name, &self.limits);
                let written = write(&mut engine, book, name, place, content, limits)?;
                self.marks.written(&id, place, matches!(written, Written::Own));
            }
        }
        let (result, delta) = engine.evaluate_all_with_delta().map_err(failed)?;
        let changed = told(&engine, book, before.as_ref(), &delta.changed_cells, &mut self.marks);
        self.engine = Some(engine);
        self.told = book.clone();
        let cyclic = !self.marks.stuck.is_empty() || !self.marks.own.is_empty();
        Ok(Brought { computed: result.computed_vertices, cyclic, changed })
    }
}

/// The engine copies the columns of a sheet whenever it gets a row more: it gets all at once.
fn make_room(engine: &mut Engine, sheet: &Sheet) {
    let rows = sheet.cells.last_row() as usize;
    if let Some(sheet) = engine.engine_mut().sheet_store_mut().sheet_mut(&sheet.name) {
        sheet.ensure_row_capacity(rows);
    }
}

/// Whether the same sheets have the same names in the same order, and names mean the same.
fn same_frame(told: &Workbook, book: &Workbook) -> bool {
    let frame = |book: &Workbook| -> Vec<(String, String)> {
        book.sheets.iter().map(|sheet| (sheet.id.clone(), sheet.name.clone())).collect()
    };
    told.names == book.names && frame(told) == frame(book)
}

fn failed(error: impl std::fmt::Display) -> Failed {
    Failed(error.to_string())
}

fn deterministic(clock: Clock) -> Result<DeterministicMode, Failed> {
    let at = DateTime::from_timestamp_millis(clock.now_ms);
    Ok(DeterministicMode::Enabled {
        timestamp_utc: at.ok_or_else(|| Failed("the time is out of range".to_owned()))?,
        timezone: TimeZoneSpec::FixedOffsetSeconds(clock.offset_s),
    })
}

/// An engine that knows sheets and names, and no cells.
fn framed(book: &Workbook, limits: &Limits) -> Result<Engine, Failed> {
    let mut config = WorkbookConfig::ephemeral();
    config.eval.enable_parallel = false;
    config.eval.temporal_egress = TemporalEgress::Serial;
    config.eval.volatile_level = VolatileLevel::OnOpen;
    config.eval.spill.max_spill_cells = limits.spill_cells_max;
    config.eval.evaluation_budgets.scratch.materialized_array_cells =
        Some(u64::from(limits.array_cells_max));
    if let Some(first) = book.sheets.first() {
        config.eval.default_sheet_name.clone_from(&first.name);
    }
    let mut engine = Engine::new_with_config(config);
    for sheet in &book.sheets {
        if !engine.has_sheet(&sheet.name) {
            engine.add_sheet(&sheet.name).map_err(failed)?;
        }
    }
    for (name, means) in book.names.iter() {
        name_area(&mut engine, name, means)?;
    }
    Ok(engine)
}

/// A name means an area, or nothing when what it meant is gone.
fn name_area(engine: &mut Engine, name: &str, means: &str) -> Result<(), Failed> {
    let pieces = scan(means);
    let [Piece::Reference(Reference { sheet: Some(sheet), .. })] = pieces.as_slice() else {
        return Ok(());
    };
    let Some(id) = engine.engine().sheet_id(sheet) else {
        return Ok(());
    };
    let [Piece::Reference(reference)] = pieces.as_slice() else {
        return Ok(());
    };
    let area = reference.area();
    let cell =
        |place: Place| CellRef::new(id, Coord::from_excel(place.row, place.column, true, true));
    let definition = if area.from == area.to {
        NamedDefinition::Cell(cell(area.from))
    } else {
        NamedDefinition::Range(RangeRef::new(cell(area.from), cell(area.to)))
    };
    engine.engine_mut().define_name(name, definition, NameScope::Workbook).map_err(failed)
}

/// What the engine did with a content.
enum Written {
    /// It has it.
    Taken,
    /// It is a formula that refers to its own cell.
    Own,
}

fn write(
    engine: &mut Engine,
    book: &Workbook,
    sheet: &str,
    place: Place,
    content: Option<&Content>,
    limits: &Limits,
) -> Result<Written, Failed> {
    let (row, column) = (place.row, place.column);
    let value = match content {
        None => LiteralValue::Empty,
        Some(Content::Number(number)) => LiteralValue::Number(*number),
        Some(Content::Text(text)) => LiteralValue::Text(text.as_ref().to_owned()),
        Some(Content::Bool(yes)) => LiteralValue::Boolean(*yes),
        Some(Content::Formula(formula)) => {
            let readable = check(formula, limits).is_ok();
            if readable && engine.set_formula(sheet, row, column, formula).is_ok() {
                return Ok(Written::Taken);
            }
            // A formula that refers to its own cell is not taken.
            let own = readable && refers_to(book, formula, sheet, place);
            let kind = if own { ExcelErrorKind::Circ } else { ExcelErrorKind::Name };
            let error = LiteralValue::Error(ExcelError::new(kind));
            engine.set_value(sheet, row, column, error).map_err(failed)?;
            return Ok(if own { Written::Own } else { Written::Taken });
        }
    };
    engine.set_value(sheet, row, column, value).map_err(failed)?;
    Ok(Written::Taken)
}

/// Whether a formula on `sheet` refers to `place` there, by itself or by a name.
fn refers_to(book: &Workbook, formula: &str, sheet: &str, place: Place) -> bool {
    meant(book, formula).iter().any(|piece| match piece {
        Piece::Reference(reference) => {
            let named = reference.sheet.as_deref().is_none_or(|name| same_name(name, sheet));
            named && reference.area().contains(place)
        }
        Piece::Other(_) => false,
    })
}

/// Whether a formula can be read at all.
pub(super) fn check(formula: &str, limits: &Limits) -> Result<(), String> {
    if formula.len() > limits.formula_bytes_max {
        let (bytes, max) = (formula.len(), limits.formula_bytes_max);
        return Err(format!("it has {bytes} bytes; {max} are allowed"));
    }
    if depth(formula) > limits.formula_depth_max {
        return Err(format!("it nests deeper than {}", limits.formula_depth_max));
    }
    match catch_unwind(|| formualizer_parse::parser::parse(formula)) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it cannot be read".to_owned()),
    }
}

/// How deep parentheses and braces nest, and signs in front of one operand.
fn depth(formula: &str) -> usize {
    let (mut depth, mut deepest, mut signs) = (0_usize, 0, 0_usize);
    let mut quoted = false;
    for c in formula.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        signs = if matches!(c, '-' | '+' | ' ') { signs + 1 } else { 0 };
        deepest = deepest.max(depth + signs);
    }
    deepest
}

/// The names of all functions that formulas may call, sorted.
#[must_use]
pub fn functions() -> Vec<String> {
    // The registry is filled when the first engine is made.
    let _ = Engine::new_with_config(WorkbookConfig::ephemeral());
    let known = function_registry::snapshot_registered().into_iter();
    let mut names: Vec<String> = known.map(|(_, name, _)| name).collect();
    names.sort();
    names.dedup();
    names
}
