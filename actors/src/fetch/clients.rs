//! Clients bound to the addresses that were looked at.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::Refusal;
use contracts::ports::Fut;
use reqwest::{Client, Url};

use super::config::Config;
use super::error::{blocked, invalid, unresolved};
use super::guard::Guard;

/// Resolves a name to its addresses.
pub type Lookup = Arc<dyn Fn(String) -> Fut<'static, std::io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The resolver of the machine.
fn machine() -> Lookup {
    Arc::new(|name: String| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Clients, each bound to one server at the addresses that it had when it was last looked at, so
/// that a name that changes its mind changes nothing. A few are kept, with their connections.
pub struct Clients {
    guard: Guard,
    lookup: Lookup,
    config: Config,
    kept: Mutex<VecDeque<(Server, Client)>>,
}

/// A server: scheme, name, port, and its addresses in order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Server {
    encrypted: bool,
    name: String,
    addresses: Vec<SocketAddr>,
}

impl Clients {
    /// Clients behind the guard of `config`, with the resolver of the machine unless another is
    /// given.
    #[must_use]
    pub fn new(config: Config, lookup: Option<Lookup>) -> Self {
        // Somebody may have installed one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let lookup = lookup.unwrap_or_else(machine);
        Self { guard: config.guard(), lookup, config, kept: Mutex::default() }
    }

    /// A client for the server of `url`, and for no other.
    ///
    /// # Errors
    /// `fetch_invalid`, `fetch_unresolved`, `fetch_blocked`.
    pub async fn of(&self, url: &Url) -> Result<Client, Refusal> {
        let server = self.server(url).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(known, _)| *known == server)
            && let Some(found) = kept.remove(at)
        {
            let client = found.1.clone();
            kept.push_back(found);
            return Ok(client);
        }
        let client = self.build(&server)?;
        kept.push_back((server, client.clone()));
        while kept.len() > self.config.servers_kept_max {
            kept.pop_front();
        }
        Ok(client)
    }

    async fn server(&self, url: &Url) -> Result<Server, Refusal> {
        let encrypted = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(invalid("a request goes to an http or https URL")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("a URL holds neither user nor password"));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| invalid("a URL needs a host"))?;
        let port = url.port_or_known_default().unwrap_or(if encrypted { 443 } else { 80 });
        let name = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        let name = name.to_ascii_lowercase();
        let mut addresses = match name.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => self.resolve(url, &name).await?,
        };
        addresses.sort_unstable();
        addresses.dedup();
        // One that is not public among public ones is no accident.
        if !addresses.iter().all(|address| self.guard.lets(&name, *address, port)) {
            return Err(blocked(url));
        }
        let addresses = addresses.into_iter().map(|it| SocketAddr::new(it, port)).collect();
        Ok(Server { encrypted, name: host.to_owned(), addresses })
    }

    async fn resolve(&self, url: &Url, name: &str) -> Result<Vec<IpAddr>, Refusal> {
        let within = Duration::from_millis(self.config.resolve_timeout_ms);
        match tokio::time::timeout(within, (self.lookup)(name.to_owned())).await {
            Ok(Ok(found)) if !found.is_empty() => Ok(found),
            Ok(_) => Err(unresolved(url, "cannot be resolved")),
            Err(_) => Err(unresolved(url, "takes too long to be resolved")),
        }
    }

    fn build(&self, server: &Server) -> Result<Client, Refusal> {
        let builder = Client::builder()
            .user_agent(concat!("cambium/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(Duration::from_millis(self.config.connect_timeout_ms))
            .pool_idle_timeout(Duration::from_millis(self.config.connection_kept_ms))
            .resolve_to_addrs(&server.name, &server.addresses);
        // Who speaks no TLS needs no certificates, which take a while to read.
        let builder =
            if server.encrypted { builder.https_only(true) } else { builder.tls_certs_only([]) };
        builder.build().map_err(|error| Refusal::internal(error.without_url().to_string()))
    }
}
