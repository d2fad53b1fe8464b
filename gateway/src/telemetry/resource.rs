//! Who it is that tells.

use contracts::telemetry::Attribute;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue,
};
use opentelemetry_proto::tonic::resource::v1::Resource as Told;

use super::settings::TelemetrySettings;

/// What is said of the program with every request.
#[derive(Debug, Clone)]
pub struct Resource(Vec<(String, Attribute)>);

/// The name of the scope of all spans and measures.
const SCOPE: &str = "cambium";

impl Resource {
    /// As the settings say; what they say of the same name comes first.
    #[must_use]
    pub fn of(settings: &TelemetrySettings) -> Self {
        let own = [
            ("service.name", settings.service_name.clone()),
            ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
            ("service.instance.id", uuid::Uuid::now_v7().to_string()),
            ("process.pid", std::process::id().to_string()),
            ("telemetry.sdk.name", SCOPE.to_owned()),
            ("telemetry.sdk.language", "rust".to_owned()),
            ("telemetry.sdk.version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        let mut all = pairs(&settings.resource_attributes).unwrap_or_default();
        all.retain(|(name, _)| name != "service.name" || settings.service_name == "cambium");
        for (name, value) in own {
            if !all.iter().any(|(there, _)| there == name) {
                all.push((name.to_owned(), value));
            }
        }
        Self(all.into_iter().map(|(name, value)| (name, Attribute::Text(value))).collect())
    }

    /// Who tells, as OTLP has it.
    #[must_use]
    pub fn resource(&self) -> Told {
        let attributes =
            self.0.iter().map(|(name, value)| attribute(name, value.clone())).collect();
        Told { attributes, ..Told::default() }
    }

    /// What in the program tells.
    #[must_use]
    pub fn scope(&self) -> InstrumentationScope {
        InstrumentationScope {
            name: SCOPE.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        }
    }
}

/// An attribute as OTLP has it.
pub fn attribute(name: &str, value: Attribute) -> KeyValue {
    let text = |text: String| AnyValue { value: Some(Value::StringValue(text)) };
    let value = match value {
        Attribute::Text(text) => Value::StringValue(text),
        Attribute::Flag(flag) => Value::BoolValue(flag),
        Attribute::Int(number) => Value::IntValue(number),
        Attribute::Float(number) => Value::DoubleValue(number),
        Attribute::Texts(texts) => {
            Value::ArrayValue(ArrayValue { values: texts.into_iter().map(text).collect() })
        }
    };
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: name.to_owned(), value, ..KeyValue::default() }
}

/// Pairs as the conventions write them: `name=value`, with commas between them.
///
/// # Errors
/// What is no pair.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (name, value) = member.split_once('=').ok_or("must be name=value,name=value")?;
            let plain = percent_encoding::percent_decode_str(value.trim()).decode_utf8();
            let value = plain.map_err(|_| "has a value that is no text")?;
            Ok((name.trim().to_owned(), value.into_owned()))
        })
        .collect()
}
