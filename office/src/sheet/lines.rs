//! Cells and areas when rows or columns come or go.

use super::edit::Axis;
use super::grid::Grid;
use super::place::{Area, Place};
use super::reference::{Corner, Mark, Reference};
use super::rule::Rule;
use super::shift::Moved;

/// The cells where `place` has them; those that it has nowhere are gone. Blocks in front of the
/// first line that moves are shared with the old ones.
pub(super) fn moved(old: &Grid, axis: Axis, place: &impl Fn(u32) -> Option<u32>) -> Grid {
    let mut grid = old.clone();
    let mut put = Vec::new();
    for (at, content) in old.iter() {
        let line = match axis {
            Axis::Rows => at.row,
            Axis::Columns => at.column,
        };
        let now = place(line);
        if now == Some(line) {
            continue;
        }
        grid.set(at, None);
        if let Some(line) = now {
            let to = match axis {
                Axis::Rows => Place { row: line, ..at },
                Axis::Columns => Place { column: line, ..at },
            };
            put.push((to, content.clone()));
        }
    }
    for (at, content) in put {
        grid.set(at, Some(content));
    }
    grid
}

/// An area afterwards, as a reference to it would be.
pub(super) fn area(
    old: Area,
    reference: &impl Fn(&Reference) -> Option<Reference>,
) -> Option<Area> {
    let corner = |place: Place| Corner {
        column: Some(Mark { at: place.column, fixed: false }),
        row: Some(Mark { at: place.row, fixed: false }),
    };
    let whole = Reference { sheet: None, from: corner(old.from), to: Some(corner(old.to)) };
    reference(&whole).map(|now| now.area())
}

/// A rule afterwards. Its formulas are those of the first cell that is left; what they refer to is
/// not followed here.
pub(super) fn rule(
    old: &Rule,
    axis: Axis,
    place: &impl Fn(u32) -> Option<u32>,
    reference: &impl Fn(&Reference) -> Option<Reference>,
) -> Option<Rule> {
    let (from, to) = match axis {
        Axis::Rows => (old.area.from.row, old.area.to.row),
        Axis::Columns => (old.area.from.column, old.area.to.column),
    };
    let first = (from..=to).find(|line| place(*line).is_some())?;
    let by = i64::from(first - from);
    let by = match axis {
        Axis::Rows => Moved { rows: by, columns: 0 },
        Axis::Columns => Moved { rows: 0, columns: by },
    };
    let mut rule = Rule { area: area(old.area, reference)?, ..old.clone() };
    rule.allow.refer(|old| by.reference(old));
    Some(rule)
}
