//! Load on the engine: commands in process, on many actors or on one.

use std::time::Duration;

use contracts::ports::{CommandBus, Wait};
use contracts::{Address, Caller, CommandId, CommandName, Envelope, Kind, Origin, Tenant};
use serde_json::json;

use super::rows::{Took, measure};

/// How long one command may take before the measurement fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// The actors that a load is spread over.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
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
        Address::new(Tenant::from_static("main"), Kind::from_static("counter"), id)
    }
}

/// `add` to a counter.
pub fn add(to: Address) -> Envelope {
    let id = CommandId(uuid::Uuid::now_v7());
    let name = CommandName::from_static("add");
    Envelope::new(id, to, name, json!({}), Caller::new(Caller::ADMIN, Origin::Http))
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
    measure(window, count, |number| async move {
        let answer = bus.ask(add(spread.actor(number)), Wait::Completed(PATIENCE)).await?;
        anyhow::ensure!(answer.reply["value"].is_i64(), "no state: {}", answer.reply);
        Ok(())
    })
    .await
}
