//! How the parts of the program are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::Runtime;
use contracts::ports::{Feed, Fut};
use nats::Broker;
use projections::Models;
use serde_json::json;

use super::stalls::Stall;
use super::watchdog::Watchdog;
use crate::edge::health::{Health, Part, PartState};
use crate::edge::tls::Tls;

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
    /// The certificate; `None` = the listener speaks no TLS.
    pub tls: Option<Arc<Tls>>,
    /// Who notices what stands still.
    pub watchdog: Watchdog,
    /// Whether the read models have been as far as the log since the start.
    pub caught_up: AtomicBool,
}

/// What the names of read models begin with where the watchdog tells of them.
const READ_MODEL: &str = "read model ";

impl Health for Parts {
    fn parts(&self) -> Fut<'_, Vec<Part>> {
        Box::pin(async move {
            let mut parts =
                vec![self.log().await, self.actors(), self.effects(), self.read_models().await];
            parts.extend(self.node());
            let stalled = self.watchdog.lasting().into_iter();
            parts.extend(self.tls.iter().map(|tls| tls.part()));
            parts.extend(stalled.map(|(part, stall)| {
                let Stall { at, head, cause } = stall;
                let why = format!("stands still at {at}, the log is at {head}: {cause}");
                let facts = json!({ "part": part, "at": at, "head": head, "cause": cause });
                let name = format!("{part} stalled");
                // Commands go on, and lists that are late are better than none.
                let reads = part.starts_with(READ_MODEL);
                let state = if reads { PartState::Degraded } else { PartState::Failing };
                Part::new(name, state).detail(why).facts(facts)
            }));
            parts
        })
    }
}

impl Parts {
    async fn log(&self) -> Part {
        if let Some(why) = self.broker.trouble() {
            return Part::new("log", PartState::Failing).detail(why);
        }
        match self.broker.ping(PING).await {
            Ok(()) => Part::new("log", PartState::Ready),
            Err(error) => Part::new("log", PartState::Failing).detail(error.to_string()),
        }
    }

    /// Whether this process is the node that it is told to be; nothing where it is alone.
    fn node(&self) -> Option<Part> {
        if let Some(why) = self.runtime.node_trouble() {
            return Some(Part::new("node", PartState::Failing).detail(why));
        }
        let live = self.runtime.nodes().iter().filter(|node| node.live).count();
        let part =
            || Part::new("node", PartState::Ready).detail(format!("one of {live} that live"));
        (live > 0).then(part)
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

    /// What strangers may know: which model stands still and where, not whose commit it is.
    async fn read_models(&self) -> Part {
        let part = |state| Part::new("read_models", state);
        let behind = self.feed.position().0.saturating_sub(self.models.position().0);
        let paused = self.models.paused();
        // A database that is away is not waited for.
        let faults = if paused.is_some() { Ok(Vec::new()) } else { self.models.faults().await };
        let stopped: Vec<_> = faults.as_deref().unwrap_or_default().iter().collect();
        let facts = json!({
            "behind": behind,
            "paused": paused,
            "stopped": stopped
                .iter()
                .map(|(model, fault)| json!({ "model": model, "cursor": fault.cursor }))
                .collect::<Vec<_>>(),
            "refused": self.models.refused_count(),
        });
        let failing = match (&paused, faults.as_ref().err(), stopped.first()) {
            (Some(paused), _, _) => Some(paused.clone()),
            (None, Some(refusal), _) => Some(refusal.message.clone()),
            (None, None, Some((model, fault))) => Some(format!(
                "{model} stands still before the commit at cursor {}; see cambium admin models",
                fault.cursor
            )),
            (None, None, None) => None,
        };
        if let Some(why) = failing {
            return part(PartState::Degraded).detail(why).facts(facts);
        }
        let late = behind > LAG_COMMITS_MAX;
        // Who has just begun lets others answer; who has fallen behind is no worse than the others.
        let state = match (late, self.caught_up.load(Ordering::Relaxed)) {
            (false, _) => PartState::Ready,
            (true, true) => PartState::Degraded,
            (true, false) => PartState::Starting,
        };
        if !late {
            self.caught_up.store(true, Ordering::Relaxed);
        }
        part(state).detail(format!("{behind} commits behind")).facts(facts)
    }
}
