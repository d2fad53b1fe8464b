//! The broker's core in memory: who publishes on which subject, and who listens. It lets a test be
//! any NATS client.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use contracts::Partition;
use contracts::ports::{Flow, Fut, PortError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::{Memory, check_size, lock};
use crate::headers;
use crate::subjects::{self, COMMAND, EVENT};

/// Who listens to what.
#[derive(Default)]
pub(super) struct Wire {
    listeners: Mutex<Vec<(String, mpsc::UnboundedSender<Published>)>>,
}

/// A subject and what was published on it.
pub(super) type Published = (String, Bytes);

impl Wire {
    pub(super) fn publish(&self, subject: &str, payload: &Bytes) {
        lock(&self.listeners).retain(|(filter, listener)| {
            if matches(filter, subject) {
                listener.send((subject.to_owned(), payload.clone())).is_ok()
            } else {
                !listener.is_closed()
            }
        });
    }

    pub(super) fn listen(&self, filter: &str) -> mpsc::UnboundedReceiver<Published> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.listeners).push((filter.to_owned(), sender));
        receiver
    }
}

impl Wire {
    /// Ends the streams of those who listen to exactly `filter`.
    pub(super) fn close(&self, filter: &str) {
        lock(&self.listeners).retain(|(own, _)| own != filter);
    }
}

/// Whether `subject` is one of those that `filter` (with `*` and `>`) means.
fn matches(filter: &str, subject: &str) -> bool {
    let (mut filter, mut subject) = (filter.split('.'), subject.split('.'));
    loop {
        match (filter.next(), subject.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
}

impl Memory {
    /// Publishes as any client of the broker may: `evt.` and `cmd.` subjects are stored as the
    /// streams store them, all others only reach who listens.
    ///
    /// # Errors
    /// When the payload is larger than [`super::PAYLOAD_BYTES_MAX`].
    pub fn publish(
        &self,
        subject: &str,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Result<(), PortError> {
        check_size(&payload)?;
        self.world.wire.publish(subject, &payload);
        if subject.starts_with("evt.") {
            let to = subjects::parse_stored(EVENT, subject).ok_or_else(|| subject.to_owned());
            self.world.events.store(to, payload);
        } else if let Some((partition, to)) = command_of(subject) {
            self.world.store_command(partition, to, headers::seen(headers), payload);
        }
        Ok(())
    }

    /// The payloads published on the subjects that `filter` means, from now on.
    #[must_use]
    pub fn listen(&self, filter: &str) -> Flow<(String, Bytes)> {
        Box::pin(UnboundedReceiverStream::new(self.world.wire.listen(filter)))
    }

    /// Asks on `subject` (`ask.<tenant>.<kind>.<id>` or `work.…`); `None` when nobody serves it, or
    /// whoever got the request dropped it unanswered.
    pub fn request<'a>(
        &'a self,
        subject: &'a str,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'a, Option<Bytes>> {
        let world = Arc::clone(&self.world);
        Box::pin(async move {
            let mut answers = if subject.starts_with("work.") {
                world.ask_for_work(subject, headers, payload)?
            } else {
                world.ask(subject, headers, payload)?
            };
            answers.recv().await.map(|it| it.1)
        })
    }
}

/// The partition and actor that a publication on `cmd.` is stored under.
fn command_of(subject: &str) -> Option<(Partition, Result<contracts::Address, String>)> {
    if let Some(to) = subjects::parse_plain(COMMAND, subject) {
        return Some((to.partition(), Ok(to)));
    }
    let tokens: Vec<&str> = subject.strip_prefix("cmd.")?.split('.').collect();
    match tokens[..] {
        [tenant, kind, id] => {
            let partition = Partition::of_tokens([tenant, kind, id]);
            Some((partition, Err(format!("{COMMAND}.{partition}.{tenant}.{kind}.{id}"))))
        }
        [partition, _, _, _] => {
            let number = partition.parse().ok().filter(|n: &u8| n.to_string() == partition)?;
            let to = subjects::parse_stored(COMMAND, subject);
            Some((Partition::new(number)?, to.ok_or_else(|| subject.to_owned())))
        }
        _ => None,
    }
}
