//! Texts whose cells stand between commas or their like. A quote that is never closed spoils its
//! own cell alone.

use std::io::BufRead;

use super::window::Window;
use super::{Options, Raw, RawRow, Report, Section, TOO_MANY, Unreadable};

/// What one record may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordBounds {
    /// The longest cell, in bytes: a quote that is not closed within them never is, and of a cell
    /// without quotes no more is kept.
    pub cell_bytes_max: usize,
    /// What its cells may have together, in bytes.
    pub bytes_max: usize,
    /// How many cells it may have.
    pub cells_max: usize,
}

impl Default for RecordBounds {
    fn default() -> Self {
        Self { cell_bytes_max: 32_767, bytes_max: 16 * 1024 * 1024, cells_max: 16_384 }
    }
}

/// The records of such a text, one after the other: no more of it is in memory than one of them.
pub struct Records<R> {
    window: Window<R>,
    line: u64,
    delimiter: Option<u8>,
    bounds: RecordBounds,
    begun: bool,
    failed: bool,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line that it begins in, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<Cell>,
    /// In which line a quote was opened and never closed.
    pub broken: Option<u64>,
}

/// A cell of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What it says, as much as is kept.
    pub text: String,
    /// How long it was, in bytes, when it is cut; else 0.
    pub cut_bytes: usize,
}

impl From<Cell> for Raw {
    fn from(cell: Cell) -> Self {
        match cell.cut_bytes {
            0 => Self::Text(cell.text),
            bytes => Self::Cut { text: cell.text, bytes },
        }
    }
}

impl<R: BufRead> Records<R> {
    /// The records that `reader` gives. Without a delimiter the first lines tell it.
    #[must_use]
    pub const fn new(reader: R, delimiter: Option<u8>, bounds: RecordBounds) -> Self {
        let window = Window::new(reader);
        Self { window, line: 1, delimiter, bounds, begun: false, failed: false }
    }

    /// What stands between the cells.
    fn begin(&mut self) -> Result<u8, Unreadable> {
        if let Some(delimiter) = self.delimiter.filter(|_| self.begun) {
            return Ok(delimiter);
        }
        self.begun = true;
        self.window.hold(BOM.len()).map_err(|error| self.away(&error))?;
        if self.window.rest().starts_with(BOM) {
            self.window.pass(BOM.len());
        }
        if self.delimiter.is_none() {
            self.window.hold(HEAD_BYTES).map_err(|error| self.away(&error))?;
            let head = self.window.rest();
            let whole = self.window.ended() && head.len() <= HEAD_BYTES;
            self.delimiter = Some(delimiter(&head[..head.len().min(HEAD_BYTES)], whole));
        }
        Ok(self.delimiter.unwrap_or(b','))
    }

    fn record(&mut self) -> Result<Option<Record>, Unreadable> {
        let delimiter = self.begin()?;
        if self.byte(0)?.is_none() {
            return Ok(None);
        }
        let mut record = Record { line: self.line, cells: Vec::new(), broken: None };
        let mut bytes = 0;
        loop {
            let begins = self.byte(0)? == Some(b'"');
            let found = if begins { self.quoted(delimiter)? } else { None };
            if begins && found.is_none() {
                record.broken.get_or_insert(self.line);
            }
            let cell = match found {
                Some(text) => Cell { text, cut_bytes: 0 },
                None => self.plain(delimiter)?,
            };
            bytes += cell.text.len();
            record.cells.push(cell);
            if record.cells.len() > self.bounds.cells_max || bytes > self.bounds.bytes_max {
                return Err(Unreadable::new(Some(record.line), TOO_MANY));
            }
            let ends = self.byte(0)?;
            if ends == Some(delimiter) {
                self.window.pass(1);
                continue;
            }
            if let Some(sign) = ends {
                let two = sign == b'\r' && self.byte(1)? == Some(b'\n');
                self.window.pass(1 + usize::from(two));
                self.line += 1;
            }
            return Ok(Some(record));
        }
    }

    /// The text in quotes that begins here; none, and nothing is passed, when it is not closed.
    fn quoted(&mut self, delimiter: u8) -> Result<Option<String>, Unreadable> {
        let most = self.bounds.cell_bytes_max.saturating_add(2);
        let (mut from, mut doubled) = (1, false);
        loop {
            let held = self.window.rest().len().min(most);
            let part = self.window.rest().get(from..held).unwrap_or_default();
            let Some(quote) = part.iter().position(|byte| *byte == b'"') else {
                from = held.max(from);
                if from >= most || !self.window.more().map_err(|error| self.away(&error))? {
                    return Ok(None);
                }
                continue;
            };
            let quote = from + quote;
            match self.byte(quote + 1)? {
                Some(b'"') => (from, doubled) = (quote + 2, true),
                ends if ends.is_none_or(|byte| is_end(byte, delimiter)) => {
                    return self.unquoted(quote, doubled).map(Some);
                }
                _ => return Ok(None),
            }
        }
    }

    /// What stands in quotes of which the second is so far from here.
    fn unquoted(&mut self, quote: usize, doubled: bool) -> Result<String, Unreadable> {
        let raw = &self.window.rest()[1..quote];
        let text = std::str::from_utf8(raw)
            .map_err(|error| self.no_text(self.window.offset() + 1, error.valid_up_to()))?;
        self.line += raw.iter().filter(|byte| **byte == b'\n').count() as u64;
        let text = if doubled { text.replace("\"\"", "\"") } else { text.to_owned() };
        self.window.pass(quote + 1);
        Ok(text)
    }

    /// The text up to the end of the cell.
    fn plain(&mut self, delimiter: u8) -> Result<Cell, Unreadable> {
        let begins = self.window.offset();
        let (mut kept, mut bytes) = (Vec::new(), 0_usize);
        // A letter that is cut in two is told from one that is broken.
        let most = self.bounds.cell_bytes_max.saturating_add(LETTER_BYTES_MAX);
        loop {
            let rest = self.window.rest();
            let end = rest.iter().position(|byte| is_end(*byte, delimiter));
            let taken = end.unwrap_or(rest.len());
            kept.extend_from_slice(&rest[..taken.min(most - kept.len())]);
            bytes += taken;
            self.window.pass(taken);
            if end.is_some() || !self.window.more().map_err(|error| self.away(&error))? {
                break;
            }
        }
        let cut = bytes > self.bounds.cell_bytes_max;
        let text = String::from_utf8(kept).or_else(|error| {
            let (error, kept) = (error.utf8_error(), error.into_bytes());
            let whole = error.valid_up_to();
            let torn = cut && whole >= self.bounds.cell_bytes_max;
            if !torn {
                return Err(self.no_text(begins, whole));
            }
            Ok(String::from_utf8_lossy(&kept[..whole]).into_owned())
        });
        let mut text = text?;
        if cut {
            text.truncate(text.floor_char_boundary(self.bounds.cell_bytes_max));
        }
        Ok(Cell { text, cut_bytes: if cut { bytes } else { 0 } })
    }

    fn byte(&mut self, ahead: usize) -> Result<Option<u8>, Unreadable> {
        self.window.byte(ahead).map_err(|error| self.away(&error))
    }

    fn away(&self, error: &std::io::Error) -> Unreadable {
        Unreadable::new(Some(self.line), error.to_string())
    }

    fn no_text(&self, from: u64, valid: usize) -> Unreadable {
        let at = from + valid as u64;
        Unreadable::new(Some(self.line), format!("it is no UTF-8 from byte {at} on"))
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.record();
        self.failed = record.is_err();
        record.transpose()
    }
}

const fn is_end(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || matches!(byte, b'\n' | b'\r')
}

/// What a text of UTF-8 may begin with, and does not say.
const BOM: &[u8] = "\u{feff}".as_bytes();
/// How long a letter is at most, in bytes.
const LETTER_BYTES_MAX: usize = 4;
/// How much of a file may tell what stands between its cells, in bytes.
const HEAD_BYTES: usize = 256 * 1024;

/// What stands between the cells: the one of `,`, `;`, tab and `|` that divides the first lines
/// most alike. `whole` = there are no more than these.
fn delimiter(head: &[u8], whole: bool) -> u8 {
    const LINES: usize = 20;
    let bounds = RecordBounds { cell_bytes_max: 64 * 1024, ..RecordBounds::default() };
    let mut best = (0, b',');
    for delimiter in [b',', b';', b'\t', b'|'] {
        let records = Records::new(head, Some(delimiter), bounds).take(LINES);
        let counts = records.map_while(Result::ok).map(|record| record.cells.len());
        let mut counts: Vec<usize> = counts.collect();
        if !whole && counts.len() > 1 && counts.len() < LINES {
            // The last of them may go on behind the head.
            counts.pop();
        }
        let first = counts.first().copied().unwrap_or(0);
        let alike = counts.iter().filter(|count| **count == first).count();
        let points = if first > 1 { alike * 100 + first.min(99) } else { 0 };
        if points > best.0 {
            best = (points, delimiter);
        }
    }
    best.1
}

/// The rows of such a text, as many as there is room for. Lines without anything are left out.
pub(super) fn rows<R: BufRead>(
    records: Records<R>,
    options: &Options,
    report: &mut Report,
) -> Result<Vec<RawRow>, Unreadable> {
    let mut rows = Vec::new();
    let (mut cells, mut bytes) = (0, 0);
    for record in records {
        let Some(row) = row(record?, report) else { continue };
        cells += row.cells.len();
        bytes += row.cells.iter().map(Raw::bytes).sum::<usize>();
        let full = cells > options.cells_max || bytes > options.bytes_max;
        let comes = options.partial && !rows.is_empty();
        if full && !comes {
            return Err(Unreadable::new(Some(row.line), TOO_MANY));
        }
        if full {
            report.pass(row.line);
        } else {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The row that a record is; none when there is nothing in it.
pub(super) fn row(record: Record, report: &mut Report) -> Option<RawRow> {
    if let Some(line) = record.broken {
        let message = "a quote is opened and not closed; it is taken as a sign like others";
        report.add(Section::Cells, Some(line), None, "quote_open", message.to_owned());
    }
    let empty = record.cells.iter().all(|cell| cell.text.trim().is_empty());
    let cells = record.cells.into_iter().map(Raw::from);
    (!empty).then(|| RawRow { line: record.line, cells: cells.collect() })
}
