//! Rows as they were written become a table: its headers, the types of its columns, and what was
//! unclear.

use std::collections::BTreeMap;

use super::date::{self, Day};
use super::infer::{Meant, meant, plain};
use super::{Column, Options, Raw, RawRow, Report, Table, Unreadable};
use crate::sheet::Content;

/// The table of these rows. `headed` = the first is the header for certain.
pub(super) fn table(
    mut rows: Vec<RawRow>,
    headed: bool,
    options: &Options,
    mut report: Report,
) -> Result<Table, Unreadable> {
    if rows.is_empty() {
        return Err(Unreadable::new(None, "it has no rows"));
    }
    let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let names = if headed || is_header(&rows[0]) {
        let header = rows.remove(0);
        headers(header, width, &mut report)
    } else {
        let message = "the first row has numbers: the columns are numbered instead".to_owned();
        report.add(Some(rows[0].line), None, "header_missing", message);
        (1..=width).map(|at| format!("Column {at}")).collect()
    };
    for row in &rows {
        if row.cells.len() != width {
            let message = format!("it has {} cells; the widest row has {width}", row.cells.len());
            report.add(Some(row.line), None, "row_length", message);
        }
    }
    let mut longest: Vec<usize> = (0..rows.len()).collect();
    longest.sort_by_key(|row| std::cmp::Reverse(rows[*row].cells.len()));
    let mut columns = Vec::with_capacity(width);
    for (at, name) in names.iter().enumerate() {
        // Only rows that reach so far are looked at: columns times rows may be far more than cells.
        let reach = longest.iter().take_while(|row| rows[**row].cells.len() > at);
        let mut reach: Vec<usize> = reach.copied().collect();
        reach.sort_unstable();
        columns.push(column(&mut rows, &reach, at, name, options, &mut report));
    }
    // Rows stay as long as they are: one long row must not make all others long.
    let known = |row: RawRow| row.cells.into_iter().map(Raw::known).collect();
    let rows = rows.into_iter().map(known).collect();
    let Report { told: unclear, count: unclear_count, beyond, .. } = report;
    Ok(Table { columns, rows, unclear, unclear_count, beyond })
}

impl Raw {
    fn known(self) -> Option<Content> {
        match self {
            Self::Known(content) => Some(content),
            Self::Text(text) => Some(plain(&text)),
            Self::Empty => None,
        }
    }
}

/// A first row of texts is a header.
fn is_header(row: &RawRow) -> bool {
    row.cells.iter().all(|cell| match cell {
        Raw::Text(text) => matches!(meant(text), Meant::Text | Meant::Empty),
        Raw::Known(content) => matches!(content, Content::Text(_)),
        Raw::Empty => true,
    })
}

fn headers(row: RawRow, width: usize, report: &mut Report) -> Vec<String> {
    let line = row.line;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::with_capacity(width);
    let mut cells = row.cells.into_iter();
    for at in 1..=width {
        let name = match cells.next() {
            Some(Raw::Text(text)) => text.trim().to_owned(),
            Some(Raw::Known(Content::Text(text))) => text.trim().to_owned(),
            Some(Raw::Known(content)) => content.to_json().to_string(),
            Some(Raw::Empty) | None => String::new(),
        };
        if name.is_empty() {
            let message = format!("column {at} has no name: it is numbered instead");
            report.add(Some(line), None, "header_missing", message);
            names.push(format!("Column {at}"));
            continue;
        }
        let times = seen.entry(name.to_lowercase()).or_insert(0);
        *times += 1;
        if *times > 1 {
            let message = format!("another column is called {name}");
            report.add(Some(line), Some(&name), "header_repeated", message);
        }
        names.push(name);
    }
    names
}

/// What is known of a column while its cells are read.
#[derive(Default)]
struct Seen {
    sorts: BTreeMap<&'static str, u64>,
    timed: bool,
    shares: bool,
}

impl Seen {
    fn sort(&mut self, sort: &'static str, line: u64) {
        self.sorts.entry(sort).or_insert(line);
    }
}

fn column(
    rows: &mut [RawRow],
    reach: &[usize],
    at: usize,
    name: &str,
    options: &Options,
    report: &mut Report,
) -> Column {
    let order = order(rows, reach, at, options);
    let mut seen = Seen::default();
    let mut ambiguous = None;
    for row in reach {
        let row = &mut rows[*row];
        let line = row.line;
        let Some(cell) = row.cells.get_mut(at) else {
            continue;
        };
        let said = Said { line, name, options };
        if said.read(cell, order, &mut seen, report) {
            ambiguous.get_or_insert(line);
        }
    }
    if let Some(line) = ambiguous {
        let message = "day and month cannot be told apart: such days stay texts".to_owned();
        report.add(Some(line), Some(name), "date_ambiguous", message);
    }
    let sort = match seen.sorts.len() {
        0 => "empty",
        1 => seen.sorts.keys().next().copied().unwrap_or("empty"),
        _ => {
            let each = seen.sorts.iter().map(|(sort, line)| format!("{sort} in line {line}"));
            let each: Vec<_> = each.collect();
            let message = format!("it holds more than one sort: {}", each.join(", "));
            report.add(None, Some(name), "mixed_types", message);
            "mixed"
        }
    };
    let format = match (sort, seen.timed, seen.shares) {
        ("date", true, _) => Some("yyyy-mm-dd hh:mm:ss"),
        ("date", false, _) => Some("yyyy-mm-dd"),
        ("number", _, true) => Some("0.00%"),
        _ => None,
    };
    Column { name: name.to_owned(), sort, format }
}

/// Whether days of this column come first, as its cells show it or as it was said.
fn order(rows: &[RawRow], reach: &[usize], at: usize, options: &Options) -> Option<bool> {
    let (mut first, mut second) = (false, false);
    for row in reach {
        if let Some(Raw::Text(text)) = rows[*row].cells.get(at)
            && let Meant::Day(Day::Either { first: one, second: other, .. }) = meant(text)
        {
            first |= one > 12;
            second |= other > 12;
        }
    }
    match (first, second) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => options.day_first,
    }
}

/// A cell that is read.
struct Said<'a> {
    line: u64,
    name: &'a str,
    options: &'a Options,
}

impl Said<'_> {
    /// Puts what the cell means in its place. Whether it is a day that may be another one.
    fn read(
        &self,
        cell: &mut Raw,
        order: Option<bool>,
        seen: &mut Seen,
        report: &mut Report,
    ) -> bool {
        let Raw::Text(text) = cell else {
            if let Raw::Known(content) = cell {
                seen.sort(sort_of(content), self.line);
            }
            return false;
        };
        let mut tell = |code, message: String| {
            report.add(Some(self.line), Some(self.name), code, message);
        };
        let mut ambiguous = false;
        let known = match meant(text) {
            Meant::Empty => {
                *cell = Raw::Empty;
                return false;
            }
            Meant::Number(number) => Some(Content::Number(number)),
            Meant::Share(number) => {
                seen.shares = true;
                Some(Content::Number(number))
            }
            Meant::Bool(yes) => Some(Content::Bool(yes)),
            Meant::Day(day) => {
                let day = placed(day, order);
                match day {
                    Day::Known { serial, timed } => {
                        seen.timed |= timed;
                        seen.sort("date", self.line);
                        *cell = Raw::Known(Content::Number(serial));
                        return false;
                    }
                    Day::Either { .. } => ambiguous = true,
                    Day::Impossible => tell("date_impossible", format!("there is no day {text}")),
                    Day::Early => tell(
                        "date_impossible",
                        format!("{text} is before March 1900, where spreadsheets count otherwise"),
                    ),
                }
                None
            }
            Meant::Imprecise => {
                let message = "it has more digits than a number keeps: it stays a text".to_owned();
                tell("number_imprecise", message);
                None
            }
            Meant::Text => None,
        };
        let content = known.unwrap_or_else(|| {
            let whole = text.len() <= self.options.text_bytes_max;
            if !whole {
                let end = text.floor_char_boundary(self.options.text_bytes_max);
                tell("text_cut", format!("it has {} bytes; {end} are kept", text.len()));
                text.truncate(end);
            }
            plain(text)
        });
        seen.sort(sort_of(&content), self.line);
        *cell = Raw::Known(content);
        ambiguous
    }
}

const fn sort_of(content: &Content) -> &'static str {
    match content {
        Content::Number(_) => "number",
        Content::Bool(_) => "bool",
        Content::Text(_) | Content::Formula(_) => "text",
    }
}

/// A day that may be another one, placed as its column has it.
fn placed(day: Day, order: Option<bool>) -> Day {
    let (Day::Either { first, second, year }, Some(day_first)) = (day, order) else {
        return match day {
            // Neither way is there such a day.
            Day::Either { first, second, .. } if first > 12 && second > 12 => Day::Impossible,
            Day::Either { first, second, year } if first == second => {
                date::serial(year, first, second)
            }
            day => day,
        };
    };
    let (day, month) = if day_first { (first, second) } else { (second, first) };
    date::serial(year, month, day)
}
