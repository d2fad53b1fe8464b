use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::{HeaderMap, ToSubject};
use bytes::Bytes;
use contracts::ports::{AppendError, PortError};
use tokio::sync::watch;

use crate::connect::Connection;

/// A message that has left and is not acknowledged yet.
pub(super) struct Sent {
    answer: PublishAckFuture,
    losses: watch::Receiver<u64>,
    /// Whether several servers keep the stream.
    replicated: bool,
}

/// What came instead of an acknowledgement.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: AppendError,
    /// The sequence that the broker found where another was expected, if it says so.
    pub(super) found: Option<u64>,
    /// The broker's own code, if it answered.
    code: Option<ErrorCode>,
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        Self { error, found: None, code: None }
    }
}

impl Failure {
    /// Whether the broker could not look, since another append to the subject is under way. Only
    /// replicated streams say so, at times for a moment after they have acknowledged that one.
    pub(super) fn is_under_way(&self) -> bool {
        self.code == Some(ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT)
    }

    /// Whether the broker has not kept all messages of a batch until its last one came: nothing of
    /// it is stored, and messages that go alone need no such room.
    pub(super) fn is_incomplete(&self) -> bool {
        self.code == Some(ErrorCode::ATOMIC_PUBLISH_INCOMPLETE_BATCH)
    }

    /// What the last of many attempts says.
    pub(super) fn last(self) -> AppendError {
        if self.is_under_way() {
            // Of several servers another one may have taken what this one would not look at.
            return AppendError::InDoubt("another append to it is under way".to_owned());
        }
        self.error
    }

    /// Whether a batch may have been refused for one of its messages alone.
    pub(super) fn is_of_one(&self) -> bool {
        let whole = [ErrorCode::STREAM_STORE_FAILED, ErrorCode::INSUFFICIENT_RESOURCES];
        matches!(self.error, AppendError::Conflict | AppendError::Refused(_))
            && self.code.is_none_or(|code| !whole.contains(&code))
    }
}

impl Connection {
    /// Publishes to a stream and waits for its acknowledgement: the message's sequence.
    ///
    /// Nothing is sent while the broker is away, so [`AppendError::Unavailable`] means surely not
    /// stored; a connection that is lost while the acknowledgement is on its way means in doubt at
    /// once, not after the time limit.
    pub(super) async fn publish(
        &self,
        subject: impl ToSubject,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<u64, AppendError> {
        let sent = self.send(subject, headers, payload).await?;
        sent.answer().await.map_err(|failure| failure.error)
    }

    /// Sees every loss of the connection from now on; `Unavailable` while there is none.
    pub(super) fn watch(&self) -> Result<watch::Receiver<u64>, AppendError> {
        let mut losses = self.losses.clone();
        losses.borrow_and_update();
        if self.is_up() {
            return Ok(losses);
        }
        Err(AppendError::Unavailable("the broker is not connected".to_owned()))
    }

    /// Publishes to a stream without waiting for the acknowledgement.
    pub(super) async fn send(
        &self,
        subject: impl ToSubject,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<Sent, AppendError> {
        let losses = self.watch()?;
        self.send_watched(losses, subject, headers, payload).await
    }

    /// The same as the last of several messages: `losses` has watched since before the first.
    pub(super) async fn send_watched(
        &self,
        losses: watch::Receiver<u64>,
        subject: impl ToSubject,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<Sent, AppendError> {
        let mut message = PublishMessage::build().payload(payload);
        if !headers.is_empty() {
            message = message.headers(headers);
        }
        let sent = self.context.send_publish(subject, message).await;
        let answer = sent.map_err(|error| unsent(&error))?;
        Ok(Sent { answer, losses, replicated: self.config.replicas > 1 })
    }
}

impl Sent {
    /// The message's sequence.
    pub(super) async fn answer(mut self) -> Result<u64, Failure> {
        tokio::select! {
            biased;
            answer = self.answer.into_future() => match answer {
                Ok(ack) => Ok(ack.sequence),
                Err(error) => Err(unacknowledged(&error, self.replicated)),
            },
            _ = self.losses.changed() => {
                let reason = "the connection was lost on the way".to_owned();
                Err(AppendError::InDoubt(reason).into())
            }
        }
    }
}

/// Why a message did not leave: nothing was stored.
fn unsent(error: &PublishError) -> AppendError {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => AppendError::Refused(describe(error)),
        _ => AppendError::Unavailable(describe(error)),
    }
}

/// What an answer other than an acknowledgement means.
fn unacknowledged(error: &PublishError, replicated: bool) -> Failure {
    let reason = std::error::Error::source(error);
    let reason = reason.and_then(|it| it.downcast_ref::<async_nats::jetstream::Error>());
    let meaning = match (error.kind(), reason) {
        (PublishErrorKind::WrongLastSequence, _) => AppendError::Conflict,
        // Nobody took the message: no stream has the subject, or JetStream is not up yet.
        (PublishErrorKind::StreamNotFound, _) => AppendError::Unavailable(describe(error)),
        (PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe, _) => {
            AppendError::InDoubt(describe(error))
        }
        (_, Some(reason)) if replicated && is_ones_own(reason) => {
            AppendError::InDoubt(reason.to_string())
        }
        (_, Some(reason)) => refusal(reason),
        // An answer that cannot be read tells nothing.
        (_, None) => AppendError::InDoubt(describe(error)),
    };
    let found = reason.filter(|_| meaning == AppendError::Conflict).and_then(found);
    Failure { error: meaning, found, code: reason.map(async_nats::jetstream::Error::error_code) }
}

/// Whether a server of several speaks of itself alone. While the leader of a stream changes, both
/// it and the next one may hear a message: the one answers that it leads no more, the other stores
/// it. And whoever finds no room on its own disk knows nothing of the others' disks.
fn is_ones_own(reason: &async_nats::jetstream::Error) -> bool {
    let own = [ErrorCode::STREAM_STORE_FAILED, ErrorCode::INSUFFICIENT_RESOURCES];
    reason.code() == 503 || own.contains(&reason.error_code())
}

fn refusal(reason: &async_nats::jetstream::Error) -> AppendError {
    match (reason.error_code(), reason.code()) {
        // Replicated streams answer so while another append to the subject is under way.
        (ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT, _) => AppendError::Conflict,
        // The disk, or the share of it that the broker may use, is full.
        (ErrorCode::STREAM_STORE_FAILED | ErrorCode::INSUFFICIENT_RESOURCES, _) => {
            AppendError::Refused(reason.to_string())
        }
        (ErrorCode::ATOMIC_PUBLISH_INCOMPLETE_BATCH, _)
        | (ErrorCode::ATOMIC_PUBLISH_TOO_MANY_INFLIGHT, _)
        | (_, 503) => AppendError::Unavailable(reason.to_string()),
        _ => AppendError::Refused(reason.to_string()),
    }
}

/// The number at the end of `wrong last sequence: 7`.
fn found(reason: &async_nats::jetstream::Error) -> Option<u64> {
    let text = reason.to_string();
    let digits = text.trim_end_matches(|it: char| !it.is_ascii_digit());
    let start = digits.rfind(|it: char| !it.is_ascii_digit()).map_or(0, |at| at + 1);
    digits[start..].parse().ok().filter(|found| *found > 0)
}

fn describe(error: &PublishError) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// The same trouble for ports that do not tell doubt from absence: trying again is safe there.
pub(super) fn port_error(error: AppendError) -> PortError {
    match error {
        AppendError::InDoubt(reason) | AppendError::Unavailable(reason) => {
            PortError::Unavailable(reason)
        }
        AppendError::Refused(reason) => PortError::Refused(reason),
        AppendError::Conflict => PortError::Refused(error.to_string()),
    }
}
