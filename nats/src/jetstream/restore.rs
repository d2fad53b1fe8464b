use std::sync::atomic::{AtomicU64, Ordering};

use async_nats::HeaderMap;
use async_nats::header::{HeaderName, HeaderValue, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use bytes::Bytes;
use contracts::ports::{AppendError, Fut, RESTORE_MESSAGES_MAX, Restore, Restored};
use contracts::{Address, Cursor};
use serde::Deserialize;

use crate::connect::Connection;
use crate::subjects::{self, EVENT};

/// The header that says of a message of EVENTS that an import brought it.
pub(crate) const IMPORTED: &str = "Cambium-Imported";

/// Tells batches of this process apart.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// The broker's word for an expectation that does not hold.
const WRONG_LAST_SEQUENCE: [u64; 2] = [10_071, 10_164];

/// EVENTS on JetStream, written in atomic batches.
pub(crate) struct NatsRestore {
    pub(crate) connection: Connection,
}

/// Whether a message with these headers was imported.
pub(crate) fn is_imported(headers: Option<&HeaderMap>) -> bool {
    headers.is_some_and(|headers| headers.get(IMPORTED).is_some())
}

/// The broker's word for a batch of which it has not kept all: nothing of it is stored.
const INCOMPLETE_BATCH: u64 = 10_176;

/// The answer to the last message of a batch.
#[derive(Deserialize)]
struct Ack {
    #[serde(default)]
    seq: u64,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

impl Restore for NatsRestore {
    fn restore(&self, batch: Vec<Restored>) -> Fut<'_, Result<Cursor, AppendError>> {
        Box::pin(self.send(batch))
    }
}

impl NatsRestore {
    async fn send(&self, batch: Vec<Restored>) -> Result<Cursor, AppendError> {
        if batch.is_empty() || batch.len() > RESTORE_MESSAGES_MAX {
            let reason = format!("a batch has 1 to {RESTORE_MESSAGES_MAX} messages");
            return Err(AppendError::Refused(reason));
        }
        let mut losses = self.connection.losses.clone();
        losses.borrow_and_update();
        if !self.connection.is_up() {
            return Err(AppendError::Unavailable("the broker is not connected".to_owned()));
        }
        tokio::select! {
            biased;
            done = self.publish(batch) => done,
            _ = losses.changed() => {
                Err(AppendError::InDoubt("the connection was lost on the way".to_owned()))
            }
        }
    }

    async fn publish(&self, restored: Vec<Restored>) -> Result<Cursor, AppendError> {
        let mut met = std::collections::HashSet::<Address>::new();
        let messages = restored.into_iter().map(|one| {
            let mut headers = HeaderMap::new();
            headers.insert(IMPORTED, "1");
            let subject = subjects::stored(EVENT, &one.address);
            // The broker takes an expectation on the first message of each subject only.
            if met.insert(one.address) {
                expect(&mut headers, one.expected);
            }
            Message { subject, headers, payload: one.payload }
        });
        let messages = messages.collect();
        batch(&self.connection, "import", messages).await
    }
}

/// A message as it is published.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Bytes,
}

/// Publishes messages of one stream in one atomic batch, and tells where the last one stands.
pub(crate) async fn batch(
    connection: &Connection,
    prefix: &str,
    messages: Vec<Message>,
) -> Result<Cursor, AppendError> {
    let client = &connection.client;
    let max = client.max_payload();
    if let Some(large) = messages.iter().find(|one| one.payload.len() > max) {
        return Err(AppendError::Refused(format!("{} bytes are too many", large.payload.len())));
    }
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let id = format!("{prefix}-{:x}-{serial:x}", std::process::id());
    // Unique among processes too: the broker's connection id tells them apart.
    let id = format!("{id}-{:x}", client.server_info().client_id);
    let last = messages.len().saturating_sub(1);
    for (at, one) in messages.into_iter().enumerate() {
        let Message { subject, mut headers, payload } = one;
        headers.insert("Nats-Batch-Id", id.as_str());
        headers.insert("Nats-Batch-Sequence", (at + 1).to_string());
        if at < last {
            let sent = client.publish_with_headers(subject, headers, payload).await;
            sent.map_err(|error| AppendError::Unavailable(error.to_string()))?;
            continue;
        }
        headers.insert("Nats-Batch-Commit", "1");
        let asked = client.request_with_headers(subject, headers, payload).await;
        let answer = asked.map_err(|error| AppendError::InDoubt(error.to_string()))?;
        return concluded(&answer.payload);
    }
    Err(AppendError::Refused("the batch is empty".to_owned()))
}

fn expect(headers: &mut HeaderMap, expected: Cursor) {
    let name: HeaderName = NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
    headers.insert(name, HeaderValue::from(expected.0));
}

fn concluded(answer: &[u8]) -> Result<Cursor, AppendError> {
    let ack: Ack = contracts::read::from_slice(answer)
        .map_err(|error| AppendError::InDoubt(format!("the answer cannot be read: {error}")))?;
    match ack.error {
        None => Ok(Cursor(ack.seq)),
        Some(fault) if WRONG_LAST_SEQUENCE.contains(&fault.err_code) => Err(AppendError::Conflict),
        Some(fault) if fault.err_code == INCOMPLETE_BATCH => {
            Err(AppendError::Unavailable(fault.description))
        }
        Some(fault) => Err(AppendError::Refused(fault.description)),
    }
}
