//! Who it is that tells.

use contracts::telemetry::Attribute;

use super::settings::TelemetrySettings;
use super::wire::Message;

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

    /// A request with one resource and one scope, whose items `write` writes.
    #[must_use]
    pub fn request(&self, write: impl FnOnce(&mut Message)) -> Vec<u8> {
        let mut request = Message::default();
        request.message(1, |whole| {
            whole.message(1, |resource| {
                for (name, value) in &self.0 {
                    attribute(resource, 1, name, value);
                }
            });
            whole.message(2, |scoped| {
                scoped.message(1, |scope| {
                    scope.bytes(1, SCOPE);
                    scope.bytes(2, env!("CARGO_PKG_VERSION"));
                });
                write(scoped);
            });
        });
        request.into_bytes()
    }
}

/// Writes an attribute.
pub fn attribute(message: &mut Message, field: u32, name: &str, value: &Attribute) {
    message.message(field, |pair| {
        pair.bytes(1, name);
        pair.message(2, |any| match value {
            Attribute::Text(text) => any.bytes(1, text),
            Attribute::Flag(flag) => any.varint(2, u64::from(*flag)),
            Attribute::Int(number) => any.varint(3, number.cast_unsigned()),
            Attribute::Float(number) => any.double(4, *number),
            Attribute::Texts(texts) => any.message(5, |array| {
                for text in texts {
                    array.message(1, |item| item.bytes(1, text));
                }
            }),
        });
    });
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
