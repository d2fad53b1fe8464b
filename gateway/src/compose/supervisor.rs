//! The background tasks of this crate and of the read models: none ends silently. One that does is
//! told, counted and started again; one that keeps ending stops the program.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::edge::Metrics;
use crate::settings::Supervision;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    task: &'static str,
}

/// Starts tasks and keeps them running. Clones share what they know.
#[derive(Clone)]
pub struct Supervisor {
    limits: Supervision,
    running: Family<Labels, Gauge>,
    restarts: Family<Labels, Counter>,
    given_up: watch::Sender<Option<String>>,
}

impl Supervisor {
    /// A supervisor within `limits`, whose metrics stand in `metrics`.
    #[must_use]
    pub fn new(limits: &Supervision, metrics: &Metrics) -> Self {
        let (running, restarts) = (Family::<Labels, Gauge>::default(), Family::default());
        metrics.register(|registry| {
            let help = "Whether a background task runs";
            registry.register("cambium_task_running", help, running.clone());
            let help = "How often a background task was started again after a fault";
            registry.register("cambium_task_restarts", help, restarts.clone());
        });
        let given_up = watch::Sender::new(None);
        Self { limits: limits.clone(), running, restarts, given_up }
    }

    /// Runs what `make` makes until `stop`, again and again when it ends before that.
    pub fn spawn<F>(
        &self,
        task: &'static str,
        stop: CancellationToken,
        make: impl Fn() -> F + Send + 'static,
    ) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send,
    {
        let supervisor = self.clone();
        tokio::spawn(async move {
            let (mut failures, labels) = (0, Labels { task });
            let running = supervisor.running.get_or_create_owned(&labels);
            let restarts = supervisor.restarts.get_or_create_owned(&labels);
            loop {
                let begun = Instant::now();
                running.set(1);
                let ended = AssertUnwindSafe(make()).catch_unwind().await;
                running.set(0);
                if stop.is_cancelled() {
                    return;
                }
                if begun.elapsed() >= Duration::from_millis(supervisor.limits.healthy_after_ms) {
                    failures = 0;
                }
                failures += 1;
                let reason = if ended.is_err() { "it panicked" } else { "it ended by itself" };
                if failures > supervisor.limits.restarts_max {
                    tracing::error!(task, reason, failures, "a task cannot be kept running");
                    let text = format!("the task {task} ended {failures} times: {reason}");
                    supervisor.given_up.send_replace(Some(text));
                    return;
                }
                tracing::error!(task, reason, failures, "a task ended; it is started again");
                restarts.inc();
                let pause = tokio::time::sleep(supervisor.pause(failures));
                if stop.run_until_cancelled(pause).await.is_none() {
                    return;
                }
            }
        })
    }

    /// Resolves when a task is given up, with the reason.
    pub async fn gave_up(&self) -> String {
        let mut given_up = self.given_up.subscribe();
        let reason = given_up.wait_for(Option::is_some).await.map(|reason| reason.clone());
        match reason {
            Ok(reason) => reason.unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }

    /// The pause after the `failures`-th failure in a row, from 1.
    fn pause(&self, failures: u32) -> Duration {
        let doubled = self
            .limits
            .restart_pause_ms_min
            .saturating_mul(1 << failures.saturating_sub(1).min(20));
        Duration::from_millis(doubled.min(self.limits.restart_pause_ms_max))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn supervisor(restarts_max: u32) -> (Supervisor, Metrics) {
        let metrics = Metrics::default();
        let limits =
            Supervision { restarts_max, restart_pause_ms_min: 1, ..Supervision::default() };
        (Supervisor::new(&limits, &metrics), metrics)
    }

    #[tokio::test]
    async fn a_task_that_panics_is_started_again_and_counted() {
        let (supervisor, metrics) = supervisor(5);
        let (stop, runs) = (CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let task = supervisor.spawn("flaky", stop.clone(), {
            let (stop, runs) = (stop.clone(), runs.clone());
            move || {
                let (stop, run) = (stop.clone(), runs.fetch_add(1, Ordering::SeqCst));
                async move {
                    assert!(run >= 2, "the first two times it panics");
                    stop.cancel();
                }
            }
        });
        task.await.expect("its supervisor ends well");
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        let text = metrics.text();
        assert!(text.contains("cambium_task_restarts_total{task=\"flaky\"} 2"), "{text}");
        assert!(text.contains("cambium_task_running{task=\"flaky\"} 0"), "{text}");
    }

    #[tokio::test]
    async fn a_task_that_keeps_ending_is_given_up_and_said_to_be() {
        let (supervisor, _metrics) = supervisor(2);
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let task = supervisor.spawn("hopeless", CancellationToken::new(), move || {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(())
        });
        let reason = supervisor.gave_up().await;
        assert_eq!(reason, "the task hopeless ended 3 times: it ended by itself");
        task.await.expect("its supervisor ends well");
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_task_that_is_told_to_stop_is_not_started_again() {
        let (supervisor, _metrics) = supervisor(2);
        let stop = CancellationToken::new();
        let ending = stop.clone();
        let task = supervisor.spawn("good", stop.clone(), move || {
            let ending = ending.clone();
            async move { ending.cancelled().await }
        });
        stop.cancel();
        task.await.expect("it ends");
    }
}
