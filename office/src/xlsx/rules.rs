//! What cells may hold, in a file.

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DataValidationRule, Formula, Worksheet, XlsxError,
};

use super::write::counted;
use crate::sheet::{Allow, Bound, Compare, Otherwise, Rule, Sheet};

/// The longest message and the longest list of a file, in units of UTF-16.
const UNITS_MAX: usize = 255;

/// Writes the rules of a sheet; how many of them the file does not hold.
///
/// # Errors
/// When the format cannot hold it.
pub(super) fn write(page: &mut Worksheet, sheet: &Sheet) -> Result<u64, XlsxError> {
    let mut lost = 0;
    for (_, rule) in sheet.rules.iter() {
        let Some(said) = said(rule) else {
            lost += 1;
            continue;
        };
        let mut said = said?.set_error_style(match rule.otherwise {
            Otherwise::Refuse => DataValidationErrorStyle::Stop,
            Otherwise::Warn => DataValidationErrorStyle::Warning,
        });
        if let Some(message) = &rule.message {
            said = said.set_error_message(cut(message))?;
        }
        let ((row, column), (to_row, to_column)) = (counted(rule.area.from), counted(rule.area.to));
        page.add_data_validation(row, column, to_row, to_column, &said)?;
    }
    Ok(lost)
}

/// A rule as the file says it; none where it has no words for it.
fn said(rule: &Rule) -> Option<Result<DataValidation, XlsxError>> {
    let new = DataValidation::new();
    Some(Ok(match &rule.allow {
        Allow::List(values) => {
            let units = values.iter().map(|value| value.encode_utf16().count() + 1).sum::<usize>();
            let plain = |value: &String| !value.contains([',', '"']) && value.trim() == value;
            if units > UNITS_MAX || !values.iter().all(plain) {
                return None;
            }
            return Some(new.allow_list_strings(values));
        }
        Allow::ListOf(area) => new.allow_list_formula(formula(area)?),
        Allow::Formula(text) => new.allow_custom(formula(text)?),
        Allow::Whole(bounds) => new.allow_whole_number_formula(compared(bounds)?),
        Allow::Decimal(bounds) => new.allow_decimal_number_formula(compared(bounds)?),
        Allow::Date(bounds) => new.allow_date_formula(compared(bounds)?),
        Allow::TextLength(bounds) => new.allow_text_length_formula(compared(bounds)?),
    }))
}

/// A formula of which nothing is gone.
fn formula(text: &str) -> Option<Formula> {
    (!text.contains("#REF!")).then(|| Formula::new(text))
}

fn compared(bounds: &Compare) -> Option<DataValidationRule<Formula>> {
    let said = |bound: &Bound| match bound {
        Bound::Number(number) => Some(Formula::new(number.to_string())),
        Bound::Formula(text) => formula(text),
    };
    Some(match bounds {
        Compare::Between(one, other) => DataValidationRule::Between(said(one)?, said(other)?),
        Compare::NotBetween(one, other) => DataValidationRule::NotBetween(said(one)?, said(other)?),
        Compare::Equal(one) => DataValidationRule::EqualTo(said(one)?),
        Compare::Different(one) => DataValidationRule::NotEqualTo(said(one)?),
        Compare::Above(one) => DataValidationRule::GreaterThan(said(one)?),
        Compare::AtLeast(one) => DataValidationRule::GreaterThanOrEqualTo(said(one)?),
        Compare::Below(one) => DataValidationRule::LessThan(said(one)?),
        Compare::AtMost(one) => DataValidationRule::LessThanOrEqualTo(said(one)?),
    })
}

fn cut(message: &str) -> String {
    let mut units = 0;
    let fits = |sign: &char| {
        units += sign.len_utf16();
        units <= UNITS_MAX
    };
    message.chars().take_while(fits).collect()
}
