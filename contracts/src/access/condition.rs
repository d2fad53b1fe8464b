use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::caller::Origin;
use crate::ids::is_token;

/// When a grant counts. What is left out is no condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    /// Only for these actors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<IdPattern>,
    /// Only by these roads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roads: Vec<Origin>,
}

/// An actor's id, or what ids begin with, followed by `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdPattern(Box<str>);

impl IdPattern {
    /// Whether the pattern means `id`.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        self.0.strip_suffix('*').map_or(*self.0 == *id, |start| id.starts_with(start))
    }

    /// Whether every id of `other` is one of this pattern.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self.0.strip_suffix('*'), other.0.strip_suffix('*')) {
            (Some(own), Some(other)) => other.starts_with(own),
            (None, Some(_)) => false,
            (_, None) => self.matches(&other.0),
        }
    }
}

impl TryFrom<String> for IdPattern {
    type Error = Unreadable;

    fn try_from(text: String) -> Result<Self, Unreadable> {
        let id = text.strip_suffix('*').unwrap_or(&text);
        let all = id.is_empty() && text == "*";
        if all || is_token(id) {
            Ok(Self(text.into()))
        } else {
            Err(Unreadable("an id pattern is an id, or the beginning of one followed by *"))
        }
    }
}

impl From<IdPattern> for String {
    fn from(pattern: IdPattern) -> Self {
        pattern.0.into()
    }
}

impl JsonSchema for IdPattern {
    fn schema_name() -> Cow<'static, str> {
        "IdPattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(\\*|[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}\\*?)$"
        })
    }
}

impl Condition {
    /// Whether it asks for nothing.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.ids.is_empty() && self.roads.is_empty()
    }

    /// Whether it holds for an act on `id` by `road`. What concerns no one actor is not among any.
    #[must_use]
    pub fn holds(&self, id: Option<&str>, road: Origin) -> bool {
        let id_fits = self.ids.is_empty()
            || id.is_some_and(|id| self.ids.iter().any(|pattern| pattern.matches(id)));
        id_fits && (self.roads.is_empty() || self.roads.contains(&road))
    }

    /// Whether this holds wherever `other` does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let within = |id: &IdPattern| self.ids.iter().any(|own| own.covers(id));
        let ids = self.ids.is_empty() || (!other.ids.is_empty() && other.ids.iter().all(within));
        let by = |road: &Origin| self.roads.contains(road);
        let roads =
            self.roads.is_empty() || (!other.roads.is_empty() && other.roads.iter().all(by));
        ids && roads
    }
}
