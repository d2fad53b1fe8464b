//! When a step is done at all.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kinds::check::SAID;

/// Something that holds of a value, or does not. Each member that is said must hold; with none, the
/// value must be there and be neither `null` nor `false`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Where the value is found: a JSON Pointer.
    #[serde(rename = "$from")]
    #[schemars(length(max = 1_024), regex(pattern = SAID))]
    pub from: String,
    /// It is there, or it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// It is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub is: Vec<Value>,
    /// It is none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub is_not: Vec<Value>,
    /// It is a number of at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// It is a number of at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl Condition {
    /// Whether it holds of what was found where it looks.
    #[must_use]
    pub fn holds(&self, found: Option<&Value>) -> bool {
        let number = found.and_then(Value::as_f64);
        let plain = self.exists.is_none()
            && self.is.is_empty()
            && self.is_not.is_empty()
            && self.min.is_none()
            && self.max.is_none();
        if plain {
            return found.is_some_and(|it| !it.is_null() && *it != Value::Bool(false));
        }
        let among = |values: &[Value]| found.is_some_and(|it| values.iter().any(|v| same(v, it)));
        let beyond = |most: Option<f64>, wrong: Ordering| {
            most.is_none_or(|most| {
                let order = number.and_then(|it| it.partial_cmp(&most));
                order.is_some_and(|order| order != wrong)
            })
        };
        self.exists.is_none_or(|exists| exists == found.is_some())
            && (self.is.is_empty() || among(&self.is))
            && !among(&self.is_not)
            && beyond(self.min, Ordering::Less)
            && beyond(self.max, Ordering::Greater)
    }
}

/// Numbers are the same when they are as large, however they are written.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one_number), Some(other_number)) => {
            one == other || one_number.total_cmp(&other_number) == Ordering::Equal
        }
        _ => one == other,
    }
}
