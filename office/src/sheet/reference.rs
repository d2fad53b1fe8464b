//! A reference of a formula: one cell, an area, whole columns or whole rows, on this sheet or
//! another.

use std::fmt::{self, Write as _};

use super::place::{Area, COLUMNS_MAX, Place, ROWS_MAX, column_name, column_number, row_number};

/// A row or a column as a reference names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which, from 1.
    pub at: u32,
    /// Whether it stays when the formula is copied: `$`.
    pub fixed: bool,
}

/// A corner of a reference: without a row it is a whole column, without a column a whole row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corner {
    /// Its column.
    pub column: Option<Mark>,
    /// Its row.
    pub row: Option<Mark>,
}

/// What a formula refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The sheet's name, when it is said.
    pub sheet: Option<String>,
    /// The first corner.
    pub from: Corner,
    /// The second corner of an area.
    pub to: Option<Corner>,
}

impl Corner {
    /// The corner that `text` names, whatever it is one of: `$B7`, `C`, `12`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (column, rest) = match text.strip_prefix('$') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (letters, rest) = rest.split_at(letters);
        if letters.is_empty() {
            let row = Mark { at: row_number(rest)?, fixed: column };
            return Some(Self { column: None, row: Some(row) });
        }
        let column = Some(Mark { at: column_number(letters)?, fixed: column });
        if rest.is_empty() {
            return Some(Self { column, row: None });
        }
        let (fixed, digits) = rest.strip_prefix('$').map_or((false, rest), |rest| (true, rest));
        Some(Self { column, row: Some(Mark { at: row_number(digits)?, fixed }) })
    }

    /// Whether it is one cell.
    #[must_use]
    pub const fn is_cell(&self) -> bool {
        self.column.is_some() && self.row.is_some()
    }
}

impl Reference {
    /// The cells that it means, as far as a sheet goes.
    #[must_use]
    pub fn area(&self) -> Area {
        let to = self.to.unwrap_or(self.from);
        let row = |corner: Corner, all: u32| corner.row.map_or(all, |mark| mark.at);
        let column = |corner: Corner, all: u32| corner.column.map_or(all, |mark| mark.at);
        let from = Place { row: row(self.from, 1), column: column(self.from, 1) };
        Area::between(from, Place { row: row(to, ROWS_MAX), column: column(to, COLUMNS_MAX) })
    }
}

impl fmt::Display for Corner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |mark: &Mark| if mark.fixed { "$" } else { "" };
        if let Some(column) = &self.column {
            write!(f, "{}{}", sign(column), column_name(column.at))?;
        }
        if let Some(row) = &self.row {
            write!(f, "{}{}", sign(row), row.at)?;
        }
        Ok(())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sheet) = &self.sheet {
            write!(f, "{}!", quoted(sheet))?;
        }
        write!(f, "{}", self.from)?;
        match &self.to {
            Some(to) => write!(f, ":{to}"),
            None => Ok(()),
        }
    }
}

/// The name of a sheet as formulas have it: in quotes, unless it is a plain word that is no place.
#[must_use]
pub fn quoted(sheet: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = sheet.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let cell = Corner::parse(sheet).is_some_and(|corner| corner.is_cell());
    if begins && sheet.chars().all(word) && !cell && !reads_as_rc(sheet) {
        return sheet.to_owned();
    }
    let mut text = String::from("'");
    for c in sheet.chars() {
        text.push(c);
        if c == '\'' {
            text.push(c);
        }
    }
    let _ = text.write_char('\'');
    text
}

/// Whether it may be taken for a place of the other notation, such as `R1C1` or `RC`.
fn reads_as_rc(sheet: &str) -> bool {
    let other = |c: char| !matches!(c, 'r' | 'R' | 'c' | 'C') && !c.is_ascii_digit();
    !sheet.contains(other)
}
