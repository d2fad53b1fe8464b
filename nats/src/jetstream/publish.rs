use async_nats::HeaderMap;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use contracts::ports::{AppendError, PortError};

use crate::connect::Connection;

impl Connection {
    /// Publishes to a stream and waits for its acknowledgement: the message's sequence.
    ///
    /// Nothing is sent while the broker is away, so [`AppendError::Unavailable`] means surely not
    /// stored; a connection that is lost while the acknowledgement is on its way means in doubt at
    /// once, not after the time limit.
    pub(super) async fn publish(
        &self,
        subject: String,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<u64, AppendError> {
        let mut losses = self.losses.clone();
        losses.borrow_and_update();
        if !self.is_up() {
            return Err(AppendError::Unavailable("the broker is not connected".to_owned()));
        }
        let mut message = PublishMessage::build().payload(payload);
        if !headers.is_empty() {
            message = message.headers(headers);
        }
        let sent = self.context.send_publish(subject, message).await;
        let acknowledgement = sent.map_err(|error| unsent(&error))?;
        tokio::select! {
            biased;
            answer = acknowledgement.into_future() => match answer {
                Ok(ack) => Ok(ack.sequence),
                Err(error) => Err(unacknowledged(&error)),
            },
            _ = losses.changed() => {
                Err(AppendError::InDoubt("the connection was lost on the way".to_owned()))
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
fn unacknowledged(error: &PublishError) -> AppendError {
    match error.kind() {
        PublishErrorKind::WrongLastSequence => AppendError::Conflict,
        // Nobody took the message: no stream has the subject, or JetStream is not up yet.
        PublishErrorKind::StreamNotFound => AppendError::Unavailable(describe(error)),
        PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => {
            AppendError::InDoubt(describe(error))
        }
        _ => refusal(error),
    }
}

fn refusal(error: &PublishError) -> AppendError {
    let source = std::error::Error::source(error);
    let reason = source.and_then(|it| it.downcast_ref::<async_nats::jetstream::Error>());
    let Some(reason) = reason else {
        // An answer that cannot be read tells nothing.
        return AppendError::InDoubt(describe(error));
    };
    match (reason.error_code(), reason.code()) {
        // Replicated streams answer so while another append to the subject is under way.
        (ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT, _) => AppendError::Conflict,
        (ErrorCode::STREAM_STORE_FAILED, _) => AppendError::Refused(describe(error)),
        (_, 503) => AppendError::Unavailable(describe(error)),
        _ => AppendError::Refused(describe(error)),
    }
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
