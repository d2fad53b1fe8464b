//! Where tools come from beside the program itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use contracts::Tenant;
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
    /// Variables of its environment beside `PATH`, `HOME` and `LANG`. Never shown.
    #[serde(serialize_with = "masked")]
    pub env: BTreeMap<String, String>,
    /// Variables that it is given as they are here.
    pub inherit: Vec<String>,
    /// Where it is started.
    pub directory: Option<PathBuf>,
    /// Or where it is, over streamable HTTP.
    pub url: Option<String>,
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
        }
        Ok(())
    }
}
