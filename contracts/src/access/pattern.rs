use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Capability, Unreadable};
use crate::ids::is_token;

/// Capabilities that are granted together: `cap:*`, `cap:counter.*`, `cap:*.read` or exactly one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    /// `None` = any area.
    area: Option<Box<str>>,
    /// `None` = any verb.
    verb: Option<Box<str>>,
}

impl Pattern {
    /// Every capability.
    pub const ALL: Self = Self { area: None, verb: None };

    /// Whether the pattern means every capability.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.area.is_none() && self.verb.is_none()
    }

    /// Whether the pattern means `capability`.
    #[must_use]
    pub fn matches(&self, capability: Capability<'_>) -> bool {
        self.area.as_deref().is_none_or(|area| area == capability.area)
            && self.verb.as_deref().is_none_or(|verb| verb == capability.verb)
    }

    /// Whether every capability of `other` is one of this pattern.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        (self.area.is_none() || self.area == other.area)
            && (self.verb.is_none() || self.verb == other.verb)
    }

    /// The capabilities that both mean; `None` = there are none.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Option<Self> {
        let area = meet(self.area.as_deref(), other.area.as_deref())?;
        let verb = meet(self.verb.as_deref(), other.verb.as_deref())?;
        Some(Self { area: area.map(Into::into), verb: verb.map(Into::into) })
    }
}

/// What both mean; `None` = nothing, `Some(None)` = anything.
fn meet<'a>(one: Option<&'a str>, other: Option<&'a str>) -> Option<Option<&'a str>> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => None,
        (either, None) | (None, either) | (either, Some(_)) => Some(either),
    }
}

impl From<Capability<'_>> for Pattern {
    fn from(capability: Capability<'_>) -> Self {
        Self { area: Some(capability.area.into()), verb: Some(capability.verb.into()) }
    }
}

impl FromStr for Pattern {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let error =
            Unreadable("a pattern is cap:*, cap:<area>.*, cap:*.<verb> or cap:<area>.<verb>");
        let rest = text.strip_prefix("cap:").ok_or_else(|| error.clone())?;
        if rest == "*" {
            return Ok(Self::ALL);
        }
        let (area, verb) = rest.split_once('.').ok_or_else(|| error.clone())?;
        let part = |text: &str| match text {
            "*" => Ok(None),
            text if is_token(text) => Ok(Some(text.into())),
            _ => Err(error.clone()),
        };
        Ok(Self { area: part(area)?, verb: part(verb)? })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("cap:*");
        }
        let part = |part: &Option<Box<str>>| part.as_deref().unwrap_or("*").to_owned();
        write!(f, "cap:{}.{}", part(&self.area), part(&self.verb))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Pattern {
    type Error = Unreadable;

    fn try_from(text: String) -> Result<Self, Unreadable> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
    }
}

impl schemars::JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "CapabilityPattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^cap:(\\*|(\\*|[A-Za-z0-9][A-Za-z0-9_:@-]{0,127})\\.(\\*|[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}))$"
        })
    }
}
