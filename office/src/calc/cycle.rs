//! Which cells wait for each other, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::Calculator;
use crate::sheet::{Piece, Place, Workbook, scan};

/// A cell of a workbook: the id of its sheet, and its place.
pub type At = (String, Place);

/// How many cells of areas are looked at for one cycle.
const LOOKED_AT_MAX: usize = 100_000;

/// The cycles of a computed workbook, each as the cells that lead from the first back to it: at
/// most `cycles_max` of them.
#[must_use]
pub fn cycles(calculator: &Calculator, book: &Workbook, cycles_max: usize) -> Vec<Vec<At>> {
    let mut known: BTreeSet<At> = BTreeSet::new();
    let mut found = Vec::new();
    for sheet in &book.sheets {
        for (place, content) in sheet.cells.iter() {
            if found.len() >= cycles_max {
                return found;
            }
            let at = (sheet.id.clone(), place);
            let stuck = content.formula().is_some() && !known.contains(&at);
            if stuck && calculator.value(&sheet.id, place).is_cycle() {
                let cycle = follow(calculator, book, at, &mut known);
                found.extend(cycle.filter(|cycle| !cycle.is_empty()));
            }
        }
    }
    found
}

/// From a cell that waits to one that it waits for, until one comes again. Cells that were met on
/// the way are `known` from then on.
fn follow(
    calculator: &Calculator,
    book: &Workbook,
    from: At,
    known: &mut BTreeSet<At>,
) -> Option<Vec<At>> {
    let mut met = BTreeMap::from([(from.clone(), 0)]);
    let mut way = vec![from];
    loop {
        let last = way.last()?.clone();
        let next = next(calculator, book, &last, &met);
        known.insert(last);
        let next = next?;
        if let Some(at) = met.get(&next) {
            return Some(way.split_off(*at));
        }
        if known.contains(&next) {
            return None;
        }
        met.insert(next.clone(), way.len());
        way.push(next);
    }
}

/// A cell that `at` waits for and that waits itself: one that closes the way, if there is one.
fn next(
    calculator: &Calculator,
    book: &Workbook,
    at: &At,
    met: &BTreeMap<At, usize>,
) -> Option<At> {
    let sheet = book.sheet(&at.0)?;
    let formula = sheet.cells.get(at.1)?.formula()?;
    let mut other = None;
    let mut looked_at = 0;
    for piece in meant(book, formula) {
        let Piece::Reference(reference) = piece else {
            continue;
        };
        let there = match &reference.sheet {
            Some(name) => book.named(name)?,
            None => sheet,
        };
        for (place, content) in there.cells.within(reference.area()) {
            looked_at += 1;
            if looked_at > LOOKED_AT_MAX {
                return other;
            }
            if content.formula().is_none() || !calculator.value(&there.id, place).is_cycle() {
                continue;
            }
            let found = (there.id.clone(), place);
            if met.contains_key(&found) {
                return Some(found);
            }
            other.get_or_insert(found);
        }
    }
    other
}

/// The pieces of a formula, and those of the names that it uses.
pub(super) fn meant<'a>(book: &'a Workbook, formula: &'a str) -> Vec<Piece<'a>> {
    let mut pieces = scan(formula);
    let words = formula.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')));
    for word in words.filter(|word| !word.is_empty()) {
        if let Some((_, means)) = book.meaning(word) {
            pieces.extend(scan(means));
        }
    }
    pieces
}
