//! Values as they show in a cell: days, shares and digits by its format.

use chrono::{Duration, NaiveDate};

use super::style::Style;
use crate::calc::Value;

/// The value as a cell of this style shows it.
#[must_use]
pub fn show(value: &Value, style: &Style) -> String {
    let (Value::Number(number), Some(format)) = (value, style.number.as_deref()) else {
        return value.shown();
    };
    if style.is_date() {
        return day(*number, format).unwrap_or_else(|| value.shown());
    }
    let format = format.split(';').next().unwrap_or_default();
    if !format.contains('0') || format.contains(['E', 'e', '"', '/']) {
        return value.shown();
    }
    let share = format.contains('%');
    let decimals = format
        .split_once('.')
        .map_or(0, |(_, after)| after.chars().take_while(|c| matches!(c, '0' | '#' | '?')).count());
    let number = if share { number * 100.0 } else { *number };
    let digits = format!("{number:.decimals$}");
    let grouped = if format.contains(',') { in_groups(&digits) } else { digits };
    if share { format!("{grouped}%") } else { grouped }
}

/// A day as ISO 8601 writes it, with its time where the format has one.
fn day(serial: f64, format: &str) -> Option<String> {
    let start = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_hms_opt(0, 0, 0)?;
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let at = start.checked_add_signed(Duration::seconds((serial * 86_400.0).round() as i64))?;
    let (date, time) = (format.contains(['y', 'Y', 'd', 'D']), format.contains(['h', 'H']));
    let shown = match (date, time) {
        (true, true) => "%Y-%m-%d %H:%M:%S",
        (false, true) => "%H:%M:%S",
        _ => "%Y-%m-%d",
    };
    Some(at.format(shown).to_string())
}

fn in_groups(digits: &str) -> String {
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(w, p)| (w, Some(p)));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(part) = part {
        text.push('.');
        text.push_str(part);
    }
    text
}
