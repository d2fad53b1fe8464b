//! Keys and sessions: what a principal proves itself with, told by hashes alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{SCOPE_MAX, TEXT_BYTES_MAX};
use crate::access::Pattern;
use crate::hash::Hash;
use crate::ids::CredentialId;
use crate::kinds::check::Check;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// Input of `issue_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueKey {
    /// What the key is called: the part of it that everybody may see.
    pub id: CredentialId,
    /// BLAKE3 of the whole key. The key itself never comes here.
    pub hash: Hash,
    /// What it is for.
    #[schemars(length(min = 1, max = 256))]
    pub label: String,
    /// What of the principal's rights it carries; absent = all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub scope: Option<Vec<Pattern>>,
    /// Until when; absent = for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Input of `rotate_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// The key that goes.
    pub id: CredentialId,
    /// What the new one is called.
    pub successor: CredentialId,
    /// BLAKE3 of the new key.
    pub hash: Hash,
    /// How long the old one still counts, in milliseconds; 0 when left out.
    #[serde(default)]
    pub overlap_ms: u32,
}

/// Input of `revoke_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeKey {
    /// Which.
    pub id: CredentialId,
}

/// Input of `begin_session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginSession {
    /// What the session, and all tokens that come of it, are called.
    pub family: CredentialId,
    /// BLAKE3 of its refresh token. The token itself never comes here.
    pub token_hash: Hash,
    /// Until when the token can be used.
    pub expires_at: Timestamp,
    /// On which device, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub device: Option<String>,
    /// How many sessions there may be at once; absent, or more than the kind keeps = as many as it
    /// keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions_max: Option<u32>,
    /// What gives way when there are so many.
    #[serde(default, skip_serializing_if = "Crowded::is_oldest")]
    pub crowded: Crowded,
}

/// What gives way when a principal has as many sessions as it may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Crowded {
    /// The session that was used longest ago.
    #[default]
    EndOldest,
    /// The new one.
    Refuse,
}

impl Crowded {
    /// Whether the oldest gives way.
    #[must_use]
    pub fn is_oldest(&self) -> bool {
        *self == Self::EndOldest
    }
}

/// Input of `ask_reset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskReset {
    /// What the single-use link is kept under; the link itself never comes here.
    pub ticket: CredentialId,
    /// Until when it counts.
    pub expires_at: Timestamp,
}

/// Input of `refresh_session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// Which session.
    pub family: CredentialId,
    /// BLAKE3 of the token that is used up.
    pub token_hash: Hash,
    /// BLAKE3 of the next one.
    pub next_hash: Hash,
    /// Until when the next one can be used.
    pub expires_at: Timestamp,
}

/// Input of `end_session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndSession {
    /// Which session.
    pub family: CredentialId,
}

/// The answer of `refresh_session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refreshed {
    /// Whether the next token counts. When not, the old one was used before, or by another: the
    /// session has ended for both.
    pub refreshed: bool,
}

impl IssueKey {
    /// Whether it can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new()
            .text("label", &self.label, TEXT_BYTES_MAX)
            .items("scope", self.scope.as_ref().map_or(0, Vec::len), SCOPE_MAX)
            .done()
    }
}

impl BeginSession {
    /// Whether it can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        let device = self.device.as_deref().unwrap_or_default();
        Check::new().body("device", device, TEXT_BYTES_MAX).done()
    }
}
