//! What cells and formulas come to. Nothing happens to the workbook.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::answers::{Evaluated, ResultOf, Told};
use contracts::kinds::myocyte::limits::{
    ARRAY_CELLS_MAX, CYCLES_MAX, FORMULAS_MAX, READ_CELLS_MAX, SET_CELLS_MAX, TABLES_MAX,
    TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::myocyte::{Asked, Event, FormulaEval, Read, Rejection, Table};
use office::calc::{self, Calculator, Value};
use office::sheet::{Area, Content, Place, Sheet};

use super::engine::limits;
use super::work::{Work, named_cycles};
use super::{arrange, layout};

type Decided = Result<Decision<Event>, Rejection>;

/// Tells what cells come to.
pub(super) fn read(work: Work<'_>, input: &Read) -> Decided {
    let said = input.area.as_deref().map(str::parse::<Area>);
    Check::new()
        .ensure(!matches!(said, Some(Err(_))), "area", "names no cells, such as A1:C9")
        .done()?;
    let book = &work.state.book;
    let sheet = work.sheet(input.sheet.as_ref())?;
    let told = work.state.engine.with(book, work.cx, |calculator, brought| {
        let used = used(calculator, sheet);
        let area = match said {
            Some(Ok(area)) => Some(area),
            _ => used,
        };
        let cut = area.and_then(cut);
        let cycles =
            if brought.cyclic { named_cycles(calculator, book, CYCLES_MAX) } else { Vec::new() };
        told(calculator, sheet, cut, used, cycles)
    })?;
    Ok(work.now(&told))
}

/// The used area, with what formulas spilled beyond it.
pub(super) fn used(calculator: &Calculator, sheet: &Sheet) -> Option<Area> {
    const SPILLED_MAX: u32 = 1_000;
    let mut area = sheet.cells.used()?;
    let holds = |place| calculator.value(&sheet.id, place) != Value::Empty;
    for _ in 0..SPILLED_MAX {
        let below = area.to.below(1, 0).map(|to| Area::between(to, Place { column: 1, ..to }));
        if !below.is_some_and(|below| below.places().any(holds)) {
            break;
        }
        area.to.row += 1;
    }
    for _ in 0..SPILLED_MAX {
        let beside = area.to.below(0, 1).map(|to| Area::between(to, Place { row: 1, ..to }));
        if !beside.is_some_and(|beside| beside.places().any(holds)) {
            break;
        }
        area.to.column += 1;
    }
    Some(area)
}

/// As much of an area as one answer tells: its first rows, and none when one row is too long.
fn cut(area: Area) -> Option<Area> {
    let rows = READ_CELLS_MAX / u64::from(area.columns());
    let rows = u32::try_from(rows.min(u64::from(area.rows()))).ok().filter(|rows| *rows > 0)?;
    Some(Area { from: area.from, to: Place { row: area.from.row + rows - 1, ..area.to } })
}

fn told(
    calculator: &Calculator,
    sheet: &Sheet,
    area: Option<Area>,
    used: Option<Area>,
    cycles: Vec<Vec<String>>,
) -> Told {
    let mut rows = Vec::new();
    let mut formulas = BTreeMap::new();
    if let Some(area) = area {
        for row in area.from.row..=area.to.row {
            let places = (area.from.column..=area.to.column).map(|column| Place { row, column });
            rows.push(places.map(|place| calculator.value(&sheet.id, place).to_json()).collect());
        }
        let within = sheet.cells.within(area);
        formulas.extend(within.filter_map(|(place, content)| {
            Some((place.to_string(), content.formula()?.to_owned()))
        }));
    }
    let last = area.map_or(0, |area| area.to.row);
    let more = used.is_some_and(|used| used.to.row > last);
    let area = area.map(|area| area.to_string());
    Told {
        sheet: sheet.id.clone(),
        area,
        rows,
        formulas,
        more,
        layout: layout::said(&sheet.layout),
        cycles,
    }
}

/// Computes formulas over the workbook and given tables.
pub(super) fn formula_eval(work: Work<'_>, input: &FormulaEval) -> Decided {
    let mut check = Check::new()
        .ensure(!input.formulas.is_empty(), "formulas", "has at least one member")
        .items("formulas", input.formulas.len(), FORMULAS_MAX)
        .items("tables", input.tables.len(), TABLES_MAX);
    let cells = input.tables.iter().flat_map(|table| &table.rows).map(Vec::len).sum();
    check = check.items("tables", cells, SET_CELLS_MAX);
    for (at, table) in input.tables.iter().enumerate() {
        check = arrange::check_name(check, &format!("tables[{at}].name"), &table.name);
    }
    for (at, asked) in input.formulas.iter().enumerate() {
        check = check.text_opt(format!("formulas[{at}].id"), asked.id.as_ref(), TITLE_BYTES_MAX);
    }
    check.done()?;
    let mut book = work.state.book.clone();
    for (at, table) in input.tables.iter().enumerate() {
        if book.named(&table.name).is_some() {
            return Err(Rejection::SheetExists { name: table.name.clone() });
        }
        book.sheets.push(Arc::new(sheet_of(table, at)?));
    }
    let formulas = formulas(&input.formulas)?;
    for (at, formula) in formulas.iter().enumerate() {
        let mut sheet = Sheet::new(scratch(at), scratch(at));
        sheet.cells.set(CORNER, Some(Content::Formula(formula.as_str().into())));
        book.sheets.push(Arc::new(sheet));
    }
    let results = work.state.engine.with(&book, work.cx, |calculator, _| {
        let asked = input.formulas.iter().zip(&formulas).enumerate();
        let results = asked.map(|(at, (asked, formula))| ResultOf {
            formula_id: asked.id.clone().unwrap_or_else(|| (at + 1).to_string()),
            expression: formula.clone(),
            value: calculator.value(&scratch(at), CORNER).to_json(),
            rows: array(calculator, &scratch(at)),
        });
        results.collect()
    })?;
    Ok(work.now(&Evaluated { results }))
}

/// Where a formula that is not kept stands, on a sheet of its own.
const CORNER: Place = Place { row: 1, column: 1 };

/// What such a sheet is called: a name that no other may have, for its sign.
fn scratch(at: usize) -> String {
    format!("asked\u{1}{at}")
}

fn formulas(asked: &[Asked]) -> Result<Vec<String>, Rejection> {
    let mut formulas = Vec::with_capacity(asked.len());
    for (number, asked) in (1..).zip(asked) {
        let text = asked.expression.trim();
        let formula = if text.starts_with('=') { text.to_owned() } else { format!("={text}") };
        let at = asked.id.clone().unwrap_or_else(|| format!("{number}"));
        calc::check(&formula, &limits())
            .map_err(|reason| Rejection::FormulaInvalid { at, reason })?;
        formulas.push(formula);
    }
    Ok(formulas)
}

/// A table as a sheet, its headers in the first row. What it brings are no formulas.
fn sheet_of(table: &Table, at: usize) -> Result<Sheet, Rejection> {
    let mut sheet = Sheet::new(format!("table\u{1}{at}"), &table.name);
    let fits = |text: &str| text.len() <= TEXT_BYTES_MAX;
    let headers = (1..).zip(&table.headers);
    for (column, name) in headers.filter(|(_, name)| !name.is_empty()) {
        Check::new().ensure(fits(name), "tables", "has a text that is too long").done()?;
        let place = Place::new(1, column);
        Check::new().ensure(place.is_some(), "tables", "has too many columns").done()?;
        if let Some(place) = place {
            sheet.cells.set(place, Some(Content::Text(name.as_str().into())));
        }
    }
    for (row, cells) in (2..).zip(&table.rows) {
        for (column, said) in (1..).zip(cells) {
            let (place, content) = (Place::new(row, column), Content::read(&said.0));
            Check::new()
                .ensure(place.is_some(), "tables", "has too many rows or columns")
                .ensure(content.is_ok(), "tables", "has a cell that is a list or an object")
                .done()?;
            if let (Some(place), Ok(Some(content))) = (place, content) {
                let content = match content {
                    Content::Formula(text) => Content::Text(text),
                    content => content,
                };
                sheet.cells.set(place, Some(content));
            }
        }
    }
    Ok(sheet)
}

/// The array that spilled on a sheet of its own; none when it is one value.
fn array(calculator: &Calculator, sheet: &str) -> Option<Vec<Vec<serde_json::Value>>> {
    let at = |row: usize, column: usize| {
        let (row, column) = (u32::try_from(row).ok()?, u32::try_from(column).ok()?);
        Some(calculator.value(sheet, Place::new(row, column)?))
    };
    let known = |row, column| at(row, column).is_some_and(|value| value != Value::Empty);
    let columns = (1..=ARRAY_CELLS_MAX).take_while(|column| known(1, *column)).count();
    let rows_max = ARRAY_CELLS_MAX / columns.max(1);
    let rows = (1..=rows_max).take_while(|row| known(*row, 1)).count();
    if rows * columns < 2 {
        return None;
    }
    let row = |row| (1..=columns).filter_map(|column| Some(at(row, column)?.to_json())).collect();
    Some((1..=rows).map(row).collect())
}

/// A sheet as texts, as its cells show.
pub(super) fn shown(calculator: &Calculator, sheet: &Sheet) -> Vec<Vec<String>> {
    let Some(area) = used(calculator, sheet) else {
        return Vec::new();
    };
    let rows = area.from.row..=area.to.row;
    let row = |row| {
        let places = (area.from.column..=area.to.column).map(|column| Place { row, column });
        let shown = places.map(|place| {
            office::sheet::show(&calculator.value(&sheet.id, place), &sheet.style(place))
        });
        shown.collect()
    };
    rows.map(row).collect()
}
