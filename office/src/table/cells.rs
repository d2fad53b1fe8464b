//! Rows as they were written become a table: its headers, the types of its columns, and what was
//! unclear.

use std::collections::BTreeMap;

use super::date::{self, Day};
use super::infer::{Meant, meant, plain};
use super::{Column, Options, Raw, RawRow, Report, Section, Table, Unreadable};
use crate::sheet::Content;

/// The table of these rows. `headed` = the first is the header for certain.
pub(super) fn table(
    rows: Vec<RawRow>,
    headed: bool,
    options: &Options,
    mut report: Report,
) -> Result<Table, Unreadable> {
    let mut survey = Survey::default();
    for row in &rows {
        survey.see(row, headed);
    }
    let head = usize::from(survey.header.is_some());
    let mut typing = survey.typing(options, &mut report)?;
    // Rows stay as long as they are: one long row must not make all others long.
    let read = |mut row: RawRow| {
        typing.row(&mut row, &mut report, |_| ());
        row.cells.into_iter().map(Raw::known).collect()
    };
    let rows = rows.into_iter().skip(head).map(read).collect();
    let columns = typing.finish(&mut report);
    let Report { told, count: unclear_count, beyond, .. } = report;
    Ok(Table { columns, rows, unclear: told.into_values().collect(), unclear_count, beyond })
}

/// What must be known of all rows before one of them can be read.
#[derive(Default)]
pub(super) struct Survey {
    first: Option<u64>,
    /// The first row, when it is the header.
    pub(super) header: Option<RawRow>,
    /// How many cells the widest row has.
    pub(super) width: usize,
    /// How many rows there are below the header.
    pub(super) rows: u64,
    orders: Vec<Orders>,
}

/// Which of two numbers of a column's days cannot be a month.
#[derive(Clone, Copy, Default)]
struct Orders {
    first: bool,
    second: bool,
}

impl Survey {
    /// Looks at the next row.
    pub(super) fn see(&mut self, row: &RawRow, headed: bool) {
        self.width = self.width.max(row.cells.len());
        if self.first.is_none() {
            self.first = Some(row.line);
            if headed || is_header(row) {
                self.header = Some(RawRow { line: row.line, cells: row.cells.clone() });
                return;
            }
        }
        self.rows += 1;
        for (at, cell) in row.cells.iter().enumerate() {
            if let Raw::Text(text) = cell
                && let Meant::Day(Day::Either { first, second, .. }) = meant(text)
            {
                if self.orders.len() <= at {
                    self.orders.resize(at + 1, Orders::default());
                }
                self.orders[at].first |= first > 12;
                self.orders[at].second |= second > 12;
            }
        }
    }

    /// With all rows seen, they can be read.
    pub(super) fn typing(
        self,
        options: &Options,
        report: &mut Report,
    ) -> Result<Typing, Unreadable> {
        let first = self.first.ok_or_else(|| Unreadable::new(None, "it has no rows"))?;
        let width = self.width;
        let names = if let Some(header) = self.header {
            headers(header, width, report)
        } else {
            let message = "the first row has numbers: the columns are numbered instead".to_owned();
            report.add(Section::Header, Some(first), None, "header_missing", message);
            (1..=width).map(|at| format!("Column {at}")).collect()
        };
        let order = |at: usize| {
            let orders = self.orders.get(at).copied().unwrap_or_default();
            match (orders.first, orders.second) {
                (true, false) => Some(true),
                (false, true) => Some(false),
                _ => options.day_first,
            }
        };
        let columns = (0..width).map(|at| Seen { order: order(at), ..Seen::default() });
        let columns = columns.collect();
        Ok(Typing { names, columns, text_bytes_max: options.text_bytes_max })
    }
}

/// Reads one row after the other.
pub(super) struct Typing {
    names: Vec<String>,
    columns: Vec<Seen>,
    text_bytes_max: usize,
}

/// What a number means beside its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing.
    Plain,
    /// A day.
    Day,
    /// A day with a time.
    Moment,
    /// A share.
    Share,
}

impl Typing {
    /// Puts what the cells of a row mean in their place; `look` is told how each looks.
    pub(super) fn row(
        &mut self,
        row: &mut RawRow,
        report: &mut Report,
        mut look: impl FnMut(Look),
    ) {
        let (line, width) = (row.line, self.columns.len());
        if row.cells.len() != width {
            let message = format!("it has {} cells; the widest row has {width}", row.cells.len());
            report.add(Section::Rows, Some(line), None, "row_length", message);
        }
        let columns = self.names.iter().zip(&mut self.columns);
        for (at, (cell, (name, seen))) in row.cells.iter_mut().zip(columns).enumerate() {
            let said = Said { line, at, name, text_bytes_max: self.text_bytes_max };
            look(said.read(cell, seen, report));
        }
    }

    /// What the columns hold, with all rows read.
    pub(super) fn finish(self, report: &mut Report) -> Vec<Column> {
        let columns = self.names.into_iter().zip(self.columns).enumerate();
        columns.map(|(at, (name, seen))| seen.column(at, name, report)).collect()
    }
}

impl Raw {
    fn known(self) -> Option<Content> {
        match self {
            Self::Known(content) => Some(content),
            Self::Text(text) | Self::Cut { text, .. } => Some(plain(&text)),
            Self::Empty => None,
        }
    }
}

/// A first row of texts is a header.
fn is_header(row: &RawRow) -> bool {
    row.cells.iter().all(|cell| match cell {
        Raw::Text(text) => matches!(meant(text), Meant::Text | Meant::Empty),
        Raw::Known(content) => matches!(content, Content::Text(_)),
        Raw::Cut { .. } | Raw::Empty => true,
    })
}

fn headers(row: RawRow, width: usize, report: &mut Report) -> Vec<String> {
    let line = row.line;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::with_capacity(width);
    let mut cells = row.cells.into_iter();
    for at in 1..=width {
        let name = match cells.next() {
            Some(Raw::Text(text) | Raw::Cut { text, .. }) => text.trim().to_owned(),
            Some(Raw::Known(Content::Text(text))) => text.trim().to_owned(),
            Some(Raw::Known(content)) => content.to_json().to_string(),
            Some(Raw::Empty) | None => String::new(),
        };
        if name.is_empty() {
            let message = format!("column {at} has no name: it is numbered instead");
            report.add(Section::Header, Some(line), None, "header_missing", message);
            names.push(format!("Column {at}"));
            continue;
        }
        let times = seen.entry(name.to_lowercase()).or_insert(0);
        *times += 1;
        if *times > 1 {
            let message = format!("another column is called {name}");
            report.add(Section::Header, Some(line), Some(&name), "header_repeated", message);
        }
        names.push(name);
    }
    names
}

/// What is known of a column while its cells are read.
#[derive(Default)]
struct Seen {
    /// Whether days come first; none = nobody knows.
    order: Option<bool>,
    sorts: BTreeMap<&'static str, u64>,
    timed: bool,
    shares: bool,
    /// The first line with a day that may be another one.
    ambiguous: Option<u64>,
}

impl Seen {
    fn sort(&mut self, sort: &'static str, line: u64) {
        self.sorts.entry(sort).or_insert(line);
    }

    fn column(self, at: usize, name: String, report: &mut Report) -> Column {
        let section = Section::Column(at);
        if let Some(line) = self.ambiguous {
            let message = "day and month cannot be told apart: such days stay texts".to_owned();
            report.add(section, Some(line), Some(&name), "date_ambiguous", message);
        }
        let sort = match self.sorts.len() {
            0 => "empty",
            1 => self.sorts.keys().next().copied().unwrap_or("empty"),
            _ => {
                let each = self.sorts.iter().map(|(sort, line)| format!("{sort} in line {line}"));
                let each: Vec<_> = each.collect();
                let message = format!("it holds more than one sort: {}", each.join(", "));
                report.add(section, None, Some(&name), "mixed_types", message);
                "mixed"
            }
        };
        let format = match (sort, self.timed, self.shares) {
            ("date", true, _) => Some("yyyy-mm-dd hh:mm:ss"),
            ("date", false, _) => Some("yyyy-mm-dd"),
            ("number", _, true) => Some("0.00%"),
            _ => None,
        };
        Column { name, sort, format }
    }
}

/// A cell that is read.
struct Said<'a> {
    line: u64,
    at: usize,
    name: &'a str,
    text_bytes_max: usize,
}

impl Said<'_> {
    /// Puts what the cell means in its place.
    fn read(&self, cell: &mut Raw, seen: &mut Seen, report: &mut Report) -> Look {
        let mut tell = |code, message: String| {
            let section = Section::Column(self.at);
            report.add(section, Some(self.line), Some(self.name), code, message);
        };
        let (text, bytes) = match cell {
            Raw::Text(text) => {
                let bytes = text.len();
                (text, bytes)
            }
            Raw::Cut { text, bytes } => {
                let bytes = *bytes;
                (text, bytes)
            }
            Raw::Known(content) => {
                seen.sort(sort_of(content), self.line);
                return Look::Plain;
            }
            Raw::Empty => return Look::Plain,
        };
        // Of a text that is cut nobody knows what else it says.
        let means = if bytes > text.len() { Meant::Text } else { meant(text) };
        let (content, look) = match means {
            Meant::Empty => {
                *cell = Raw::Empty;
                return Look::Plain;
            }
            Meant::Number(number) => (Some(Content::Number(number)), Look::Plain),
            Meant::Share(number) => {
                seen.shares = true;
                (Some(Content::Number(number)), Look::Share)
            }
            Meant::Bool(yes) => (Some(Content::Bool(yes)), Look::Plain),
            Meant::Day(day) => match self.day(text, day, seen, &mut tell) {
                Some((serial, look)) => {
                    *cell = Raw::Known(Content::Number(serial));
                    return look;
                }
                None => (None, Look::Plain),
            },
            Meant::Imprecise => {
                let message = "it has more digits than a number keeps: it stays a text".to_owned();
                tell("number_imprecise", message);
                (None, Look::Plain)
            }
            Meant::Text => (None, Look::Plain),
        };
        let content = content.unwrap_or_else(|| {
            let end = text.floor_char_boundary(self.text_bytes_max);
            if bytes > end {
                tell("text_cut", format!("it has {bytes} bytes; {end} are kept"));
                text.truncate(end);
            }
            plain(text)
        });
        seen.sort(sort_of(&content), self.line);
        *cell = Raw::Known(content);
        look
    }

    /// The number of a day, and how it looks; none when it stays a text.
    fn day(
        &self,
        text: &str,
        day: Day,
        seen: &mut Seen,
        tell: &mut impl FnMut(&'static str, String),
    ) -> Option<(f64, Look)> {
        match placed(day, seen.order) {
            Day::Known { serial, timed } => {
                seen.timed |= timed;
                seen.sort("date", self.line);
                return Some((serial, if timed { Look::Moment } else { Look::Day }));
            }
            Day::Either { .. } => {
                seen.ambiguous.get_or_insert(self.line);
            }
            Day::Impossible => tell("date_impossible", format!("there is no day {text}")),
            Day::Early => tell(
                "date_impossible",
                format!("{text} is before March 1900, where spreadsheets count otherwise"),
            ),
        }
        None
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
