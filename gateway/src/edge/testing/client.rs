//! A client that speaks to the router without a socket.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use contracts::access::Rights;
use contracts::caller::{Caller, Identity};
use contracts::ports::{Entrance, Fut, Guard};
use contracts::{ActorId, Cursor, Hash, Kind, Pages, Refusal, Tenant, Timestamp};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use nats::streams::Bucket;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::world::World;
use crate::auth::signing::SigningKeys;
use crate::auth::testing::Toy;
use crate::auth::{Authenticator, Hasher, SignIn, Throttle, Tokens};
use crate::edge::shared::Shared;
use crate::edge::{Config, Edge, Limiter, Metrics};
use crate::home::Home;
use crate::vault::{MasterKey, Vault};

/// Two keys: one for all tenants, one for the tenant `other`.
struct Keys;

impl Authenticator for Keys {
    fn authenticate(&self, credential: &str) -> Option<Identity> {
        let principal = Caller::ADMIN;
        match credential {
            "good" => Some(Identity::admin()),
            "other" => Some(Identity::of(Tenant::from_static("other"), principal, None)),
            _ => None,
        }
    }
}

/// Everybody may do everything at home, and who is at home everywhere, everywhere.
struct Hosts;

impl Guard for Hosts {
    fn enter(&self, identity: &Identity, tenant: &Tenant, _: Timestamp) -> Option<Entrance> {
        let home = identity.tenant.as_ref();
        let principal = identity.principal.clone();
        let rights = Rights::everything();
        home.is_none_or(|home| home == tenant).then_some(Entrance { principal, rights })
    }

    fn requests_per_minute(&self, tenant: &Tenant) -> Option<u32> {
        (tenant.as_str() == "small").then_some(3)
    }

    fn holder(&self, _: &Hash, _: Timestamp) -> Option<Identity> {
        None
    }

    fn stands(&self, _: &Identity, _: Timestamp) -> bool {
        true
    }

    fn ensure_moving(&self, _: &Tenant, _: Option<(&Kind, &ActorId)>) -> Result<(), Refusal> {
        Ok(())
    }

    fn is_empty(&self) -> bool {
        false
    }

    fn reached(&self, _: Cursor) -> Fut<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn changed(&self) -> Fut<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// An edge on a small world.
pub struct Client {
    /// What stands behind the ports.
    pub world: Arc<World>,
    /// The edge.
    pub router: Router,
    /// Ends the streams.
    pub shutdown: CancellationToken,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Reply {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("no code").to_owned()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A vault on `memory`, under a key that is forgotten with its directory.
fn vault(memory: &nats::Memory) -> Vault {
    let dir = tempfile::tempdir().unwrap();
    let key = MasterKey::open(&Home::new(dir.path()), None).unwrap();
    Vault::new(key, memory.store(Bucket::Secrets))
}

/// Signing in on a store in memory.
fn sign_in() -> SignIn {
    let (config, seal) = (crate::auth::Config::default(), Arc::new(Toy));
    let store = Arc::new(nats::Memory::default());
    let (secrets, now) = (store.store(Bucket::Secrets), crate::auth::now());
    let keys = SigningKeys::open(&config, secrets, seal.clone(), now).now_or_never();
    let keys = Arc::new(keys.expect("a store in memory waits for nothing").expect("keys"));
    let issuer = "http://127.0.0.1:8080".to_owned();
    SignIn {
        base: issuer.clone(),
        tokens: Arc::new(Tokens::new(&config, issuer, keys, Arc::new(Hosts))),
        hasher: Hasher::new(config.password.clone(), seal.clone()).expect("a hasher"),
        throttle: Throttle::new(config.throttle.clone()),
        tickets: store.store(Bucket::Tickets),
        seal,
        config,
    }
}

/// An edge with limits of its own on a small world, and what ends its streams.
fn edge(config: Config) -> (Edge, Arc<World>, CancellationToken) {
    let (world, shutdown) = (Arc::new(World::default()), CancellationToken::new());
    let limiter = Arc::new(Limiter::new(&config.limits, 1));
    let memory = nats::Memory::new();
    let keys = memory.store(Bucket::SubjectKeys);
    let edge = Edge {
        config,
        limiter,
        pages: Pages::standard(),
        bus: world.clone(),
        history: world.clone(),
        archive: world.clone(),
        letters: world.clone(),
        audit: world.clone(),
        trail: world.clone(),
        privacy: world.clone(),
        work: world.clone(),
        effects: world.clone(),
        tools: world.clone(),
        connectors: world.clone(),
        models: world.clone(),
        blobs: memory.blobs(),
        feed: world.clone(),
        live: world.clone(),
        reading: world.clone(),
        records: crate::edge::records::RecordDesk {
            stream: memory.records(),
            rows: None,
            counts: Arc::default(),
        },
        search: world.clone(),
        health: world.clone(),
        admin: world.clone(),
        nats_users: world.clone(),
        vault: vault(&memory),
        sealed: [("secrets", memory.store(Bucket::Secrets)), ("subject_keys", keys)],
        tickets: memory.store(Bucket::Tickets),
        guard: Arc::new(Hosts),
        authenticator: Arc::new(Keys),
        sign_in: Arc::new(sign_in()),
        metrics: Arc::new(Metrics::default()),
        telemetry: contracts::telemetry::Telemetry::default(),
        extension: Arc::new(crate::dialects::mcp::extension::Nothing),
        is_edge: true,
        shutdown: shutdown.clone(),
    };
    (edge, world, shutdown)
}

/// What all requests of such an edge share.
pub fn shared(config: Config) -> Shared {
    Shared::new(edge(config).0)
}

impl Default for Client {
    fn default() -> Self {
        Self::with(Config::default())
    }
}

impl Client {
    /// An edge with limits of its own.
    pub fn with(config: Config) -> Self {
        let (edge, world, shutdown) = edge(config);
        Self { world, router: edge.router(), shutdown }
    }

    /// That of a node without the role `edge`.
    pub fn of_a_node_without_callers() -> Self {
        let (mut edge, world, shutdown) = edge(Config::default());
        edge.is_edge = false;
        Self { world, router: edge.router(), shutdown }
    }

    /// A request with the good key and more headers.
    pub fn request(
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| matches!(*name, "x-api-key" | "authorization")) {
            request = request.header("x-api-key", "good");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        request.body(body.into()).unwrap()
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        Self::through(self.router.clone(), Self::request(method, path, headers, body)).await
    }

    /// Sends a request through `router` and reads the whole answer.
    pub async fn through(router: Router, request: Request<Body>) -> Reply {
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    /// `GET` with the good key.
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "").await
    }

    /// `POST` of JSON text with the good key.
    pub async fn post(&self, path: &str, body: &str) -> Reply {
        self.send("POST", path, &[("content-type", "application/json")], body.to_owned()).await
    }

    /// Opens a stream.
    pub async fn open(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, Lines) {
        let mut all = vec![("accept", "text/event-stream")];
        all.extend_from_slice(headers);
        let request = Self::request("GET", path, &all, "");
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let chunks = body.into_data_stream().map(Result::unwrap);
        (parts.status, parts.headers, Lines { chunks: Box::pin(chunks), text: String::new() })
    }
}

/// A stream's lines as they come.
pub struct Lines {
    chunks: std::pin::Pin<Box<dyn Stream<Item = Bytes> + Send>>,
    text: String,
}

impl Lines {
    /// The next line; `None` = the stream has ended.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((line, rest)) = self.text.split_once('\n') {
                let (line, rest) = (line.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(line);
            }
            let chunk = self.chunks.next().await?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next line that begins so, without that beginning.
    pub async fn find(&mut self, prefix: &str) -> Option<String> {
        while let Some(line) = self.next().await {
            if let Some(rest) = line.strip_prefix(prefix) {
                return Some(rest.to_owned());
            }
        }
        None
    }
}
