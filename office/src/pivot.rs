//! Rows that are alike in some columns, brought together and summed up.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calc::Value;

/// How a column is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The sum of its numbers.
    Sum,
    /// How many cells hold something.
    Count,
    /// The mean of its numbers.
    Average,
    /// The smallest of its numbers.
    Min,
    /// The largest of its numbers.
    Max,
}

/// What is brought together, by the numbers of columns from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// By which columns rows are brought together.
    pub rows: Vec<usize>,
    /// The column whose values become columns.
    pub column: Option<usize>,
    /// What is summed up, and how.
    pub values: Vec<(usize, By)>,
}

/// The table that comes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pivot {
    /// The values that became columns, in order; one that says nothing when none were asked for.
    pub columns: Vec<Value>,
    /// The rows, in order: what they are alike in, and for each column what each value comes to.
    pub rows: Vec<(Vec<Value>, Vec<Value>)>,
    /// What each value comes to over all rows.
    pub totals: Vec<Value>,
}

/// A value that stands in an order: numbers, texts, truth values, errors, nothing.
#[derive(Debug, Clone, PartialEq)]
struct Key(Value);

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

/// Numbers, then texts, then false and true, then errors, then what is empty.
#[must_use]
pub fn compare(one: &Value, other: &Value) -> Ordering {
    let sort = |value: &Value| match value {
        Value::Number(_) => 0,
        Value::Text(_) => 1,
        Value::Bool(_) => 2,
        Value::Error(_) => 3,
        Value::Empty => 4,
    };
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.total_cmp(other),
        (Value::Text(one), Value::Text(other)) => {
            one.to_lowercase().cmp(&other.to_lowercase()).then_with(|| one.cmp(other))
        }
        (Value::Error(one), Value::Error(other)) => one.cmp(other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        _ => sort(one).cmp(&sort(other)),
    }
}

/// What some cells come to so far.
#[derive(Debug, Clone, Default)]
struct Sum {
    sum: f64,
    numbers: usize,
    held: usize,
    min: f64,
    max: f64,
    error: Option<String>,
}

impl Sum {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Empty => return,
            Value::Number(number) => {
                let first = self.numbers == 0;
                self.min = if first { *number } else { self.min.min(*number) };
                self.max = if first { *number } else { self.max.max(*number) };
                self.sum += number;
                self.numbers += 1;
            }
            Value::Error(error) => {
                self.error.get_or_insert_with(|| error.clone());
            }
            Value::Text(_) | Value::Bool(_) => {}
        }
        self.held += 1;
    }

    fn told(&self, by: By) -> Value {
        if by == By::Count {
            return Value::Number(self.held as f64);
        }
        if let Some(error) = &self.error {
            return Value::Error(error.clone());
        }
        match by {
            _ if self.numbers == 0 => Value::Empty,
            By::Sum | By::Count => Value::Number(self.sum),
            By::Average => Value::Number(self.sum / self.numbers as f64),
            By::Min => Value::Number(self.min),
            By::Max => Value::Number(self.max),
        }
    }
}

/// Brings rows together. Columns that a row has not are empty.
#[must_use]
pub fn pivot(table: &[Vec<Value>], asked: &Asked) -> Pivot {
    let at = |row: &[Value], column: usize| row.get(column).cloned().unwrap_or(Value::Empty);
    let mut columns: BTreeMap<Key, ()> = BTreeMap::new();
    let mut groups: BTreeMap<Vec<Key>, BTreeMap<Key, Vec<Sum>>> = BTreeMap::new();
    let nothing = vec![Sum::default(); asked.values.len()];
    let mut totals = nothing.clone();
    for row in table {
        let alike = asked.rows.iter().map(|column| Key(at(row, *column))).collect();
        let column = Key(asked.column.map_or(Value::Empty, |column| at(row, column)));
        columns.insert(column.clone(), ());
        let sums = groups.entry(alike).or_default();
        let sums = sums.entry(column).or_insert_with(|| nothing.clone());
        for ((sum, total), (field, _)) in sums.iter_mut().zip(&mut totals).zip(&asked.values) {
            let value = at(row, *field);
            sum.add(&value);
            total.add(&value);
        }
    }
    let tell = |sums: &[Sum]| -> Vec<Value> {
        sums.iter().zip(&asked.values).map(|(sum, (_, by))| sum.told(*by)).collect()
    };
    let rows = groups.into_iter().map(|(alike, sums)| {
        let each = columns.keys().flat_map(|column| match sums.get(column) {
            Some(sums) => tell(sums),
            None => vec![Value::Empty; asked.values.len()],
        });
        (alike.into_iter().map(|key| key.0).collect(), each.collect())
    });
    let rows = rows.collect();
    let totals = tell(&totals);
    Pivot { columns: columns.into_keys().map(|key| key.0).collect(), rows, totals }
}

#[cfg(test)]
mod tests {
    use super::{Asked, By, pivot};
    use crate::calc::Value;

    fn row(region: &str, month: &str, sum: Value) -> Vec<Value> {
        vec![Value::Text(region.to_owned()), Value::Text(month.to_owned()), sum]
    }

    #[test]
    fn rows_that_are_alike_are_summed_up() {
        let table = [
            row("West", "May", Value::Number(3.0)),
            row("East", "June", Value::Number(4.0)),
            row("West", "May", Value::Number(5.0)),
            row("West", "June", Value::Text("none".to_owned())),
        ];
        let values = vec![(2, By::Sum), (2, By::Count)];
        let told = pivot(&table, &Asked { rows: vec![0], column: Some(1), values });
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(told.columns, [text("June"), text("May")]);
        let (number, empty) = (Value::Number, Value::Empty);
        assert_eq!(told.rows[0].0, [text("East")]);
        assert_eq!(told.rows[0].1, [number(4.0), number(1.0), empty.clone(), empty.clone()]);
        assert_eq!(told.rows[1].1, [empty, number(1.0), number(8.0), number(2.0)]);
        assert_eq!(told.totals, [number(12.0), number(4.0)]);
    }

    #[test]
    fn errors_travel_and_extremes_are_found() {
        let table = [
            row("a", "", Value::Number(-3.0)),
            row("a", "", Value::Number(2.0)),
            row("b", "", Value::Error("#DIV/0!".to_owned())),
        ];
        let values = vec![(2, By::Min), (2, By::Max), (2, By::Average), (9, By::Sum)];
        let told = pivot(&table, &Asked { rows: vec![0], column: None, values });
        let numbers = [-3.0, 2.0, -0.5].map(Value::Number);
        assert_eq!((&told.rows[0].1[..3], &told.rows[0].1[3]), (&numbers[..], &Value::Empty));
        assert_eq!(told.rows[1].1[0], Value::Error("#DIV/0!".to_owned()));
    }
}
