//! Where a cell stands, and rectangles of cells, as `A1` and `A1:C9`. Rows and columns count
//! from 1.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The last row of a sheet.
pub const ROWS_MAX: u32 = 1_048_576;
/// The last column of a sheet, `XFD`.
pub const COLUMNS_MAX: u32 = 16_384;

/// Where a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place {
    /// Its row, from 1.
    pub row: u32,
    /// Its column, from 1.
    pub column: u32,
}

/// A rectangle of cells, its corners included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Area {
    /// The corner at the top left.
    pub from: Place,
    /// The corner at the bottom right.
    pub to: Place,
}

/// A text that names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place of a sheet, such as B7 or A1:C9")]
pub struct NoPlace(pub String);

/// The letters of a column: `A` for 1, `AA` for 27.
#[must_use]
pub fn column_name(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The column of these letters, whatever their case; none when a sheet has no such column.
pub(super) fn column_number(letters: &str) -> Option<u32> {
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let mut column = 0;
    for letter in letters.bytes() {
        if !letter.is_ascii_alphabetic() {
            return None;
        }
        column = column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    }
    (column <= COLUMNS_MAX).then_some(column)
}

/// The row of these digits; none when a sheet has no such row.
pub(super) fn row_number(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.len() <= 7 && !digits.starts_with('0');
    let digits = (plain && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)?;
    digits.parse().ok().filter(|row| *row <= ROWS_MAX)
}

impl Place {
    /// The place of this row and column, where a sheet has it.
    #[must_use]
    pub fn new(row: u32, column: u32) -> Option<Self> {
        let within = (1..=ROWS_MAX).contains(&row) && (1..=COLUMNS_MAX).contains(&column);
        within.then_some(Self { row, column })
    }

    /// The place so many rows below and columns to the right, where a sheet has it.
    #[must_use]
    pub fn below(self, rows: u32, columns: u32) -> Option<Self> {
        Self::new(self.row.checked_add(rows)?, self.column.checked_add(columns)?)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", column_name(self.column), self.row)
    }
}

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let digits = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (letters, digits) = text.split_at(digits);
        let found = column_number(letters).zip(row_number(digits));
        let place = found.map(|(column, row)| Self { row, column });
        place.ok_or_else(|| NoPlace(text.chars().take(40).collect()))
    }
}

impl Area {
    /// The rectangle between two corners, whichever they are.
    #[must_use]
    pub fn between(one: Place, other: Place) -> Self {
        let from = Place { row: one.row.min(other.row), column: one.column.min(other.column) };
        let to = Place { row: one.row.max(other.row), column: one.column.max(other.column) };
        Self { from, to }
    }

    /// How many rows.
    #[must_use]
    pub const fn rows(self) -> u32 {
        self.to.row - self.from.row + 1
    }

    /// How many columns.
    #[must_use]
    pub const fn columns(self) -> u32 {
        self.to.column - self.from.column + 1
    }

    /// How many cells.
    #[must_use]
    pub fn cells(self) -> u64 {
        u64::from(self.rows()) * u64::from(self.columns())
    }

    /// Whether `place` lies in it.
    #[must_use]
    pub fn contains(self, place: Place) -> bool {
        (self.from.row..=self.to.row).contains(&place.row)
            && (self.from.column..=self.to.column).contains(&place.column)
    }

    /// Whether a cell lies in both.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.from.row <= other.to.row
            && other.from.row <= self.to.row
            && self.from.column <= other.to.column
            && other.from.column <= self.to.column
    }

    /// What of it lies outside of `other`: at most four areas, those above it and on its left
    /// first, which have no cell in common.
    #[must_use]
    pub fn without(self, other: Self) -> Vec<Self> {
        if !self.meets(other) {
            return vec![self];
        }
        let rows = (self.from.row.max(other.from.row), self.to.row.min(other.to.row));
        let mut left = Vec::new();
        if self.from.row < rows.0 {
            left.push(Self { from: self.from, to: Place { row: rows.0 - 1, ..self.to } });
        }
        let (from, to) = (Place { row: rows.0, ..self.from }, Place { row: rows.1, ..self.to });
        if from.column < other.from.column {
            left.push(Self { from, to: Place { column: other.from.column - 1, ..to } });
        }
        if to.column > other.to.column {
            left.push(Self { from: Place { column: other.to.column + 1, ..from }, to });
        }
        if self.to.row > rows.1 {
            left.push(Self { from: Place { row: rows.1 + 1, ..self.from }, to: self.to });
        }
        left
    }

    /// Its places, row by row.
    pub fn places(self) -> impl Iterator<Item = Place> {
        (self.from.row..=self.to.row).flat_map(move |row| {
            (self.from.column..=self.to.column).map(move |column| Place { row, column })
        })
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            return self.from.fmt(f);
        }
        write!(f, "{}:{}", self.from, self.to)
    }
}

impl FromStr for Area {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let whole = || NoPlace(text.chars().take(40).collect());
        let (from, to) = text.split_once(':').unwrap_or((text, text));
        let from: Place = from.parse().map_err(|_| whole())?;
        let to = to.parse().map_err(|_| whole())?;
        Ok(Self::between(from, to))
    }
}

impl TryFrom<String> for Place {
    type Error = NoPlace;

    fn try_from(text: String) -> Result<Self, NoPlace> {
        text.parse()
    }
}

impl TryFrom<String> for Area {
    type Error = NoPlace;

    fn try_from(text: String) -> Result<Self, NoPlace> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

impl From<Area> for String {
    fn from(area: Area) -> Self {
        area.to_string()
    }
}
