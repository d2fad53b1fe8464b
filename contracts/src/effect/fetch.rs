//! Something asked of an HTTP server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delivery, Terms};
use crate::caller::Caller;
use crate::hash::Hash;
use crate::ids::{ActorId, Cursor, Kind, Revision, SecretName, Tenant};

/// The largest body that stands in a request itself, in bytes; a larger one is kept in the blob
/// store.
pub const BODY_INLINE_BYTES_MAX: usize = 64 * 1024;
/// The longest URL, in bytes.
pub const URL_BYTES_MAX: usize = 2_048;
/// What a text looks like that [`is_url`] takes, as a schema says it.
pub const URL_PATTERN: &str = concat!(
    r"^https?://[^\s\x00-\x1f\x7f-\x9f\\/?#@:][^\s\x00-\x1f\x7f-\x9f\\/?#@]*",
    r"([/?#][^\s\x00-\x1f\x7f-\x9f\\]*)?$",
);
/// The same for an address to which more is added: it has neither query nor fragment.
pub const PLACE_PATTERN: &str = concat!(
    r"^https?://[^\s\x00-\x1f\x7f-\x9f\\/?#@:][^\s\x00-\x1f\x7f-\x9f\\/?#@]*",
    r"(/[^\s\x00-\x1f\x7f-\x9f\\?#]*)?$",
);

/// One request to an HTTP server.
///
/// It stands in the log as it is, so that nothing secret may stand in it: what must be secret is
/// named, and put in by whoever performs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fetch {
    /// How.
    pub method: FetchMethod,
    /// Where: `http` or `https`, without user and password.
    pub url: String,
    /// Headers, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<FetchBody>,
    /// A header whose value is a secret of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_header: Option<SecretHeader>,
    /// What a secret of the tenant is called that holds further headers: an object of JSON, by
    /// their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_headers: Option<SecretName>,
    /// How it is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Sign>,
    /// The most that is read of the answer's body, in bytes; the rest is left out.
    pub response_bytes_max: u32,
    /// How many redirects are followed.
    #[serde(default)]
    pub redirects_max: u8,
    /// Which answers are an outcome.
    #[serde(default)]
    pub accept: Accept,
    /// How often it may be attempted.
    pub delivery: Delivery,
    /// What the kind wants to be told again with the outcome.
    pub tag: Value,
    /// On which terms it is performed.
    #[serde(default, skip_serializing_if = "Terms::is_default")]
    pub terms: Terms,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum FetchMethod {
    /// Removes.
    Delete,
    /// Reads.
    Get,
    /// Reads what is told of it alone.
    Head,
    /// Changes a part.
    Patch,
    /// Gives something to be dealt with.
    Post,
    /// Puts in place.
    Put,
}

impl FetchMethod {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchBody {
    /// A text, at most [`BODY_INLINE_BYTES_MAX`] bytes.
    Text(String),
    /// What the blob store keeps for the tenant under this hash.
    Blob(Hash),
    /// An event of the log as a CloudEvent, read from the log when it is sent.
    Event(EventPlace),
    /// The run at this place of the log as a task of A2A, read from the log when it is sent.
    Task(EventPlace),
}

/// Where an event of the same tenant stands, and who is to see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPlace {
    /// Whose it is: the kind.
    pub kind: Kind,
    /// And the actor.
    pub id: ActorId,
    /// In which of its commits.
    pub revision: Revision,
    /// At which place of that commit, from 0.
    pub index: u32,
    /// Where that commit stood in the log when this was written: a hint, which spares a search.
    pub cursor: Cursor,
    /// As whom it is read: what this one may not see at that moment is not sent.
    pub reader: Caller,
}

/// A header whose value is a secret of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHeader {
    /// The header.
    pub name: String,
    /// What stands before the secret, such as `Bearer `.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// What the secret is called in the vault.
    pub secret: SecretName,
}

/// A signature as Standard Webhooks describes it: the headers `webhook-id`, `webhook-timestamp`
/// and `webhook-signature`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// The message's own id, the same at each attempt.
    pub id: String,
    /// What the secret is called in the vault: one key or several, see [`super::SigningKeys`]; one
    /// signature each.
    pub secret: SecretName,
}

/// Which answers are an outcome. Any other is a refusal, and some of those are tried again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// Every complete one, whatever its status.
    Any,
    /// Those of success (2xx). Too early, too many, timeouts and faults of the server (408, 425,
    /// 429, 5xx) are tried again.
    #[default]
    Success,
    /// Those of success. All others are tried again, except that the receiver is gone (410).
    Delivered,
}

/// What an HTTP server answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fetched {
    /// The status, such as 200.
    pub status: u16,
    /// Those headers of the answer that are kept, in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: FetchedBody,
    /// Whether the body was longer than what was read of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchedBody {
    /// A text.
    Text(String),
    /// Kept in the blob store: it is large, or no text.
    Blob {
        /// Its name there.
        hash: Hash,
        /// Its length.
        bytes: u64,
    },
}

impl EventPlace {
    /// What tells the event from any other of its tenant: the id of its CloudEvent and of the
    /// message that carries it, the same for all receivers and at each attempt.
    #[must_use]
    pub fn message(&self, tenant: &Tenant) -> String {
        let (revision, index) = (self.revision.to_string(), self.index.to_string());
        let parts = [tenant.as_str(), self.kind.as_str(), self.id.as_str(), &revision, &index];
        let hash = Hash::of_parts("cambium event id v1", &parts).to_string();
        format!("evt_{}", &hash[..32])
    }
}

/// Whether a text looks like a URL to which a request may go: `http` or `https`, a host, neither
/// user nor password, and nothing that cannot be seen. Whoever performs the request reads it
/// exactly.
#[must_use]
pub fn is_url(text: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|it| text.strip_prefix(it));
    let Some(rest) = rest.filter(|_| text.len() <= URL_BYTES_MAX) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let seen = text.chars().all(|it| !it.is_whitespace() && !it.is_control() && it != '\\');
    seen && !authority.is_empty() && !authority.contains('@') && !authority.starts_with(':')
}

impl Fetched {
    /// The body, when it is a text that stands in the outcome.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            FetchedBody::Text(text) => Some(text),
            FetchedBody::Blob { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_url;

    #[test]
    fn what_is_no_url_for_a_request_is_told() {
        for url in ["https://a.example/b?c=d#e", "http://127.0.0.1:8080", "https://[::1]/"] {
            assert!(is_url(url), "{url}");
        }
        let long = format!("https://a.example/{}", "x".repeat(2_048));
        for url in [
            "",
            "a.example",
            "ftp://a.example",
            "file:///etc/passwd",
            "https://",
            "https:///a",
            "https://:80/",
            "https://ann:secret@a.example/",
            "https://a.example/ b",
            "https://a.example\\@b.example/",
            "HTTPS://a.example/\n",
            long.as_str(),
        ] {
            assert!(!is_url(url), "{url}");
        }
    }
}
