//! Who there is at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::access::Rights;
use contracts::caller::Identity;
use contracts::{Caller, CredentialId, Hash, Principal, Tenant, Timestamp};

use super::connectors::Connectors;
use super::house::House;
use super::is_system;
use super::resident::{ADMIN, Carried, Resident};
use super::shards::Shards;
use crate::policy::Standing;

/// Everybody, and what follows. Never changes; a copy shares what it does not change.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(super) houses: HashMap<Tenant, Arc<House>>,
    /// Whose key has a hash, in the order of the log: who had it first.
    pub(super) keys: Shards<Hash, Holder, 64>,
    /// Accounts with services.
    pub connectors: Arc<Connectors>,
    /// The policies in force and the switches engaged.
    pub policies: Arc<Standing>,
}

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Where the principal is at home.
    pub tenant: Tenant,
    /// Who it is.
    pub principal: Principal,
    /// What the key is called.
    pub key: CredentialId,
}

impl Snapshot {
    /// What is known of `tenant`.
    #[must_use]
    pub fn house(&self, tenant: &Tenant) -> &House {
        self.houses.get(tenant).map_or(House::empty(), |house| house)
    }

    /// The principal `name` of `tenant`.
    #[must_use]
    pub fn resident(&self, tenant: &Tenant, name: &str) -> Option<&Resident> {
        self.houses.get(tenant)?.residents.get(name).map(|resident| &**resident)
    }

    /// How many principals there are.
    #[must_use]
    pub fn principals(&self) -> usize {
        self.houses.values().map(|house| house.residents.len()).sum()
    }

    /// What `principal` may do in `tenant`, come with `credential`; `None` = nobody is called so
    /// there.
    #[must_use]
    pub fn rights(&self, tenant: &Tenant, by: &Caller, now: Timestamp) -> Option<Rights> {
        let principal = &by.principal;
        if *principal == Caller::ADMIN || *principal == Caller::RUNTIME {
            return Some(Rights::everything());
        }
        let house = self.house(tenant);
        let is_down = house.governance.suspended;
        if *principal == Caller::PUBLISHER {
            let rights = if is_down { Rights::nothing() } else { house.publisher.clone() };
            return Some(rights);
        }
        let (resident, rights) = match principal.home() {
            None => {
                let resident = house.residents.get(principal.as_str())?;
                (&**resident, if is_down { None } else { Some(&resident.rights) })
            }
            Some(home) => {
                let (name, home) = (principal.name(), Tenant::new(home).ok()?);
                let resident = self.resident(&home, name)?;
                let rights = match house.guest(principal) {
                    _ if is_system(&home) && !resident.above.is_nothing() => Some(&resident.above),
                    Some(guest) => Some(guest).filter(|_| !is_down),
                    None => return None,
                };
                (resident, rights.filter(|_| !self.house(&home).governance.suspended))
            }
        };
        let Some(rights) = rights.filter(|_| !resident.access.suspended) else {
            return Some(Rights::nothing());
        };
        Some(match resident.carried(by, now) {
            Carried::All => rights.clone(),
            Carried::Scope(scope) => rights.clone().within(scope),
            Carried::Nothing => Rights::nothing(),
        })
    }

    /// The roles that `principal` has in `tenant` at `now`, for policies that name them.
    #[must_use]
    pub fn role_names(&self, tenant: &Tenant, principal: &Principal, now: Timestamp) -> Vec<&str> {
        if *principal == Caller::ADMIN {
            return vec![ADMIN];
        }
        let house = self.house(tenant);
        let mut names = Vec::new();
        if let Some(member) = house.governance.members.get(principal) {
            names.push(member.role_name());
        }
        let home = principal.home().and_then(|home| Tenant::new(home).ok());
        let resident = self.resident(home.as_ref().unwrap_or(tenant), principal.name());
        if let Some(resident) = resident.filter(|resident| !resident.access.suspended) {
            let above = home.as_ref().is_some_and(is_system);
            let counts = |expires: Option<Timestamp>| expires.is_none_or(|at| now < at);
            let roles = resident.access.roles.iter().filter(|it| counts(it.expires_at));
            let roles = roles.map(|it| it.role.as_str());
            // At home all count; of a stranger only that of a super admin.
            names.extend(roles.filter(|role| home.is_none() || (above && *role == ADMIN)));
        }
        names
    }

    /// Who has the role `role` in `tenant` at `now`; members who are at home elsewhere, too.
    #[must_use]
    pub fn with_role(&self, tenant: &Tenant, role: &str, now: Timestamp) -> Vec<Principal> {
        let house = self.house(tenant);
        let residents = house.residents.keys();
        let members = house.governance.members.keys().filter(|name| name.home().is_some());
        let has = |name: &&Principal| self.role_names(tenant, name, now).contains(&role);
        let mut names: Vec<Principal> = residents.chain(members).filter(has).cloned().collect();
        if role == ADMIN {
            names.push(Caller::ADMIN);
        }
        names.sort_unstable();
        names
    }

    /// Whose key has this hash, while it counts.
    #[must_use]
    pub fn holder(&self, key: &Hash, now: Timestamp) -> Option<Identity> {
        let Holder { tenant, principal, key } = self.keys.get(key)?;
        let house = self.houses.get(tenant)?;
        let resident = house.residents.get(principal.as_str())?;
        let counts = resident.access.key(key).is_some_and(|key| key.counts(now));
        let stands = counts && !resident.access.suspended && !house.governance.suspended;
        stands.then(|| Identity::of(tenant.clone(), principal.clone(), Some(key.clone())))
    }
}
