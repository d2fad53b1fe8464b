//! `ask.<tenant>.telemetry.<signal>`: NATS clients tell of their programs. It is no command: no
//! actor is asked, and what is answered is what the edge answers.

use contracts::access::{Act, Capability};
use contracts::ports::{Guard as _, Inbound, Road, Telling};
use contracts::records::Signal;
use contracts::{Caller, Origin, Refusal, RefusalClass};
use serde_json::{Value, json};

use super::parse;
use super::shared::Shared;

/// What stands in the place of a kind. No kind may be called so.
const TELEMETRY: &str = "telemetry";

/// What the client must be allowed.
const WRITE: Capability<'static> = Capability::new(TELEMETRY, "write");

/// What the client calls what it tells.
const KEY: &str = "idempotency-key";

/// Whether a message tells records.
#[must_use]
pub fn is_told(inbound: &Inbound) -> bool {
    let to = inbound.to.as_ref();
    inbound.road == Road::Interactive && to.is_ok_and(|to| to.kind.as_str() == TELEMETRY)
}

/// Takes what a message tells.
///
/// # Errors
/// `unauthenticated`, `forbidden`, `unknown_tenant`, `invalid_subject`, and what the edge refuses.
pub async fn take(shared: &Shared, inbound: &Inbound) -> Result<Value, Refusal> {
    let odd = |subject: &str| {
        let message = format!("{subject} names none of logs, metrics, objects and traces");
        Refusal::new(RefusalClass::Malformed, "invalid_subject", message)
    };
    let to = inbound.to.as_ref().map_err(|subject| odd(subject))?;
    let bearer = inbound.header("authorization").and_then(|line| line.strip_prefix("Bearer "));
    let identity = parse::identify(shared, inbound.header(parse::KEY).or(bearer))?;
    let now = shared.world.clock.now();
    let entrance = shared.directory.enter(&identity, &to.tenant, now);
    let unknown = || Refusal::not_found("unknown_tenant", "there is no such tenant");
    let entrance = entrance.ok_or_else(unknown)?;
    let act = Act { capability: WRITE, id: None, road: Origin::Nats, now };
    if !entrance.rights.may(&act) {
        let message = format!("this takes {WRITE}, which {} has not", entrance.principal);
        return Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message));
    }
    let signal: Signal = to.id.as_str().parse().map_err(|_| odd(&to.to_string()))?;
    let away = || Refusal::unavailable("not_ready", "nobody takes records here yet; try again");
    let intake = shared.intake.get().ok_or_else(away)?;
    let mut told = intake
        .take(Telling {
            tenant: to.tenant.clone(),
            by: Caller::new(entrance.principal, Origin::Nats).with(identity.credential),
            signal,
            key: inbound.header(KEY).map(str::to_owned),
            body: parse::body(&inbound.payload)?,
        })
        .await?;
    told["ok"] = json!(true);
    Ok(told)
}
