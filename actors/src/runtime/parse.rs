//! What a NATS message asks for, and whether it may.

use contracts::caller::{Identity, Origin};
use contracts::envelope::Sealed;
use contracts::message::Msg;
use contracts::ports::{FORMER_PLACE, Guard as _, Inbound, Road};
use contracts::{
    Address, Caller, CommandId, CommandName, Envelope, Hash, Principal, Refusal, RefusalClass,
    canonical, codec, input,
};
use serde_json::Value;

use super::bus::SEALED;
use super::shared::Shared;
use super::tickets;

/// Names the command; without it the body must be a message envelope.
pub const COMMAND: &str = "cambium-command";
/// Gives the command's id, a UUID.
pub const COMMAND_ID: &str = "cambium-command-id";
/// Carries the credential of a request on `ask.`.
pub const KEY: &str = "cambium-key";

/// The command that a message brings.
///
/// # Errors
/// A refusal with a stable code. What is refused here was never understood, so on the durable road
/// it goes to DEAD.
pub fn envelope(shared: &Shared, inbound: &Inbound) -> Result<Envelope, Refusal> {
    let to = addressed(inbound)?;
    if inbound.header(SEALED).is_some() {
        return sealed(shared, inbound, &to);
    }
    let caller = caller(shared, inbound, &to)?;
    made(shared, inbound, asked(inbound, to)?, caller)
}

/// The same of a message that may bring a ticket.
///
/// # Errors
/// As [`envelope`], and those of a ticket, which is used by this.
pub async fn admitted(shared: &Shared, inbound: &Inbound) -> Result<Envelope, Refusal> {
    let ticket = inbound.header(tickets::TICKET).filter(|_| inbound.road == Road::Durable);
    let Some(ticket) = ticket.filter(|_| inbound.header(SEALED).is_none()) else {
        return envelope(shared, inbound);
    };
    let asked = asked(inbound, addressed(inbound)?)?;
    let command = (&asked.name, &asked.input);
    let caller = tickets::caller(shared, inbound, &asked.to, command, ticket).await?;
    made(shared, inbound, asked, caller)
}

fn addressed(inbound: &Inbound) -> Result<Address, Refusal> {
    let no_actors = |subject| malformed("invalid_subject", format!("{subject} addresses no actor"));
    inbound.to.clone().map_err(no_actors)
}

/// What a message asks for.
struct Asked {
    to: Address,
    name: CommandName,
    input: Value,
    msg_id: Option<String>,
}

fn asked(inbound: &Inbound, to: Address) -> Result<Asked, Refusal> {
    let body = body(&inbound.payload)?;
    let (name, input, msg_id) = match inbound.header(COMMAND) {
        Some(name) => (name.to_owned(), body, None),
        None => from_msg(&to, body)?,
    };
    input::check(&input)?;
    let name =
        CommandName::new(name).map_err(|error| malformed("invalid_id", error.to_string()))?;
    Ok(Asked { to, name, input, msg_id })
}

fn made(
    shared: &Shared,
    inbound: &Inbound,
    Asked { to, name, input, msg_id }: Asked,
    caller: Caller,
) -> Result<Envelope, Refusal> {
    let id = command_id(shared, inbound, &to, &caller.principal, msg_id.as_deref())?;
    let mut envelope = Envelope::new(id, to, name, input, caller);
    envelope.trace = shared.world.telemetry.spans.admit(|name| inbound.header(name));
    Ok(envelope)
}

/// A message that a node of this system has sealed.
fn sealed(shared: &Shared, inbound: &Inbound, to: &Address) -> Result<Envelope, Refusal> {
    let sealed = codec::decode::<Sealed>(&inbound.payload).ok();
    let envelope = sealed.and_then(|sealed| shared.world.node_key.open(&sealed));
    envelope.filter(|envelope| envelope.to == *to).ok_or_else(|| {
        malformed("seal_invalid", "the message says it is sealed, and not by this system")
    })
}

/// Who sends it: on `ask.` whoever the credential says, on `cmd.` the tenant's publisher, since a
/// stored message must not carry a secret.
fn caller(shared: &Shared, inbound: &Inbound, to: &Address) -> Result<Caller, Refusal> {
    if inbound.road == Road::Durable {
        return Ok(Caller::new(Caller::PUBLISHER, Origin::Nats));
    }
    let bearer = inbound.header("authorization").and_then(|line| line.strip_prefix("Bearer "));
    let identity = identify(shared, inbound.header(KEY).or(bearer))?;
    let now = shared.world.clock.now();
    let entrance = shared.directory.enter(&identity, &to.tenant, now);
    let entrance =
        entrance.ok_or_else(|| Refusal::not_found("actor_not_found", "there is no such actor"))?;
    Ok(Caller::new(entrance.principal, Origin::Nats).with(identity.credential))
}

/// Who holds a credential.
///
/// # Errors
/// `unauthenticated` for none or a wrong one.
pub fn identify(shared: &Shared, credential: Option<&str>) -> Result<Identity, Refusal> {
    let known = |text: &str| {
        let key = || shared.directory.holder(&Hash::of(text.as_bytes()), shared.world.clock.now());
        shared.world.credentials.identify(text).or_else(key)
    };
    let identity = credential.and_then(known);
    identity.ok_or_else(|| {
        Refusal::new(
            RefusalClass::Unauthenticated,
            "unauthenticated",
            format!("a request carries a valid credential in the header {KEY}"),
        )
    })
}

/// JSON or MessagePack; no body is an empty input.
///
/// # Errors
/// `body_too_large`, `number_imprecise`, `invalid_body`.
pub fn body(payload: &[u8]) -> Result<Value, Refusal> {
    if payload.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    if payload.len() > contracts::limits::INPUT_BYTES_MAX {
        return Err(Refusal::new(
            RefusalClass::TooLarge,
            "body_too_large",
            format!("a body has at most {} bytes", contracts::limits::INPUT_BYTES_MAX),
        ));
    }
    match canonical::parse_exact(payload) {
        Ok(value) => Ok(value),
        Err(canonical::CanonicalError::Imprecise(number)) => Err(malformed(
            "number_imprecise",
            format!("{number} cannot be held exactly by a JSON number; send it as a string"),
        )),
        Err(json) => {
            codec::decode_json(payload).ok().filter(|value| !value.is_number()).ok_or_else(|| {
                malformed(
                    "invalid_body",
                    format!("the body is neither JSON ({json}) nor MessagePack"),
                )
            })
        }
    }
}

/// The command in a message envelope of the office suite.
fn from_msg(to: &Address, body: Value) -> Result<(String, Value, Option<String>), Refusal> {
    let msg: Msg = contracts::read::from_value(body).map_err(|error| {
        malformed(
            "command_missing",
            format!(
                "name the command in the header {COMMAND}, or send a message envelope: {error}"
            ),
        )
    })?;
    if msg.target != to.kind.as_str() {
        let message = format!("the message is for {}, the subject for {}", msg.target, to.kind);
        return Err(malformed("target_mismatch", message));
    }
    Ok((msg.intent, msg.input, msg.id))
}

/// The id that the sender gave, or one that every delivery of this message leads to. A request is
/// delivered once, so it gets one of its own.
fn command_id(
    shared: &Shared,
    inbound: &Inbound,
    to: &Address,
    principal: &Principal,
    msg_id: Option<&str>,
) -> Result<CommandId, Refusal> {
    if let Some(text) = inbound.header(COMMAND_ID) {
        return text.parse().map_err(|_| {
            malformed("invalid_id", format!("the header {COMMAND_ID} carries a UUID"))
        });
    }
    if let Some(text) = msg_id {
        return Ok(CommandId::from_key(&to.tenant, principal, text));
    }
    if inbound.road == Road::Interactive {
        return Ok(shared.fresh_id());
    }
    // A queue that was deleted and made again counts from 1; the moment of storing tells it apart.
    let place = || format!("{} {}", inbound.sequence, inbound.stored_ns);
    let place = inbound.header(FORMER_PLACE).map_or_else(place, str::to_owned);
    let body = Hash::of(&inbound.payload).to_string();
    let (tenant, actor) = (to.tenant.as_str(), to.to_string());
    Ok(CommandId::derived("cambium nats command v2", &[tenant, &actor, &place, &body]))
}

fn malformed(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalClass::Malformed, code, message)
}
