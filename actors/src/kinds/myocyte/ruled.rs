//! Which cells hold what they may not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contracts::Context;
use contracts::kinds::myocyte::Rejection;
use contracts::kinds::myocyte::limits::{BROKEN_MAX, RULE_COMPUTED_MAX};
use contracts::kinds::myocyte::rules::{Broken, Otherwise, RuleEntry, Validated};
use office::calc::{Calculator, Changed, Value};
use office::sheet::{Allow, Area, Content, Moved, Place, Rule, Sheet, Workbook, rewrite};

use super::state::State;
use super::work::Work;
use super::{compute, names, rules};

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// A rule for these cells.
    Rule(Area),
    /// This cell.
    Cell(Place),
}

/// A cell and the rule that it is to keep.
struct Cell<'a> {
    sheet: &'a Sheet,
    id: &'a str,
    rule: &'a Rule,
    place: Place,
}

/// Cells that break rules.
#[derive(Default)]
struct Found {
    told: Validated,
    /// The first of them that are refused, and how many are.
    refused: Vec<Broken>,
    refusals: u64,
}

/// The rules that are wanted, by the ids of sheets and rules, and the cells that break them.
///
/// # Errors
/// [`Rejection::NotComputed`].
pub(super) fn look(
    work: &Work<'_>,
    wanted: impl Fn(&str, &str, Asked) -> bool,
) -> Result<Validated, Rejection> {
    let (mut cells, mut entries) = (Vec::new(), Vec::new());
    for sheet in &work.state.book.sheets {
        for (id, rule) in sheet.rules.iter() {
            if !wanted(&sheet.id, id, Asked::Rule(rule.area)) {
                continue;
            }
            let (id, of) = (id.as_str(), sheet.id.clone());
            let said = rules::said(rule);
            entries.extend(said.map(|rule| RuleEntry { id: id.to_owned(), sheet: of, rule }));
            let held = sheet.cells.within(rule.area).map(|(place, _)| place);
            let held = held.filter(|place| wanted(&sheet.id, id, Asked::Cell(*place)));
            cells.extend(held.map(|place| Cell { sheet, id, rule, place }));
        }
    }
    let mut found = find(&work.state, work.cx, &cells, RULE_COMPUTED_MAX)?;
    found.told.rules = entries;
    Ok(found.told)
}

/// The cells that break rules after a change: those that hold something else than `before`, when
/// `written`, and those that came to something else.
///
/// # Errors
/// [`Rejection::RuleBroken`] when people may not hold so what they wrote.
pub(super) fn after(
    before: &Workbook,
    state: &State,
    cx: &Context,
    written: bool,
    came: &[Changed],
) -> Result<Vec<Broken>, Rejection> {
    let book = &state.book;
    if book.sheets.iter().all(|sheet| sheet.rules.is_empty()) {
        return Ok(Vec::new());
    }
    let ruled = |sheet: &'_ Arc<Sheet>, place: Place| {
        let at = sheet.rules.iter().position(|(_, rule)| rule.area.contains(place));
        at.map(|at| (sheet.id.clone(), at, place))
    };
    let mut wrote = BTreeSet::new();
    for sheet in book.sheets.iter().filter(|sheet| written && !sheet.rules.is_empty()) {
        if let Some(old) = before.sheet(&sheet.id) {
            let changed = sheet.cells.changes_since(&old.cells);
            let held = changed.filter(|(_, content)| content.is_some());
            wrote.extend(held.filter_map(|(place, _)| ruled(sheet, place)));
        }
    }
    let came = came.iter().filter_map(|(id, place)| {
        let sheet = book.sheets.iter().find(|sheet| *sheet.id == **id)?;
        ruled(sheet, *place)
    });
    let came: BTreeSet<_> = came.filter(|cell| !wrote.contains(cell)).collect();
    let cell = |(id, at, place): &(String, usize, Place)| {
        let sheet = book.sheet(id)?;
        let (id, rule) = sheet.rules.get(*at)?;
        Some(Cell { sheet, id: id.as_str(), rule, place: *place })
    };
    let cells: Vec<_> = wrote.iter().filter_map(cell).collect();
    let mut found = find(state, cx, &cells, usize::MAX)?;
    if found.refusals > 0 {
        return Err(Rejection::RuleBroken { broken: found.refused, count: found.refusals });
    }
    let cells: Vec<_> = came.iter().filter_map(cell).collect();
    found.told.broken.extend(find(state, cx, &cells, RULE_COMPUTED_MAX)?.told.broken);
    found.told.broken.truncate(BROKEN_MAX);
    Ok(found.told.broken)
}

/// The sheet that formulas of rules stand on while they are computed: a name that no other may
/// have, for its sign.
const SCRATCH: &str = "rules\u{1}";

/// Which of the cells break their rules; of those with formulas, the first `computed_max`.
fn find(
    state: &State,
    cx: &Context,
    cells: &[Cell<'_>],
    computed_max: usize,
) -> Result<Found, Rejection> {
    let mut scratch = Sheet::new(SCRATCH, SCRATCH);
    let mut places: Vec<Option<Vec<Place>>> = Vec::new();
    let mut computed = 0;
    for cell in cells {
        let formulas = cell.rule.allow.formulas();
        computed += usize::from(!formulas.is_empty());
        if !formulas.is_empty() && computed > computed_max {
            places.push(None);
            continue;
        }
        let row = u32::try_from(computed).unwrap_or(u32::MAX);
        let mut stand = Vec::new();
        for (column, formula) in (1..).zip(formulas) {
            if let Some(place) = Place::new(row, column) {
                let formula = Content::Formula(copied(formula, cell).into());
                scratch.cells.set(place, Some(formula));
                stand.push(place);
            }
        }
        places.push(Some(stand));
    }
    let mut book = state.book.clone();
    if computed > 0 {
        book.sheets.push(Arc::new(scratch));
    }
    state.engine.with(&book, cx, |calculator, _| {
        let mut lists = BTreeMap::new();
        let mut found = Found::default();
        for (cell, places) in cells.iter().zip(&places) {
            let Some(places) = places else {
                found.told.unchecked += 1;
                continue;
            };
            found.told.checked += 1;
            let value = calculator.value(&cell.sheet.id, cell.place);
            let formulas: Vec<Value> =
                places.iter().map(|place| calculator.value(SCRATCH, *place)).collect();
            if let Allow::ListOf(area) = &cell.rule.allow {
                let shown = || shown(calculator, &state.book, area);
                lists.entry(area.as_str()).or_insert_with(shown);
            }
            let listed = |shown: &str| within(&lists, cell, shown);
            if !cell.rule.allow.holds(&value, &formulas, listed) {
                found.add(cell, &value);
            }
        }
        found
    })
}

fn within(lists: &BTreeMap<&str, BTreeSet<String>>, cell: &Cell<'_>, shown: &str) -> bool {
    let Allow::ListOf(area) = &cell.rule.allow else { return false };
    lists.get(area.as_str()).is_some_and(|list| list.contains(shown))
}

/// A formula of a rule as it is for this cell, wherever it stands.
fn copied(formula: &str, cell: &Cell<'_>) -> String {
    let rows = i64::from(cell.place.row) - i64::from(cell.rule.area.from.row);
    let columns = i64::from(cell.place.column) - i64::from(cell.rule.area.from.column);
    let moved = Moved { rows, columns };
    let now = rewrite(formula, |old| {
        let mut now = moved.reference(old)?;
        now.sheet.get_or_insert_with(|| cell.sheet.name.clone());
        Some(now)
    });
    now.unwrap_or_else(|| formula.to_owned())
}

/// What the cells of a list show.
fn shown(calculator: &Calculator, book: &Workbook, area: &str) -> BTreeSet<String> {
    let found = names::area(area).and_then(|said| {
        let sheet = book.named(said.sheet.as_deref()?)?;
        let (mut area, used) = (said.area(), compute::used(calculator, sheet)?);
        area.to.row = area.to.row.min(used.to.row);
        area.to.column = area.to.column.min(used.to.column);
        (area.from.row <= area.to.row && area.from.column <= area.to.column)
            .then_some((sheet, area))
    });
    let Some((sheet, area)) = found else { return BTreeSet::new() };
    let values = area.places().map(|place| calculator.value(&sheet.id, place));
    values.filter(|value| *value != Value::Empty).map(|value| value.shown()).collect()
}

impl Found {
    fn add(&mut self, cell: &Cell<'_>, value: &Value) {
        let refuse = cell.rule.otherwise == office::sheet::Otherwise::Refuse;
        let broken = Broken {
            sheet: cell.sheet.id.clone(),
            cell: cell.place.to_string(),
            value: value.to_json(),
            rule: cell.id.to_owned(),
            otherwise: if refuse { Otherwise::Refuse } else { Otherwise::Warn },
            message: cell.rule.message.clone(),
        };
        self.told.count += 1;
        self.refusals += u64::from(refuse);
        if refuse && self.refused.len() < BROKEN_MAX {
            self.refused.push(broken.clone());
        }
        if self.told.broken.len() < BROKEN_MAX {
            self.told.broken.push(broken);
        }
    }
}
