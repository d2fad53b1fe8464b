use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{CommandQueue, Flow, Fut, Inbound, PortError, Road, Settle};
use contracts::{Address, Partition};
use futures_util::stream::unfold;

use super::queue::{Found, Message};
use super::{World, done, lock, sendable};
use crate::subjects::{self, REPLY_TO_HEADER};

/// The port on [`super::queue::Queues`].
pub(super) struct MemoryCommands(pub(super) Arc<World>);

impl World {
    /// Stores a command as the stream does; wakes consumers.
    pub(super) fn store_command(
        &self,
        partition: Partition,
        to: Result<Address, String>,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> u64 {
        let sequence = lock(&self.commands).push(partition, to, headers, payload);
        self.commands_changed.notify_waiters();
        sequence
    }

    const fn ack_wait(&self) -> Duration {
        Duration::from_millis(self.config.ack_wait_ms)
    }
}

impl CommandQueue for MemoryCommands {
    fn enqueue<'a>(
        &'a self,
        to: &'a Address,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'a, Result<u64, PortError>> {
        let stored = sendable(headers, &payload)
            .map(|headers| self.0.store_command(to.partition(), Ok(to.clone()), headers, payload));
        done(stored)
    }

    fn consume(&self, partition: Partition) -> Flow<Result<Inbound, PortError>> {
        let consumer = Consumer { world: Arc::clone(&self.0), partition, again: None };
        Box::pin(unfold(consumer, |mut consumer| async move {
            let inbound = consumer.next().await;
            Some((Ok(inbound), consumer))
        }))
    }
}

struct Consumer {
    world: Arc<World>,
    partition: Partition,
    /// A message that a fault delivers once more.
    again: Option<(u64, Message)>,
}

impl Consumer {
    async fn next(&mut self) -> Inbound {
        if let Some((sequence, mut message)) = self.again.take() {
            message.deliveries += 1;
            return self.inbound(sequence, message);
        }
        loop {
            let changed = self.world.commands_changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that no message slips between the two.
            changed.as_mut().enable();
            let max = usize::try_from(self.world.config.ack_pending_max).unwrap_or(usize::MAX);
            let found = lock(&self.world.commands).take(self.partition, self.world.ack_wait(), max);
            match found {
                Found::Message(sequence, message) => {
                    if lock(&self.world.faults).duplicates() {
                        self.again = Some((sequence, message.clone()));
                    }
                    return self.inbound(sequence, message);
                }
                Found::Wait(None) => changed.await,
                Found::Wait(Some(until)) => {
                    let _either = tokio::time::timeout_at(until, changed).await;
                }
            }
        }
    }

    fn inbound(&self, sequence: u64, message: Message) -> Inbound {
        let Message { to, headers, payload, deliveries, .. } = message;
        let reply_to = headers.iter().find(|(name, _)| name == REPLY_TO_HEADER);
        let reply_to = reply_to.map(|(_, value)| value.clone());
        let (world, partition) = (Arc::clone(&self.world), self.partition);
        let settle = Box::new(Delivery { world, partition, sequence });
        Inbound {
            road: Road::Durable,
            to,
            headers,
            payload,
            sequence,
            stored_ns: 0,
            delivery: deliveries,
            reply_to,
            settle,
        }
    }
}

struct Delivery {
    world: Arc<World>,
    partition: Partition,
    sequence: u64,
}

impl Delivery {
    fn hide(&self, span: Duration) {
        lock(&self.world.commands).hide(self.partition, self.sequence, span);
        self.world.commands_changed.notify_waiters();
    }
}

impl Settle for Delivery {
    fn ack(&self) -> Fut<'_, Result<(), PortError>> {
        lock(&self.world.commands).remove(self.partition, self.sequence);
        // A consumer may have been waiting for room.
        self.world.commands_changed.notify_waiters();
        done(Ok(()))
    }

    fn retry(&self, delay_ms: u64) -> Fut<'_, Result<(), PortError>> {
        self.hide(Duration::from_millis(delay_ms));
        done(Ok(()))
    }

    fn working(&self) -> Fut<'_, Result<(), PortError>> {
        self.hide(self.world.ack_wait());
        done(Ok(()))
    }

    fn reply<'a>(&'a self, subject: &'a str, payload: Bytes) -> Fut<'a, Result<(), PortError>> {
        let checked = subjects::check_reply(subject);
        done(checked.map(|()| self.world.wire.publish(subject, &payload)))
    }
}
