use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::{HeaderValue, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{
    DeleteMessageErrorKind, LastRawMessageErrorKind, Stream as StreamHandle,
};
use bytes::Bytes;
use contracts::ports::{AppendError, Flow, Fut, PortError, Store, StoreChange, Versioned};
use futures_util::TryStreamExt as _;

use super::publish::port_error;
use super::{away, store_name, store_watch};
use crate::connect::Connection;
use crate::streams::Bucket;

/// What a change did, as all clients of key-value buckets write it.
const OPERATION: &str = "KV-Operation";
/// Takes what stood on the subject before.
const ROLLUP: &str = "Nats-Rollup";
/// How long the broker keeps a message.
const TTL: &str = "Nats-TTL";
/// Why the broker wrote a message itself.
const MARKER_REASON: &str = "Nats-Marker-Reason";
/// How long the word that a value is deleted is kept for whoever was away meanwhile.
const DELETION_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A store in a key-value bucket.
pub(crate) struct NatsStore {
    connection: Connection,
    bucket: Bucket,
    /// Where the bucket stood when the process connected: a watcher misses nothing after it.
    began: u64,
}

/// What stands on a subject.
struct Standing {
    revision: u64,
    /// `None` = a word that it was deleted.
    value: Option<Vec<u8>>,
}

impl NatsStore {
    /// The stores of all buckets, in their order.
    pub(crate) async fn all(
        connection: &Connection,
    ) -> Result<Vec<std::sync::Arc<Self>>, PortError> {
        let stores = Bucket::ALL.map(|bucket| Self::new(connection, bucket));
        let stores = futures_util::future::try_join_all(stores).await?;
        Ok(stores.into_iter().map(std::sync::Arc::new).collect())
    }

    async fn new(connection: &Connection, bucket: Bucket) -> Result<Self, PortError> {
        let stream = connection.context.get_stream(stream_of(bucket)).await.map_err(away)?;
        let began = stream.cached_info().state.last_sequence;
        Ok(Self { connection: connection.clone(), bucket, began })
    }

    async fn stream(&self) -> Result<StreamHandle<()>, PortError> {
        let name = stream_of(self.bucket);
        self.connection.context.get_stream_no_info(name).await.map_err(away)
    }

    fn subject(&self, name: &str) -> Result<String, PortError> {
        Ok(format!("{}{}", subject_of(self.bucket), store_name::key(name)?))
    }

    async fn standing(&self, subject: &str) -> Result<Option<Standing>, PortError> {
        let found = async {
            let stream = self.stream().await?;
            let request = stream.raw_message_builder().last_by_subject(subject.to_owned());
            match request.send().await {
                Ok(message) => {
                    Ok(Some(Standing { revision: message.sequence, value: value(&message) }))
                }
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        };
        self.connection.whole(found).await
    }

    /// Writes if the subject still stands at `revision` (0 = nothing there).
    async fn put(
        &self,
        subject: &str,
        mut headers: HeaderMap,
        value: Vec<u8>,
        revision: u64,
    ) -> Result<Option<u64>, PortError> {
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, HeaderValue::from(revision));
        let payload = Bytes::from(value);
        match self.connection.publish(subject.to_owned(), headers, payload).await {
            Ok(revision) => Ok(Some(revision)),
            Err(AppendError::Conflict) => Ok(None),
            Err(error) => Err(port_error(error)),
        }
    }

    async fn create_named(
        &self,
        name: &str,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> Result<Option<u64>, PortError> {
        let subject = self.subject(name)?;
        let mut headers = HeaderMap::new();
        if let Some(ttl_ms) = ttl_ms {
            headers.insert(TTL, format!("{}s", ttl_ms.div_ceil(1_000).max(1)));
        }
        if let Some(made) = self.put(&subject, headers.clone(), value.clone(), 0).await? {
            return Ok(Some(made));
        }
        // The word that it was deleted is no value: the name is free.
        match self.standing(&subject).await? {
            Some(Standing { value: None, revision }) => {
                self.put(&subject, headers, value, revision).await
            }
            _ => Ok(None),
        }
    }

    /// Overwrites the value on disk, which only succeeds while it stands at that revision, then
    /// says so to those who watch. Cut off between the two, the next attempt says it.
    async fn erase(&self, name: &str, revision: u64) -> Result<bool, PortError> {
        let subject = self.subject(name)?;
        let erased = match self.standing(&subject).await? {
            Some(Standing { value: Some(_), revision: at }) if at == revision => {
                self.overwrite(&subject, revision).await?
            }
            Some(_) => return Ok(false),
            None => false,
        };
        let mut headers = HeaderMap::new();
        headers.insert(OPERATION, "PURGE");
        headers.insert(ROLLUP, "sub");
        headers.insert(TTL, format!("{}s", DELETION_KEPT.as_secs()));
        // A refusal means that somebody gave the name a new value, which those who watch see.
        self.put(&subject, headers, Vec::new(), 0).await?;
        Ok(erased)
    }

    async fn overwrite(&self, subject: &str, revision: u64) -> Result<bool, PortError> {
        let deleted = async {
            let stream = self.stream().await?;
            match stream.delete_message(revision).await {
                Ok(deleted) => Ok(Some(deleted)),
                Err(error) if matches!(error.kind(), DeleteMessageErrorKind::JetStream(_)) => {
                    tracing::debug!(error = %error, "a value could not be overwritten");
                    Ok(None)
                }
                Err(error) => Err(away(error)),
            }
        };
        if let Some(deleted) = self.connection.whole(deleted).await? {
            return Ok(deleted);
        }
        // Refused: somebody was faster, or it cannot be done.
        match self.standing(subject).await? {
            Some(standing) if standing.revision == revision => {
                Err(PortError::Refused("the broker does not erase the value".to_owned()))
            }
            _ => Ok(false),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, PortError> {
        let found = async {
            let filter = format!("{}{}", subject_of(self.bucket), store_name::filter(prefix));
            let subjects = self.stream().await?.info_with_subjects(filter).await.map_err(away)?;
            let subjects: Vec<(String, usize)> = subjects.try_collect().await.map_err(away)?;
            Ok(subjects)
        };
        let subjects = self.connection.whole(found).await?;
        let mut names = Vec::with_capacity(subjects.len());
        for (subject, _) in subjects {
            let key = subject.strip_prefix(&subject_of(self.bucket)).unwrap_or_default();
            let Some(name) = store_name::name(key).filter(|it| it.starts_with(prefix)) else {
                continue;
            };
            names.push((name, subject));
        }
        names.sort();
        self.living(names).await
    }

    /// Those that have a value: a subject may hold the word that it was deleted.
    async fn living(&self, names: Vec<(String, String)>) -> Result<Vec<String>, PortError> {
        use futures_util::StreamExt as _;
        let looks = names.into_iter().map(|(name, subject)| async move {
            let standing = self.standing(&subject).await?;
            Ok(standing.and_then(|it| it.value).map(|_value| name))
        });
        let looked = futures_util::stream::iter(looks).buffered(LOOKS_MAX);
        looked.try_filter_map(|name| std::future::ready(Ok(name))).try_collect().await
    }
}

/// Names that are looked at at once.
const LOOKS_MAX: usize = 64;

/// The value of a message; `None` = it says that there is none any more.
pub(super) fn value(message: &StreamMessage) -> Option<Vec<u8>> {
    is_put(&message.headers).then(|| message.payload.to_vec())
}

/// Whether a message with these headers is a value.
pub(super) fn is_put(headers: &HeaderMap) -> bool {
    let operation = headers.get(OPERATION).map_or("PUT", HeaderValue::as_str);
    operation == "PUT" && headers.get(MARKER_REASON).is_none()
}

pub(super) fn stream_of(bucket: Bucket) -> String {
    format!("KV_{}", bucket.name())
}

pub(super) fn subject_of(bucket: Bucket) -> String {
    format!("$KV.{}.", bucket.name())
}

impl Store for NatsStore {
    fn get<'a>(&'a self, name: &'a str) -> Fut<'a, Result<Option<Versioned>, PortError>> {
        Box::pin(async move {
            let standing = self.standing(&self.subject(name)?).await?;
            Ok(standing.and_then(|Standing { revision, value }| {
                value.map(|value| Versioned { value, revision })
            }))
        })
    }

    fn create<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> Fut<'a, Result<Option<u64>, PortError>> {
        Box::pin(self.create_named(name, value, ttl_ms))
    }

    fn update<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        revision: u64,
    ) -> Fut<'a, Result<Option<u64>, PortError>> {
        Box::pin(async move {
            if revision == 0 {
                return Ok(None);
            }
            self.put(&self.subject(name)?, HeaderMap::new(), value, revision).await
        })
    }

    fn delete<'a>(&'a self, name: &'a str, revision: u64) -> Fut<'a, Result<bool, PortError>> {
        Box::pin(self.erase(name, revision))
    }

    fn names<'a>(&'a self, prefix: &'a str) -> Fut<'a, Result<Vec<String>, PortError>> {
        Box::pin(self.list(prefix))
    }

    fn watch(&self) -> Flow<Result<StoreChange, PortError>> {
        store_watch::watch(self.connection.clone(), self.bucket, self.began)
    }
}
