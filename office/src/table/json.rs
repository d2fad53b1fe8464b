//! Tables as JSON: a list of objects, or a list of lists whose first is the header.

use serde_json::{Map, Value};

use super::{Options, Raw, RawRow, Report, Section, TOO_MANY, Unreadable};
use crate::sheet::Content;

/// The rows of a JSON text, the header first.
pub(super) fn rows(
    text: &str,
    options: &Options,
    report: &mut Report,
) -> Result<Vec<RawRow>, Unreadable> {
    let said: Value = serde_json::from_str(text)
        .map_err(|error| Unreadable::new(Some(error.line() as u64), error.to_string()))?;
    let Value::Array(items) = said else {
        return Err(Unreadable::new(None, "it is no list"));
    };
    let objects = items.iter().all(Value::is_object);
    if !objects && !items.iter().all(Value::is_array) {
        let reason = "it is a list of neither objects nor lists alone";
        return Err(Unreadable::new(None, reason));
    }
    if objects { of_objects(items, options, report) } else { of_lists(items, options, report) }
}

fn of_objects(
    items: Vec<Value>,
    options: &Options,
    report: &mut Report,
) -> Result<Vec<RawRow>, Unreadable> {
    let mut names: Vec<String> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    let objects: Vec<Map<String, Value>> = items.into_iter().filter_map(object).collect();
    for object in &objects {
        for name in object.keys() {
            if known.insert(name.clone()) {
                names.push(name.clone());
            }
        }
    }
    fits(names.len(), objects.len() + 1, options)?;
    let header = names.iter().map(|name| Raw::Text(name.clone())).collect();
    let mut rows = vec![RawRow { line: 1, cells: header }];
    for (line, mut object) in (2..).zip(objects) {
        let cells = names.iter().map(|name| {
            object.remove(name).map_or(Raw::Empty, |value| raw(value, line, name, report))
        });
        rows.push(RawRow { line, cells: cells.collect() });
    }
    Ok(rows)
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn of_lists(
    items: Vec<Value>,
    options: &Options,
    report: &mut Report,
) -> Result<Vec<RawRow>, Unreadable> {
    let mut rows = Vec::new();
    let mut count = 0;
    for (line, item) in (1..).zip(items) {
        let Value::Array(values) = item else {
            continue;
        };
        count += values.len();
        fits(values.len(), 1, options)?;
        fits(count, 1, &Options { columns_max: usize::MAX, ..options.clone() })?;
        let cells = (1..)
            .zip(values)
            .map(|(at, value): (u32, _)| raw(value, line, &format!("Column {at}"), report));
        rows.push(RawRow { line, cells: cells.collect() });
    }
    Ok(rows)
}

fn fits(columns: usize, rows: usize, options: &Options) -> Result<(), Unreadable> {
    if columns > options.columns_max || columns.saturating_mul(rows) > options.cells_max {
        return Err(Unreadable::new(None, TOO_MANY));
    }
    Ok(())
}

fn raw(value: Value, line: u64, column: &str, report: &mut Report) -> Raw {
    match value {
        Value::Null => Raw::Empty,
        Value::Bool(yes) => Raw::Known(Content::Bool(yes)),
        Value::Number(number) => match number.as_f64().filter(|number| number.is_finite()) {
            Some(number) => Raw::Known(Content::Number(number)),
            None => Raw::Text(number.to_string()),
        },
        Value::String(text) => Raw::Text(text),
        nested @ (Value::Array(_) | Value::Object(_)) => {
            let message = "it holds a list or an object: it stays as JSON".to_owned();
            report.add(Section::Cells, Some(line), Some(column), "value_nested", message);
            Raw::Known(Content::Text(nested.to_string().into()))
        }
    }
}
