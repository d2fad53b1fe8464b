//! The changes of a bucket, without end.

use async_nats::HeaderMap;
use async_nats::jetstream::Message;
use contracts::ports::{Flow, PortError, StoreChange, Versioned};

use super::store::{is_put, stream_of, subject_of};
use super::store_name;
use super::unbroken::Unbroken;
use crate::connect::Connection;
use crate::streams::Bucket;

pub(super) fn watch(
    connection: Connection,
    bucket: Bucket,
    after: u64,
) -> Flow<Result<StoreChange, PortError>> {
    let messages = Unbroken::new(connection, stream_of(bucket), after);
    Box::pin(futures_util::stream::unfold(messages, move |mut messages| async move {
        loop {
            let (message, revision) = messages.next().await;
            if let Some(change) = told(bucket, &message, revision) {
                return Some((Ok(change), messages));
            }
        }
    }))
}

/// The change that a message tells; `None` when it tells none.
fn told(bucket: Bucket, message: &Message, revision: u64) -> Option<StoreChange> {
    let name = store_name::name(message.subject.strip_prefix(&subject_of(bucket))?)?;
    let is_value = message.headers.as_ref().is_none_or(|headers: &HeaderMap| is_put(headers));
    let now = is_value.then(|| Versioned { value: message.payload.to_vec(), revision });
    Some((name, now))
}
