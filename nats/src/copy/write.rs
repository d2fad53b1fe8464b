use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::HeaderMap;
use async_nats::header::{HeaderName, HeaderValue, NATS_MESSAGE_TTL};
use bytes::Bytes;
use contracts::ports::{AppendError, FORMER_PLACE, PortError};
use contracts::{Hash, Tenant};

use super::{Kept, Section};
use crate::config::Config;
use crate::connect::{Connection, Endpoint};
use crate::error::Error;
use crate::jetstream::blobs::NatsBlobs;
use crate::jetstream::restore::{Message, batch};
use crate::{provision, streams};

/// Messages that are written in one step at most.
pub const WRITE_MESSAGES: usize = 500;
/// Bytes of payload that are written in one step at most, beside the first message.
pub const WRITE_BYTES: usize = 8 * 1024 * 1024;
/// Messages on their way at once where each is written for itself.
const IN_FLIGHT: usize = 256;

/// A broker that is filled: nothing stood in it, and nobody else writes.
pub struct Writer {
    connection: Connection,
    blobs: NatsBlobs,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// Why a broker cannot be filled.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It cannot be used at all.
    #[error(transparent)]
    Broker(#[from] Error),
    /// A stream of it holds something, or has held something.
    #[error("the broker is not empty: {stream} has held {messages} messages")]
    NotEmpty {
        /// Which.
        stream: String,
        /// How many.
        messages: u64,
    },
    /// It does not take what is written.
    #[error("{stream}: {reason}")]
    Refused {
        /// Which.
        stream: String,
        /// Why.
        reason: String,
    },
    /// A message came to stand elsewhere: somebody else writes.
    #[error("{stream}: a message stands at {found} and must stand at {wanted}: others write there")]
    Displaced {
        /// Which.
        stream: String,
        /// Where it must stand.
        wanted: u64,
        /// Where it stands.
        found: u64,
    },
}

impl Writer {
    /// Connects to `endpoint`, which must hold nothing, and makes its streams, those that keep
    /// places so that their first message comes to stand at `firsts`. With `again`, what an earlier
    /// attempt left is taken away.
    ///
    /// # Errors
    /// [`WriteError::NotEmpty`] for a broker that holds anything.
    pub async fn open(
        config: &Config,
        endpoint: &Endpoint,
        firsts: &[(Section, u64)],
        again: bool,
    ) -> Result<Self, WriteError> {
        let connection = Connection::open(config, endpoint).await?;
        for wanted in streams::all(&connection.config) {
            if let Ok(stream) = connection.context.get_stream(&wanted.name).await {
                let state = &stream.cached_info().state;
                let caches = streams::CACHES.contains(&wanted.name.as_str());
                if state.last_sequence > 0 && !caches && !again {
                    let (stream, messages) = (wanted.name, state.last_sequence);
                    return Err(WriteError::NotEmpty { stream, messages });
                }
                // Where it begins can only be told when it is made.
                let gone = connection.context.delete_stream(&wanted.name).await;
                gone.map_err(|error| refused(&wanted.name, error))?;
            }
        }
        for mut wanted in streams::all(&connection.config) {
            let first = firsts.iter().find(|(section, _)| section.stream() == wanted.name);
            let Some((_, first)) = first.filter(|(_, first)| *first > 1) else { continue };
            wanted.first_sequence = Some(*first);
            let name = wanted.name.clone();
            let made = connection.context.create_stream(wanted).await;
            made.map_err(|error| refused(&name, error))?;
        }
        provision::reconcile(&connection, endpoint).await?;
        let blobs = NatsBlobs::new(&connection).await;
        let blobs = blobs.map_err(|error| refused(streams::BLOBS, error))?;
        Ok(Self { connection, blobs })
    }

    /// Writes messages of a section that keeps places: the first at `next`, with room left where
    /// none stood. The place after the last of them.
    ///
    /// # Errors
    /// [`WriteError::Displaced`] when somebody else writes, too.
    pub async fn place(
        &self,
        section: Section,
        next: u64,
        kept: Vec<Kept>,
    ) -> Result<u64, WriteError> {
        let (mut at, mut step, mut bytes, now) = (next, Vec::new(), 0, now_ns());
        for one in kept {
            while at < one.sequence {
                step.push(filler(section));
                at += 1;
                if step.len() == WRITE_MESSAGES {
                    self.step(section, at, std::mem::take(&mut step)).await?;
                    bytes = 0;
                }
            }
            bytes += one.payload.len();
            if !step.is_empty() && (step.len() == WRITE_MESSAGES || bytes > WRITE_BYTES) {
                bytes = one.payload.len();
                self.step(section, at, std::mem::take(&mut step)).await?;
            }
            // What has reached its age leaves its place empty.
            step.push(message(&one, now).unwrap_or_else(|| filler(section)));
            at += 1;
        }
        self.step(section, at, step).await?;
        Ok(at)
    }

    /// Takes the places up to `last`, at which nothing stood, and gives all room free that was only
    /// held: the next message comes to stand after `last`.
    ///
    /// # Errors
    /// As [`Writer::place`].
    pub async fn close(&self, section: Section, next: u64, last: u64) -> Result<(), WriteError> {
        let mut at = next;
        while at <= last {
            let count = usize::try_from(last - at + 1).unwrap_or(usize::MAX).min(WRITE_MESSAGES);
            let step = (0..count).map(|_| filler(section)).collect();
            at += count as u64;
            self.step(section, at, step).await?;
        }
        let name = section.stream();
        let stream = self.connection.context.get_stream_no_info(&name).await;
        let stream = stream.map_err(|error| refused(&name, error))?;
        let purged = stream.purge().filter(section.filler()).await;
        purged.map_err(|error| refused(&name, error))?;
        Ok(())
    }

    /// Writes messages of a section that keeps no places. What has reached its age meanwhile, and
    /// what only said that a value is gone, stays away.
    ///
    /// # Errors
    /// When the broker does not take them.
    pub async fn add(&self, section: Section, kept: &[Kept]) -> Result<(), WriteError> {
        let now = now_ns();
        let messages = kept.iter().filter(|one| one.is_value()).filter_map(|one| {
            let mut message = message(one, now)?;
            if section == Section::Commands {
                let place = format!("{} {}", one.sequence, one.stored_ns);
                if message.headers.get(FORMER_PLACE).is_none() {
                    message.headers.insert(FORMER_PLACE, place.as_str());
                }
            }
            Some(message)
        });
        let messages: Vec<Message> = messages.collect();
        self.singly(section, messages).await.map(|_last| ())
    }

    /// Keeps a large content.
    ///
    /// # Errors
    /// When the broker does not take it.
    pub async fn blob(&self, tenant: &Tenant, content: Bytes) -> Result<Hash, WriteError> {
        let kept = self.connection.whole(self.blobs.keep(tenant, content)).await;
        kept.map_err(|error: PortError| refused(streams::BLOBS, error))
    }

    /// Writes one step; its last message must come to stand before `end`.
    async fn step(&self, section: Section, end: u64, step: Vec<Message>) -> Result<(), WriteError> {
        if step.is_empty() {
            return Ok(());
        }
        let name = section.stream();
        let last = if section == Section::Events {
            match batch(&self.connection, "restore", step.clone()).await {
                Ok(last) => last.0,
                // Nothing is stored. Messages that go alone need no room of their own before.
                Err(AppendError::Unavailable(_)) => self.singly(section, step).await?,
                Err(error) => return Err(refused(&name, error)),
            }
        } else {
            self.singly(section, step).await?
        };
        if last + 1 == end {
            return Ok(());
        }
        Err(WriteError::Displaced { stream: name, wanted: end - 1, found: last })
    }

    /// Publishes each message for itself, many on their way at once; the place of the last.
    async fn singly(&self, section: Section, step: Vec<Message>) -> Result<u64, WriteError> {
        let name = section.stream();
        let (mut last, mut waiting) = (0, VecDeque::new());
        for message in step {
            let Message { subject, headers, payload, .. } = message;
            let context = &self.connection.context;
            let sent = context.publish_with_headers(subject, headers, payload).await;
            waiting.push_back(sent.map_err(|error| refused(&name, error))?);
            if waiting.len() >= IN_FLIGHT
                && let Some(first) = waiting.pop_front()
            {
                last = first.into_future().await.map_err(|it| refused(&name, it))?.sequence;
            }
        }
        for sent in waiting {
            last = sent.into_future().await.map_err(|error| refused(&name, error))?.sequence;
        }
        Ok(last)
    }
}

fn refused(stream: &str, error: impl std::fmt::Display) -> WriteError {
    WriteError::Refused { stream: stream.to_owned(), reason: error.to_string() }
}

/// The message as it is written now; `None` when it would not be there any more.
fn message(kept: &Kept, now_ns: i64) -> Option<Message> {
    let mut headers = HeaderMap::new();
    for (name, value) in &kept.headers {
        let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>())
        else {
            continue;
        };
        headers.append(name, value);
    }
    if kept.ttl_s > 0 {
        let age_s = u64::try_from(now_ns.saturating_sub(kept.stored_ns)).unwrap_or(0);
        let left = kept.ttl_s.checked_sub(age_s / 1_000_000_000).filter(|left| *left > 0)?;
        headers.insert(NATS_MESSAGE_TTL, format!("{left}s").as_str());
    }
    let (subject, payload) = (kept.subject.clone(), kept.payload.clone());
    Some(Message { subject, headers, payload })
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// What keeps a place until the section is closed.
fn filler(section: Section) -> Message {
    let subject = section.filler().to_owned();
    Message { subject, headers: HeaderMap::new(), payload: Bytes::new() }
}
