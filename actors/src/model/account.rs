//! Accounts: a provider asked with somebody's own key. Each has a circuit and places of its own, so
//! that one bad key closes nobody else's way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::model::CircuitView;
use contracts::{ActorId, Refusal, SecretName, Tenant};

use super::config::{ProviderConfig, ProviderKind};
use super::formats;
use super::providers::{Member, Providers};
use super::wire::{Door, Remote};

/// Accounts that are remembered, with their circuits.
const ACCOUNTS_MAX: usize = 4_096;

/// Somebody's account with a provider, ready to be asked.
#[derive(Clone)]
pub struct Account {
    /// What stands before the slash of a model.
    pub(super) provider: String,
    pub(super) member: Member,
}

/// Which account is to be asked.
pub struct Asked<'a> {
    /// In which house.
    pub tenant: &'a Tenant,
    /// The connector.
    pub id: &'a ActorId,
    /// Which of its secrets counts.
    pub secret: &'a SecretName,
    /// What stands before the slash of a model.
    pub provider: &'a str,
    /// Which language it speaks, where the connector says so.
    pub language: Option<&'a str>,
    /// Where it is, where the connector says so.
    pub base_url: Option<&'a str>,
}

/// An account that was used, and with which of its secrets.
type Used = (SecretName, Account);

/// The accounts that were used of late, by house and connector. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Accounts(Arc<Mutex<BTreeMap<(Tenant, ActorId), Used>>>);

impl Accounts {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Tenant, ActorId), Used>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    /// Asks the provider whether it takes the key; how many models it says it has.
    ///
    /// # Errors
    /// What it refuses it with.
    pub async fn check(&self) -> Result<Option<u32>, Refusal> {
        self.member.provider.check().await
    }
}

impl Providers {
    /// The account that is asked, made once for each of its secrets. A place that a connector names
    /// is looked at before anything is sent there, and what the settings say of the provider's
    /// headers goes to the place of the settings alone.
    ///
    /// # Errors
    /// `connector_unusable`: what it says cannot be asked.
    pub fn account(&self, asked: &Asked<'_>, door: Door) -> Result<Account, Refusal> {
        let key = (asked.tenant.clone(), asked.id.clone());
        let mut used = self.accounts.lock();
        if let Some((_, account)) = used.get(&key).filter(|(secret, _)| secret == asked.secret) {
            return Ok(account.clone());
        }
        let config = self.meant(asked)?;
        let guarded = door.guarded.filter(|_| asked.base_url.is_some());
        let door = Door { guarded, ..door };
        let remote =
            Remote::through(asked.provider, formats::of(config.kind), config.clone(), door);
        let remote = remote.map_err(|why| unusable(asked, &why))?;
        let member = Member::guarded(Arc::new(remote), &config, Some(asked.id.clone()));
        let account = Account { provider: asked.provider.to_owned(), member };
        while used.len() >= ACCOUNTS_MAX {
            used.pop_first();
        }
        used.insert(key, (asked.secret.clone(), account.clone()));
        Ok(account)
    }

    /// What is said of the provider: by the settings, and by the connector.
    fn meant(&self, asked: &Asked<'_>) -> Result<ProviderConfig, Refusal> {
        let known = self.config.providers.get(asked.provider);
        let named = asked.language.unwrap_or(asked.provider);
        let kind = contracts::read::from_value::<ProviderKind>(serde_json::json!(named)).ok();
        if asked.language.is_some() && kind.is_none() {
            return Err(unusable(asked, "there is no such language"));
        }
        let kind = match asked.language {
            Some(_) => kind,
            None => known.map(|known| known.kind).or(kind),
        };
        let base_url = asked.base_url.map(str::to_owned);
        Ok(match known {
            Some(known) if base_url.is_none() && Some(known.kind) == kind => ProviderConfig {
                key: None,
                key_file: None,
                key_env: None,
                key_command: Vec::new(),
                ..known.clone()
            },
            _ => {
                let kind = kind.unwrap_or_default();
                // What runs on this machine is the operator's, whoever names it.
                if base_url.is_none() && is_here(kind) {
                    return Err(unusable(asked, "needs a base_url"));
                }
                ProviderConfig { kind, base_url, ..ProviderConfig::default() }
            }
        })
    }

    /// Forgets the key of an account that was ended.
    pub fn forget_account(&self, tenant: &Tenant, id: &ActorId) {
        self.accounts.lock().remove(&(tenant.clone(), id.clone()));
    }

    /// How the circuit of an account stands on this node; `None` = it was not used here of late.
    #[must_use]
    pub fn account_circuit(&self, tenant: &Tenant, id: &ActorId) -> Option<CircuitView> {
        let used = self.accounts.lock();
        let (_, account) = used.get(&(tenant.clone(), id.clone()))?;
        account.member.circuit(&account.provider)
    }

    /// Closes the circuit of an account.
    pub fn reset_account_circuit(&self, tenant: &Tenant, id: &ActorId) -> Option<CircuitView> {
        let used = self.accounts.lock();
        let (_, account) = used.get(&(tenant.clone(), id.clone()))?;
        account.member.reset();
        tracing::info!(%tenant, connector = %id, "model.circuit_reset");
        account.member.circuit(&account.provider)
    }
}

const fn is_here(kind: ProviderKind) -> bool {
    matches!(kind, ProviderKind::Ollama | ProviderKind::Llamacpp)
}

fn unusable(asked: &Asked<'_>, why: &str) -> Refusal {
    let message = format!("the connector {} cannot be used: {why}", asked.id);
    Refusal::rejected("connector_unusable", message)
}
