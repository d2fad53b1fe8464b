//! Accounts with services: their keys come in here and never go out again; their users are sent to
//! the service that asks them, and come back.

mod connect;
mod key;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::{ActorId, Caller, Origin, Principal, Refusal, RefusalClass, SecretName, Tenant};
use serde_json::{Value, json};

use super::effects::{Nothing, body};
use super::respond;
use crate::edge::call::{Call, Scene};
use crate::edge::headers::Lock;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, Submitted, submit};
use crate::problem::codes;
use crate::vault::name_of;

pub use self::key::ConnectorKeyInput;

const fn named(verb: &'static str) -> Needs {
    Needs::Named(Capability::new("connector", verb))
}

const fn param(name: &'static str, about: &'static str) -> Param {
    Param { name, about }
}

/// What services send users back with. Only the first three are read.
const BACK: &[Param] = &[
    param("state", "What the user was sent with."),
    param("code", "What tokens are made of."),
    param("error", "Why there is no code."),
    param("error_description", "The same in words; not read."),
    param("error_uri", "A page about it; not read."),
    param("iss", "Who says so; not read."),
    param("scope", "What was granted; not read."),
    param("session_state", "Not read."),
    param("authuser", "Not read."),
    param("prompt", "Not read."),
    param("hd", "Not read."),
];

/// The rows of connectors.
pub const ROUTES: &[Route] = &[
    Route::known(
        (Method::Put, "/v1/connectors/{id}/key"),
        "connector_key_put",
        "Seals a connector's key, or its client's secret, which nothing ever tells; the last one \
         is erased.",
        named("seal"),
        |shared, call| Box::pin(key::put(shared, call)),
    ),
    Route::known(
        (Method::Post, "/v1/connectors/{id}/authorize"),
        "connector_connect",
        "Begins to ask a user at the service itself: answers with where to send his browser.",
        named("authorize"),
        |shared, call| Box::pin(connect::begin(shared, call)),
    ),
    Route {
        query: BACK,
        access: Access::Open,
        ..Route::known(
            (Method::Get, "/v1/connectors/callback"),
            "connector_callback",
            "Where the service sends the user back to: its code becomes tokens, which are sealed.",
            Needs::Nothing,
            |shared, call| Box::pin(connect::back(shared, call)),
        )
    },
    Route::known(
        (Method::Get, "/v1/connectors/{id}/circuit"),
        "connector_circuit",
        "Tells how a connector's provider of models stands on this node.",
        named("read"),
        |shared, call| Box::pin(async move { circuit(&shared, &call) }),
    ),
    Route::known(
        (Method::Post, "/v1/connectors/{id}/circuit/reset"),
        "connector_circuit_reset",
        "Lets a connector's provider be asked again that is left alone on this node.",
        named("check"),
        |shared, call| Box::pin(reset(shared, call)),
    ),
];

fn unused() -> Refusal {
    let message = "no model was asked through this connector of late, on this node";
    Refusal::not_found("connector_unused", message)
}

fn circuit(shared: &Shared, call: &Call) -> Result<Response, Refusal> {
    let view = shared.edge.connectors.circuit(&call.tenant, &call.id()?);
    respond::json(StatusCode::OK, &view.ok_or_else(unused)?)
}

async fn reset(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = body(&shared, &mut call, "{}").await?;
    let view = shared.edge.connectors.reset_circuit(&call.tenant, &call.id()?);
    respond::json(StatusCode::OK, &view.ok_or_else(unused)?)
}

/// Whose word a command to a connector is.
struct Word {
    tenant: Tenant,
    by: Caller,
}

impl Word {
    fn of(call: &Call) -> Result<Self, Refusal> {
        Ok(Self { tenant: call.tenant.clone(), by: call.caller()? })
    }

    fn principal(&self) -> &Principal {
        &self.by.principal
    }

    /// Tells a connector that something of its own was sealed; what it refuses is erased again.
    async fn tell(
        &self,
        shared: &Shared,
        scene: &Scene,
        (id, secret): (&ActorId, &SecretName),
        (command, body): (&str, Value),
    ) -> Result<Submitted, Refusal> {
        let kind = contracts::kinds::connector::KIND;
        let submission = Submission {
            page: shared.edge.pages.get(&kind).ok_or_else(codes::unknown_kind)?,
            tenant: self.tenant.clone(),
            caller: Caller { origin: Origin::Http, ..self.by.clone() },
            id: Some(id.clone()),
            command,
            body,
            // Each value that is sealed is another.
            key: None,
            lock: Lock::None,
            correlation: None,
            trace: scene.traced.trace.clone(),
            wait: shared.edge.config.wait(None),
        };
        let told = submit(shared, submission).await;
        if let Err(refusal) = &told
            && !matches!(refusal.class, RefusalClass::Unavailable | RefusalClass::Timeout)
        {
            let at = name_of(&self.tenant, secret.as_str());
            if let Err(error) = shared.edge.vault.delete(&at).await {
                tracing::warn!(%error, "connector.left_sealed");
            }
        }
        told
    }
}

/// How the connector stands after it was told.
fn standing(id: &ActorId, done: &Submitted) -> Value {
    let mut told = json!({ "id": id, "cursor": done.answer.cursor });
    for member in ["status", "shared"] {
        told[member] = done.answer.reply[member].clone();
    }
    told
}
