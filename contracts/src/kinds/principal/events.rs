use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::commands::{Profile, Sort};
use crate::access::{Grant, Pattern, RoleName};
use crate::hash::Hash;
use crate::ids::{CredentialId, Principal};
use crate::time::Timestamp;

/// What happened to a principal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Registered {
        /// What sort.
        sort: Sort,
        /// How it is shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        display: Option<String>,
        /// Where it can be written to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String>,
        /// Whose it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Principal>,
    },
    /// It is shown otherwise: what stands here is new.
    ProfileChanged(Profile),
    /// Its settings changed: a member that is null was taken away.
    SettingsChanged {
        /// Member by member.
        settings: Map<String, Value>,
    },
    /// It has a password.
    PasswordSet {
        /// Its argon2id hash, sealed under the master key.
        hash: String,
    },
    /// It has a role.
    RoleAssigned {
        /// Which.
        role: RoleName,
        /// Until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// It has a role no longer.
    RoleRemoved {
        /// Which.
        role: RoleName,
    },
    /// It has capabilities.
    Granted(Grant),
    /// It has capabilities no longer.
    Revoked {
        /// The grants of exactly this pattern.
        capability: Pattern,
    },
    /// It has another owner.
    Transferred {
        /// Whom.
        owner: Principal,
    },
    /// It has a key.
    KeyIssued {
        /// What the key is called.
        id: CredentialId,
        /// BLAKE3 of the key.
        hash: Hash,
        /// What it is for.
        label: String,
        /// What of the principal's rights it carries; absent = all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Vec<Pattern>>,
        /// Until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// A key has a successor of the same label and scope.
    KeyRotated {
        /// The key that goes.
        id: CredentialId,
        /// Until when it still counts.
        until: Timestamp,
        /// What the new one is called.
        successor: CredentialId,
        /// BLAKE3 of the new key.
        hash: Hash,
    },
    /// A key counts no longer.
    KeyRevoked {
        /// Which.
        id: CredentialId,
    },
    /// A session began.
    SessionBegun {
        /// What it is called.
        family: CredentialId,
        /// BLAKE3 of its refresh token.
        token_hash: Hash,
        /// Until when that can be used.
        expires_at: Timestamp,
        /// On which device.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
    },
    /// A session goes on with another refresh token.
    SessionRefreshed {
        /// Which.
        family: CredentialId,
        /// BLAKE3 of the next token.
        token_hash: Hash,
        /// Until when that can be used.
        expires_at: Timestamp,
    },
    /// A session ended.
    SessionEnded {
        /// Which.
        family: CredentialId,
        /// Why.
        why: SessionEnd,
    },
    /// It wants another password, and is sent a link by which it sets one.
    ResetAsked {
        /// What the single-use link is kept under until then; nothing by itself.
        ticket: CredentialId,
        /// Until when the link counts.
        expires_at: Timestamp,
    },
    /// It may do nothing more.
    Suspended {
        /// By whom.
        by: Principal,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// It may act again.
    Restored {},
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// It was asked for.
    Ended,
    /// There were too many.
    Exceeded,
    /// The password is another.
    Password,
    /// A refresh token was used twice: one of the users is not the principal.
    Reused,
    /// The principal was suspended.
    Suspended,
}
