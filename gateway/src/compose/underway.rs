//! What has been started, and how it is stopped in the reverse order.

use std::sync::Arc;
use std::time::Duration;

use actors::Runtime;
use contracts::ports::Feed;
use projections::Models;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::supervisor::Supervisor;

/// The parts behind the edge that run by now; filled step by step, so that a start that fails half
/// way stops exactly what it has started.
#[derive(Default)]
pub struct Underway {
    models: Option<Models>,
    reading: Option<(JoinHandle<()>, CancellationToken)>,
    runtime: Option<Runtime>,
    watches: Vec<AbortOnDropHandle<()>>,
}

impl Underway {
    /// The read models are open.
    pub fn opened(&mut self, models: &Models) {
        self.models = Some(models.clone());
    }

    /// The read models, once they are open.
    pub const fn models(&self) -> Option<&Models> {
        self.models.as_ref()
    }

    /// Lets the read models follow `feed`, and begin again should they end by a fault.
    pub fn read(&mut self, models: &Models, feed: Arc<dyn Feed>, supervisor: &Supervisor) {
        let stop = CancellationToken::new();
        let task = supervisor.spawn("read_models", stop.clone(), {
            let (models, stop) = (models.clone(), stop.clone());
            move || {
                let (models, feed, stop) = (models.clone(), feed.clone(), stop.clone());
                async move { models.run(feed, stop).await }
            }
        });
        self.reading = Some((task, stop));
    }

    /// The actors run.
    pub fn act(&mut self, runtime: &Runtime) {
        self.runtime = Some(runtime.clone());
    }

    /// Somebody watches them, until they are stopped.
    pub fn watched(&mut self, watch: JoinHandle<()>) {
        self.watches.push(AbortOnDropHandle::new(watch));
    }

    /// Stops everything: the actors finish, the read models keep what they have. Each may take up
    /// to `within`; whoever takes longer is left behind, and said to be.
    pub async fn stop(self, within: Duration) {
        // Who is being stopped moves no more, and that is no alarm.
        drop(self.watches);
        if let Some(runtime) = self.runtime
            && tokio::time::timeout(within, runtime.stop()).await.is_err()
        {
            tracing::warn!("the actors have not finished in time; the log has what was answered");
        }
        if let Some((mut task, stop)) = self.reading {
            stop.cancel();
            if tokio::time::timeout(within, &mut task).await.is_err() {
                tracing::warn!("the read models have not finished in time; they read on next time");
                task.abort();
            }
        }
        if let Some(models) = self.models
            && tokio::time::timeout(within, models.close()).await.is_err()
        {
            tracing::warn!("the database of the read models has not closed in time");
        }
    }
}
