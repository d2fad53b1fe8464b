//! A connection to an MCP server: over the standard input and output of a program that is started
//! for it, or over streamable HTTP.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contracts::Refusal;
use contracts::ports::Secrets;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Url};
use rmcp::handler::client::ClientHandler;
use rmcp::model::{Implementation, InitializeRequestParams, ProtocolVersion, SubscriptionFilter};
use rmcp::service::{
    ClientLifecycleMode, NotificationContext, Peer, RoleClient, RunningService,
    serve_client_with_lifecycle,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::sync::Notify;

use super::given::Given;
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
        env: Given,
        /// Where it is started.
        directory: Option<PathBuf>,
    },
    /// A place.
    Place {
        /// Where.
        url: String,
        /// The key that is sent there.
        key: Keys,
        /// Headers that are sent there.
        headers: Given,
        /// Where the place is a tenant's word: what looks at it first.
        guarded: Option<Arc<Clients>>,
    },
}

impl Way {
    /// As the settings say.
    #[must_use]
    pub fn of(config: &McpConfig, secrets: &Arc<dyn Secrets>) -> Self {
        if let Some(url) = &config.url {
            let key = Keys::outside(config.key_file.clone(), config.key_env.clone());
            let headers = Given::of(&config.headers, secrets);
            return Self::Place { url: url.clone(), key, headers, guarded: None };
        }
        let usual = ["PATH", "HOME", "LANG"].map(str::to_owned);
        let inherited = usual.into_iter().chain(config.inherit.iter().cloned());
        let here = |name: String| std::env::var(&name).ok().map(|value| (name, value));
        let env = Given::of(&config.env, secrets).behind(inherited.filter_map(here));
        let (command, directory) = (config.command.clone(), config.directory.clone());
        Self::Program { command, env, directory }
    }

    /// What it is given beside its key.
    pub(super) const fn given(&self) -> &Given {
        match self {
            Self::Program { env, .. } => env,
            Self::Place { headers, .. } => headers,
        }
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
    /// Wakes who keeps it.
    pub told: Arc<Notify>,
}

impl Listener {
    /// Hears of changes by asking for them, as servers want it that know no beginning. One that
    /// tells nobody is left alone; where it ends the telling it is asked anew, and looked at, since
    /// nobody knows what changed meanwhile.
    pub(super) async fn hear(self, peer: Peer<RoleClient>, pause: Duration) {
        let wanted = SubscriptionFilter::builder().tools_list_changed().build();
        while let Ok(mut told) = peer.listen(wanted.clone()).await {
            if told.acknowledged().tools_list_changed != Some(true) {
                return;
            }
            while let Ok(Some(_)) = told.next().await {
                self.change();
            }
            tokio::time::sleep(pause).await;
            self.change();
        }
    }

    fn change(&self) {
        self.changed.store(true, Ordering::SeqCst);
        self.told.notify_one();
    }
}

impl ClientHandler for Listener {
    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.change();
    }

    fn get_info(&self) -> InitializeRequestParams {
        let who = Implementation::new("cambium", env!("CARGO_PKG_VERSION"));
        InitializeRequestParams::new(rmcp::model::ClientCapabilities::default(), who)
    }
}

/// A server that has answered.
pub(super) struct Connected {
    /// The connection.
    pub service: RunningService<RoleClient, Listener>,
    /// The program that was started for it.
    pub child: Option<Child>,
    /// It knows no beginning: what changes it tells those alone who ask to be told.
    pub discovered: bool,
}

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
) -> Result<Connected, Refusal> {
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
) -> Result<Option<Connected>, Refusal> {
    let discovered = matches!(mode, ClientLifecycleMode::Discover { .. });
    match way {
        Way::Program { command, env, directory } => {
            let env = env.open(name).await?;
            let mut child = spawned(command, &env, directory.as_ref())
                .map_err(|error| away(name, &format!("cannot be started: {}", error.kind())))?;
            let (Some(output), Some(input)) = (child.stdout.take(), child.stdin.take()) else {
                return Err(away(name, "has no standard output"));
            };
            let transport = AsyncRwTransport::new_client(output, input)
                .with_max_line_length(limits.message_bytes_max);
            let service = serve_client_with_lifecycle(listener, transport, mode).await;
            let child = Some(child);
            Ok(service.ok().map(|service| Connected { service, child, discovered }))
        }
        Way::Place { url, key, headers, guarded } => {
            let client = client(url, guarded.as_deref()).await?;
            let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
                .max_sse_event_size(limits.message_bytes_max);
            config.custom_headers = sent(name, headers.open(name).await?)?;
            config.auth_header = key.get().await.map_err(Refusal::from)?.map(|key| key.to_string());
            let transport = StreamableHttpClientTransport::with_client(client, config);
            let service = serve_client_with_lifecycle(listener, transport, mode).await;
            let child = None;
            Ok(service.ok().map(|service| Connected { service, child, discovered }))
        }
    }
}

/// Headers as they are sent.
fn sent(
    name: &str,
    headers: Vec<(String, String)>,
) -> Result<HashMap<HeaderName, HeaderValue>, Refusal> {
    let line = |(header, value): (String, String)| {
        let mut value = HeaderValue::try_from(value).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::try_from(header).ok()?, value))
    };
    let lines: Option<_> = headers.into_iter().map(line).collect();
    lines.ok_or_else(|| away(name, "is given a header that is none"))
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
