//! Tickets on `cmd.`: the command acts as whoever asked for the ticket, once.

use contracts::caller::Origin;
use contracts::ports::{Guard as _, Inbound};
use contracts::ticket::{self, BoundCommand, Use};
use contracts::{Address, Caller, CommandName, Refusal, Timestamp, state_hash};
use serde_json::Value;

use super::shared::Shared;

/// Brings the ticket.
pub const TICKET: &str = "cambium-ticket";

/// Whether a refusal is about a ticket: the message was understood, and is not to come again.
pub fn is_about(refusal: &Refusal) -> bool {
    refusal.code.starts_with("ticket_")
}

/// As whom the message of a ticket acts. The place of the message in the queue is what used it, so
/// that it may be delivered again, and another with the same ticket may not. What counts is when
/// the broker stored it, not when it is decided.
///
/// # Errors
/// As [`ticket::redeem`]; `ticket_invalid` also when the principal is nobody there any more.
pub async fn caller(
    shared: &Shared,
    inbound: &Inbound,
    to: &Address,
    (name, input): (&CommandName, &Value),
    text: &str,
) -> Result<Caller, Refusal> {
    let input_hash = state_hash(input).map_err(|error| Refusal::internal(error.to_string()))?;
    let command = BoundCommand { to: to.clone(), name: name.clone(), input_hash };
    let now = shared.world.clock.now();
    let sent = match inbound.stored_ns {
        0 => now,
        stored_ns => Timestamp::from_millis(stored_ns / 1_000_000),
    };
    let by = format!("message {} {}", inbound.sequence, inbound.stored_ns);
    let (store, wanted) = (&*shared.world.tickets, Use::Command(&command));
    let ticket = ticket::redeem(store, text, &wanted, sent, &by).await?;
    let identity = ticket.identity();
    let entrance = shared.directory.enter(&identity, &to.tenant, now);
    let entrance = entrance.ok_or_else(ticket::invalid)?;
    Ok(Caller::new(entrance.principal, Origin::Nats).with(identity.credential))
}
