//! The settings of the program: each crate owns its limits, this nests them.
//!
//! A value comes from the file, or else stands at its default; the environment overrules the file
//! and a flag overrules both. Everything is checked before a port is bound.

mod audit;
mod error;
mod load;
mod node;
mod pacing;
mod print;
mod secret_file;
mod sources;
mod supervision;
#[cfg(test)]
mod tests;
mod weak;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub use audit::Audit;
pub use contracts::secret::{MASK, Secret};
pub use error::SettingsError;
pub use load::{Loaded, load};
pub use node::Node;
pub use pacing::Pacing;
pub use print::to_toml;
pub use secret_file::read as read_secret_file;
pub use sources::{CLIENT_VARIABLES, SECRETS, SHORT_NAMES, Sources};
pub use supervision::Supervision;
pub use weak::weakness;

use crate::telemetry::TelemetrySettings;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The data directory.
    pub data: PathBuf,
    /// Where the program listens; port 0 = any free one.
    #[serde(deserialize_with = "socket")]
    pub listen: SocketAddr,
    /// When a commit counts as stored.
    pub durability: Durability,
    /// The path of the nats-server program; none = it is looked for.
    pub nats_server: Option<PathBuf>,
    /// The file of the master key, 0600; none = `master.key` in the data directory, made there.
    pub master_key_file: Option<PathBuf>,
    /// The database of the read models; none = SQLite in the data directory.
    pub database_url: Option<Secret>,
    /// What is logged, and how.
    pub log: Log,
    /// How the audit trail is written, signed and kept.
    pub audit: Audit,
    /// The limits of the runtime.
    pub actors: actors::Config,
    /// Passwords, tokens, sessions, and who else may say who somebody is.
    pub auth: crate::auth::Config,
    /// The limits of the edge; where it listens is `listen`.
    pub edge: crate::edge::Config,
    /// How the broker is reached and used.
    pub nats: nats::Config,
    /// Who this node is, and what it does.
    pub node: Node,
    /// How far commands may run ahead of the read models.
    pub pacing: Pacing,
    /// The limits of the read models.
    pub projections: projections::Config,
    /// The limits of starting, watching and stopping the parts.
    pub supervision: Supervision,
    /// Where spans and measures are sent.
    pub telemetry: TelemetrySettings,
}

/// When a commit counts as stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum Durability {
    /// Once the disk has it: an acknowledged commit survives a power cut.
    #[default]
    Always,
    /// Once the broker has it: a power cut may take the last seconds.
    Relaxed,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A filter such as `info` or `info,cambium=debug`; `off` = nothing.
    pub level: String,
    /// For people or for machines.
    pub format: LogFormat,
    /// The file that is written instead of standard error; none = standard error.
    pub file: Option<PathBuf>,
    /// How long the file may get before another is begun, in bytes.
    pub file_bytes_max: u64,
    /// How old it may get before that, in milliseconds.
    pub file_age_ms_max: u64,
    /// How many files are kept beside the newest.
    pub files_kept_max: u32,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum LogFormat {
    /// For people at a terminal, for machines elsewhere.
    #[default]
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl TryFrom<String> for Durability {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        one_of(&text)
    }
}

impl TryFrom<String> for LogFormat {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        one_of(&text)
    }
}

/// The value that `text` names; the error names all that could be meant.
pub(crate) fn one_of<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, false).map_err(|_| {
        let known = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let known: Vec<_> = known.map(|value| value.get_name().to_owned()).collect();
        format!("must be {}, not {text}", known.join(" or "))
    })
}

fn socket<'de, D: serde::Deserializer<'de>>(d: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(d)?;
    text.parse().map_err(|_| {
        let reason = format!("must be an address and a port, such as 127.0.0.1:{PORT}");
        serde::de::Error::custom(reason)
    })
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Auto,
            file: None,
            file_bytes_max: 64 * 1024 * 1024,
            file_age_ms_max: 24 * 60 * 60 * 1_000,
            files_kept_max: 7,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from(DATA),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            durability: Durability::default(),
            nats_server: None,
            master_key_file: None,
            database_url: None,
            log: Log::default(),
            actors: actors::Config::default(),
            auth: crate::auth::Config::default(),
            edge: crate::edge::Config::default(),
            nats: nats::Config::default(),
            node: Node::default(),
            pacing: Pacing::default(),
            projections: projections::Config::default(),
            supervision: Supervision::default(),
            audit: Audit::default(),
            telemetry: TelemetrySettings::default(),
        }
    }
}

/// The whole name of a setting of PostgreSQL.
fn postgres_key(name: &'static str) -> &'static str {
    match name {
        "postgres.schema" => "projections.postgres.schema",
        "postgres.lease_ms" => "projections.postgres.lease_ms",
        _ => "projections.postgres",
    }
}

/// The data directory when none is named.
pub const DATA: &str = "cambium-data";
/// The port when none is named.
pub const PORT: u16 = 8080;

impl Settings {
    /// Finds values that are of their type and still make no sense.
    ///
    /// # Errors
    /// The name of the first such value and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if self.data.as_os_str().is_empty() {
            return Err(("data", "must name a directory".to_owned()));
        }
        if let Err(error) = self.log.level.parse::<tracing_subscriber::EnvFilter>() {
            return Err(("log.level", error.to_string()));
        }
        if let Err((name, why)) = actors::model::Providers::configured(&self.actors.models) {
            return Err(("actors.models", format!("{name}: {why}")));
        }
        if let Err((name, why)) = self.actors.tools.check() {
            return Err(("actors.tools", format!("{name}: {why}")));
        }
        if let Err(fault) = actors::model::Prices::configured(&self.actors.models) {
            return Err(("actors.models.prices", fault.to_string()));
        }
        self.auth.check()?;
        if let Some(path) = self.nats_server.as_ref().filter(|path| !path.is_file()) {
            return Err(("nats_server", format!("there is no file {}", path.display())));
        }
        let server = &self.nats.server;
        if let Some(path) = server.server_path.as_ref().filter(|path| !path.is_file()) {
            return Err((
                "nats.server.server_path",
                format!("there is no file {}", path.display()),
            ));
        }
        if let (Some(one), Some(other)) = (&self.nats_server, &server.server_path)
            && one != other
        {
            let text = "names another program than nats_server; set only one of them";
            return Err(("nats.server.server_path", text.to_owned()));
        }
        let given = nats::server::ServerConfig::default();
        for (name, ours, instead) in [
            ("nats.server.dir", server.dir == given.dir, "data"),
            ("nats.server.access_file", server.access_file == given.access_file, "data"),
            ("nats.server.sync_always", server.sync_always == given.sync_always, "durability"),
        ] {
            if !ours {
                return Err((name, format!("follows from {instead}; set that instead")));
            }
        }
        let url = self.database_url.as_ref().map(Secret::reveal);
        self.node.check(url.is_some_and(|url| !url.starts_with("sqlite:")))?;
        self.check_waits()?;
        self.edge.http.check()?;
        self.telemetry.check()?;
        self.edge.tls.check()?;
        if !matches!(self.nats.replicas, 0 | 1 | 3 | 5) {
            return Err(("nats.replicas", "must be 1, 3 or 5, or 0 to leave it open".to_owned()));
        }
        if let Some(url) = &self.database_url {
            let known = ["sqlite:", "postgres:", "postgresql:"];
            if !known.iter().any(|scheme| url.reveal().starts_with(scheme)) {
                return Err(("database_url", format!("must begin with {}", known.join(", "))));
            }
        }
        self.projections.postgres.check().map_err(|(name, why)| (postgres_key(name), why))?;
        Ok(())
    }

    /// Finds waits and bounds of actors that make no sense beside each other.
    fn check_waits(&self) -> Result<(), (&'static str, String)> {
        if self.actors.cluster.beat_ms.saturating_mul(3) > self.nats.lease_ttl_ms {
            let text = "must be at most a third of nats.lease_ttl_ms, or leases run out";
            return Err(("actors.cluster.beat_ms", text.to_owned()));
        }
        if self.actors.log_wait_ms >= self.actors.commit_wait_ms_max {
            let text = "must be below actors.commit_wait_ms_max, or all it waits for is in doubt";
            return Err(("actors.log_wait_ms", text.to_owned()));
        }
        if !(1..=actors::CHAIN_HOPS_MAX).contains(&self.actors.chain_hops_max) {
            let text = format!("must be 1 to {}", actors::CHAIN_HOPS_MAX);
            return Err(("actors.chain_hops_max", text));
        }
        if self.actors.chain_rest_ms == 0 {
            let text = "must be above 0, or a timer that fires at once begins a chain of its own";
            return Err(("actors.chain_rest_ms", text.to_owned()));
        }
        if self.pacing.wait_ms_max >= self.actors.commit_wait_ms_max {
            let text = "must be below actors.commit_wait_ms_max, or all that waits is in doubt";
            return Err(("pacing.wait_ms_max", text.to_owned()));
        }
        Ok(())
    }
}
