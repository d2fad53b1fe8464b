//! Where tools come from beside the program itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use contracts::{SecretName, Tenant};
use reqwest::header::HeaderName;
use serde::{Deserialize, Serialize, Serializer};

/// Where tools come from beside the program itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToolsConfig {
    /// MCP servers by the name that stands between `mcp__` and `__` in the names of their tools.
    pub mcp: BTreeMap<String, McpConfig>,
    /// The limits of MCP servers that connectors name.
    pub mcp_connectors: McpLimits,
}

/// One MCP server: a program of this machine, or a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct McpConfig {
    /// A program and its arguments, which speaks over its standard input and output. Only the
    /// settings name programs.
    pub command: Vec<String>,
    /// Variables of its environment beside `PATH`, `HOME` and `LANG`. Never shown. A value
    /// `secret:NAME` is what a sealed secret holds: of the tenant [`SECRETS_OF`], or of another
    /// one as `secret:TENANT/NAME`.
    #[serde(serialize_with = "masked")]
    pub env: BTreeMap<String, String>,
    /// Variables that it is given as they are here.
    pub inherit: Vec<String>,
    /// Where it is started.
    pub directory: Option<PathBuf>,
    /// Or where it is, over streamable HTTP.
    pub url: Option<String>,
    /// Headers that are sent there, with values as those of `env`. Never shown.
    #[serde(serialize_with = "masked")]
    pub headers: BTreeMap<String, String>,
    /// A file that holds nothing but the key that is sent there.
    pub key_file: Option<PathBuf>,
    /// The variable of the environment that holds it.
    pub key_env: Option<String>,
    /// The tenants that may use it; all when left out.
    pub tenants: Vec<Tenant>,
    /// Its tools that are let through, by their own names, `*` for any part; all when left out.
    pub tools: Vec<String>,
    /// Its limits.
    pub limits: McpLimits,
}

/// What the value of a setting begins with that names a sealed secret.
const SEALED: &str = "secret:";

/// The tenant whose secrets are meant where none is named.
pub const SECRETS_OF: &str = "main";

/// The secret that a value names; `None` = it stands for itself.
///
/// # Errors
/// What is wrong with the name.
pub fn sealed(value: &str) -> Option<Result<(Tenant, SecretName), String>> {
    let named = value.strip_prefix(SEALED)?;
    let (tenant, name) = named.split_once('/').unwrap_or((SECRETS_OF, named));
    let tenant = Tenant::new(tenant).map_err(|error| error.to_string());
    let name = SecretName::new(name).map_err(|error| error.to_string());
    Some(tenant.and_then(|tenant| Ok((tenant, name?))))
}

/// Names without their values.
fn masked<S: Serializer>(env: &BTreeMap<String, String>, s: S) -> Result<S::Ok, S::Error> {
    s.collect_map(env.keys().map(|name| (name, "********")))
}

/// The limits of an MCP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct McpLimits {
    /// How long it may take to be there and to tell its tools.
    pub connect_timeout_ms: u64,
    /// How long one call may take.
    pub call_timeout_ms: u64,
    /// The pause before it is tried again; doubles up to `restart_ms_max`.
    pub restart_ms_min: u64,
    /// The longest such pause.
    pub restart_ms_max: u64,
    /// Its tools that are read; more are left out.
    pub tools_max: usize,
    /// The longest schema of a tool, in bytes; one with a longer is left out.
    pub schema_bytes_max: usize,
    /// The longest description that a model is told, in bytes.
    pub about_bytes_max: usize,
    /// The most of an answer that a model is told, in bytes; the rest is kept as a blob.
    pub output_bytes_max: usize,
    /// The largest picture, sound or file of an answer, in bytes; a larger one is left out.
    pub file_bytes_max: usize,
    /// The longest message, in bytes.
    pub message_bytes_max: usize,
}

impl Default for McpLimits {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 15_000,
            call_timeout_ms: 60_000,
            restart_ms_min: 500,
            restart_ms_max: 60_000,
            tools_max: 256,
            schema_bytes_max: 32 * 1024,
            about_bytes_max: 2_048,
            output_bytes_max: super::OUTPUT_BYTES_MAX,
            file_bytes_max: 8 * 1024 * 1024,
            message_bytes_max: 16 * 1024 * 1024,
        }
    }
}

/// The longest name of a source, in bytes.
const NAME_BYTES_MAX: usize = 24;

/// Whether `name` can stand between `mcp__` and `__`.
#[must_use]
pub fn is_source(name: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let begun = name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    let ended = name.as_bytes().last().is_some_and(u8::is_ascii_alphanumeric);
    let short = name.len() <= NAME_BYTES_MAX && !name.contains("__");
    begun && ended && short && name.bytes().all(sign)
}

impl ToolsConfig {
    /// Whether all of it can be meant.
    ///
    /// # Errors
    /// The setting that makes no sense, and why.
    pub fn check(&self) -> Result<(), (String, String)> {
        for (name, config) in &self.mcp {
            let wrong = |why: &str| Err((format!("tools.mcp.{name}"), why.to_owned()));
            if !is_source(name) {
                return wrong("a source's name has 1 to 24 letters, digits, `-` and single `_`");
            }
            match (&config.url, config.command.is_empty()) {
                (Some(_), false) => return wrong("names both a command and a url"),
                (None, true) => return wrong("names neither a command nor a url"),
                (Some(url), true) if !contracts::effect::is_url(url) => {
                    return wrong("url is no http or https URL without user and password");
                }
                _ => {}
            }
            let odd = config.headers.keys().any(|name| HeaderName::try_from(name).is_err());
            if odd || (config.url.is_none() && !config.headers.is_empty()) {
                return wrong("headers are names with values, and go to a url");
            }
            for value in config.env.values().chain(config.headers.values()) {
                if let Some(Err(why)) = sealed(value) {
                    return wrong(&format!("a value names no secret: {why}"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{McpConfig, ToolsConfig, sealed};

    #[test]
    fn a_value_may_name_a_secret_of_a_tenant() {
        let named =
            |value: &str| sealed(value).map(|it| it.map(|it| (it.0.to_string(), it.1.to_string())));
        let of = |tenant: &str, name: &str| Some(Ok((tenant.to_owned(), name.to_owned())));
        assert_eq!(named("plain"), None);
        assert_eq!(named("secret:token"), of("main", "token"));
        assert_eq!(named("secret:acme/token"), of("acme", "token"));
        assert!(named("secret:").is_some_and(|it| it.is_err()));
    }

    #[test]
    fn headers_go_to_a_url_and_are_never_shown() {
        let mut config = McpConfig { command: vec!["x".to_owned()], ..McpConfig::default() };
        config.headers.insert("x-team".to_owned(), "trees".to_owned());
        let tools = |config: McpConfig| ToolsConfig {
            mcp: [("docs".to_owned(), config)].into(),
            ..ToolsConfig::default()
        };
        assert!(tools(config.clone()).check().is_err(), "a program has no headers");
        (config.command, config.url) = (Vec::new(), Some("https://docs.example/mcp".to_owned()));
        assert_eq!(tools(config.clone()).check(), Ok(()));
        let shown = serde_json::to_string(&config).expect("JSON");
        assert!(shown.contains("x-team") && !shown.contains("trees"), "{shown}");
        config.headers.insert("x-key".to_owned(), "secret:".to_owned());
        assert!(tools(config).check().is_err(), "it names no secret");
    }
}
