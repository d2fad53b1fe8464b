//! The providers of models as one principal asks them: with his own accounts, then those of his
//! organization, then those of the settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::kinds::connector::Service;
use contracts::{ActorId, Principal, Refusal, Secret, SecretName, Tenant};

use super::Credential;
use crate::kinds::connector::State;
use crate::model::{Account, Asked, Door, OpenKey, Providers};
use crate::runtime::shared::Shared;

impl Shared {
    /// The providers as `principal` asks them.
    ///
    /// # Errors
    /// `connector_unusable`: an account of his cannot be asked.
    pub fn providers_of(
        &self,
        tenant: &Tenant,
        principal: &Principal,
    ) -> Result<Providers, Refusal> {
        let (providers, snapshot) = (&self.world.providers, self.directory.snapshot());
        if !snapshot.connectors.has_any(tenant) {
            return Ok(providers.clone());
        }
        let mut accounts = BTreeMap::new();
        for (id, state) in snapshot.connectors.usable(tenant, principal) {
            let Some(Service::Model { provider, .. }) = state.service() else { continue };
            if accounts.contains_key(provider) {
                continue;
            }
            if let Some(account) = self.account(tenant, id, state)? {
                accounts.insert(provider.clone(), account);
            }
        }
        Ok(providers.over(accounts.into_values()))
    }

    /// The account of a connector with a provider of models; `None` = it has no credential.
    ///
    /// # Errors
    /// `connector_unusable`.
    pub fn account(
        &self,
        tenant: &Tenant,
        id: &ActorId,
        state: &State,
    ) -> Result<Option<Account>, Refusal> {
        let (Some(Service::Model { provider, language, base_url }), Some(secret)) =
            (state.service(), &state.secret)
        else {
            return Ok(None);
        };
        let (language, base_url) = (language.as_deref(), base_url.as_deref());
        let asked = Asked { tenant, id, secret, provider, language, base_url };
        let door =
            Door { key: Some(self.opener(tenant, secret)), guarded: Some(self.fetcher.clients()) };
        self.world.providers.account(&asked, door).map(Some)
    }

    /// What opens a sealed credential when it is asked for.
    pub(in crate::runtime) fn opener(&self, tenant: &Tenant, secret: &SecretName) -> OpenKey {
        let (secrets, tenant, secret) =
            (self.world.secrets.clone(), tenant.clone(), secret.clone());
        Arc::new(move || {
            let (secrets, tenant, secret) = (secrets.clone(), tenant.clone(), secret.clone());
            Box::pin(async move {
                let opened = secrets.open(&tenant, &secret).await?;
                let text = opened.and_then(|bytes| String::from_utf8(bytes).ok());
                Ok(text.map(|text| Secret::new(Credential::read(&text).access_token)))
            })
        })
    }
}
