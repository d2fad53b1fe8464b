//! The baseline that everything of ours is measured against: a bare publish with acknowledgement
//! on the same broker.

mod appends;

use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::stream::{Config as Stream, StorageType};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;

use crate::connect::Connection;
use crate::error::Error;
use crate::streams::EVENTS;

pub use self::appends::{appends, raw_batches};

/// What a run measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// Messages on their way at a time.
    pub window: usize,
    /// Messages acknowledged.
    pub messages: usize,
    /// Acknowledged messages in a second.
    pub per_second: f64,
    /// Half of the messages were acknowledged within this, in microseconds.
    pub p50_us: u64,
    /// All but one of a hundred were acknowledged within this, in microseconds.
    pub p99_us: u64,
}

/// Publishes `messages` of `payload_bytes` each to a scratch stream, `window` at a time, and takes
/// the stream away again. The stream is kept as EVENTS is: on file, with the broker's own sync.
///
/// # Errors
/// [`Error::Api`] when the broker does not play along.
pub async fn raw_publish(
    connection: &Connection,
    window: usize,
    messages: usize,
    payload_bytes: usize,
) -> Result<Measured, Error> {
    let name = format!("BENCH_{}", connection.client.new_inbox().replace('.', "_"));
    let subject = format!("bench.{name}");
    let stream = Stream {
        name: name.clone(),
        subjects: vec![subject.clone()],
        storage: StorageType::File,
        num_replicas: connection.config.replicas,
        ..Stream::default()
    };
    connection.context.create_stream(stream).await.map_err(api)?;
    let measured = run(connection, &subject, window.max(1), messages, payload_bytes).await;
    connection.context.delete_stream(&name).await.map_err(api)?;
    measured
}

async fn run(
    connection: &Connection,
    subject: &str,
    window: usize,
    messages: usize,
    payload_bytes: usize,
) -> Result<Measured, Error> {
    let payload = Bytes::from(vec![b'x'; payload_bytes]);
    let started = Instant::now();
    let mut latencies: Vec<Duration> = futures_util::stream::iter(0..messages)
        .map(|_| publish(connection, subject.to_owned(), payload.clone()))
        .buffer_unordered(window)
        .try_collect()
        .await?;
    Ok(Measured::of(window, messages, started.elapsed(), &mut latencies))
}

impl Measured {
    fn of(window: usize, messages: usize, elapsed: Duration, latencies: &mut [Duration]) -> Self {
        latencies.sort_unstable();
        let per_second = messages as f64 / elapsed.as_secs_f64().max(f64::EPSILON);
        let (p50_us, p99_us) = (percentile(latencies, 50), percentile(latencies, 99));
        Self { window, messages, per_second, p50_us, p99_us }
    }
}

async fn publish(
    connection: &Connection,
    subject: String,
    payload: Bytes,
) -> Result<Duration, Error> {
    let started = Instant::now();
    let acknowledgement = connection.context.publish(subject, payload).await.map_err(api)?;
    acknowledgement.await.map_err(api)?;
    Ok(started.elapsed())
}

/// The nearest-rank percentile of sorted latencies, in microseconds.
fn percentile(sorted: &[Duration], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0, |it| u64::try_from(it.as_micros()).unwrap_or(u64::MAX))
}

fn api(error: impl std::fmt::Display) -> Error {
    Error::Api(error.to_string())
}

/// Reads all of EVENTS in order and only counts: messages a second.
///
/// # Errors
/// [`Error::Api`] when the broker does not play along.
pub async fn raw_read(connection: &Connection) -> Result<f64, Error> {
    let stream = connection.context.get_stream(EVENTS).await.map_err(api)?;
    let total = stream.cached_info().state.messages;
    let consumer = stream.create_consumer(OrderedConfig::default()).await.map_err(api)?;
    let messages = consumer.messages().await.map_err(api)?;
    let started = Instant::now();
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    messages.take(total).try_for_each(|_| std::future::ready(Ok(()))).await.map_err(api)?;
    Ok(total as f64 / started.elapsed().as_secs_f64().max(f64::EPSILON))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{percentile, raw_publish};
    use crate::suite::on_nats::world_on_nats;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let latencies: Vec<Duration> = (1..=200).map(Duration::from_micros).collect();
        assert_eq!((percentile(&latencies, 50), percentile(&latencies, 99)), (100, 198));
        assert_eq!((percentile(&latencies[..1], 99), percentile(&[], 50)), (1, 0));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_run_measures_and_leaves_nothing_behind() {
        let world = world_on_nats().await;
        let connection = world.broker.connection();
        let before = connection.context.query_account().await.unwrap().streams;
        for window in [1, 64, 256] {
            let measured = raw_publish(connection, window, 500, 256).await.unwrap();
            assert_eq!((measured.window, measured.messages), (window, 500));
            assert!(measured.per_second > 0.0 && measured.p50_us > 0, "{measured:?}");
            assert!(measured.p50_us <= measured.p99_us, "{measured:?}");
        }
        assert_eq!(connection.context.query_account().await.unwrap().streams, before);
    }
}
