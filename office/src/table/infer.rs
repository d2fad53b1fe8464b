//! What a text of a table means.

use super::date::{self, Day};
use crate::sheet::Content;

/// What a text of a table means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meant {
    /// Nothing.
    Empty,
    /// A number.
    Number(f64),
    /// A share, written in percent.
    Share(f64),
    /// Yes or no.
    Bool(bool),
    /// A day, or what looks like one.
    Day(Day),
    /// More digits than a number keeps.
    Imprecise,
    /// A text.
    Text,
}

/// How many digits a number keeps.
const DIGITS_MAX: usize = 15;

/// What `text` means.
pub(super) fn meant(text: &str) -> Meant {
    let text = text.trim();
    if text.is_empty() {
        return Meant::Empty;
    }
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return Meant::Bool(text.eq_ignore_ascii_case("true"));
    }
    if let Some(day) = date::read(text) {
        return Meant::Day(day);
    }
    match text.strip_suffix('%').map(str::trim_end) {
        Some(share) => match number(share) {
            Some(Ok(number)) => Meant::Share(number / 100.0),
            _ => Meant::Text,
        },
        None => match number(text) {
            Some(Ok(number)) => Meant::Number(number),
            Some(Err(())) => Meant::Imprecise,
            None => Meant::Text,
        },
    }
}

/// The number of a text; an error when it has more digits than are kept. Zeros in front are of
/// codes, not of numbers.
fn number(text: &str) -> Option<Result<f64, ()>> {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (bare, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let signed = exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)));
    let coded = whole.len() > 1 && whole.starts_with('0');
    if !digits(whole) || !digits(part) || !signed || coded {
        return None;
    }
    let count = whole.trim_start_matches('0').len() + part.trim_end_matches('0').len();
    if count > DIGITS_MAX {
        return Some(Err(()));
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Ok(number))
}

/// A text that stays one, whatever it begins with: no table brings formulas.
pub(super) fn plain(text: &str) -> Content {
    Content::Text(text.into())
}
