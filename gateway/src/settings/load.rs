//! Reading, merging and checking settings.

use std::collections::BTreeMap;

use config::{Config, Map, Source as _, Value, ValueKind};
use serde_json::Value as Json;

use super::Settings;
use super::error::SettingsError;
use super::sources::Sources;
use super::weak;

/// Settings and where each value that is not the default comes from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Such as `log.level` → `environment CAMBIUM_LOG`.
    pub origins: BTreeMap<String, String>,
}

/// Reads the settings: file, then environment, then flags, the last word wins.
///
/// # Errors
/// When the file cannot be read, a name is unknown or a value is of no use; the error says which
/// and where it was set.
pub fn load(sources: &Sources) -> Result<Loaded, SettingsError> {
    let mut builder = Config::builder();
    for layer in sources.layers()? {
        builder = builder.add_source(layer);
    }
    let merged = builder.build().map_err(|error| invalid("", "", &error))?;
    let table = merged.collect().map_err(|error| invalid("", "", &error))?;

    let known = serde_json::to_value(Settings::default())
        .expect("settings are made of JSON values with string keys");
    let mut origins = BTreeMap::new();
    survey(&table, &known, "", &mut origins)?;

    let origin = |key: &str| origins.get(key).cloned().unwrap_or_else(|| "default".to_owned());
    let settings: Settings = serde_path_to_error::deserialize(merged).map_err(|error| {
        let key = error.path().to_string();
        invalid(&key, &origin(&key), error.inner())
    })?;
    settings.check().map_err(|(key, reason)| SettingsError::Invalid {
        key: key.to_owned(),
        origin: origin(key),
        reason,
    })?;
    weak::check(&settings).map_err(|(key, reason)| SettingsError::Weak {
        key: key.to_owned(),
        origin: origin(key),
        reason,
    })?;
    Ok(Loaded { settings, origins })
}

fn invalid(key: &str, origin: &str, error: &config::ConfigError) -> SettingsError {
    // The library repeats key and origin behind the reason; here both stand in front.
    let text = error.to_string();
    let reason = text.split(" for key `").next().unwrap_or(&text).to_owned();
    SettingsError::Invalid { key: key.to_owned(), origin: origin.to_owned(), reason }
}

/// Notes where each value comes from, and stops at the first name that the settings do not have.
fn survey(
    table: &Map<String, Value>,
    known: &Json,
    path: &str,
    origins: &mut BTreeMap<String, String>,
) -> Result<(), SettingsError> {
    for (name, value) in table {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let origin = value.origin().unwrap_or("settings").to_owned();
        let Some(member) = known.get(name) else {
            let near = nearest(name, known).map(|near| key.replace(name.as_str(), near));
            return Err(SettingsError::Unknown { key, origin, near });
        };
        match &value.kind {
            // A section that is empty by default is a map of the user's own names.
            ValueKind::Table(inner) if member.as_object().is_some_and(|map| !map.is_empty()) => {
                survey(inner, member, &key, origins)?;
            }
            _ => {
                origins.insert(key, origin);
            }
        }
    }
    Ok(())
}

/// The known name that differs least from `name`, when it differs little.
fn nearest<'a>(name: &str, known: &'a Json) -> Option<&'a str> {
    let names = known.as_object()?.keys();
    let (far, near) = names.map(|near| (distance(name, near), near.as_str())).min()?;
    (far <= 1 + name.len() / 4).then_some(near)
}

/// How many characters must be added, dropped or changed to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.chars().enumerate() {
            let changed = corner + usize::from(from != to);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
