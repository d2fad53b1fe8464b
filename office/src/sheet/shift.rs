//! What becomes of references when rows or columns come, go or move, and sheets are renamed.

use super::edit::Axis;
use super::place::{COLUMNS_MAX, ROWS_MAX};
use super::reference::{Corner, Mark, Reference};
use super::scan::{Piece, scan};

/// The formula with each reference as `change` wants it; `None` there = `#REF!`. `None` = nothing
/// changed.
pub fn rewrite(
    formula: &str,
    mut change: impl FnMut(&Reference) -> Option<Reference>,
) -> Option<String> {
    let mut text = String::with_capacity(formula.len());
    let mut changed = false;
    for piece in scan(formula) {
        match piece {
            Piece::Other(other) => text.push_str(other),
            Piece::Reference(reference) => {
                let now = change(&reference);
                changed |= now.as_ref() != Some(&reference);
                match now {
                    Some(now) => text.push_str(&now.to_string()),
                    None => text.push_str("#REF!"),
                }
            }
        }
    }
    changed.then_some(text)
}

/// Rows or columns came: what stands at `at` and behind it moves on.
#[derive(Debug, Clone, Copy)]
pub struct Inserted {
    /// Rows or columns.
    pub axis: Axis,
    /// Before which, from 1.
    pub at: u32,
    /// How many.
    pub count: u32,
}

/// Rows or columns went.
#[derive(Debug, Clone, Copy)]
pub struct Deleted {
    /// Rows or columns.
    pub axis: Axis,
    /// From which, from 1.
    pub at: u32,
    /// How many.
    pub count: u32,
}

/// A formula was copied: what is not fixed moves along.
#[derive(Debug, Clone, Copy)]
pub struct Moved {
    /// So many rows down.
    pub rows: i64,
    /// So many columns to the right.
    pub columns: i64,
}

/// A sheet has another name.
#[derive(Debug, Clone, Copy)]
pub struct Renamed<'a> {
    /// What it was called.
    pub from: &'a str,
    /// What it is called.
    pub to: &'a str,
}

impl Axis {
    fn of(self, corner: &Corner) -> Option<Mark> {
        match self {
            Self::Rows => corner.row,
            Self::Columns => corner.column,
        }
    }

    fn put(self, corner: &Corner, mark: Mark) -> Corner {
        match self {
            Self::Rows => Corner { row: Some(mark), ..*corner },
            Self::Columns => Corner { column: Some(mark), ..*corner },
        }
    }

    /// The last row or column of a sheet.
    #[must_use]
    pub const fn last(self) -> u32 {
        match self {
            Self::Rows => ROWS_MAX,
            Self::Columns => COLUMNS_MAX,
        }
    }
}

impl Inserted {
    /// Where the row or column stands afterwards; none when it falls off the sheet.
    #[must_use]
    pub fn place(&self, at: u32) -> Option<u32> {
        let now = if at >= self.at { at.checked_add(self.count)? } else { at };
        (now <= self.axis.last()).then_some(now)
    }

    /// The reference afterwards. The end of an area that falls off the sheet stops at its edge.
    #[must_use]
    pub fn reference(&self, old: &Reference) -> Option<Reference> {
        let Some(from) = self.axis.of(&old.from) else {
            return Some(old.clone());
        };
        let start = Mark { at: self.place(from.at)?, ..from };
        let to = old.to.map(|corner| match self.axis.of(&corner) {
            Some(mark) => {
                let at = self.place(mark.at).unwrap_or(self.axis.last());
                self.axis.put(&corner, Mark { at, ..mark })
            }
            None => corner,
        });
        Some(Reference { from: self.axis.put(&old.from, start), to, ..old.clone() })
    }
}

impl Deleted {
    /// Where the row or column stands afterwards; none when it is gone.
    #[must_use]
    pub const fn place(&self, at: u32) -> Option<u32> {
        if at < self.at {
            Some(at)
        } else if at - self.at < self.count {
            None
        } else {
            Some(at - self.count)
        }
    }

    /// The reference afterwards; none when all that it meant is gone.
    #[must_use]
    pub fn reference(&self, old: &Reference) -> Option<Reference> {
        let Some(from) = self.axis.of(&old.from) else {
            return Some(old.clone());
        };
        let Some(end) = old.to else {
            let mark = Mark { at: self.place(from.at)?, ..from };
            return Some(Reference { from: self.axis.put(&old.from, mark), ..old.clone() });
        };
        let to = self.axis.of(&end)?;
        // Corners may be written in any order.
        let (low, high) = (from.at.min(to.at), from.at.max(to.at));
        let first = self.place(low).unwrap_or(self.at);
        let last = self.place(high).unwrap_or_else(|| self.at.saturating_sub(1));
        if first > last {
            return None;
        }
        let (one, other) = if from.at <= to.at { (first, last) } else { (last, first) };
        let start = self.axis.put(&old.from, Mark { at: one, ..from });
        let end = self.axis.put(&end, Mark { at: other, ..to });
        Some(Reference { from: start, to: Some(end), ..old.clone() })
    }
}

impl Moved {
    /// The reference afterwards; none when it would leave the sheet.
    #[must_use]
    pub fn reference(&self, old: &Reference) -> Option<Reference> {
        let step = |mark: Mark, by: i64, last: u32| {
            if mark.fixed {
                return Some(mark);
            }
            let at = u32::try_from(i64::from(mark.at) + by).ok()?;
            (1..=last).contains(&at).then_some(Mark { at, ..mark })
        };
        let corner = |corner: Corner| -> Option<Corner> {
            let row = match corner.row {
                Some(mark) => Some(step(mark, self.rows, ROWS_MAX)?),
                None => None,
            };
            let column = match corner.column {
                Some(mark) => Some(step(mark, self.columns, COLUMNS_MAX)?),
                None => None,
            };
            Some(Corner { column, row })
        };
        let to = match old.to {
            Some(to) => Some(corner(to)?),
            None => None,
        };
        Some(Reference { from: corner(old.from)?, to, ..old.clone() })
    }
}

impl Renamed<'_> {
    /// The reference afterwards.
    #[must_use]
    pub fn reference(&self, old: &Reference) -> Reference {
        let named = old.sheet.as_deref().is_some_and(|sheet| same_name(sheet, self.from));
        let sheet = if named { Some(self.to.to_owned()) } else { old.sheet.clone() };
        Reference { sheet, ..old.clone() }
    }
}

/// Whether two names of sheets or areas are the same: case does not count.
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
