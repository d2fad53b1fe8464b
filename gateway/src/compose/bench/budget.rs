//! Load on one budget: reservations, each settled after it was made.

use std::time::Duration;

use contracts::kinds::budget;
use contracts::ports::{CommandBus, Wait};
use contracts::{ActorId, Address, Caller, CommandId, CommandName, Envelope, Origin, Tenant};
use serde_json::{Value, json};

use super::rows::{Took, measure};

/// How long one command may take before the measurement fails.
const PATIENCE: Duration = Duration::from_secs(60);

async fn ask(bus: &dyn CommandBus, name: &'static str, input: Value) -> anyhow::Result<Value> {
    let id = CommandId(uuid::Uuid::now_v7());
    let actor = ActorId::from_static("bench");
    let to = Address::new(Tenant::from_static("main"), budget::KIND, actor);
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    let envelope = Envelope::new(id, to, CommandName::from_static(name), input, by);
    Ok(bus.ask(envelope, Wait::Completed(PATIENCE)).await?.reply)
}

/// Reserves and settles `count` times, `window` at a time; what is timed is the reservation and
/// its settlement together.
///
/// # Errors
/// The first refusal, and a ledger that is not exact in the end.
pub async fn run(bus: &dyn CommandBus, window: usize, count: usize) -> anyhow::Result<Took> {
    let limit = budget::AMOUNT_MAX;
    let window_of = json!({ "per": "total" });
    ask(bus, "clear", json!({})).await.ok();
    ask(bus, "set", json!({ "unit": "tokens", "limit": limit, "window": window_of })).await?;
    let before = ask(bus, "reset", json!({})).await?["ledger"]["reserved"].clone();
    anyhow::ensure!(before == 0, "reservations are left open: {before}");
    let took = measure(window, count, |number| async move {
        let reservation = format!("call-{number}");
        let reserve = json!({
            "reservation": reservation, "tokens": 100, "model": "bench/none",
            "spender": {
                "tenant": "main", "principal": "bench", "kind": "counter", "actor": "bench",
            },
        });
        let verdict = ask(bus, "reserve", reserve).await?;
        anyhow::ensure!(verdict["granted"] == true, "refused: {verdict}");
        let settle = json!({ "reservation": reservation, "tokens": 60 });
        let closed = ask(bus, "settle", settle).await?;
        anyhow::ensure!(closed["closed"] == true, "not closed: {closed}");
        Ok(())
    })
    .await?;
    let ledger = ask(bus, "adjust", json!({ "amount": 0, "reason": "look" })).await?;
    let used = ledger["ledger"]["used"].as_u64();
    anyhow::ensure!(used == Some(60 * count as u64), "the ledger is not exact: {ledger}");
    Ok(took)
}
