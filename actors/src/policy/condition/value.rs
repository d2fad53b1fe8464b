//! What conditions compute with: borrowed from the question where possible.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value as Json;

/// A value.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list or an object of the input.
    Json(&'a Json),
    /// A list that was made.
    List(Vec<Value<'a>>),
    /// The caller's roles.
    Names(&'a [&'a str]),
}

impl<'a> From<&'a Json> for Value<'a> {
    fn from(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Array(_) | Json::Object(_) => Self::Json(json),
        }
    }
}

impl<'a> Value<'a> {
    /// A text that lives as long as the question.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// What sort of value it is, for messages.
    #[must_use]
    pub const fn sort(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Float(_) => "a double",
            Self::Text(_) => "a text",
            Self::Json(Json::Object(_)) => "a map",
            Self::Json(_) | Self::List(_) | Self::Names(_) => "a list",
        }
    }

    /// How many members a list or a map has, or letters a text.
    #[must_use]
    pub fn size(&self) -> Option<usize> {
        match self {
            Self::Text(text) => Some(text.chars().count()),
            Self::Json(Json::Array(items)) => Some(items.len()),
            Self::Json(Json::Object(members)) => Some(members.len()),
            Self::List(items) => Some(items.len()),
            Self::Names(names) => Some(names.len()),
            _ => None,
        }
    }

    /// What a macro goes through: a list's members, a map's keys.
    #[must_use]
    pub fn members(self) -> Option<Vec<Value<'a>>> {
        match self {
            Self::Json(Json::Array(items)) => Some(items.iter().map(Value::from).collect()),
            Self::Json(Json::Object(members)) => {
                Some(members.keys().map(|key| Value::text(key)).collect())
            }
            Self::List(items) => Some(items),
            Self::Names(names) => Some(names.iter().map(|name| Value::text(name)).collect()),
            _ => None,
        }
    }

    /// The member of a map.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Value<'a>> {
        match self {
            Self::Json(Json::Object(members)) => members.get(name).map(Value::from),
            _ => None,
        }
    }

    /// Roughly how much there is to look at, for the fuel.
    #[must_use]
    pub fn weight(&self) -> u64 {
        let weight = match self {
            Self::Text(text) => text.len() / 16,
            Self::Json(json) => json_weight(json),
            Self::List(items) => items.iter().map(|item| item.weight() as usize + 1).sum(),
            Self::Names(names) => names.len(),
            _ => 0,
        };
        weight as u64
    }

    /// Whether both are the same; values of different sorts never are.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Int(_) | Self::Float(_), Self::Int(_) | Self::Float(_)) => {
                self.order(other) == Some(Ordering::Equal)
            }
            (Self::Json(Json::Object(a)), Self::Json(Json::Object(b))) => {
                a.len() == b.len()
                    && a.iter().all(|(key, value)| {
                        let other = b.get(key);
                        other.is_some_and(|it| Value::from(value).same(&Value::from(it)))
                    })
            }
            _ => match (self.size(), other.size()) {
                (Some(a), Some(b)) if a == b && self.is_list() && other.is_list() => {
                    let (left, right) = (self.clone().members(), other.clone().members());
                    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
                    left.iter().zip(&right).all(|(a, b)| a.same(b))
                }
                _ => false,
            },
        }
    }

    fn is_list(&self) -> bool {
        matches!(self, Self::Json(Json::Array(_)) | Self::List(_) | Self::Names(_))
    }

    /// Which of two values is greater; `None` when they cannot be compared.
    #[must_use]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Int(a), Self::Float(b)) => mixed(*a, *b),
            (Self::Float(a), Self::Int(b)) => mixed(*b, *a).map(Ordering::reverse),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

fn json_weight(json: &Json) -> usize {
    match json {
        Json::Array(items) => items.iter().map(|item| json_weight(item) + 1).sum(),
        Json::Object(members) => {
            members.iter().map(|(key, value)| key.len() / 16 + json_weight(value) + 1).sum()
        }
        Json::String(text) => text.len() / 16,
        _ => 0,
    }
}

/// Compares exactly: a double holds no whole number above 2^53 faithfully.
fn mixed(int: i64, float: f64) -> Option<Ordering> {
    const EDGE: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        return None;
    }
    if float >= EDGE {
        return Some(Ordering::Less);
    }
    if float < -EDGE {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    let order = int.cmp(&(whole as i64));
    Some(order.then(0.0_f64.partial_cmp(&(float - whole)).unwrap_or(Ordering::Equal)))
}
