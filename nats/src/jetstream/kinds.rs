//! The messages of some kinds, up to a position that the log has told: a consumer that the broker
//! filters, so that what a few actors say is found without reading what all others do.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use contracts::entry::Stored;
use contracts::ports::{Flow, PortError};
use contracts::{Cursor, Kind};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::{away, restore};
use crate::connect::Connection;
use crate::streams::EVENTS;
use crate::subjects::{self, EVENT};

/// Messages on their way to whoever reads them.
const AHEAD_MESSAGES: usize = 512;
/// The broker forgets the consumer of a reader that is gone after so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

type Item = Result<Stored, PortError>;

pub(super) fn read(
    connection: Connection,
    kinds: &[Kind],
    after: Cursor,
    upto: Cursor,
) -> Flow<Item> {
    let subjects = kinds.iter().map(subjects::of_kind).collect();
    let (told, items) = mpsc::channel(AHEAD_MESSAGES);
    tokio::spawn(async move {
        if let Err(error) = read_all(&connection, subjects, (after, upto), &told).await {
            // Whoever no longer listens need not be told.
            let _ = told.send(Err(error)).await;
        }
    });
    Box::pin(futures_util::stream::unfold(items, |mut items| async move {
        items.recv().await.map(|item| (item, items))
    }))
}

async fn read_all(
    connection: &Connection,
    subjects: Vec<String>,
    (after, upto): (Cursor, Cursor),
    told: &mpsc::Sender<Item>,
) -> Result<(), PortError> {
    if after >= upto {
        return Ok(());
    }
    let config = pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: after.0 + 1 },
        ack_policy: AckPolicy::None,
        filter_subjects: subjects,
        inactive_threshold: FORGOTTEN_AFTER,
        memory_storage: true,
        num_replicas: 1,
        ..pull::Config::default()
    };
    let made = connection.context.create_consumer_on_stream(config, EVENTS);
    let consumer = connection.whole(async { made.await.map_err(away) }).await?;
    // None left means that none comes, however long one waits for it.
    if consumer.cached_info().num_pending == 0 {
        return Ok(());
    }
    let heartbeat = Duration::from_millis(connection.config.heartbeat_ms);
    let mut messages = consumer.stream().heartbeat(heartbeat).messages().await.map_err(away)?;
    let mut delivered = 0;
    while let Some(message) = messages.next().await {
        let message = message.map_err(away)?;
        let info = message.info().map_err(away)?;
        let (cursor, pending) = (Cursor(info.stream_sequence), info.pending);
        if info.consumer_sequence != delivered + 1 {
            return Err(PortError::Unavailable("messages were lost on the way".to_owned()));
        }
        delivered = info.consumer_sequence;
        if cursor > upto {
            return Ok(());
        }
        let imported = restore::is_imported(message.message.headers.as_ref());
        if let Some(address) = subjects::parse_stored(EVENT, &message.message.subject) {
            let payload = message.message.payload.clone();
            let stored = Stored { cursor, address, payload, imported };
            if told.send(Ok(stored)).await.is_err() {
                return Ok(());
            }
        }
        if cursor == upto || pending == 0 {
            return Ok(());
        }
    }
    Err(PortError::Unavailable("the broker ended the reading".to_owned()))
}
