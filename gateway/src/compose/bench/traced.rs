//! What spans cost: the same load, its commands with a trace that is not recorded, with one of ten
//! that is, and with all that are, in turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use contracts::envelope::Trace;
use contracts::ports::{CommandBus, Wait};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::THOUSAND;
use super::engine::{PATIENCE, add};
use super::rows::{Rows, Took, measure};
use crate::settings::Settings;
use crate::telemetry::Sampler;

/// How many commands are on their way at a time.
const WINDOW: usize = 256;

/// How often each is measured; what the machine does meanwhile meets all alike.
const ROUNDS: usize = 3;

/// A server that takes spans and counts their bytes.
pub struct Sink {
    bytes: Arc<AtomicU64>,
    _serving: AbortOnDropHandle<std::io::Result<()>>,
}

impl Sink {
    /// Starts one, and lets the program tell it what is recorded: nothing but what the load says.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(settings: &mut Settings) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let bytes = Arc::<AtomicU64>::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&bytes));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        settings.telemetry.endpoint = Some(url);
        settings.telemetry.sampler = Sampler::ParentAlwaysOff;
        settings.telemetry.metrics = false;
        Ok(Self { bytes, _serving: AbortOnDropHandle::new(serving) })
    }
}

async fn take(State(bytes): State<Arc<AtomicU64>>, body: Bytes) {
    bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
}

/// Measures them in turn.
///
/// # Errors
/// The first refusal.
pub async fn run(
    bus: &dyn CommandBus,
    sink: &Sink,
    commands: usize,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let loads = [("no span recorded", 0), ("one trace of ten", 10), ("every trace", 1)];
    let mut took: [Vec<Took>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (place, (_, every)) in loads.iter().enumerate() {
            took[place].push(load(bus, commands, *every).await?);
        }
    }
    for ((what, _), took) in loads.into_iter().zip(took) {
        let what = format!("engine, {what}");
        rows.commands(&what, WINDOW, &Took::joined(took), None);
    }
    let come = async {
        while sink.bytes.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, come).await.context("no span has come")
}

/// Commands of which one of `every` is in a trace that is recorded; 0 = none.
async fn load(bus: &dyn CommandBus, commands: usize, every: usize) -> anyhow::Result<Took> {
    measure(WINDOW, commands, |number| async move {
        let mut envelope = add(THOUSAND.actor(number));
        let recorded = every > 0 && number.is_multiple_of(every);
        let trace = uuid::Uuid::now_v7();
        envelope.trace = Some(Trace::of(trace.as_u128(), trace.as_u64_pair().1, recorded));
        bus.ask(envelope, Wait::Completed(PATIENCE)).await?;
        Ok(())
    })
    .await
}
