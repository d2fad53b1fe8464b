//! What all requests share.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use contracts::caller::Identity;
use contracts::ports::Entrance;
use contracts::view::{At, StateView};
use contracts::{Address, Refusal, RefusalClass, Tenant, Timestamp};
use tokio::sync::Semaphore;

use super::Edge;
use super::admission::{Admission, Place};
use super::call::Scene;
use super::crossings::Crossings;
use super::denials::{Denials, RefusedRoute};
use super::headers;
use super::limits::{Algorithm, Charge, Rate, Scope, Verdict};
use super::metrics::Raised;
use super::routes::Route;
use super::safety::Safety;
use crate::auth::{Credential, credential};
use crate::dialects::mcp;
use crate::problem::codes;
use crate::{asyncapi, llms, openapi};

/// The edge's parts with the little state that it has of its own.
pub struct Shared {
    /// The parts.
    pub edge: Edge,
    /// Permits for requests.
    pub requests: Arc<Semaphore>,
    /// The OpenAPI description as text.
    pub openapi: String,
    /// The AsyncAPI description as text.
    pub asyncapi: String,
    /// The description for agents.
    pub llms: String,
    /// What of MCP lives as long as the program.
    pub mcp: mcp::State,
    tenants: Arc<Admission>,
    streams: Arc<Admission>,
    /// The rules about names, pages and proxies.
    pub safety: Safety,
    denials: Denials,
    crossings: Crossings,
}

/// A place among the open streams, given back when it is dropped.
pub struct StreamPermit {
    _place: Place,
    _raised: Raised,
}

impl Shared {
    /// What is kept of an actor; `None` = there is none.
    ///
    /// # Errors
    /// As [`History::state`](contracts::ports::History::state), but `actor_not_found`.
    pub async fn kept(&self, to: &Address) -> Result<Option<StateView>, Refusal> {
        match self.edge.history.state(to, At::Latest).await {
            Ok(view) => Ok(Some(view)),
            Err(refusal) if refusal.class == RefusalClass::NotFound => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// The state of a fresh edge.
    #[must_use]
    pub fn new(edge: Edge) -> Self {
        let config = &edge.config;
        let permits = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            requests: permits(config.requests_concurrent_max),
            tenants: Admission::new(
                config.requests_concurrent_max,
                config.tenant_requests_concurrent_max,
            ),
            streams: Admission::new(
                config.streams_concurrent_max,
                config.tenant_streams_concurrent_max,
            ),
            safety: Safety::new(&config.http),
            denials: Denials::new(Arc::clone(&edge.audit), config),
            crossings: Crossings::new(Arc::clone(&edge.audit), config),
            openapi: openapi::describe(&edge.pages).to_string(),
            asyncapi: asyncapi::describe(&edge.pages).to_string(),
            llms: llms::describe(&edge.pages),
            mcp: mcp::State::new(&config.mcp, &edge.pages),
            edge,
        }
    }

    /// The time by this machine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// A place for one more request of `tenant`.
    ///
    /// # Errors
    /// `overloaded` when it has its share, or there is none left.
    pub fn enter(&self, tenant: &Tenant) -> Result<Place, Refusal> {
        self.tenants.enter(tenant).ok_or_else(codes::overloaded)
    }

    /// A place for one more stream of `tenant`.
    ///
    /// # Errors
    /// `overloaded` when it has its share, or there is none left.
    pub fn open_stream(&self, tenant: &Tenant) -> Result<StreamPermit, Refusal> {
        let place = self.streams.enter(tenant).ok_or_else(codes::overloaded)?;
        Ok(StreamPermit { _place: place, _raised: self.edge.metrics.stream() })
    }

    /// Who sends these headers. The answer to no credential and to a wrong one is the same.
    ///
    /// # Errors
    /// `unauthenticated`; `auth_failures_exceeded` for a peer that got it too often. A good
    /// credential is never refused for what others at the same address do.
    pub async fn identify(&self, headers: &HeaderMap, scene: &Scene) -> Result<Identity, Refusal> {
        let peer = scene.peer.as_str();
        match credential(headers) {
            Credential::Presented(text) => self.check(text, peer).await,
            Credential::Absent => {
                self.certified(&scene.certificate).ok_or_else(|| self.refused(peer))
            }
            Credential::Unreadable => Err(self.denied(peer)),
        }
    }

    /// Whose a checked certificate with these names is. What comes in a header says more: a
    /// certificate may be a machine's, and the key one of those who work on it.
    #[must_use]
    pub fn certified(&self, names: &[String]) -> Option<Identity> {
        self.edge.config.tls.holder(names)
    }

    /// Whose `credential` is.
    ///
    /// # Errors
    /// As [`Shared::identify`]; of a token what is wrong with it.
    pub async fn check(&self, credential: &str, peer: &str) -> Result<Identity, Refusal> {
        let authenticator = &self.edge.authenticator;
        if let Ok(identity) = authenticator.judge(credential) {
            return Ok(identity);
        }
        // Something may have to be heard of first, such as a session that another node has begun.
        authenticator.prepare(credential).await;
        authenticator.judge(credential).map_err(|refusal| {
            self.denials.write(peer, &refusal.code, self.now());
            self.counted(peer, refusal)
        })
    }

    /// Somebody presents what cannot be a credential: that is written down.
    fn denied(&self, peer: &str) -> Refusal {
        let refusal = codes::unauthenticated();
        self.denials.write(peer, &refusal.code, self.now());
        self.counted(peer, refusal)
    }

    fn refused(&self, peer: &str) -> Refusal {
        self.counted(peer, codes::unauthenticated())
    }

    fn counted(&self, peer: &str, refusal: Refusal) -> Refusal {
        match self.edge.limiter.spend(Scope::Failures, peer, 1) {
            Some(verdict) if !verdict.allowed => {
                codes::auth_failures_exceeded(verdict.retry_after_ms)
            }
            _ => refusal,
        }
    }

    /// Writes down who enters another's house by the system's own right.
    ///
    /// # Errors
    /// `reason_needed`, `header_invalid`; the log's, when it cannot be written.
    pub async fn note_crossing(
        &self,
        identity: &Identity,
        tenant: &Tenant,
        from: &HeaderMap,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let reason = headers::text(from, headers::REASON)?;
        self.crossings.note(identity, tenant, reason, scene, self.now()).await
    }

    /// Writes down who was refused a row for want of a right.
    pub fn note_refusal(
        &self,
        route: &'static Route,
        (identity, entrance): (&Identity, &Entrance),
        tenant: &Tenant,
        scene: &Scene,
        refusal: &Refusal,
    ) {
        let told = RefusedRoute { route, identity, entrance, tenant, scene };
        self.denials.refused(&told, refusal, self.now());
    }

    /// Writes down who does what only few may, before it is done.
    ///
    /// # Errors
    /// The log's, when it cannot be written.
    pub async fn note_privileged(
        &self,
        route: &'static Route,
        (identity, entrance): (&Identity, &Entrance),
        tenant: &Tenant,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let told = RefusedRoute { route, identity, entrance, tenant, scene };
        Ok(self.edge.audit.record(super::denials::privileged(&told, self.now())).await?)
    }

    /// Writes down, in its own house, who knocked at the door of one that does not know it.
    pub fn note_stranger(&self, identity: &Identity, named: &Tenant, refusal: &Refusal) {
        self.denials.stranger(identity, named, refusal, self.now());
    }

    /// Counts one request from a network address; `None` when nothing is limited.
    pub fn spend_address(&self, peer: &str) -> Option<Verdict> {
        self.edge.limiter.spend(Scope::Address, peer, 1)
    }

    /// Counts one request of an identity into `tenant`; `None` when nothing is limited.
    pub fn spend(&self, identity: &Identity, tenant: &Tenant) -> Option<Verdict> {
        let name = called(identity);
        let plan = self.edge.guard.requests_per_minute(tenant);
        let rate = |quota| Rate { algorithm: Algorithm::TokenBucket, quota, window_s: 60 };
        let limit = plan.and_then(|quota| rate(quota).limit());
        let of_tenant = Charge { scope: Scope::Tenant, limit, key: tenant.as_str(), cost: 1 };
        self.edge.limiter.spend_all(&[Charge::one(Scope::Principal, &name), of_tenant])
    }

    /// Counts a stream or a frame of an identity.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn spend_one(&self, scope: Scope, identity: &Identity) -> Result<(), Refusal> {
        let verdict = self.edge.limiter.spend(scope, &called(identity), 1);
        match verdict.filter(|verdict| !verdict.allowed) {
            Some(verdict) => Err(codes::rate_limited(verdict.retry_after_ms)),
            None => Ok(()),
        }
    }
}

/// What an identity is counted as: the same in all tenants.
fn called(identity: &Identity) -> String {
    let home = identity.tenant.as_ref().map_or("", |tenant| tenant.as_str());
    format!("{home}/{}", identity.principal)
}
