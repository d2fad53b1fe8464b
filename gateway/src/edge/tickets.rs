//! Tickets in the address of a stream or a socket, where a browser cannot send a header.

use axum::http::request::Parts;
use contracts::caller::Identity;
use contracts::ticket::{self, Purpose, Use};
use contracts::{Hash, Refusal, Tenant};

use super::accept;
use super::routes::{Access, Param, Route};
use super::shared::Shared;
use crate::auth::{Credential, credential};
use crate::chance;
use crate::problem::codes;

/// The query parameter. No other secret may stand in an address.
pub const TICKET: Param = Param {
    name: "ticket",
    about: "A ticket of `POST /v1/tickets`, in place of a credential, for browsers.",
};

/// What a stream of events is.
const SSE: &str = "text/event-stream";

/// Who came with a ticket, and into whose house. Put among the extensions of the request.
#[derive(Clone)]
pub struct Ticketed {
    /// Whose word it is.
    pub identity: Identity,
    /// In whose house.
    pub tenant: Tenant,
}

/// Who comes with a ticket in the address; `None` = nobody does.
///
/// # Errors
/// `query_invalid` beside another credential or where no stream is asked for, and those of a
/// ticket.
pub(super) async fn redeem(
    route: &Route,
    shared: &Shared,
    parts: &Parts,
) -> Result<Option<Ticketed>, Refusal> {
    if !route.query.iter().any(|param| param.name == TICKET.name) {
        return Ok(None);
    }
    let query = super::query::Query::read(&parts.uri, route.query)?;
    let Some(text) = query.text(TICKET.name) else { return Ok(None) };
    if !matches!(credential(&parts.headers), Credential::Absent) {
        return Err(codes::query_invalid(TICKET.name, "comes with no other credential"));
    }
    let purpose = match route.access {
        Access::Socket => Purpose::Websocket,
        _ if accept::choose(&parts.headers, route.offers) == Some(SSE) => Purpose::Stream,
        _ => return Err(codes::query_invalid(TICKET.name, "opens streams of events only")),
    };
    let wanted = Use::Connection { purpose, path: parts.uri.path() };
    let by = format!("connection {}", Hash(chance::bytes()?));
    let ticket = ticket::redeem(&*shared.edge.tickets, text, &wanted, shared.now(), &by).await?;
    Ok(Some(Ticketed { identity: ticket.identity(), tenant: ticket.tenant }))
}
