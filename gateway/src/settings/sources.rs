//! Where settings come from: a file, the environment, flags.

use std::path::{Path, PathBuf};

use config::{ConfigError, FileFormat, Map, Source, Value, ValueKind};

use super::error::SettingsError;
use super::secret_file;
use crate::home;
use crate::telemetry::standard_variables;

/// What the variables of this program begin with.
const PREFIX: &str = "CAMBIUM_";

/// Variables with a name of their own, and what they set. Every other setting has the variable
/// `CAMBIUM_SECTION__NAME`.
pub const SHORT_NAMES: &[(&str, &str)] = &[
    ("CAMBIUM_DATABASE_URL", "database_url"),
    ("CAMBIUM_DATA", "data"),
    ("CAMBIUM_DURABILITY", "durability"),
    ("CAMBIUM_LISTEN", "listen"),
    ("CAMBIUM_LOG", "log.level"),
    ("CAMBIUM_LOG_FORMAT", "log.format"),
    ("CAMBIUM_LOG_LEVEL", "log.level"),
    ("CAMBIUM_MASTER_KEY_FILE", "master_key_file"),
    ("CAMBIUM_NATS_PASSWORD", "nats.password"),
    ("CAMBIUM_NATS_SERVER", "nats_server"),
    ("CAMBIUM_NATS_URL", "nats.url"),
    ("CAMBIUM_NATS_USER", "nats.user"),
    ("CAMBIUM_NODE_ID", "node.id"),
    ("CAMBIUM_NODE_KEY_FILE", "node.key_file"),
    ("CAMBIUM_NODE_ROLES", "node.roles"),
];

/// Settings that hold a secret. Each has a second variable, with `_FILE` at its end, that names a
/// file with the value.
pub const SECRETS: &[&str] = &["database_url", "nats.password", "nats.url", "telemetry.headers"];

/// What the variable of a file ends with.
const FILE: &str = "_FILE";

/// The secret whose file a variable names.
fn secret_of(name: &str) -> Option<String> {
    let key = key_of(name.strip_suffix(FILE)?)?;
    SECRETS.contains(&key.as_str()).then_some(key)
}

/// Variables that are no settings of the server: the client verbs read them.
pub const CLIENT_VARIABLES: &[&str] = &[
    "CAMBIUM_CA",
    "CAMBIUM_CERT",
    "CAMBIUM_CERT_KEY",
    "CAMBIUM_CONFIG",
    "CAMBIUM_KEY",
    "CAMBIUM_KEY_FILE",
    "CAMBIUM_REASON",
    "CAMBIUM_TENANT",
    "CAMBIUM_URL",
];

/// Variables that a container platform sets beside ours when a service is called `cambium`.
fn is_platforms(name: &str) -> bool {
    name == "CAMBIUM_PORT"
        || name.starts_with("CAMBIUM_PORT_")
        || name.starts_with("CAMBIUM_SERVICE_")
}

/// What the settings are made of.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file that the caller names; it must exist. None = the first of `<data>/cambium.toml`
    /// and `./cambium.toml` that does.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Flags: the setting, the flag's name, the value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// The file that is read; `None` = there is none.
    #[must_use]
    pub fn settings_file(&self) -> Option<PathBuf> {
        let named = || self.variable("CAMBIUM_CONFIG").map(PathBuf::from);
        self.file.clone().or_else(named).or_else(|| {
            let flag = self.flags.iter().find(|(key, ..)| *key == "data");
            let data = flag.map(|(.., value)| value.as_str());
            let data = data.or_else(|| self.variable("CAMBIUM_DATA")).unwrap_or(super::DATA);
            let beside = [Path::new(data).join(home::SETTINGS), PathBuf::from(home::SETTINGS)];
            beside.into_iter().find(|path| path.is_file())
        })
    }

    /// Secrets whose variable names a file: the setting, where it is from, the value.
    fn secrets_in_files(&self) -> Result<Vec<(String, String, String)>, SettingsError> {
        let mut found = Vec::new();
        for (name, path) in self.environment.iter().filter(|(_, path)| !path.is_empty()) {
            let Some(key) = secret_of(name) else { continue };
            let origin = format!("environment {name}");
            let invalid = |reason| SettingsError::Invalid {
                key: key.clone(),
                origin: origin.clone(),
                reason,
            };
            let plain = name.trim_end_matches(FILE);
            if self.variable(plain).is_some() {
                return Err(invalid(format!("{plain} is set, too; set only one of them")));
            }
            let read = secret_file::read(Path::new(path));
            let value = read.map_err(|reason| invalid(format!("{path}: {reason}")))?;
            found.push((key, origin, value));
        }
        Ok(found)
    }

    /// The values of the file, of the environment and of the flags, weakest first.
    pub(super) fn layers(&self) -> Result<Vec<Layer>, SettingsError> {
        let file = self.settings_file().map(|path| read_file(&path)).transpose()?;
        let from_files = self.secrets_in_files()?;
        let environment = self.environment.iter().filter_map(|(name, value)| {
            let key = key_of(name).filter(|_| secret_of(name).is_none())?;
            (!value.is_empty()).then(|| (key, format!("environment {name}"), value.clone()))
        });
        let mut environment: Vec<_> = environment.chain(from_files).collect();
        environment.sort();
        let flags = self.flags.iter();
        let flags = flags
            .map(|(key, flag, value)| ((*key).to_owned(), format!("flag {flag}"), value.clone()));
        let mut layers: Vec<_> = file.into_iter().collect();
        let standard = standard_variables(&self.environment);
        layers.push(Layer(standard.into_iter().map(entry).collect()));
        layers.push(Layer(environment.into_iter().map(entry).collect()));
        layers.push(Layer(flags.map(entry).collect()));
        Ok(layers)
    }
}

/// The setting that a variable sets; `None` for variables that are not ours to read.
fn key_of(name: &str) -> Option<String> {
    let rest = name.strip_prefix(PREFIX)?;
    if CLIENT_VARIABLES.contains(&name) || is_platforms(name) {
        return None;
    }
    let short = SHORT_NAMES.iter().find(|(short, _)| *short == name);
    Some(short.map_or_else(|| rest.to_lowercase().replace("__", "."), |(_, key)| (*key).to_owned()))
}

fn entry((key, origin, value): (String, String, String)) -> (String, Value) {
    (key, Value::new(Some(&origin), ValueKind::String(value)))
}

fn read_file(path: &Path) -> Result<Layer, SettingsError> {
    let file = path.display().to_string();
    let failed = |reason: String| SettingsError::File { file: file.clone(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let source = config::File::from_str(&text, FileFormat::Toml);
    let table = source.collect().map_err(|error| failed(error.to_string()))?;
    let origin = format!("file {file}");
    let named = table.into_iter().map(|(key, value)| (key, with_origin(value, &origin)));
    Ok(Layer(named.collect()))
}

/// The same value, told to be from `origin`, down to its leaves.
fn with_origin(value: Value, origin: &String) -> Value {
    let kind = match value.kind {
        ValueKind::Table(table) => ValueKind::Table(
            table.into_iter().map(|(key, value)| (key, with_origin(value, origin))).collect(),
        ),
        ValueKind::Array(items) => {
            ValueKind::Array(items.into_iter().map(|value| with_origin(value, origin)).collect())
        }
        other => other,
    };
    Value::new(Some(origin), kind)
}

/// The values of one source. A key may be a path, such as `log.level`.
#[derive(Debug, Clone)]
pub(super) struct Layer(Vec<(String, Value)>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.iter().cloned().collect())
    }
}
