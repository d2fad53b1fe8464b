//! How the parts of the program are.

use std::sync::Arc;
use std::time::Duration;

use actors::Runtime;
use contracts::ports::{Feed, Fut};
use nats::Broker;
use projections::Models;

use super::watchdog::Watchdog;
use crate::edge::health::{Health, Part, PartState};

/// How long the broker may take to answer before it counts as away.
const PING: Duration = Duration::from_secs(1);

/// How many commits the read models may lie behind before it is said.
const LAG_COMMITS_MAX: u64 = 10_000;

/// Asks the parts.
pub struct Parts {
    /// The broker.
    pub broker: Arc<Broker>,
    /// The tail.
    pub feed: Arc<dyn Feed>,
    /// The actors.
    pub runtime: Runtime,
    /// The read models.
    pub models: Models,
    /// Who notices what stands still.
    pub watchdog: Watchdog,
}

impl Health for Parts {
    fn parts(&self) -> Fut<'_, Vec<Part>> {
        Box::pin(async move {
            let mut parts =
                vec![self.log().await, self.actors(), self.effects(), self.read_models().await];
            let stalled = self.watchdog.lasting().into_iter();
            parts.extend(stalled.map(|(part, why)| {
                Part::new(format!("{part} stalled"), PartState::Failing).detail(why)
            }));
            parts
        })
    }
}

impl Parts {
    async fn log(&self) -> Part {
        match self.broker.ping(PING).await {
            Ok(()) => Part::new("log", PartState::Ready),
            Err(error) => Part::new("log", PartState::Failing).detail(error.to_string()),
        }
    }

    fn actors(&self) -> Part {
        let awake = actors::runtime::Counters::get(&self.runtime.counters().cells);
        Part::new("actors", PartState::Ready).detail(format!("{awake} awake"))
    }

    fn effects(&self) -> Part {
        let readiness = self.runtime.readiness();
        let state = if readiness.ledger_complete { PartState::Ready } else { PartState::Starting };
        let waiting = actors::runtime::Counters::get(&self.runtime.counters().effects_pending);
        Part::new("effects", state).detail(format!("{waiting} waiting"))
    }

    async fn read_models(&self) -> Part {
        let part = |state| Part::new("read_models", state);
        match self.models.trouble().await {
            Some(reason) => part(PartState::Failing).detail(reason),
            None => {
                let lag = self.feed.position().0.saturating_sub(self.models.position().0);
                let state =
                    if lag > LAG_COMMITS_MAX { PartState::Starting } else { PartState::Ready };
                part(state).detail(format!("{lag} commits behind"))
            }
        }
    }
}
