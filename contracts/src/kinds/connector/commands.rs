use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::service::Create;
use crate::ids::SecretName;
use crate::time::Timestamp;

/// What may be asked of a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Says what the account is of.
    Create(Create),
    /// Lets everybody of the organization use it, or its owner alone.
    Share(Share),
    /// Puts a sealed key in the place of the present one.
    Seal(Seal),
    /// Puts sealed tokens in the place of the present ones.
    Authorize(Authorize),
    /// Has new tokens made of the present ones.
    Refresh(Nothing),
    /// Asks the service whether it takes the credential.
    Check(Nothing),
    /// Ends it: the credential is erased.
    Revoke(Nothing),
}

/// Input of `share`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Whether everybody of the organization may use it who has none of his own.
    pub shared: bool,
}

/// Input of `seal`. `PUT /v1/connectors/{id}/key` seals the key and sends this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// What the sealed key is called: a name of this connector's own.
    pub secret: SecretName,
}

/// Input of `authorize`. `GET /v1/connectors/callback` seals the tokens and sends this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authorize {
    /// What the sealed tokens are called: a name of this connector's own.
    pub secret: SecretName,
    /// Until when the access token is good; `None` = the service does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// Whether another can be had without asking the user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refreshable: bool,
}

impl From<Tokens> for Authorize {
    fn from(tokens: Tokens) -> Self {
        let Tokens { secret, expires_at, refreshable } = tokens;
        Self { secret, expires_at, refreshable }
    }
}

impl From<Authorize> for Tokens {
    fn from(authorize: Authorize) -> Self {
        let Authorize { secret, expires_at, refreshable } = authorize;
        Self { secret, expires_at, refreshable }
    }
}

/// Tokens that were sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tokens {
    /// What they are called: a name of this connector's own.
    pub secret: SecretName,
    /// Until when the access token is good; `None` = the service does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// Whether another can be had without asking the user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refreshable: bool,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What asking the service with the credential came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Whether it takes it.
    pub ok: bool,
    /// Why not: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in a sentence, without anything secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was found there: how many models or tools, where the service says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<u32>,
}

/// The answer to what changes a connector: how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// `waiting` for a credential, `ready`, `expired` or `revoked`.
    pub status: String,
    /// Whether everybody of the organization may use it.
    pub shared: bool,
}

impl Standing {
    /// As an answer.
    #[must_use]
    pub fn told(&self) -> Value {
        json!(self)
    }
}
