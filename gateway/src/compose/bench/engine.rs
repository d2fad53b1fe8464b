//! Load on the engine: commands in process, on many actors or on one.

use std::time::Duration;

use contracts::ports::{CommandBus, Wait};
use contracts::{Address, Caller, CommandId, CommandName, Envelope, Kind, Origin, Tenant};
use serde_json::json;

use super::rows::{Took, measure};

/// How long one command may take before the measurement fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The actors that a load is spread over.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// Whose they are.
    pub tenant: &'static str,
    /// What their ids begin with.
    pub name: &'static str,
    /// How many there are.
    pub actors: usize,
}

impl Spread {
    /// One of the actors. Neighbours in time are far apart in number, so that no order of theirs
    /// helps anybody.
    pub fn actor(&self, number: usize) -> Address {
        let number = number.wrapping_mul(7_919) % self.actors;
        let id = format!("{}-{number}", self.name).parse().expect("letters and digits are an id");
        Address::new(Tenant::from_static(self.tenant), Kind::from_static("counter"), id)
    }
}

/// `add` to a counter.
pub fn add(to: Address) -> Envelope {
    asked(to, Caller::new(Caller::ADMIN, Origin::Http))
}

/// `add` to a counter, on the word of `by`.
pub fn asked(to: Address, by: Caller) -> Envelope {
    let id = CommandId(uuid::Uuid::now_v7());
    let name = CommandName::from_static("add");
    Envelope::new(id, to, name, json!({}), by)
}

/// Adds `count` times, `window` at a time, and reads the state that each answer brings.
///
/// # Errors
/// The first refusal.
pub async fn run(
    bus: &dyn CommandBus,
    window: usize,
    count: usize,
    spread: Spread,
) -> anyhow::Result<Took> {
    run_by(bus, window, count, spread, &Caller::new(Caller::ADMIN, Origin::Http)).await
}

/// As [`run`], on the word of `by`.
///
/// # Errors
/// The first refusal.
pub async fn run_by(
    bus: &dyn CommandBus,
    window: usize,
    count: usize,
    spread: Spread,
    by: &Caller,
) -> anyhow::Result<Took> {
    measure(window, count, |number| async move {
        let envelope = asked(spread.actor(number), by.clone());
        let answer = bus.ask(envelope, Wait::Completed(PATIENCE)).await?;
        anyhow::ensure!(answer.reply["value"].is_i64(), "no state: {}", answer.reply);
        Ok(())
    })
    .await
}
