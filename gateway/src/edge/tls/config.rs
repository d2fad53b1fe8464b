//! TLS as an operator sets it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use contracts::caller::Identity;
use contracts::{Principal, Tenant};
use serde::{Deserialize, Serialize};

/// What is asked of a client's certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificates {
    /// Who brings one must bring a valid one.
    #[default]
    Optional,
    /// Nobody is answered without.
    Required,
}

/// TLS on the listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The certificate and what leads to its authority, as PEM; none = no TLS.
    pub certificate: Option<PathBuf>,
    /// Its key, as PEM.
    pub key: Option<PathBuf>,
    /// The authorities of clients' certificates, as PEM; none = clients are asked for none.
    pub client_ca: Option<PathBuf>,
    /// What is asked of a client's certificate, where there are authorities.
    pub client_certificates: ClientCertificates,
    /// Whose word a client's certificate is: a name in it (DNS name, URI or address of mail) and
    /// `tenant/principal`.
    pub principals: BTreeMap<String, String>,
    /// How often the files are looked at, in milliseconds; SIGHUP does at once.
    pub reload_interval_ms: u64,
    /// How many days before its end a certificate is warned of.
    pub expiry_warning_days: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            certificate: None,
            key: None,
            client_ca: None,
            client_certificates: ClientCertificates::default(),
            principals: BTreeMap::new(),
            reload_interval_ms: 10_000,
            expiry_warning_days: 21,
        }
    }
}

impl Config {
    /// Whether the listener speaks TLS.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.certificate.is_some()
    }

    /// Finds values that make no sense.
    ///
    /// # Errors
    /// The name of the first one and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let needs = |what: &str| format!("needs edge.tls.{what}");
        if self.certificate.is_some() != self.key.is_some() {
            return Err(match self.key {
                None => ("edge.tls.certificate", needs("key")),
                Some(_) => ("edge.tls.key", needs("certificate")),
            });
        }
        if self.client_ca.is_some() && !self.is_on() {
            return Err(("edge.tls.client_ca", needs("certificate")));
        }
        if !self.principals.is_empty() && self.client_ca.is_none() {
            return Err(("edge.tls.principals", needs("client_ca")));
        }
        if let Some((name, odd)) = self.principals.iter().find(|(_, who)| parse(who).is_none()) {
            return Err(("edge.tls.principals", format!("{name}: {odd} is no tenant/principal")));
        }
        Ok(())
    }

    /// Who has a certificate with these names; `None` = nobody that is known, or more than one.
    #[must_use]
    pub fn holder(&self, names: &[String]) -> Option<Identity> {
        let mut found = names.iter().filter_map(|name| parse(self.principals.get(name)?));
        let (tenant, principal) = found.next()?;
        let same = found.all(|other| other == (tenant.clone(), principal.clone()));
        same.then(|| Identity::of(tenant, principal, None))
    }
}

fn parse(text: &str) -> Option<(Tenant, Principal)> {
    let (tenant, principal) = text.split_once('/')?;
    let principal = Principal::new(principal).ok().filter(|name| name.home().is_none())?;
    Some((Tenant::new(tenant).ok()?, principal))
}
