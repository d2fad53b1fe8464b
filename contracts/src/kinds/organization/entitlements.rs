//! What an organization may use of a feature, and how much it has used.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Pattern, Unreadable};
use crate::ids::ActorId;
use crate::time::Timestamp;

/// Whose use is counted: all of the organization, or one part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// `organization`.
    #[default]
    Organization,
    /// `project:<id>`.
    Project(ActorId),
    /// `application:<id>`.
    Application(ActorId),
    /// `service:<id>`.
    Service(ActorId),
}

impl FromStr for Scope {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let error =
            Unreadable("a scope is organization, project:<id>, application:<id> or service:<id>");
        if text == "organization" {
            return Ok(Self::Organization);
        }
        let (sort, id) = text.split_once(':').ok_or_else(|| error.clone())?;
        let id = ActorId::new(id).map_err(|_| error.clone())?;
        match sort {
            "project" => Ok(Self::Project(id)),
            "application" => Ok(Self::Application(id)),
            "service" => Ok(Self::Service(id)),
            _ => Err(error),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization => f.write_str("organization"),
            Self::Project(id) => write!(f, "project:{id}"),
            Self::Application(id) => write!(f, "application:{id}"),
            Self::Service(id) => write!(f, "service:{id}"),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = Unreadable;

    fn try_from(text: String) -> Result<Self, Unreadable> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl JsonSchema for Scope {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EntitlementScope".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern":
                "^(organization|(project|application|service):[A-Za-z0-9][A-Za-z0-9_:@-]{0,127})$"
        })
    }
}

/// After how long what was used is forgotten. Days and months are those of UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// At every full hour.
    Hour,
    /// At midnight.
    Day,
    /// On the first of the month.
    #[default]
    Month,
    /// Never.
    Total,
}

impl Period {
    /// When the window that `at` is in began; the epoch for [`Period::Total`].
    #[must_use]
    pub fn window(self, at: Timestamp) -> Timestamp {
        const HOUR_MS: i64 = 3_600_000;
        match self {
            Self::Hour => Timestamp::from_millis(at.as_millis().div_euclid(HOUR_MS) * HOUR_MS),
            Self::Day => {
                let day_ms = 24 * HOUR_MS;
                Timestamp::from_millis(at.as_millis().div_euclid(day_ms) * day_ms)
            }
            Self::Month => Self::month(at),
            Self::Total => Timestamp::from_millis(0),
        }
    }

    fn month(at: Timestamp) -> Timestamp {
        let utc = jiff::Timestamp::from_millisecond(at.as_millis())
            .map(|at| TimeZone::UTC.to_datetime(at));
        let first = utc.and_then(|date| DateTime::new(date.year(), date.month(), 1, 0, 0, 0, 0));
        let start = first.and_then(|first| first.to_zoned(TimeZone::UTC));
        // Every instant that a timestamp can hold has a month.
        start.map_or(at, |start| Timestamp::from_millis(start.timestamp().as_millisecond()))
    }
}

/// Input of `entitle`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entitle {
    /// The feature. One that is a capability pattern, such as `cap:osteon.*`, is counted by the
    /// gate, a command at a time; others are counted by `consume`.
    #[schemars(length(min = 1, max = 256))]
    pub feature: String,
    /// For whom; the organization when left out.
    #[serde(default)]
    pub scope: Scope,
    /// How much of it may be used in one period; absent = as much as is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// After how long what was used is forgotten; `month` when left out.
    #[serde(default)]
    pub period: Period,
    /// Whether it may be used at all; true when left out.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Until when; absent = for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

const fn yes() -> bool {
    true
}

impl Entitle {
    /// The commands that the gate counts against it; `None` when `consume` counts.
    #[must_use]
    pub fn commands(&self) -> Option<Pattern> {
        self.feature.parse().ok()
    }
}

/// Input of `consume`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consume {
    /// Which feature.
    #[schemars(length(min = 1, max = 256))]
    pub feature: String,
    /// For whom; the organization when left out.
    #[serde(default)]
    pub scope: Scope,
    /// How much; 1 when left out.
    #[serde(default = "one")]
    pub amount: u64,
}

const fn one() -> u64 {
    1
}

/// Input of `withdraw`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// Which feature.
    #[schemars(length(min = 1, max = 256))]
    pub feature: String,
    /// For whom; the organization when left out.
    #[serde(default)]
    pub scope: Scope,
}

/// The answer of `consume`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consumed {
    /// How much was used in this period.
    pub consumed: u64,
    /// How much is left; absent = as much as is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::{Period, Scope};
    use crate::time::Timestamp;

    #[test]
    fn a_window_begins_where_its_period_does() {
        let at: Timestamp = "2028-02-29T17:45:30.123Z".parse().expect("a time");
        for (period, wanted) in [
            (Period::Hour, "2028-02-29T17:00:00.000Z"),
            (Period::Day, "2028-02-29T00:00:00.000Z"),
            (Period::Month, "2028-02-01T00:00:00.000Z"),
            (Period::Total, "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(period.window(at).to_string(), wanted);
            assert_eq!(period.window(period.window(at)), period.window(at));
        }
    }

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in ["organization", "project:p1", "application:a", "service:s:1"] {
            assert_eq!(text.parse::<Scope>().expect(text).to_string(), text);
        }
        for text in ["", "project", "project:", "team:x", "organization:x"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }
}
