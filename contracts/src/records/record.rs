use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::signal::{Level, SpanStatus};
use crate::time::Timestamp;

/// One line of a log, point of a metric, span or object. Which members it has depends on which of
/// these it is; [`check`](super::check) says so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Record {
    /// When it happened; of a span when it began. Left out: when it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What of that is below a millisecond, in nanoseconds: 0 to 999,999.
    #[serde(skip_serializing_if = "is_zero")]
    pub nanos: u32,
    /// Which program tells it; left out: that of the batch.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// What the metric, the span or the object is called; of a line of a log the event, if any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How bad a line of a log is: `trace`, `debug`, `info`, `warn`, `error`, `fatal`. Left out:
    /// `info`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "level")]
    #[schemars(with = "Option<String>")]
    pub level: Option<Level>,
    /// What a line of a log says; of a span what is said of its status.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Names and what they are: texts, numbers, flags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Value>,
    /// The trace: 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The span: 16 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<String>,
    /// The span that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Of a metric `gauge`, `sum`, `histogram`, `exponential_histogram` or `summary`; of a span
    /// `internal`, `server`, `client`, `producer` or `consumer`; of an object its media type.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The unit of a metric.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The value of a metric's point: of a distribution its sum. Of an object its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// How a span ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<SpanStatus>,
    /// How long a span took, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ns: Option<u64>,
    /// The rest: events and links of a span, buckets of a distribution, where an object lies.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub more: Value,
}

const fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn level<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Level>, D::Error> {
    let told = Option::<String>::deserialize(d)?;
    told.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

impl Record {
    /// How long it took, in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> Option<f64> {
        self.duration_ns.map(|ns| ns as f64 / 1e6)
    }

    /// The instant, with what is below a millisecond.
    #[must_use]
    pub fn instant(&self) -> (Timestamp, u32) {
        (self.at.unwrap_or_default(), self.nanos)
    }

    /// What the labels, or else the record's own members, have under `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.labels.get(name) {
            return Some(value.clone());
        }
        let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
        match name {
            "service" => text(&self.service),
            "name" => text(&self.name),
            "message" => text(&self.message),
            "kind" => text(&self.kind),
            "unit" => text(&self.unit),
            "level" => self.level.map(|level| level.as_str().into()),
            "status" => self.status.map(|status| status.as_str().into()),
            "trace" => self.trace.as_deref().map(Value::from),
            "span" => self.span.as_deref().map(Value::from),
            "parent" => self.parent.as_deref().map(Value::from),
            "value" => self.value.map(Value::from),
            "duration_ms" => self.duration_ms().map(Value::from),
            _ => None,
        }
    }
}
