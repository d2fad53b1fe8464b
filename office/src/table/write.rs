//! Tables as texts.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The rows as a text with `delimiter` between their cells, quoted where they must be (RFC 4180).
#[must_use]
pub fn csv(rows: &[Vec<String>], delimiter: char) -> String {
    let mut text = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                text.push(delimiter);
            }
            if cell.contains([delimiter, '"', '\n', '\r']) {
                text.push('"');
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            } else {
                text.push_str(cell);
            }
        }
        text.push_str("\r\n");
    }
    text
}

/// The rows as a table of Markdown, the first of them as its header.
#[must_use]
pub fn markdown(rows: &[Vec<String>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        text.push('|');
        for column in 0..width {
            let cell = row.get(column).map_or("", String::as_str);
            let cell = cell.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ");
            text.push(' ');
            text.push_str(&cell);
            text.push_str(" |");
        }
        text.push('\n');
        if at == 0 {
            text.push('|');
            text.push_str(&" --- |".repeat(width));
            text.push('\n');
        }
    }
    text
}

/// The rows as JSON: a list of objects where the first row has a name for each column, else a list
/// of lists.
#[must_use]
pub fn json(rows: &[Vec<Value>]) -> String {
    let names: Vec<_> = rows.first().into_iter().flatten().map(Value::as_str).collect();
    let distinct: BTreeSet<_> = names.iter().flatten().filter(|name| !name.is_empty()).collect();
    if names.is_empty() || distinct.len() < names.len() || rows.len() < 2 {
        return Value::from(rows.iter().cloned().map(Value::from).collect::<Vec<_>>()).to_string();
    }
    let object = |row: &Vec<Value>| {
        let members = names.iter().flatten().zip(row);
        let members = members.map(|(name, value)| ((*name).to_owned(), value.clone()));
        Value::Object(members.collect::<Map<_, _>>())
    };
    Value::from(rows[1..].iter().map(object).collect::<Vec<_>>()).to_string()
}
