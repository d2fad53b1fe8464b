//! The sources of tools of one program: those of the settings, and those that connectors name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::ports::Secrets;
use contracts::{ActorId, SecretName, Tenant};
use tokio_util::sync::CancellationToken;

use super::config::ToolsConfig;
use super::mcp::{Source, Way};

/// Sources of connectors that are kept.
const ACCOUNTS_MAX: usize = 1_024;

/// A source that a connector names, and with which of its secrets.
type Used = (Option<SecretName>, Arc<Source>);

/// A source of the settings, and who may use it.
struct Known {
    source: Arc<Source>,
    tenants: Vec<Tenant>,
}

/// The sources of tools of one program.
pub struct Sources {
    known: BTreeMap<String, Known>,
    accounts: Mutex<BTreeMap<(Tenant, ActorId), Used>>,
    config: ToolsConfig,
    stop: CancellationToken,
}

impl Sources {
    /// The sources that the settings name; all end with `stop`.
    #[must_use]
    pub fn new(config: &ToolsConfig, secrets: &Arc<dyn Secrets>, stop: &CancellationToken) -> Self {
        let known = config.mcp.iter().map(|(name, mcp)| {
            let (way, through) = (Way::of(mcp, secrets), mcp.tools.clone());
            let source = Source::new(name.clone(), way, through, (mcp.limits.clone(), stop));
            (name.clone(), Known { source, tenants: mcp.tenants.clone() })
        });
        let (known, accounts) = (known.collect(), Mutex::default());
        Self { known, accounts, config: config.clone(), stop: stop.clone() }
    }

    /// The sources of the settings.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.known.values().map(|known| &known.source)
    }

    /// The source of the settings called `name`, where `tenant` may use it.
    #[must_use]
    pub fn known(&self, tenant: &Tenant, name: &str) -> Option<&Arc<Source>> {
        let known = self.known.get(name)?;
        let open = known.tenants.is_empty() || known.tenants.contains(tenant);
        open.then_some(&known.source)
    }

    /// Whether the settings name a source so, whoever may use it.
    #[must_use]
    pub fn is_known(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// The sources of the settings that `tenant` may use.
    pub fn of<'a>(&'a self, tenant: &'a Tenant) -> impl Iterator<Item = &'a Arc<Source>> {
        let open = move |known: &&Known| known.tenants.is_empty() || known.tenants.contains(tenant);
        self.known.values().filter(open).map(|known| &known.source)
    }

    /// Ends the source of a connector that was ended.
    pub fn forget(&self, tenant: &Tenant, id: &ActorId) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.remove(&(tenant.clone(), id.clone()));
    }

    /// The source that a connector names, made once for each of its secrets.
    pub fn account(
        &self,
        (tenant, id): (&Tenant, &ActorId),
        secret: Option<&SecretName>,
        (name, through): (&str, &[String]),
        way: impl FnOnce() -> Way,
    ) -> Arc<Source> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (tenant.clone(), id.clone());
        if let Some((_, source)) = accounts.get(&key).filter(|(used, _)| used.as_ref() == secret) {
            return source.clone();
        }
        while accounts.len() >= ACCOUNTS_MAX {
            accounts.pop_first();
        }
        let limits = (self.config.mcp_connectors.clone(), &self.stop);
        let source = Source::new(name.to_owned(), way(), through.to_vec(), limits);
        accounts.insert(key, (secret.cloned(), source.clone()));
        source
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.known.keys()).finish()
    }
}
