//! What the material of a plan is: a table, or something to be read.

/// A table that was brought as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Rows below its headers.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// The last column that holds nothing but numbers below its header, from 0.
    pub numbers: Option<usize>,
}

/// The fewest rows below the headers.
const ROWS_MIN: usize = 2;

impl Table {
    /// The table that `text` is; none = it is none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        ['\t', ';', ',', '|'].into_iter().find_map(|mark| parted(text, mark))
    }

    /// The numbers of its last column of numbers, as an area of a sheet that begins with it.
    #[must_use]
    pub fn area(&self) -> Option<String> {
        let column = u8::try_from(self.numbers?).ok().filter(|column| *column < 26)?;
        let letter = char::from(b'A' + column);
        Some(format!("{letter}2:{letter}{}", self.rows + 1))
    }
}

fn parted(text: &str, mark: char) -> Option<Table> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let cells = |line: &str| -> Vec<String> {
        let line = if mark == '|' { line.trim_matches('|') } else { line };
        line.split(mark).map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
    };
    let (first, rest) = lines.split_first()?;
    let head = cells(first);
    let columns = head.len();
    let blank = head.iter().any(String::is_empty);
    // A sentence with a comma is no header: headers do not end as sentences do.
    if columns < 2 || blank || first.ends_with(['.', '!', '?', ':']) {
        return None;
    }
    let rule = |line: &str| line.chars().all(|it| matches!(it, '|' | '-' | ':' | ' '));
    let rows: Vec<Vec<String>> = rest.iter().filter(|it| !rule(it)).map(|it| cells(it)).collect();
    let even = rows.iter().filter(|row| row.len() == columns).count();
    // One row in five may be broken, such as by a mark inside quotes.
    if rows.len() < ROWS_MIN || even * 5 < rows.len() * 4 {
        return None;
    }
    let number = |row: &Vec<String>, at: usize| {
        row.get(at).is_some_and(|cell| cell.parse::<f64>().is_ok_and(f64::is_finite))
    };
    let all = |at: &usize| rows.iter().all(|row| number(row, *at));
    Some(Table { rows: rows.len(), columns, numbers: (0..columns).rev().find(all) })
}
