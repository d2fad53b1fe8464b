//! JSON for people: tables, lists of members, short values.

use serde_json::Value;

use super::failure::Failure;
use super::out::Out;
use super::paint::{Style, short};

/// The widest cell of a table, in characters.
const CELL_CHARS_MAX: usize = 60;

/// Prints any answer: with `--json` as it is; a list as a table; an object as its members.
///
/// # Errors
/// As [`Out::line`].
pub fn answer(out: &mut Out, value: &Value) -> Result<(), Failure> {
    if out.is_json() {
        return out.json(value);
    }
    let items = value.get("items").unwrap_or(value);
    match items {
        Value::Array(rows) if rows.is_empty() => out.line("none"),
        Value::Array(rows) if rows.iter().all(Value::is_object) => objects(out, rows),
        Value::Object(members) => {
            let rows = members.iter().map(|(name, value)| vec![name.clone(), cell(value)]);
            table(out, &[], &rows.collect::<Vec<_>>())
        }
        other => out.pretty(other),
    }
}

/// Prints objects as a table: one column for each member that any of them has.
fn objects(out: &mut Out, rows: &[Value]) -> Result<(), Failure> {
    let mut columns: Vec<&str> = Vec::new();
    for row in rows.iter().filter_map(Value::as_object) {
        for name in row.keys() {
            if !columns.contains(&name.as_str()) {
                columns.push(name);
            }
        }
    }
    let of = |row: &Value| columns.iter().map(|name| cell(&row[*name])).collect();
    let lines: Vec<Vec<String>> = rows.iter().map(of).collect();
    table(out, &columns, &lines)
}

/// A value as one short piece of text.
#[must_use]
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => short(text, CELL_CHARS_MAX),
        other => short(&other.to_string(), CELL_CHARS_MAX),
    }
}

/// Prints aligned columns; without names, no line of names.
///
/// # Errors
/// As [`Out::line`].
pub fn table(out: &mut Out, names: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(names.len());
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count());
        cells.chain(names.get(column).map(|name| name.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    if !names.is_empty() {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let head = out.paint(Style::Faint, &line(&names));
        out.line(&head)?;
    }
    for row in rows {
        let text = out.paint(Style::Plain, &line(row));
        out.line(&text)?;
    }
    Ok(())
}
