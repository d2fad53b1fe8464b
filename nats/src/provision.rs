//! The reconciler: compares what the broker holds with what it must hold, creates what is missing,
//! updates what differs, and refuses what cannot be mended. Running it again changes nothing.

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config as Stream, PersistenceMode};

use crate::connect::{Connection, Endpoint};
use crate::error::Error;
use crate::monitor::{self, Sync};
use crate::streams;

/// The oldest broker that will do: message schedules, atomic batches, per-message checks.
pub const VERSION_MIN: &str = "2.14.0";

/// Something that the reconciler did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The stream was missing.
    Created {
        /// Its name.
        stream: String,
    },
    /// The stream was made to agree.
    Updated {
        /// Its name.
        stream: String,
        /// Which settings differed.
        settings: Vec<&'static str>,
    },
}

/// What the reconciler found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What it did; nothing when all agreed.
    pub changes: Vec<Change>,
    /// The broker's version.
    pub version: String,
    /// Whether an acknowledged message is on disk.
    pub sync: Sync,
}

/// Makes the broker hold every stream of [`streams::all`].
///
/// # Errors
/// [`Error::TooOld`] for an old broker or one without JetStream, [`Error::Incompatible`] when a
/// stream of the same name cannot be made to agree, [`Error::Api`] when the broker refuses.
pub async fn reconcile(connection: &Connection, endpoint: &Endpoint) -> Result<Report, Error> {
    let info = connection.client.server_info();
    let found = || if info.jetstream { info.version.clone() } else { "without JetStream".into() };
    if !info.jetstream || !connection.client.is_server_compatible(2, 14, 0) {
        return Err(Error::TooOld { found: found(), needed: VERSION_MIN });
    }
    let mut changes = Vec::new();
    for wanted in streams::all(&connection.config) {
        if let Some(change) = agree(connection, wanted).await? {
            tracing::info!(change = ?change, "a stream was made ready");
            changes.push(change);
        }
    }
    let sync = match &endpoint.monitor {
        Some(monitor) => monitor::sync(monitor, connection.timeout()).await,
        None => Sync::Unknown,
    };
    Ok(Report { changes, version: info.version, sync })
}

async fn agree(connection: &Connection, wanted: Stream) -> Result<Option<Change>, Error> {
    let context = &connection.context;
    let name = wanted.name.clone();
    let existing = match context.get_stream(&name).await {
        Ok(stream) => stream.cached_info().config.clone(),
        Err(error) if is_missing(&error.kind()) => {
            return context.create_stream(wanted).await.map_or_else(
                |error| Err(refused(&name, &error.kind(), &error)),
                |_| Ok(Some(Change::Created { stream: name.clone() })),
            );
        }
        Err(error) => return Err(Error::Api(format!("{name}: {error}"))),
    };
    if let Some(found) = format(&existing).filter(|found| *found > streams::FORMAT) {
        return Err(Error::Newer { found, known: streams::FORMAT });
    }
    if writes_behind(&existing) != writes_behind(&wanted) && streams::CACHES.contains(&&*name) {
        // A cache that one server wrote behind cannot be kept by three: it is filled anew.
        context.delete_stream(&name).await.map_err(|it| Error::Api(format!("{name}: {it}")))?;
        let made = context.create_stream(wanted).await;
        made.map_err(|error| refused(&name, &error.kind(), &error))?;
        return Ok(Some(Change::Created { stream: name }));
    }
    let (merged, settings) = merge(&existing, &wanted)?;
    if settings.is_empty() {
        return Ok(None);
    }
    context
        .update_stream(&merged)
        .await
        .map_err(|error| Error::Incompatible { stream: name.clone(), reason: error.to_string() })?;
    Ok(Some(Change::Updated { stream: name, settings }))
}

/// The layout that a stream says it has; an older one says nothing.
fn format(stream: &Stream) -> Option<u32> {
    stream.metadata.get(streams::FORMAT_KEY)?.parse().ok()
}

fn is_missing(kind: &GetStreamErrorKind) -> bool {
    matches!(kind, GetStreamErrorKind::JetStream(error)
        if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn refused(name: &str, kind: &CreateStreamErrorKind, error: &impl std::fmt::Display) -> Error {
    match kind {
        CreateStreamErrorKind::JetStream(reason)
            if reason.error_code() == ErrorCode::STREAM_SUBJECT_OVERLAP =>
        {
            let reason = format!("another stream has some of its subjects: {reason}");
            Error::Incompatible { stream: name.to_owned(), reason }
        }
        _ => Error::Api(format!("{name}: {error}")),
    }
}

fn writes_behind(stream: &Stream) -> bool {
    stream.persist_mode == Some(PersistenceMode::Async)
}

/// `existing` with our settings in it, and the names of those that differed. Settings that the
/// design does not speak of stay as the operator has set them.
fn merge(existing: &Stream, wanted: &Stream) -> Result<(Stream, Vec<&'static str>), Error> {
    let fixed: [(&str, bool); 3] = [
        ("retention", existing.retention == wanted.retention),
        ("storage", existing.storage == wanted.storage),
        ("persist_mode", writes_behind(existing) == writes_behind(wanted)),
    ];
    if let Some((setting, _)) = fixed.iter().find(|(_, same)| !same) {
        return Err(Error::Incompatible {
            stream: existing.name.clone(),
            reason: format!("its {setting} is another and cannot be changed"),
        });
    }
    // What a broker was once told to deny it denies for ever.
    let mut wanted = wanted.clone();
    wanted.deny_purge |= existing.deny_purge;
    wanted.deny_delete |= existing.deny_delete;
    let (mut merged, mut settings) = (existing.clone(), Vec::new());
    macro_rules! ours {
        ($($field:ident)*) => {$(
            if merged.$field != wanted.$field {
                merged.$field = wanted.$field.clone();
                settings.push(stringify!($field));
            }
        )*};
    }
    ours! {
        subjects subject_transform max_messages max_bytes max_messages_per_subject max_age discard
        deny_delete deny_purge allow_rollup allow_direct allow_atomic_publish
        allow_message_schedules allow_message_ttl num_replicas
    }
    if format(&merged) != format(&wanted) {
        // Beside it stands what the broker says of the stream itself.
        merged.metadata.extend(wanted.metadata);
        settings.push("metadata");
    }
    Ok((merged, settings))
}

#[cfg(test)]
mod tests;
