//! Who asks, and how: what of a request is needed once its body was read.

use std::sync::Arc;
use std::time::Duration;

use contracts::access::{Act, Capability};
use contracts::caller::{Caller, Identity, Origin};
use contracts::ports::Entrance;
use contracts::view::Answer;
use contracts::{ActorId, Correlation, Kind, Refusal, Tenant, input};
use serde_json::Value;

use crate::edge::call::{Call, Scene};
use crate::edge::headers::{self, Key, Lock};
use crate::edge::query::Query;
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, submit};
use crate::problem::codes;

/// Who asks.
pub struct Asker {
    /// Who that is.
    pub identity: Identity,
    /// Who that is in the house.
    pub entrance: Entrance,
    /// In whose house.
    pub tenant: Tenant,
    /// Whose word a command is.
    pub caller: Caller,
    /// What the caller calls its request.
    pub key: Option<Key>,
    /// The errand that it belongs to.
    pub correlation: Option<Correlation>,
    /// How long the caller wants to wait, in seconds.
    pub wait_s: Option<u64>,
    /// What the path names.
    pub id: String,
    /// The query's parameters.
    pub query: Query,
    /// What else is known of the request.
    pub scene: Arc<Scene>,
}

impl Asker {
    /// Who asks `call`.
    ///
    /// # Errors
    /// `unauthenticated`, `header_invalid`.
    pub fn of(call: &Call) -> Result<Self, Refusal> {
        let headers = &call.parts.headers;
        Ok(Self {
            identity: call.identity()?.clone(),
            entrance: call.entrance.clone().ok_or_else(codes::unauthenticated)?,
            tenant: call.tenant.clone(),
            caller: call.caller()?,
            key: headers::key(headers)?,
            correlation: headers::correlation(headers)?,
            wait_s: headers::wait(headers)?,
            id: call.param("id").to_owned(),
            query: call.query.clone(),
            scene: Arc::clone(&call.scene),
        })
    }

    /// The same without the key of the request, which is one command's.
    #[must_use]
    pub fn keyless(&self) -> Self {
        Self {
            identity: self.identity.clone(),
            entrance: self.entrance.clone(),
            tenant: self.tenant.clone(),
            caller: self.caller.clone(),
            key: None,
            correlation: self.correlation.clone(),
            wait_s: self.wait_s,
            id: self.id.clone(),
            query: self.query.clone(),
            scene: Arc::clone(&self.scene),
        }
    }

    /// The same with another key made of the request's, where it has one.
    #[must_use]
    pub fn keyed(&self, key: impl FnOnce(&Key) -> Key) -> Self {
        Self { key: self.key.as_ref().map(key), ..self.keyless() }
    }

    /// Whether it may read the actor `id` of `kind`.
    #[must_use]
    pub fn reads(&self, shared: &Shared, kind: &Kind, id: &str) -> bool {
        self.may(shared, Capability::read(kind.as_str()), Some(id))
    }

    /// Whether it may do this to the actor `id`; without one, to such actors in general.
    #[must_use]
    pub fn may(&self, shared: &Shared, capability: Capability<'_>, id: Option<&str>) -> bool {
        self.entrance.rights.may(&Act { capability, id, road: Origin::Http, now: shared.now() })
    }

    /// That it may do `verb` to actors of `kind`: to this one, or in general.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn ensure(
        &self,
        shared: &Shared,
        (kind, verb): (&Kind, &str),
        id: Option<&ActorId>,
    ) -> Result<(), Refusal> {
        let capability = Capability::new(kind.as_str(), verb);
        if self.may(shared, capability, id.map(ActorId::as_str)) {
            return Ok(());
        }
        Err(codes::forbidden_capability(capability, self.entrance.principal.as_str()))
    }

    /// How long an answer is waited for: as long as the caller says, else as long as may be.
    #[must_use]
    pub fn patience(&self, shared: &Shared) -> Duration {
        let config = &shared.edge.config;
        config.wait(self.wait_s.or(Some(config.wait_max_ms / 1_000))).max(Duration::from_secs(1))
    }

    /// Sends a command in its name.
    ///
    /// # Errors
    /// What the bus refuses with.
    pub async fn order(&self, shared: &Shared, order: Order<'_>) -> Result<Answer, Refusal> {
        let Order { kind, id, command, body, key, wait } = order;
        input::check(&body)?;
        let submission = Submission {
            page: shared.edge.pages.get(kind).ok_or_else(codes::unknown_kind)?,
            tenant: self.tenant.clone(),
            caller: self.caller.clone(),
            id,
            command,
            body,
            key,
            lock: Lock::None,
            correlation: self.correlation.clone(),
            trace: self.scene.traced.trace.clone(),
            wait: wait.unwrap_or_else(|| shared.edge.config.wait(None)),
        };
        Ok(submit(shared, submission).await?.answer)
    }
}

/// A command to be sent.
pub struct Order<'a> {
    /// Of which kind its actor is.
    pub kind: &'a Kind,
    /// Which actor; `None` = a new one.
    pub id: Option<ActorId>,
    /// What is asked.
    pub command: &'a str,
    /// With what.
    pub body: Value,
    /// What the caller calls it.
    pub key: Option<Key>,
    /// How long it is waited for; `None` = as long as is usual.
    pub wait: Option<Duration>,
}
