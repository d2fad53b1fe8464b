//! Texts whose cells stand between commas or their like. A quote that is never closed spoils its
//! own cell alone.

use super::{Options, Raw, RawRow, Report, TOO_MANY, Unreadable};

/// The records of such a text, one after the other: what is read so far is all that is kept.
pub struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    delimiter: char,
    field_bytes_max: usize,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line that it begins in, from 1.
    pub line: u64,
    /// Its cells: the text, and whether it stood in quotes.
    pub cells: Vec<(String, bool)>,
    /// In which line a quote was opened and never closed.
    pub broken: Option<u64>,
}

impl<'a> Records<'a> {
    /// The records of `text`. A cell in quotes has at most `field_bytes_max` bytes: a quote that
    /// is not closed within them never is.
    #[must_use]
    pub const fn new(text: &'a str, delimiter: char, field_bytes_max: usize) -> Self {
        Self { text, at: 0, line: 1, delimiter, field_bytes_max }
    }

    fn ends(&self, at: usize) -> bool {
        let rest = &self.text[at..];
        rest.is_empty() || rest.starts_with([self.delimiter, '\n', '\r'])
    }

    /// The text in quotes that begins at `self.at`, and where it ends; none when it does not.
    fn quoted(&self) -> Option<(String, usize)> {
        let from = self.at + 1;
        let bytes = self.text.as_bytes();
        // A quote is one byte, and never a part of another letter.
        let most = bytes.len().min(from.saturating_add(self.field_bytes_max).saturating_add(1));
        let (mut text, mut part) = (String::new(), from);
        loop {
            let quote = part + bytes[part..most.max(part)].iter().position(|byte| *byte == b'"')?;
            text.push_str(&self.text[part..quote]);
            if bytes.get(quote + 1) != Some(&b'"') {
                let end = quote + 1;
                return self.ends(end).then_some((text, end));
            }
            text.push('"');
            part = quote + 2;
        }
    }

    /// The text up to the end of the cell.
    fn plain(&self) -> (String, usize) {
        let rest = &self.text[self.at..];
        let end = if self.delimiter.is_ascii() {
            let stop =
                |byte: &u8| char::from(*byte) == self.delimiter || matches!(byte, b'\n' | b'\r');
            rest.as_bytes().iter().position(stop)
        } else {
            rest.find([self.delimiter, '\n', '\r'])
        };
        let end = end.unwrap_or(rest.len());
        (rest[..end].to_owned(), self.at + end)
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.at >= self.text.len() {
            return None;
        }
        let mut record = Record { line: self.line, cells: Vec::new(), broken: None };
        loop {
            let begins = self.text[self.at..].starts_with('"');
            let found = if begins { self.quoted() } else { None };
            let quoted = found.is_some();
            if begins && !quoted {
                record.broken.get_or_insert(self.line);
            }
            let (text, end) = found.unwrap_or_else(|| self.plain());
            if quoted {
                self.line += text.bytes().filter(|byte| *byte == b'\n').count() as u64;
            }
            record.cells.push((text, quoted));
            self.at = end;
            let rest = &self.text[end..];
            if rest.starts_with(self.delimiter) {
                self.at += self.delimiter.len_utf8();
                continue;
            }
            let newline = ["\r\n", "\n", "\r"].into_iter().find(|line| rest.starts_with(line));
            self.at += newline.map_or(0, str::len);
            self.line += u64::from(newline.is_some());
            return Some(record);
        }
    }
}

/// What stands between the cells: the one of `,`, `;`, tab and `|` that divides the first lines
/// most alike.
pub(super) fn delimiter(text: &str) -> char {
    const LINES: usize = 20;
    const BYTES: usize = 64 * 1024;
    let mut best = (0, ',');
    for delimiter in [',', ';', '\t', '|'] {
        let records = Records::new(text, delimiter, BYTES).take(LINES);
        let counts: Vec<usize> = records.map(|record| record.cells.len()).collect();
        let first = counts.first().copied().unwrap_or(0);
        let alike = counts.iter().filter(|count| **count == first).count();
        let points = if first > 1 { alike * 100 + first.min(99) } else { 0 };
        if points > best.0 {
            best = (points, delimiter);
        }
    }
    best.1
}

/// The rows of such a text. Lines without anything are left out.
pub(super) fn rows(
    text: &str,
    delimiter: char,
    options: &Options,
    report: &mut Report,
) -> Result<Vec<RawRow>, Unreadable> {
    let mut rows = Vec::new();
    let (mut cells, mut bytes) = (0, 0);
    for record in Records::new(text, delimiter, options.text_bytes_max) {
        if let Some(line) = record.broken {
            let message = "a quote is opened and not closed; it is taken as a sign like others";
            report.add(Some(line), None, "quote_open", message.to_owned());
        }
        let empty = record.cells.iter().all(|(text, _)| text.trim().is_empty());
        if empty {
            continue;
        }
        let wide = record.cells.len() > options.columns_max;
        cells += record.cells.len();
        bytes += record.cells.iter().map(|(text, _)| text.len()).sum::<usize>();
        let full = cells > options.cells_max || bytes > options.bytes_max;
        let comes = options.partial && !rows.is_empty();
        if wide || (full && !comes) {
            return Err(Unreadable::new(Some(record.line), TOO_MANY));
        }
        if full {
            report.pass(record.line);
            continue;
        }
        let raw = record.cells.into_iter().map(|(text, _)| Raw::Text(text)).collect();
        rows.push(RawRow { line: record.line, cells: raw });
    }
    Ok(rows)
}
