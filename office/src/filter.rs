//! Which rows of a table are asked for.

use std::cmp::Ordering;

use crate::calc::Value;
use crate::pivot::compare;

/// What a cell is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// The same; the case of letters does not count.
    Equal,
    /// Another.
    Different,
    /// More.
    Above,
    /// As much or more.
    AtLeast,
    /// Less.
    Below,
    /// As much or less.
    AtMost,
    /// A text, as it shows, with this in it; the case of letters does not count.
    Contains,
    /// A text, as it shows, that begins with this.
    Begins,
    /// Nothing.
    Empty,
    /// Anything but nothing.
    Filled,
    /// An error.
    Error,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Of which column, from 0.
    pub column: usize,
    /// What its cell is to be.
    pub is: Is,
    /// Beside what.
    pub value: Value,
}

impl Condition {
    /// Whether a row has it. Numbers are more or less than numbers, and texts than texts; nothing
    /// is more or less than something of another sort.
    #[must_use]
    pub fn holds(&self, row: &[Value]) -> bool {
        let cell = row.get(self.column).unwrap_or(&Value::Empty);
        let alike = || match (cell, &self.value) {
            (Value::Text(one), Value::Text(other)) => one.to_lowercase() == other.to_lowercase(),
            (one, other) => one == other,
        };
        let order = || {
            let same = std::mem::discriminant(cell) == std::mem::discriminant(&self.value);
            let order = if alike() { Ordering::Equal } else { compare(cell, &self.value) };
            (same && *cell != Value::Empty).then_some(order)
        };
        let texts = || (cell.shown().to_lowercase(), self.value.shown().to_lowercase());
        match self.is {
            Is::Equal => alike(),
            Is::Different => !alike(),
            Is::Above => order().is_some_and(Ordering::is_gt),
            Is::AtLeast => order().is_some_and(Ordering::is_ge),
            Is::Below => order().is_some_and(Ordering::is_lt),
            Is::AtMost => order().is_some_and(Ordering::is_le),
            Is::Contains => {
                let (cell, text) = texts();
                cell.contains(&text)
            }
            Is::Begins => {
                let (cell, text) = texts();
                cell.starts_with(&text)
            }
            Is::Empty => *cell == Value::Empty,
            Is::Filled => *cell != Value::Empty,
            Is::Error => matches!(cell, Value::Error(_)),
        }
    }
}

/// Whether a row has one of the conditions, or all of them.
#[must_use]
pub fn matches(row: &[Value], conditions: &[Condition], any: bool) -> bool {
    if any {
        conditions.iter().any(|condition| condition.holds(row))
    } else {
        conditions.iter().all(|condition| condition.holds(row))
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Is, matches};
    use crate::calc::Value;

    #[test]
    fn cells_are_what_is_asked_for() {
        let text = |text: &str| Value::Text(text.to_owned());
        let error = Value::Error("#N/A".to_owned());
        for (cell, is, value, holds) in [
            (text("Tiles"), Is::Equal, text("tiles"), true),
            (text("Tiles"), Is::AtMost, text("tiles"), true),
            (text("Tiles"), Is::Different, text("tiles"), false),
            (text("Tiles"), Is::Contains, text("LE"), true),
            (text("Tiles"), Is::Begins, text("il"), false),
            (text("10"), Is::Above, Value::Number(9.0), false),
            (text("10"), Is::Equal, Value::Number(10.0), false),
            (Value::Number(10.0), Is::Above, Value::Number(9.0), true),
            (Value::Number(10.0), Is::AtLeast, Value::Number(10.0), true),
            (Value::Number(10.0), Is::Below, Value::Number(10.0), false),
            (Value::Number(10.0), Is::Begins, text("1"), true),
            (Value::Bool(true), Is::Equal, Value::Bool(true), true),
            (Value::Empty, Is::Empty, Value::Empty, true),
            (Value::Empty, Is::Below, Value::Number(1.0), false),
            (Value::Empty, Is::AtLeast, Value::Empty, false),
            (error.clone(), Is::Filled, Value::Empty, true),
            (error.clone(), Is::Above, Value::Number(1.0), false),
            (error, Is::Error, Value::Empty, true),
        ] {
            let condition = Condition { column: 0, is, value };
            assert_eq!(
                condition.holds(std::slice::from_ref(&cell)),
                holds,
                "{cell:?} {condition:?}"
            );
        }
    }

    #[test]
    fn all_or_one_of_them() {
        let row = [Value::Number(1.0)];
        let above = |number| Condition { column: 0, is: Is::Above, value: Value::Number(number) };
        let both = [above(0.0), above(2.0)];
        assert!(matches(&row, &both, true) && !matches(&row, &both, false));
        let beyond = Condition { column: 7, ..above(0.0) };
        assert!(!matches(&row, &[beyond], true));
    }
}
