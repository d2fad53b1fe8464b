//! Appends through the port, and the broker's own batches beside them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::header::{
    HeaderValue, NATS_BATCH_COMMIT, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
    NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config as Stream, StorageType};
use bytes::Bytes;
use contracts::ports::{Append, Log};
use contracts::{Address, Cursor};
use futures_util::future::try_join_all;

use super::{Measured, api};
use crate::connect::Connection;
use crate::error::Error;

/// Appends `messages` of `payload_bytes` each through the port: as many actors as `outstanding`,
/// each a task that appends again as soon as it is answered.
///
/// # Errors
/// [`Error::Api`] when an append fails.
pub async fn appends(
    log: &Arc<dyn Log>,
    outstanding: usize,
    messages: usize,
    payload_bytes: usize,
) -> Result<Measured, Error> {
    let payload = Bytes::from(vec![b'x'; payload_bytes]);
    // A name that no earlier run used: the log only grows.
    let name = log.head().await.map_err(api)?.0;
    let each = (messages / outstanding.max(1)).max(1);
    let round = Instant::now();
    let actors = (0..outstanding).map(|n| {
        let address = format!("bench/counter/{name}-{n}");
        tokio::spawn(one_actor(Arc::clone(log), address, payload.clone(), each))
    });
    let mut latencies = Vec::new();
    for actor in try_join_all(actors).await.map_err(api)? {
        latencies.extend(actor?);
    }
    Ok(Measured::of(outstanding, latencies.len(), round.elapsed(), &mut latencies))
}

/// Appends `count` times, one after another, and tells how long each took.
async fn one_actor(
    log: Arc<dyn Log>,
    address: String,
    payload: Bytes,
    count: usize,
) -> Result<Vec<Duration>, Error> {
    let address: Address = address.parse().map_err(|_| api("an id of the bench"))?;
    let (mut expected, mut latencies) = (Cursor::ZERO, Vec::with_capacity(count));
    for _ in 0..count {
        let started = Instant::now();
        let append = Append::one(address.clone(), payload.clone(), expected);
        let stored = log.append(append).await.map_err(api)?;
        expected = stored.last().copied().unwrap_or_default();
        latencies.push(started.elapsed());
    }
    Ok(latencies)
}

/// Publishes `batches` atomic batches of `batch_messages` messages each to a scratch stream, one
/// after another, each message with an expectation on a subject of its own; the broker's own limit.
///
/// # Errors
/// [`Error::Api`] when the broker does not play along.
pub async fn raw_batches(
    connection: &Connection,
    batch_messages: usize,
    batches: usize,
    payload_bytes: usize,
) -> Result<Measured, Error> {
    let name = format!("BENCH_{}", connection.client.new_inbox().replace('.', "_"));
    let stream = Stream {
        name: name.clone(),
        subjects: vec![format!("bench.{name}.*")],
        storage: StorageType::File,
        num_replicas: connection.config.replicas,
        allow_atomic_publish: true,
        ..Stream::default()
    };
    connection.context.create_stream(stream).await.map_err(api)?;
    let measured = run(connection, &name, batch_messages.max(1), batches, payload_bytes).await;
    connection.context.delete_stream(&name).await.map_err(api)?;
    measured
}

async fn run(
    connection: &Connection,
    name: &str,
    batch_messages: usize,
    batches: usize,
    payload_bytes: usize,
) -> Result<Measured, Error> {
    let payload = Bytes::from(vec![b'x'; payload_bytes]);
    let (mut latencies, mut before) = (Vec::with_capacity(batches), 0_u64);
    let round = Instant::now();
    for batch in 0..batches {
        let started = Instant::now();
        let id = format!("{}-{batch}", &name[name.len().saturating_sub(32)..]);
        for n in 1..=batch_messages {
            let mut headers = HeaderMap::new();
            let expected = if batch == 0 { 0 } else { before + n as u64 };
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, HeaderValue::from(expected));
            headers.insert(NATS_BATCH_ID, id.as_str());
            headers.insert(NATS_BATCH_SEQUENCE, HeaderValue::from(n));
            let subject = format!("bench.{name}.{n}");
            if n < batch_messages {
                let sent =
                    connection.client.publish_with_headers(subject, headers, payload.clone());
                sent.await.map_err(api)?;
            } else {
                headers.insert(NATS_BATCH_COMMIT, HeaderValue::from(1));
                let last = PublishMessage::build().headers(headers).payload(payload.clone());
                let answer = connection.context.send_publish(subject, last).await.map_err(api)?;
                before = answer.await.map_err(api)?.sequence - batch_messages as u64;
            }
        }
        latencies.push(started.elapsed());
    }
    let messages = batches * batch_messages;
    Ok(Measured::of(batch_messages, messages, round.elapsed(), &mut latencies))
}
