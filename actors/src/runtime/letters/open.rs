//! The command in a letter.

use bytes::Bytes;
use contracts::ports::{DeadLetter, Fut, Inbound, PortError, Road, Settle};
use contracts::{CommandId, Envelope, Refusal};

use crate::runtime::parse;
use crate::runtime::shared::Shared;

/// A letter is settled by being taken out of DEAD, not by the broker that once delivered it.
struct Nowhere;

impl Settle for Nowhere {
    fn ack(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn retry(&self, _: u64) -> Fut<'_, Result<(), PortError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn working(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn reply<'a>(&'a self, _: &'a str, _: Bytes) -> Fut<'a, Result<(), PortError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The command that a letter asks for: always the same one, so that trying it again causes at most
/// one commit.
///
/// # Errors
/// Why it cannot be understood.
pub fn open(shared: &Shared, id: u64, letter: &DeadLetter) -> Result<Envelope, Refusal> {
    let inbound = Inbound {
        road: Road::Durable,
        to: letter.to.clone().ok_or_else(|| letter.subject.clone()),
        headers: letter.headers.clone(),
        payload: Bytes::from(letter.payload.clone()),
        // Where it has no id of its own it gets one by its place; no message stands at this one.
        sequence: u64::MAX - id,
        stored_ns: letter.at.as_millis().saturating_mul(1_000_000),
        delivery: letter.deliveries,
        reply_to: None,
        settle: Box::new(Nowhere),
    };
    parse::envelope(shared, &inbound)
}

/// As [`open`], its personal data protected.
///
/// # Errors
/// As [`open`], and `keys_unavailable`.
pub async fn protected(shared: &Shared, id: u64, letter: &DeadLetter) -> Result<Envelope, Refusal> {
    let mut envelope = open(shared, id, letter)?;
    shared.protect_sealed(&mut envelope).await?;
    Ok(envelope)
}

/// What a letter that cannot be opened is called where a command's id is wanted.
pub fn unreadable(id: u64, letter: &DeadLetter) -> CommandId {
    let to = letter.to.as_ref().map(ToString::to_string).unwrap_or_default();
    CommandId::derived("cambium unreadable letter v1", &[&to, &id.to_string()])
}
