//! One request on its way to a dialect.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use contracts::access::{Act, Capability};
use contracts::caller::{Caller, Identity, Origin};
use contracts::page::PageRef;
use contracts::ports::{Entrance, Guard};
use contracts::{ActorId, Address, Kind, Refusal, Tenant, lifecycle};
use serde_json::Value;

use super::body;
use super::limits::Scope;
use super::needs::{self, Needs, Reader};
use super::query::Query;
use super::routes::Route;
use super::shared::{Shared, StreamPermit};
use super::trace::Traced;
use crate::problem::{self, Words, codes};

/// What is known of a request before anybody has looked for its route.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Where it stands in a trace.
    pub traced: Traced,
    /// What the caller, or else the edge, calls it.
    pub request_id: String,
    /// The path as the caller wrote it.
    pub instance: String,
    /// The caller's network address, without port; empty when it is unknown.
    pub peer: String,
    /// The names in the certificate that the caller's connection brought and that was checked.
    pub certificate: Vec<String>,
    /// In whose words a failure is told.
    pub words: Words,
}

impl Scene {
    /// What a problem says of it.
    #[must_use]
    pub fn told(&self) -> problem::Scene<'_> {
        problem::Scene {
            instance: &self.instance,
            trace_id: &self.traced.id,
            request_id: &self.request_id,
            words: self.words,
        }
    }
}

/// A request that passed its row of the table: authenticated, its query checked.
pub struct Call {
    /// Its row.
    pub route: &'static Route,
    /// The path's parameters, decoded.
    pub params: Vec<(String, String)>,
    /// The query's parameters.
    pub query: Query,
    /// Who asks; `None` only on routes that ask for no credential.
    pub identity: Option<Identity>,
    /// Who that is in the house; `None` as with `identity`.
    pub entrance: Option<Entrance>,
    /// Who knows everybody.
    pub guard: Arc<dyn Guard>,
    /// In whose house.
    pub tenant: Tenant,
    /// What else is known of it.
    pub scene: Arc<Scene>,
    /// The media type that the caller wants most of those that the route offers.
    pub media: &'static str,
    /// Headers and extensions.
    pub parts: Parts,
    /// The body, not read yet.
    pub body: Body,
}

impl Call {
    /// A parameter of the path.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        let found = self.params.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Who asks.
    ///
    /// # Errors
    /// `unauthenticated` on a route that lets strangers in.
    pub fn identity(&self) -> Result<&Identity, Refusal> {
        self.identity.as_ref().ok_or_else(codes::unauthenticated)
    }

    /// Who asks, as an envelope says it.
    ///
    /// # Errors
    /// As [`Call::identity`].
    pub fn caller(&self) -> Result<Caller, Refusal> {
        let entrance = self.entrance.as_ref().ok_or_else(codes::unauthenticated)?;
        let credential = self.identity()?.credential.clone();
        Ok(Caller::new(entrance.principal.clone(), Origin::Http).with(credential))
    }

    /// Whether the caller may read the actor `id` of `kind`; without one, such actors in general.
    #[must_use]
    pub fn reads(&self, shared: &Shared, kind: &Kind, id: Option<&str>) -> bool {
        let entrance = self.entrance.as_ref();
        entrance.is_some_and(|entrance| needs::reads(entrance, kind, id, shared.now()))
    }

    /// Whether the caller may do this to the actor `id`.
    #[must_use]
    pub fn may(&self, shared: &Shared, capability: Capability<'_>, id: Option<&str>) -> bool {
        let act = Act { capability, id, road: Origin::Http, now: shared.now() };
        self.entrance.as_ref().is_some_and(|entrance| entrance.rights.may(&act))
    }

    /// Whether the caller may do this to the system, which concerns all tenants.
    #[must_use]
    pub fn is_above(&self, shared: &Shared, capability: Capability<'_>) -> bool {
        let identity = self.identity.as_ref();
        identity.is_some_and(|it| needs::above(&*self.guard, it, capability, shared.now()).is_ok())
    }

    /// A place for one more stream of the caller.
    ///
    /// # Errors
    /// `rate_limited`, `overloaded`.
    pub fn open_stream(&self, shared: &Shared) -> Result<StreamPermit, Refusal> {
        if let Some(identity) = &self.identity {
            shared.spend_one(Scope::Streams, identity)?;
        }
        shared.open_stream(&self.tenant)
    }

    /// The caller, asked again whenever something is to be told.
    ///
    /// # Errors
    /// As [`Call::identity`].
    pub fn reader(&self, shared: &Arc<Shared>) -> Result<Reader, Refusal> {
        Ok(Reader::new(shared, self.identity()?.clone(), self.tenant.clone()))
    }

    /// What concerns all tenants takes what the row needs in the tenant `system`.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn operator(&self, shared: &Shared) -> Result<(), Refusal> {
        match self.route.needs {
            Needs::Tenant(capability) | Needs::System(capability) => {
                needs::above(&*self.guard, self.identity()?, capability, shared.now())
            }
            _ => Err(codes::forbidden()),
        }
    }

    /// The page of the kind that the path names.
    ///
    /// # Errors
    /// `unknown_kind`.
    pub fn page<'a>(&self, shared: &'a Shared) -> Result<&'a PageRef, Refusal> {
        let kind = self.param("kind").parse().map_err(|_| codes::unknown_kind())?;
        shared.edge.pages.get(&kind).ok_or_else(codes::unknown_kind)
    }

    /// The kind that the query parameter `kind` names: one that there is.
    ///
    /// # Errors
    /// `unknown_kind`.
    pub fn kind_wanted(&self, shared: &Shared) -> Result<Option<Kind>, Refusal> {
        let Some(text) = self.query.text("kind") else { return Ok(None) };
        let kind = text.parse().ok().filter(|kind| shared.edge.pages.get(kind).is_some());
        kind.map(Some).ok_or_else(codes::unknown_kind)
    }

    /// The event type that the query parameter `type` names: one that the wanted kind can have.
    ///
    /// # Errors
    /// `query_invalid`.
    pub fn event_type_wanted(
        &self,
        shared: &Shared,
        kind: Option<&Kind>,
    ) -> Result<Option<String>, Refusal> {
        let Some(text) = self.query.text("type") else { return Ok(None) };
        let mut pages =
            shared.edge.pages.iter().filter(|page| kind.is_none_or(|kind| *kind == page.kind));
        let known = lifecycle::EVENT_TYPES.contains(&text)
            || pages.any(|page| page.versions.iter().any(|(name, _)| *name == text));
        if known {
            return Ok(Some(text.to_owned()));
        }
        let whose = kind.map_or_else(|| "any kind".to_owned(), ToString::to_string);
        Err(codes::query_invalid("type", format!("is no event type of {whose}")))
    }

    /// The actor id that the path names.
    ///
    /// # Errors
    /// `invalid_id`.
    pub fn id(&self) -> Result<ActorId, Refusal> {
        ActorId::new(self.param("id")).map_err(|error| codes::invalid_id("id", &error))
    }

    /// The actor that the path names.
    ///
    /// # Errors
    /// `unknown_kind`, `invalid_id`.
    pub fn address(&self, shared: &Shared) -> Result<Address, Refusal> {
        let kind = self.page(shared)?.kind.clone();
        Ok(Address::new(self.tenant.clone(), kind, self.id()?))
    }

    /// Reads the body.
    ///
    /// # Errors
    /// As [`body::read`].
    pub async fn json(&mut self, shared: &Shared) -> Result<Value, Refusal> {
        let body = std::mem::take(&mut self.body);
        body::read(&self.parts.headers, body, &shared.edge.config).await
    }
}
