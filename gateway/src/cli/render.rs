//! JSON for people: tables, lists of members, short values.

use serde_json::Value;

use super::failure::Failure;
use super::out::Out;
use super::paint::Style;

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
            let rows = members.iter().map(|(name, value)| vec![name.clone(), cell(out, value)]);
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
    let of = |row: &Value| columns.iter().map(|name| cell(out, &row[*name])).collect();
    let lines: Vec<Vec<String>> = rows.iter().map(of).collect();
    table(out, &columns, &lines)
}

/// A value as one piece of text, short on a terminal.
#[must_use]
pub fn cell(out: &Out, value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => out.fit(text, CELL_CHARS_MAX),
        other => out.fit(&other.to_string(), CELL_CHARS_MAX),
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

#[cfg(test)]
mod tests {
    use std::io;

    use serde_json::json;

    use super::cell;
    use crate::cli::Out;

    fn out() -> Out {
        Out::to_writers(false, Box::new(io::sink()), Box::new(io::sink()))
    }

    /// Whatever reads a pipe or a file wants the id that stands there, not its beginning.
    #[test]
    fn only_a_terminal_gets_short_cells() {
        let id = json!("i".repeat(128));
        assert_eq!(cell(&out(), &id), "i".repeat(128));
        let shown = cell(&out().on_terminal(), &id);
        assert_eq!((shown.chars().count(), shown.ends_with('…')), (60, true));
        assert_eq!(cell(&out(), &json!("two\nlines")), "two lines");
    }
}
