//! One request on its way through a method, and what its revision adds to the answer.

use std::sync::{Arc, OnceLock};

use contracts::access::{Act, Capability};
use contracts::caller::Origin;
use contracts::{Address, Refusal};
use serde_json::{Value, json};

use super::peer::Peer;
use super::revision::{Revision, meta, supported};
use super::wire::{Members, RESOURCE_NOT_FOUND, Request, RpcError};
use super::{completion, prompts, resources, tasks, tools};
use crate::dialects::common::asker::Asker;
use crate::edge::call::Call;
use crate::edge::headers::{Key, idempotency_key};
use crate::edge::routes::Route;
use crate::edge::shared::Shared;
use crate::problem::codes;

/// How long lists and contents may be kept, in milliseconds: not at all, since rights and states
/// change at any time and are told by the change feed.
const TTL_MS: u64 = 0;

/// The member of `_meta` that names a command: what `Idempotency-Key` says elsewhere.
const KEY: &str = "cambium/idempotencyKey";

/// Who asks, and by which row.
pub struct Exchange {
    /// What all requests share.
    pub shared: Arc<Shared>,
    /// Who asks.
    pub asker: Asker,
    /// The client.
    pub peer: Peer,
    route: &'static Route,
    /// The run that the request has begun.
    begun: OnceLock<Address>,
}

impl Exchange {
    /// Notes which run the request has begun.
    pub fn note_begun(&self, run: Option<Address>) {
        if let Some(run) = run {
            // A request begins one at most.
            let _ = self.begun.set(run);
        }
    }

    /// The run that the request has begun.
    #[must_use]
    pub fn begun(&self) -> Option<Address> {
        self.begun.get().cloned()
    }

    /// The exchange of a request.
    ///
    /// # Errors
    /// `unauthenticated`, `header_invalid`.
    pub fn of(
        shared: &Arc<Shared>,
        call: &Call,
        request: &Request,
        peer: Peer,
    ) -> Result<Self, Refusal> {
        let mut asker = Asker::of(call)?;
        if let Some(key) = request.meta(KEY).and_then(Value::as_str) {
            asker.key = Some(idempotency_key(key)?);
        }
        Ok(Self {
            shared: Arc::clone(shared),
            asker,
            peer,
            route: call.route,
            begun: OnceLock::new(),
        })
    }

    /// What the request calls its command.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        self.asker.key.clone()
    }

    /// Whether the caller may do this to the actor `id`; without one, to some actor.
    #[must_use]
    pub fn may(&self, capability: Capability<'_>, id: Option<&str>) -> bool {
        let act = Act { capability, id, road: Origin::Http, now: self.shared.now() };
        let rights = &self.asker.entrance.rights;
        if id.is_some() { rights.may(&act) } else { rights.may_ever(&act) }
    }

    /// That the caller may do this; a refusal is written down as that of a route is.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn ensure(&self, capability: Capability<'_>, id: &str) -> Result<(), Refusal> {
        if self.may(capability, Some(id)) {
            return Ok(());
        }
        let Asker { identity, entrance, tenant, scene, .. } = &self.asker;
        let refusal = codes::forbidden_capability(capability, entrance.principal.as_str());
        self.shared.note_refusal(self.route, (identity, entrance), tenant, scene, &refusal);
        Err(refusal)
    }

    /// `value` as the caller sees it: personal data opened or masked.
    pub async fn shown(&self, value: Value) -> Value {
        self.shared.shown(Some(&self.asker.identity), &self.asker.tenant, value).await
    }
}

/// Who answers, as the client is told.
#[must_use]
pub fn server_info() -> Value {
    json!({ "name": "cambium", "title": "Cambium", "version": env!("CARGO_PKG_VERSION") })
}

/// What a model is told before it uses this server.
const INSTRUCTIONS: &str = "Cambium is an event-sourced actor system: an actor is named by kind \
    and id, changes only by commands (tools named kind.command), and everything that happened to \
    it can be read (state, events), re-derived (replay), continued differently from any past \
    revision (fork), compared (diff) and checked (verify). A command that is not finished in time \
    is answered with its id: ask command_status what came of it.";

/// What the server can do, in either revision.
#[must_use]
pub fn capabilities(revision: Revision) -> Value {
    let mut told = json!({
        "tools": { "listChanged": true },
        "prompts": { "listChanged": true },
        "resources": { "subscribe": true },
        "completions": {},
        "logging": {},
    });
    match revision {
        Revision::Stateful => {
            told["tasks"] = json!({ "cancel": {}, "requests": { "tools": { "call": {} } } });
        }
        Revision::Stateless => told["extensions"] = json!({ tasks::EXTENSION: {} }),
    }
    told
}

/// What `initialize` answers, beside the revision that is spoken.
#[must_use]
pub fn initialized(version: &str) -> Value {
    json!({
        "protocolVersion": version,
        "capabilities": capabilities(Revision::Stateful),
        "serverInfo": server_info(),
        "instructions": INSTRUCTIONS,
    })
}

/// Answers a request.
///
/// # Errors
/// What is wrong with it, in MCP's words.
pub async fn answer(exchange: &Exchange, request: &Request) -> Result<Value, RpcError> {
    let told = method(exchange, &request.method, &request.params).await;
    let stateless = exchange.peer.revision == Revision::Stateless;
    match told {
        Ok(result) if stateless => Ok(stated(&request.method, result)),
        Ok(result) => Ok(result),
        // The newer revision says it like any other parameter that leads nowhere.
        Err(error) if stateless && error.code == RESOURCE_NOT_FOUND => {
            Err(RpcError { code: -32602, ..error })
        }
        Err(error) => Err(error),
    }
}

async fn method(exchange: &Exchange, name: &str, params: &Members) -> Result<Value, RpcError> {
    let stateful = exchange.peer.revision == Revision::Stateful;
    match name {
        "tools/list" => tools::list(exchange, params),
        "tools/call" => tools::call(exchange, params).await,
        "resources/list" => resources::list(exchange, params).await,
        "resources/templates/list" => Ok(resources::templates(exchange)),
        "resources/read" => resources::read(exchange, params).await,
        "prompts/list" => prompts::list(exchange, params).await,
        "prompts/get" => prompts::get(exchange, params).await,
        "completion/complete" => completion::complete(exchange, params).await,
        _ if name.starts_with("tasks/") => tasks::method(exchange, name, params).await,
        "server/discover" if !stateful => Ok(json!({
            "supportedVersions": supported(),
            "capabilities": capabilities(Revision::Stateless),
            "instructions": INSTRUCTIONS,
        })),
        "ping" if stateful => Ok(json!({})),
        other => Err(RpcError::method_not_found(other)),
    }
}

/// A result with what the stateless revision wants of each.
fn stated(method: &str, mut result: Value) -> Value {
    if result.get("resultType").is_none() {
        result["resultType"] = json!("complete");
    }
    let kept = matches!(
        method,
        "server/discover"
            | "tools/list"
            | "prompts/list"
            | "resources/list"
            | "resources/templates/list"
            | "resources/read"
    );
    if kept && result["resultType"] == "complete" {
        result["ttlMs"] = json!(TTL_MS);
        result["cacheScope"] = json!("private");
    }
    result["_meta"][meta("serverInfo")] = server_info();
    result
}
