//! What a cell comes to.

use formualizer_common::LiteralValue;
use serde_json::json;

use crate::sheet::plain_number;

/// What a cell comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Empty,
    /// A number. Dates are days since 1899-12-30.
    Number(f64),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// An error, as spreadsheets name it: `#DIV/0!`.
    Error(String),
}

impl Value {
    /// As JSON: `{"error": "#DIV/0!"}` for an error, null for nothing.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Empty => serde_json::Value::Null,
            Self::Number(number) => plain_number(*number),
            Self::Text(text) => serde_json::Value::String(text.clone()),
            Self::Bool(yes) => serde_json::Value::Bool(*yes),
            Self::Error(error) => json!({ "error": error }),
        }
    }

    /// Its number, when it is one.
    #[must_use]
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether it is the error of cells that wait for themselves.
    #[must_use]
    pub fn is_cycle(&self) -> bool {
        matches!(self, Self::Error(error) if error == "#CIRC!")
    }

    /// As one word of a text: what a cell without a format shows.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Number(number) => plain_number(*number).to_string(),
            Self::Text(text) | Self::Error(text) => text.clone(),
            Self::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        }
    }
}

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;

impl From<LiteralValue> for Value {
    fn from(value: LiteralValue) -> Self {
        match value {
            LiteralValue::Int(whole) => Self::Number(whole as f64),
            LiteralValue::Number(number) => Self::Number(number),
            LiteralValue::Text(text) => Self::Text(text),
            LiteralValue::Boolean(yes) => Self::Bool(yes),
            LiteralValue::Error(error) => Self::Error(error.kind.to_string()),
            LiteralValue::Array(rows) => {
                let first = rows.into_iter().next().and_then(|row| row.into_iter().next());
                first.map_or(Self::Empty, Self::from)
            }
            LiteralValue::Duration(time) => Self::Number(time.num_seconds() as f64 / DAY_S),
            LiteralValue::Empty | LiteralValue::Pending => Self::Empty,
            dated @ (LiteralValue::Date(_) | LiteralValue::DateTime(_) | LiteralValue::Time(_)) => {
                dated.as_serial_number().map_or(Self::Empty, Self::Number)
            }
        }
    }
}
