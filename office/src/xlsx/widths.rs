//! How wide the columns of a sheet are: wide enough for what their cells show.

use std::collections::BTreeMap;

use crate::calc::Value;
use crate::sheet::{Content, Place, Style};

/// How narrow and how wide a column may be, in letters.
const LETTERS_MIN: usize = 8;
const LETTERS_MAX: usize = 48;
/// How many rows are looked at.
const ROWS_MAX: u32 = 1_000;
/// What is free beside what a cell shows, in letters.
const BESIDE: usize = 2;
/// How much wider strong letters are, in hundredths.
const BOLD_PERCENT: usize = 112;

/// How wide the columns of a sheet are to be, as its cells are told one by one.
#[derive(Debug, Default)]
pub(super) struct Widths(BTreeMap<u32, usize>);

impl Widths {
    /// A cell and, where it holds a formula, what that comes to.
    pub fn see(&mut self, place: Place, content: &Content, result: &Value, style: &Style) {
        if place.row > ROWS_MAX {
            return;
        }
        let letters = match content {
            Content::Text(text) => longest(text),
            Content::Number(number) => shown(&Value::Number(*number), style),
            Content::Bool(_) => 5,
            Content::Formula(_) => shown(result, style),
        };
        let percent = if style.bold == Some(true) { BOLD_PERCENT } else { 100 };
        let letters = (letters * percent).div_ceil(100) + BESIDE;
        let width = self.0.entry(place.column).or_insert(LETTERS_MIN);
        *width = letters.clamp(*width, LETTERS_MAX.max(*width));
    }

    /// The width of each column that has cells, in letters, by its number from 1.
    pub fn columns(&self) -> impl Iterator<Item = (u32, usize)> {
        self.0.iter().map(|(column, letters)| (*column, *letters))
    }
}

fn longest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

/// About how many letters a value takes in its format.
fn shown(value: &Value, style: &Style) -> usize {
    let Value::Number(number) = value else { return longest(&value.shown()) };
    let Some(format) = style.number.as_deref() else {
        return value.shown().chars().count().min(12);
    };
    let format = format.split(';').next().unwrap_or_default();
    if format.contains(['y', 'd', 'h']) {
        return format.chars().count();
    }
    let percent = format.contains('%');
    let number = if percent { number * 100.0 } else { *number };
    let whole = format!("{:.0}", number.abs().trunc()).len();
    let points = if format.contains(',') { whole.saturating_sub(1) / 3 } else { 0 };
    let places = format.split_once('.').map_or(0, |(_, rest)| {
        1 + rest.chars().take_while(|sign| matches!(sign, '0' | '#' | '?')).count()
    });
    // What the format says beside its digits, and a sign.
    let words = format.chars().filter(|sign| !"0#?,._".contains(*sign)).count();
    whole + points + places + words + 1
}

#[cfg(test)]
mod tests {
    use super::shown;
    use crate::calc::Value;
    use crate::sheet::Style;

    #[test]
    fn numbers_take_as_many_letters_as_their_format_shows() {
        for (number, format, letters) in [
            (1_234_567.0, "#,##0", 10),
            (0.1234, "0.0%", 6),
            (46_000.0, "d mmm yyyy", 10),
            (-12.5, "0.00", 6),
        ] {
            let style = Style { number: Some(format.to_owned()), ..Style::default() };
            assert_eq!(shown(&Value::Number(number), &style), letters, "{format}");
        }
    }
}
