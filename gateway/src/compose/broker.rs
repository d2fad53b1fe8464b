//! The broker of a program: an operator's, or a child of our own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use nats::monitor::Sync;
use nats::server::{Progress, Server, ServerConfig, ServerState, find as find_server};
use nats::{Broker, Endpoint};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::nats_users::BrokerUsers;
use super::patience::patiently;
use crate::cli;
use crate::home::{Home, NATS_JSON};
use crate::settings::{Durability, Settings};

/// A connected broker, and the server when it is our child.
pub struct Brokered {
    /// The ports.
    pub broker: Arc<Broker>,
    server: Option<Server>,
    /// Where it is.
    url: String,
    /// Restarts the child when it stores nothing more.
    mender: Option<AbortOnDropHandle<()>>,
}

impl Brokered {
    /// Connects to the operator's broker, for which it waits, or starts a child and connects to
    /// that.
    ///
    /// # Errors
    /// When no server can be had, started or used, or `stop` was said meanwhile.
    pub async fn start(settings: &Settings, stop: &CancellationToken) -> anyhow::Result<Self> {
        let (endpoint, server) = match Endpoint::of(&settings.nats) {
            Some(endpoint) => (endpoint, None),
            None => {
                let server = Server::start(server_config(settings), tell).await?;
                (server.endpoint().clone(), Some(server))
            }
        };
        // Our own child is there already; an operator's may be on its way.
        let most = if server.is_some() { 0 } else { settings.supervision.start_wait_ms };
        let connect = || Broker::connect(&settings.nats, &endpoint);
        let away = |error: &nats::Error| {
            matches!(error, nats::Error::Unreachable { .. } | nats::Error::Api(_))
        };
        let connecting = patiently("the broker", Duration::from_millis(most), connect, away);
        let connected = stop.run_until_cancelled(connecting).await.map_or_else(
            || Err(anyhow::anyhow!("stopped at the start")),
            |connected| connected.context("the broker cannot be used"),
        );
        match connected {
            Ok(broker) => {
                for change in &broker.report().changes {
                    tracing::debug!(?change, "broker.provisioned");
                }
                match &server {
                    Some(server) => server.stage_in_memory(&broker).await,
                    None => warn_of_sync(broker.report().sync),
                }
                let broker = Arc::new(broker);
                let mender = server.as_ref().map(|server| server.mend(&broker));
                let url = endpoint.url;
                Ok(Self { broker, server, url, mender })
            }
            Err(error) => {
                if let Some(server) = server {
                    server.stop().await;
                }
                Err(error)
            }
        }
    }

    /// The users of tenants who speak to the broker directly.
    pub fn users(&self, settings: &Settings) -> BrokerUsers {
        BrokerUsers {
            users: self.server.as_ref().map(Server::users),
            url: self.url.clone(),
            config: settings.nats.server.clone(),
        }
    }

    /// Where it is, and how one gets in.
    pub fn endpoint(&self, settings: &Settings) -> Option<Endpoint> {
        let own = self.server.as_ref().map(|server| server.endpoint().clone());
        own.or_else(|| Endpoint::of(&settings.nats))
    }

    /// Resolves when the child has ended for good, which only a stop makes it do.
    pub async fn lost(&self) -> String {
        let Some(server) = &self.server else { return std::future::pending().await };
        let mut state = server.state();
        let ended = state.wait_for(|state| *state == ServerState::Stopped).await;
        ended.map_or_else(|_| "its supervisor ended".to_owned(), |_| "it was stopped".to_owned())
    }

    /// Ends the child in order.
    pub async fn stop(self) {
        drop((self.mender, self.broker));
        if let Some(server) = self.server {
            server.stop().await;
        }
    }
}

/// A broker that nothing of the program runs on: for who reads or fills it from outside.
pub struct Bare {
    /// Where it is.
    pub endpoint: Endpoint,
    server: Option<Server>,
}

impl Bare {
    /// The operator's broker, or a child on the data directory, which the caller has claimed.
    ///
    /// # Errors
    /// When no server can be had or started.
    pub async fn start(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(endpoint) = Endpoint::of(&settings.nats) {
            return Ok(Self { endpoint, server: None });
        }
        let server = Server::start(server_config(settings), tell).await?;
        Ok(Self { endpoint: server.endpoint().clone(), server: Some(server) })
    }

    /// Ends the child in order.
    pub async fn stop(self) {
        if let Some(server) = self.server {
            server.stop().await;
        }
    }
}

/// An operator's broker that may lose what it has acknowledged is said to.
fn warn_of_sync(sync: Sync) {
    match sync {
        Sync::Always => {}
        Sync::Relaxed => tracing::warn!(
            "the broker acknowledges before its disk has a message: a power cut of all its servers \
             may lose what was acknowledged; set jetstream.sync_interval to always"
        ),
        Sync::Unknown => tracing::info!(
            "nats.monitor is not set, so nobody knows whether the broker syncs before it \
             acknowledges (jetstream.sync_interval: always)"
        ),
    }
}

/// The limits of the child, with its places in the data directory.
fn server_config(settings: &Settings) -> ServerConfig {
    let (home, own) = (Home::new(&settings.data), &settings.nats.server);
    ServerConfig {
        server_path: settings.nats_server.clone().or_else(|| own.server_path.clone()),
        dir: home.file("nats"),
        access_file: home.file(NATS_JSON),
        sync_always: settings.durability == Durability::Always,
        ..own.clone()
    }
}

/// Long work shows progress: a download is seen, whatever the log's level.
fn tell(progress: Progress) {
    match progress {
        Progress::Installing => cli::remark(&format!(
            "there is no nats-server on PATH; installing {} once into your cache …",
            nats::server::VERSION
        )),
        Progress::Installed(path) => cli::remark(&format!("installed {}", path.display())),
    }
}

/// The program that [`Brokered::start`] would run, without installing one.
///
/// # Errors
/// Why there is none.
pub async fn find(settings: &Settings) -> Result<cli::Broker, String> {
    let found = find_server(&server_config(settings)).await.map_err(|error| error.to_string())?;
    Ok(cli::Broker { path: found.path, version: found.version })
}
