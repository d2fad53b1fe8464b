use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ARCHIVE_VERSION, Selection, Trailer};
use crate::address::Address;
use crate::commit::{Commit, Input};
use crate::entry::bytes_or_base64;
use crate::hash::Hash;
use crate::ids::{ActorId, Cursor, Kind, Revision, Tenant};
use crate::time::Timestamp;

/// The first line: what the file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Layout version, [`ARCHIVE_VERSION`].
    pub v: u16,
    /// When it was begun.
    pub made_at: Timestamp,
    /// Only this tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Tenant>,
    /// Only this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Only this actor, with those that it was forked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ActorId>,
    /// Commits after this position only; zero = from the first.
    pub after: Cursor,
    /// Commits up to this position.
    pub until: Cursor,
    /// Only what was decided at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only what was decided before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

/// Large content that a commit refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Whose.
    pub tenant: Tenant,
    /// Its BLAKE3, which is its name.
    pub hash: Hash,
    /// The content as base64; `None` when it was no longer there.
    #[serde(default, with = "maybe_base64", skip_serializing_if = "Option::is_none")]
    pub content: Option<Bytes>,
}

/// One line, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// The first.
    Header(Header),
    /// Content.
    Blob(Blob),
    /// A commit: whose, where it stood and its stored bytes.
    Commit {
        /// On whose subject it stood.
        address: Address,
        /// Where it stood in its log.
        cursor: Cursor,
        /// Which revision the line says it is.
        revision: Revision,
        /// The stored bytes.
        raw: Bytes,
    },
    /// The last.
    Trailer(Trailer),
}

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is no JSON of a known shape.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Its bytes are not base64.
    #[error("its raw bytes are not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// A newer program wrote it.
    #[error("it is of version {0}; this program reads version {ARCHIVE_VERSION}")]
    Version(u16),
}

/// The members of a line that count; those that only repeat the stored bytes are passed over.
#[derive(Deserialize)]
struct Members {
    archive: Option<Header>,
    blob: Option<Blob>,
    trailer: Option<Trailer>,
    #[serde(flatten)]
    commit: Option<CommitMembers>,
}

#[derive(Deserialize)]
struct CommitMembers {
    tenant: Tenant,
    kind: Kind,
    id: ActorId,
    cursor: Cursor,
    revision: Revision,
    raw: String,
}

impl Header {
    /// What `selection` asks for, up to `until`.
    #[must_use]
    pub fn new(selection: &Selection, until: Cursor, made_at: Timestamp) -> Self {
        let Selection { tenant, kind, id, after, from, to, .. } = selection.clone();
        Self { v: ARCHIVE_VERSION, made_at, tenant, kind, id, after, until, from, to }
    }

    /// Whether chains may begin after their first commit.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.after.0 > 0 || self.from.is_some()
    }
}

impl Line {
    /// Reads a line, without its end.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, LineError> {
        // Most lines are commits; the other shapes begin with their own name.
        if [&b"{\"archive\""[..], b"{\"blob\"", b"{\"trailer\""]
            .iter()
            .any(|it| bytes.starts_with(it))
        {
            return Self::of_members(serde_json::from_slice(bytes)?);
        }
        Self::of_commit(serde_json::from_slice(bytes)?)
    }

    fn of_members(members: Members) -> Result<Self, LineError> {
        match members {
            Members { archive: Some(header), .. } if header.v == ARCHIVE_VERSION => {
                Ok(Self::Header(header))
            }
            Members { archive: Some(header), .. } => Err(LineError::Version(header.v)),
            Members { blob: Some(blob), .. } => Ok(Self::Blob(blob)),
            Members { trailer: Some(trailer), .. } => Ok(Self::Trailer(trailer)),
            Members { commit: Some(commit), .. } => Self::of_commit(commit),
            _ => Err(LineError::Json(serde::de::Error::custom("it is no line of an export"))),
        }
    }

    fn of_commit(commit: CommitMembers) -> Result<Self, LineError> {
        let CommitMembers { tenant, kind, id, cursor, revision, raw } = commit;
        let raw = Bytes::from(STANDARD.decode(raw)?);
        Ok(Self::Commit { address: Address::new(tenant, kind, id), cursor, revision, raw })
    }

    /// The text of a header, a blob or a trailer; a commit's is that of
    /// [`crate::Recorded::to_json`].
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let value: Value = match self {
            Self::Header(header) => json!({ "archive": header }),
            Self::Blob(blob) => json!({ "blob": blob }),
            Self::Trailer(trailer) => json!({ "trailer": trailer }),
            Self::Commit { .. } => return None,
        };
        Some(value.to_string())
    }
}

/// The large contents that a commit refers to: its input, whatever its events call `blob`, and the
/// pictures whose `source` is one.
pub fn blobs_of(commit: &Commit) -> impl Iterator<Item = Hash> + '_ {
    let input = match &commit.command.input {
        Input::Blob { hash, .. } => Some(*hash),
        Input::Inline(_) => None,
    };
    let mut named = BTreeSet::new();
    commit.events.iter().for_each(|event| name(&event.data, &mut named));
    input.into_iter().chain(named)
}

/// Takes the contents that `value` names, at whatever depth.
fn name(value: &Value, named: &mut BTreeSet<Hash>) {
    match value {
        Value::Object(members) => {
            let blob = members.get("blob").and_then(Value::as_str);
            let source = members.get("source").and_then(Value::as_str);
            let source = source.and_then(|source| source.strip_prefix("blob:"));
            let both = blob.into_iter().chain(source);
            named.extend(both.filter_map(|text| text.parse::<Hash>().ok()));
            members.values().for_each(|member| name(member, named));
        }
        Value::Array(items) => items.iter().for_each(|item| name(item, named)),
        _ => {}
    }
}

mod maybe_base64 {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &Option<Bytes>, s: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::bytes_or_base64::serialize(bytes, s),
            None => s.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Bytes>, D::Error> {
        #[derive(Deserialize)]
        struct Held(#[serde(with = "super::bytes_or_base64")] Vec<u8>);
        Ok(Option::<Held>::deserialize(d)?.map(|held| Bytes::from(held.0)))
    }
}
