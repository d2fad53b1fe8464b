//! What a person puts into a cell.

use std::sync::Arc;

use serde_json::Value;

/// What a person puts into a cell. As JSON: a number, `true` or `false`, a text; a text that begins
/// with `=` is a formula. A text that is to begin with `=` or `'` has a `'` before it.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A number; never infinite, never none. Dates are days since 1899-12-30.
    Number(f64),
    /// A text.
    Text(Arc<str>),
    /// Yes or no.
    Bool(bool),
    /// A formula, with its `=`.
    Formula(Arc<str>),
}

impl Content {
    /// What this JSON says; `Ok(None)` = an empty cell, for null and the empty text.
    ///
    /// # Errors
    /// When it is a list or an object, or a number that no cell can hold: the JSON itself.
    pub fn read(said: &Value) -> Result<Option<Self>, &Value> {
        Ok(Some(match said {
            Value::Null => return Ok(None),
            Value::Bool(yes) => Self::Bool(*yes),
            Value::Number(number) => {
                let number = number.as_f64().filter(|number| number.is_finite());
                Self::Number(number.ok_or(said)?)
            }
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::String(text) => Self::typed(text),
            Value::Array(_) | Value::Object(_) => return Err(said),
        }))
    }

    /// The text or the formula that `text` stands for.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        match text.as_bytes() {
            [b'=', _, ..] => Self::Formula(text.into()),
            [b'\'', ..] => Self::Text(text[1..].into()),
            _ => Self::Text(text.into()),
        }
    }

    /// As JSON: what [`Content::read`] reads as the same.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Number(number) => plain_number(*number),
            Self::Bool(yes) => Value::Bool(*yes),
            Self::Formula(formula) => Value::String(formula.as_ref().to_owned()),
            Self::Text(text) if text.is_empty() || text.starts_with(['=', '\'']) => {
                Value::String(format!("'{text}"))
            }
            Self::Text(text) => Value::String(text.as_ref().to_owned()),
        }
    }

    /// Its formula, when it is one.
    #[must_use]
    pub fn formula(&self) -> Option<&str> {
        match self {
            Self::Formula(formula) => Some(formula),
            _ => None,
        }
    }

    /// How many bytes its text or formula takes; eight for the others.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) | Self::Formula(text) => text.len(),
            Self::Number(_) | Self::Bool(_) => 8,
        }
    }
}

/// A number as JSON: whole ones without a fraction, as people write them.
pub(crate) fn plain_number(number: f64) -> Value {
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < WHOLE_MAX {
        // Exact: whole numbers of this size are.
        return Value::from(number as i64);
    }
    Value::from(number)
}
