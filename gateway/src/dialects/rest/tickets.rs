//! Tickets: a right to one thing, once, for where a key must not stand.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::ticket::{BoundCommand, PREFIX, Purpose, Ticket, place};
use contracts::{
    ActorId, Address, CommandName, Hash, Kind, Refusal, RefusalClass, input, state_hash,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::respond::{self, JSON};
use crate::chance;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// The rows of tickets.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Post,
    path: "/v1/tickets",
    name: "ticket_issue",
    about: "Gives a ticket for one stream, one socket or one command on NATS; it is shown once.",
    access: Access::Key,
    needs: Needs::Nothing,
    offers: JSON,
    query: &[],
    handler: |shared, call| Box::pin(issue(shared, call)),
}];

/// `{purpose, path?, kind?, id?, command?, input?, ttl_ms?}`; what belongs together, the OpenAPI
/// description says (`openapi/tickets.rs`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TicketInput {
    /// What it is good for.
    purpose: Purpose,
    /// Below which path, such as `/v1/events`; for streams, and for sockets `/v1/ws`.
    #[serde(default)]
    path: Option<String>,
    /// The kind of the actor that a command is for.
    #[serde(default)]
    kind: Option<Kind>,
    /// The id of that actor.
    #[serde(default)]
    id: Option<ActorId>,
    /// The command.
    #[serde(default)]
    command: Option<CommandName>,
    /// Its input, exactly as it will be sent; `{}` when left out.
    #[serde(default)]
    input: Option<Value>,
    /// How long it is good, in milliseconds; as long as it may be when left out.
    #[serde(default)]
    ttl_ms: Option<u32>,
}

async fn issue(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let asked: TicketInput =
        contracts::read::from_value(body).map_err(|error| invalid("input", &error.to_string()))?;
    let identity = call.identity()?;
    let most = shared.edge.config.ticket_ttl_ms_max;
    let ttl_ms = asked.ttl_ms.unwrap_or(most).min(most);
    let ticket = Ticket {
        v: 1,
        purpose: asked.purpose,
        tenant: call.tenant.clone(),
        principal: identity.principal.clone(),
        home: identity.tenant.clone(),
        credential: identity.credential.clone(),
        path: path(&asked)?,
        command: command(&shared, &call, &asked)?,
        expires_at: shared.now().plus_millis(ttl_ms.into()),
        used_by: None,
    };
    let text = format!("{PREFIX}{}", Hash(chance::bytes()?));
    let name = place(&text).ok_or_else(|| Refusal::internal("a ticket is no ticket"))?;
    let value = serde_json::to_vec(&ticket).map_err(|it| Refusal::internal(it.to_string()))?;
    // A command may wait in the queue long after its ticket was sent; a connection is made at once.
    let kept_ms = (ticket.purpose != Purpose::Command).then_some(u64::from(ttl_ms));
    let made = shared.edge.tickets.create(&name, value, kept_ms).await?;
    made.ok_or_else(|| Refusal::internal("chance gave the same ticket twice"))?;
    let told = json!({
        "ticket": text, "purpose": ticket.purpose, "expires_at": ticket.expires_at,
    });
    respond::secret(StatusCode::CREATED, &told)
}

/// Below which path a ticket for a connection is good.
fn path(asked: &TicketInput) -> Result<Option<String>, Refusal> {
    let path = match (asked.purpose, asked.path.as_deref()) {
        (Purpose::Command, None) => return Ok(None),
        (Purpose::Command, Some(_)) => return Err(invalid("path", "a command has none")),
        (Purpose::Websocket, None) => "/v1/ws",
        (Purpose::Stream, None) => return Err(invalid("path", "a stream has one")),
        (_, Some(path)) => path,
    };
    let path = path.strip_prefix("/api").unwrap_or(path);
    let sound = path.starts_with("/v1/") && !path.contains(['?', '#', '%', '\\']);
    if !sound || path.contains("..") || path.contains("//") {
        return Err(invalid("path", "is that of a row below /v1/, without a query"));
    }
    Ok(Some(path.to_owned()))
}

/// Which command a ticket for a command is good for.
fn command(
    shared: &Shared,
    call: &Call,
    asked: &TicketInput,
) -> Result<Option<BoundCommand>, Refusal> {
    let (kind, id, name) = (asked.kind.clone(), asked.id.clone(), asked.command.clone());
    if asked.purpose != Purpose::Command {
        return match (kind, id, name, &asked.input) {
            (None, None, None, None) => Ok(None),
            _ => Err(invalid("purpose", "only `command` takes kind, id, command and input")),
        };
    }
    let (Some(kind), Some(id), Some(name)) = (kind, id, name) else {
        return Err(invalid("purpose", "`command` takes kind, id and command"));
    };
    let page = shared.edge.pages.get(&kind).ok_or_else(codes::unknown_kind)?;
    if page.command(name.as_str()).is_none() {
        return Err(codes::unknown_command(page));
    }
    shared.edge.guard.ensure_moving(&call.tenant, Some((&kind, &id)))?;
    let value = asked.input.clone().unwrap_or_else(|| json!({}));
    input::check(&value)?;
    let input_hash = state_hash(&value).map_err(|error| invalid("input", &error.to_string()))?;
    let to = Address::new(call.tenant.clone(), kind, id);
    Ok(Some(BoundCommand { to, name, input_hash }))
}

fn invalid(field: &str, reason: &str) -> Refusal {
    let message = "the input is {purpose, path?, kind?, id?, command?, input?, ttl_ms?}";
    Refusal::new(RefusalClass::Malformed, "invalid_input", message).field(field, reason.to_owned())
}
