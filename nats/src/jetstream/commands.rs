use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::stream::DeleteMessageErrorKind;
use async_nats::jetstream::{AckKind, Message};
use bytes::Bytes;
use contracts::ports::{CommandQueue, Flow, Fut, Inbound, PortError, Road, Settle};
use contracts::{Address, Partition};
use futures_util::StreamExt as _;

use super::appender::{Appender, Appends, Item};
use super::away;
use super::publish::port_error;
use crate::connect::Connection;
use crate::headers;
use crate::streams::COMMANDS;
use crate::subjects::{self, COMMAND, REPLY_TO_HEADER};

/// Messages asked for at a time: few, since those that wait in the client run towards their limit.
const BATCH_MESSAGES: usize = 64;

/// Bytes asked for at a time, for each partition.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// COMMANDS on JetStream.
pub(crate) struct NatsCommands {
    pub(crate) connection: Connection,
    pub(crate) appender: Appender,
}

impl NatsCommands {
    /// What was appended, and how.
    pub(crate) fn appends(&self) -> Appends {
        self.appender.appends()
    }
}

impl CommandQueue for NatsCommands {
    fn enqueue<'a>(
        &'a self,
        to: &'a Address,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'a, Result<u64, PortError>> {
        Box::pin(async move {
            let headers = Some(headers::to_map(headers)?).filter(|it| !it.is_empty());
            let subject = subjects::stored(COMMAND, to).into();
            let item = Item { subject, headers, payloads: vec![payload], expected: None };
            self.appender.append(item).await.map_err(port_error)
        })
    }

    fn consume(&self, partition: Partition) -> Flow<Result<Inbound, PortError>> {
        let connection = self.connection.clone();
        let consumer = Consumer { connection, partition, messages: None, failures: 0 };
        Box::pin(futures_util::stream::unfold(consumer, |mut consumer| async move {
            let inbound = consumer.next().await;
            Some((Ok(inbound), consumer))
        }))
    }
}

/// Reads one partition through its durable consumer, made when it is first read.
struct Consumer {
    connection: Connection,
    partition: Partition,
    messages: Option<pull::Stream>,
    failures: u32,
}

impl Consumer {
    async fn next(&mut self) -> Inbound {
        loop {
            let Some(messages) = self.messages.as_mut() else {
                self.open().await;
                continue;
            };
            match messages.next().await {
                Some(Ok(message)) => match self.inbound(message) {
                    Ok(inbound) => return inbound,
                    Err(error) => {
                        tracing::error!(error = %error, "a delivery without its place was dropped");
                    }
                },
                Some(Err(error)) => {
                    tracing::debug!(error = %error, "a reader of COMMANDS starts again");
                    self.messages = None;
                }
                None => self.messages = None,
            }
        }
    }

    fn inbound(&self, message: Message) -> Result<Inbound, async_nats::Error> {
        let info = message.info()?;
        let (sequence, delivery) = (info.stream_sequence, info.delivered);
        let stored_ns = i64::try_from(info.published.unix_timestamp_nanos()).unwrap_or(i64::MAX);
        let (message, acker) = message.split();
        let subject = message.subject.as_str();
        let headers = headers::from_map(message.headers.as_ref());
        let reply_to = headers.iter().find(|(name, _)| name == REPLY_TO_HEADER);
        let reply_to = reply_to.map(|(_, value)| value.clone());
        Ok(Inbound {
            road: Road::Durable,
            to: subjects::parse_stored(COMMAND, subject).ok_or_else(|| subject.to_owned()),
            headers,
            payload: message.payload,
            sequence,
            stored_ns,
            delivery: u32::try_from(delivery).unwrap_or(u32::MAX),
            reply_to,
            settle: Box::new(Delivery { acker, sequence, connection: self.connection.clone() }),
        })
    }

    async fn open(&mut self) {
        match self.connection.whole(self.consume()).await {
            Ok(messages) => (self.messages, self.failures) = (Some(messages), 0),
            Err(error) => {
                self.failures += 1;
                if self.failures == 1 {
                    let partition = self.partition.number();
                    tracing::warn!(partition, %error, "COMMANDS cannot be read; trying again");
                }
                self.connection.pause_after(self.failures).await;
            }
        }
    }

    async fn consume(&self) -> Result<pull::Stream, PortError> {
        let limits = &self.connection.config;
        let config = pull::Config {
            durable_name: Some(name(self.partition)),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: Duration::from_millis(limits.ack_wait_ms),
            max_ack_pending: i64::from(limits.ack_pending_max),
            // Without end: whoever handles it decides when a message is dead.
            max_deliver: -1,
            filter_subject: subjects::of_partition(COMMAND, self.partition),
            ..pull::Config::default()
        };
        let context = &self.connection.context;
        let consumer = context.create_consumer_on_stream(config, COMMANDS).await.map_err(away)?;
        consumer
            .stream()
            .max_messages_per_batch(BATCH_MESSAGES)
            .max_bytes_per_batch(self.connection.batch_bytes(BATCH_BYTES))
            .heartbeat(Duration::from_millis(limits.heartbeat_ms))
            .messages()
            .await
            .map_err(away)
    }
}

/// The name of a partition's durable consumer: `p00` to `p63`.
fn name(partition: Partition) -> String {
    format!("p{:02}", partition.number())
}

struct Delivery {
    acker: Acker,
    sequence: u64,
    connection: Connection,
}

impl Delivery {
    /// Sent, not confirmed: what gets lost on the way is delivered again, and the receiver knows
    /// the commands that it has dealt with.
    async fn tell(&self, kind: AckKind) -> Result<(), PortError> {
        self.acker.ack_with(kind).await.map_err(away)
    }

    /// Deletes the message, which overwrites it, and only then lets go of it: what is acknowledged
    /// first is only marked as gone. One that is gone already was dealt with.
    async fn overwrite(&self) -> Result<(), PortError> {
        let deleted = async {
            let stream =
                self.connection.context.get_stream_no_info(COMMANDS).await.map_err(away)?;
            match stream.delete_message(self.sequence).await {
                Ok(_) => Ok(()),
                // There is no such message any more: an earlier delivery was dealt with.
                Err(error) if matches!(error.kind(), DeleteMessageErrorKind::JetStream(_)) => {
                    tracing::debug!(sequence = self.sequence, %error, "command.gone_already");
                    Ok(())
                }
                Err(error) => Err(away(error)),
            }
        };
        self.connection.whole(deleted).await?;
        self.tell(AckKind::Ack).await
    }
}

impl Settle for Delivery {
    fn ack(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(self.tell(AckKind::Ack))
    }

    fn erase(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(self.overwrite())
    }

    fn retry(&self, delay_ms: u64) -> Fut<'_, Result<(), PortError>> {
        Box::pin(self.tell(AckKind::Nak(Some(Duration::from_millis(delay_ms)))))
    }

    fn working(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(self.tell(AckKind::Progress))
    }

    fn reply<'a>(&'a self, subject: &'a str, payload: Bytes) -> Fut<'a, Result<(), PortError>> {
        Box::pin(super::answer(&self.connection, subject, payload))
    }
}
