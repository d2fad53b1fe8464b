//! Tables as texts.

use std::collections::BTreeSet;
use std::io::{Result, Write};

use serde_json::Value;

/// The rows as a text with `delimiter` between their cells, quoted where they must be (RFC 4180).
#[must_use]
pub fn csv(rows: &[Vec<String>], delimiter: char) -> String {
    let mut sign = [0; 4];
    let delimiter = delimiter.encode_utf8(&mut sign);
    text(|out| {
        rows.iter().try_for_each(|row| csv_row(out, row.iter().map(String::as_str), delimiter))
    })
}

/// A row of such a text.
pub(super) fn csv_row<'a>(
    out: &mut impl Write,
    cells: impl Iterator<Item = &'a str>,
    delimiter: &str,
) -> Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(delimiter.as_bytes())?;
        }
        if cell.contains(['"', '\n', '\r']) || cell.contains(delimiter) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// The rows as a table of Markdown, the first of them as its header.
#[must_use]
pub fn markdown(rows: &[Vec<String>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    text(|out| {
        rows.iter().enumerate().try_for_each(|(at, row)| {
            markdown_row(out, row.iter().map(String::as_str), width, at == 0)
        })
    })
}

/// A row of such a table, `width` cells wide.
pub(super) fn markdown_row<'a>(
    out: &mut impl Write,
    mut cells: impl Iterator<Item = &'a str>,
    width: usize,
    header: bool,
) -> Result<()> {
    out.write_all(b"|")?;
    for _ in 0..width {
        let cell = cells.next().unwrap_or_default();
        let cell = cell.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ");
        write!(out, " {cell} |")?;
    }
    out.write_all(b"\n")?;
    if header {
        out.write_all(b"|")?;
        for _ in 0..width {
            out.write_all(b" --- |")?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The rows as JSON: a list of objects where the first row has a name for each column, else a list
/// of lists.
#[must_use]
pub fn json(rows: &[Vec<Value>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let first = rows.first().map(Vec::as_slice).unwrap_or_default();
    let names = names(first, width).filter(|_| rows.len() > 1);
    let skipped = usize::from(names.is_some());
    text(|out| {
        let mut list = JsonRows::new(out, names)?;
        rows[skipped..].iter().try_for_each(|row| list.row(row))?;
        list.finish().map(|_| ())
    })
}

/// The names of the columns, when the first row has another one for each of them.
pub(super) fn names(first: &[Value], width: usize) -> Option<Vec<String>> {
    let names: Vec<_> = first.iter().filter_map(Value::as_str).collect();
    let distinct: BTreeSet<_> = names.iter().filter(|name| !name.is_empty()).collect();
    let named = width > 0 && distinct.len() == width && names.len() == width;
    named.then(|| names.into_iter().map(str::to_owned).collect())
}

/// A list of rows as JSON, as they come.
pub(super) struct JsonRows<W> {
    out: W,
    names: Option<Vec<String>>,
    begun: bool,
}

impl<W: Write> JsonRows<W> {
    /// A list of objects with these names, or of lists.
    pub(super) fn new(mut out: W, names: Option<Vec<String>>) -> Result<Self> {
        out.write_all(b"[")?;
        Ok(Self { out, names, begun: false })
    }

    /// Adds a row; of an object, what it does not say is null.
    pub(super) fn row(&mut self, cells: &[Value]) -> Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            self.out.write_all(b",")?;
        }
        let Some(names) = &self.names else {
            return Ok(serde_json::to_writer(&mut self.out, cells)?);
        };
        for (at, name) in names.iter().enumerate() {
            self.out.write_all(if at == 0 { b"{" } else { b"," })?;
            serde_json::to_writer(&mut self.out, name)?;
            self.out.write_all(b":")?;
            serde_json::to_writer(&mut self.out, cells.get(at).unwrap_or(&Value::Null))?;
        }
        self.out.write_all(b"}")
    }

    /// Ends the list.
    pub(super) fn finish(mut self) -> Result<W> {
        self.out.write_all(b"]")?;
        Ok(self.out)
    }
}

/// What is written, in memory.
fn text(write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("memory takes all that is written");
    String::from_utf8(bytes).expect("text is written alone")
}
