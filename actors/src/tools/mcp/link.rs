//! A connection to an MCP server: over the standard input and output of a program that is started
//! for it, or over streamable HTTP.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contracts::Refusal;
use reqwest::{Client, Url};
use rmcp::handler::client::ClientHandler;
use rmcp::model::{Implementation, InitializeRequestParams, ProtocolVersion};
use rmcp::service::{
    ClientLifecycleMode, NotificationContext, RoleClient, RunningService,
    serve_client_with_lifecycle,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use crate::fetch::Clients;
use crate::model::Keys;
use crate::tools::config::{McpConfig, McpLimits};

/// The most of what a program says on its standard error that is logged at once, in bytes.
const SAID_BYTES_MAX: usize = 1_024;

/// How a server is reached.
pub enum Way {
    /// A program, started for it.
    Program {
        /// It and its arguments.
        command: Vec<String>,
        /// Its environment.
        env: Vec<(String, String)>,
        /// Where it is started.
        directory: Option<PathBuf>,
    },
    /// A place.
    Place {
        /// Where.
        url: String,
        /// The key that is sent there.
        key: Keys,
        /// Where the place is a tenant's word: what looks at it first.
        guarded: Option<Arc<Clients>>,
    },
}

impl Way {
    /// As the settings say.
    #[must_use]
    pub fn of(config: &McpConfig) -> Self {
        if let Some(url) = &config.url {
            let key = Keys::outside(config.key_file.clone(), config.key_env.clone());
            return Self::Place { url: url.clone(), key, guarded: None };
        }
        let usual = ["PATH", "HOME", "LANG"].map(str::to_owned);
        let inherited = usual.into_iter().chain(config.inherit.iter().cloned());
        let here = |name: String| std::env::var(&name).ok().map(|value| (name, value));
        let own = config.env.iter().map(|(name, value)| (name.clone(), value.clone()));
        let env = inherited.filter_map(here).chain(own).collect();
        let (command, directory) = (config.command.clone(), config.directory.clone());
        Self::Program { command, env, directory }
    }

    /// Whether a program of this machine is run.
    #[must_use]
    pub const fn is_program(&self) -> bool {
        matches!(self, Self::Program { .. })
    }
}

/// What a server may ask of us: nothing but to look at its tools again.
#[derive(Clone, Default)]
pub(super) struct Listener {
    /// Its tools have changed since they were looked at.
    pub changed: Arc<AtomicBool>,
}

impl ClientHandler for Listener {
    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.changed.store(true, Ordering::SeqCst);
    }

    fn get_info(&self) -> InitializeRequestParams {
        let who = Implementation::new("cambium", env!("CARGO_PKG_VERSION"));
        InitializeRequestParams::new(rmcp::model::ClientCapabilities::default(), who)
    }
}

/// A server that has answered.
pub(super) type Service = RunningService<RoleClient, Listener>;

/// Connects, within the time that the limits give. A server that knows no beginning, which is what
/// 2026-07-28 left out, is asked what it can do instead.
///
/// # Errors
/// `tool_source_away`, and those of the guard.
pub(super) async fn connect(
    name: &str,
    way: &Way,
    listener: Listener,
    limits: &McpLimits,
) -> Result<(Service, Option<Child>), Refusal> {
    let within = Duration::from_millis(limits.connect_timeout_ms);
    let connecting = async {
        match begun(name, way, (listener.clone(), ClientLifecycleMode::Initialize), limits).await? {
            Some(connected) => Ok(connected),
            None => {
                let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
                let mode = ClientLifecycleMode::Discover { preferred_versions };
                let again = begun(name, way, (listener, mode), limits).await?;
                again.ok_or_else(|| away(name, "does not speak MCP"))
            }
        }
    };
    let connected = tokio::time::timeout(within, connecting).await;
    connected.unwrap_or_else(|_| Err(away(name, "does not answer in time")))
}

/// A connection that begins in this mode; `None` = the server does not understand it.
async fn begun(
    name: &str,
    way: &Way,
    (listener, mode): (Listener, ClientLifecycleMode),
    limits: &McpLimits,
) -> Result<Option<(Service, Option<Child>)>, Refusal> {
    match way {
        Way::Program { command, env, directory } => {
            let mut child = spawned(command, env, directory.as_ref())
                .map_err(|error| away(name, &format!("cannot be started: {}", error.kind())))?;
            let (Some(output), Some(input)) = (child.stdout.take(), child.stdin.take()) else {
                return Err(away(name, "has no standard output"));
            };
            let transport = AsyncRwTransport::new_client(output, input)
                .with_max_line_length(limits.message_bytes_max);
            let service = serve_client_with_lifecycle(listener, transport, mode).await;
            Ok(service.ok().map(|service| (service, Some(child))))
        }
        Way::Place { url, key, guarded } => {
            let client = client(url, guarded.as_deref()).await?;
            let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
                .max_sse_event_size(limits.message_bytes_max);
            config.auth_header = key.get().await.map_err(Refusal::from)?.map(|key| key.to_string());
            let transport = StreamableHttpClientTransport::with_client(client, config);
            let service = serve_client_with_lifecycle(listener, transport, mode).await;
            Ok(service.ok().map(|service| (service, None)))
        }
    }
}

fn spawned(
    command: &[String],
    env: &[(String, String)],
    directory: Option<&PathBuf>,
) -> std::io::Result<Child> {
    let (program, arguments) = command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let mut child = command.spawn()?;
    if let Some(mut said) = child.stderr.take() {
        let name = program.clone();
        tokio::spawn(async move {
            let mut bytes = [0; SAID_BYTES_MAX];
            while let Ok(read @ 1..) = said.read(&mut bytes).await {
                let text = String::from_utf8_lossy(&bytes[..read]);
                tracing::debug!(program = %name, text = %text.trim_end(), "tools.said");
            }
        });
    }
    Ok(child)
}

async fn client(url: &str, guarded: Option<&Clients>) -> Result<Client, Refusal> {
    let parsed =
        Url::parse(url).map_err(|_| Refusal::rejected("connector_unusable", "its url is none"))?;
    if let Some(clients) = guarded {
        return clients.of(&parsed).await;
    }
    // Somebody may have installed one before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent(concat!("cambium/", env!("CARGO_PKG_VERSION")))
        // Whoever is sent elsewhere would bring the key there.
        .redirect(reqwest::redirect::Policy::none())
        .build();
    client.map_err(|_| Refusal::internal("no HTTP client can be made"))
}

/// That a source cannot be asked.
pub(super) fn away(name: &str, why: &str) -> Refusal {
    Refusal::unavailable("tool_source_away", format!("the source of tools {name} {why}"))
}
