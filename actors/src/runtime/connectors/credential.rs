//! What is sealed for a connector: a key as it was given, or tokens as JSON.

use contracts::{Refusal, Secret, SecretName, Tenant, Timestamp};
use serde::{Deserialize, Serialize};

use crate::runtime::shared::Shared;

/// A credential as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credential {
    /// What is sent.
    pub access_token: String,
    /// What another is had for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Until when the first is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Credential {
    /// Reads what was sealed; what are no tokens is a key.
    pub fn read(text: &str) -> Self {
        let tokens = text.starts_with('{').then(|| contracts::read::from_str(text).ok()).flatten();
        tokens.unwrap_or_else(|| Self {
            access_token: text.trim().to_owned(),
            refresh_token: None,
            expires_at: None,
        })
    }

    /// As it is sealed.
    pub fn written(&self) -> Result<Secret, Refusal> {
        let text = serde_json::to_string(self);
        text.map(Secret::new).map_err(|_| Refusal::internal("tokens cannot be written"))
    }
}

impl Shared {
    /// The credential that is sealed under `name`.
    ///
    /// # Errors
    /// `connector_unsealed`, `secret_unusable`, and the store's.
    pub async fn credential(
        &self,
        tenant: &Tenant,
        name: Option<&SecretName>,
    ) -> Result<Credential, Refusal> {
        let text = match name {
            Some(name) => self.world.secrets.open(tenant, name).await?,
            None => None,
        };
        let text = text.ok_or_else(|| {
            Refusal::rejected("connector_unsealed", "the connector has no credential")
        })?;
        let text = String::from_utf8(text).map_err(|_| {
            Refusal::rejected("secret_unusable", "the connector's credential is no text")
        })?;
        Ok(Credential::read(&text))
    }
}
