//! Values and times of OTLP as records have them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::records::Record;
use contracts::{Refusal, Timestamp};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde_json::{Map, Value};

use super::super::room::{Room, size};

/// The attribute that says which program it is.
const SERVICE: &str = "service.name";

/// How deep a value may be; what is deeper is left out.
const DEPTH_MAX: usize = 16;

/// What all records of a resource and scope share.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    service: String,
    labels: BTreeMap<String, Value>,
    /// What each record takes of it, in bytes of JSON.
    bytes: usize,
}

impl Shared {
    /// What is said of a resource.
    pub fn of(resource: Option<Resource>) -> Self {
        let mut labels = labels(resource.map(|resource| resource.attributes).unwrap_or_default());
        let service = match labels.remove(SERVICE) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        // How the exporter is made is of no use to anybody who reads what it tells.
        labels.retain(|name, _| !name.starts_with("telemetry.sdk."));
        let bytes = service.len() + size(&labels);
        Self { service, labels, bytes }
    }

    /// The same with the name of what in the program tells it.
    pub fn within(&self, scope: Option<InstrumentationScope>) -> Self {
        let mut shared = self.clone();
        let name = scope.map(|scope| scope.name).filter(|name| !name.is_empty());
        if let Some(name) = name {
            shared.bytes += name.len();
            shared.labels.insert("otel.scope.name".to_owned(), name.into());
        }
        shared
    }

    /// Makes room for so many records, each with so much of its own beside what is shared.
    ///
    /// # Errors
    /// `telemetry_too_large`.
    pub fn room(&self, room: &mut Room, records: usize, own_bytes: usize) -> Result<(), Refusal> {
        room.take(self.bytes.saturating_add(own_bytes).saturating_mul(records))
    }

    /// A record with what is shared and its own attributes, which come first.
    pub fn record(&self, attributes: Vec<KeyValue>) -> Record {
        let mut all = self.labels.clone();
        all.extend(labels(attributes));
        Record { service: self.service.clone(), labels: all, ..Record::default() }
    }
}

/// Attributes by their names; those without a value are left out.
pub fn labels(attributes: Vec<KeyValue>) -> BTreeMap<String, Value> {
    let pairs = attributes.into_iter().filter(|pair| !pair.key.is_empty());
    pairs.map(|pair| (pair.key, value(pair.value, 0))).filter(|it| !it.1.is_null()).collect()
}

/// A value as JSON; bytes as base64, and numbers that are none as nothing.
pub fn value(any: Option<AnyValue>, depth: usize) -> Value {
    let Some(any) = any.and_then(|any| any.value).filter(|_| depth < DEPTH_MAX) else {
        return Value::Null;
    };
    match any {
        Any::StringValue(text) => text.into(),
        Any::BoolValue(flag) => flag.into(),
        Any::IntValue(number) => number.into(),
        Any::DoubleValue(number) => number.into(),
        Any::BytesValue(bytes) => STANDARD.encode(bytes).into(),
        Any::ArrayValue(array) => {
            array.values.into_iter().map(|it| value(Some(it), depth + 1)).collect()
        }
        Any::KvlistValue(list) => {
            let pairs = list.values.into_iter();
            let members: Map<_, _> =
                pairs.map(|pair| (pair.key, value(pair.value, depth + 1))).collect();
            members.into()
        }
        _ => Value::Null,
    }
}

/// An instant and what of it is below a millisecond; `None` = it was not told.
pub fn instant(ns: u64) -> Option<(Timestamp, u32)> {
    if ns == 0 {
        return None;
    }
    let ms = i64::try_from(ns / 1_000_000).ok()?;
    Some((Timestamp::from_millis(ms), u32::try_from(ns % 1_000_000).unwrap_or_default()))
}

/// An id as hexadecimal digits; `None` = there is none, or it is all zero.
pub fn id(bytes: &[u8]) -> Option<String> {
    let told = bytes.iter().any(|byte| *byte != 0);
    told.then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// An instant as text.
pub fn time(ns: u64) -> Value {
    instant(ns).map_or(Value::Null, |(at, _)| at.to_string().into())
}
