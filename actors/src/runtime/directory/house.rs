//! One tenant: its organization and the principals that are at home in it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use contracts::access::{PUBLISHER, Pattern, Rights, RoleName, Roles};
use contracts::{Kind, Principal};

use super::resident::{Resident, guest};
use super::shards::Shards;
use crate::kinds::organization::Governance;
use crate::kinds::principal::Access;

/// What follows of a tenant.
#[derive(Debug, Clone)]
pub struct House {
    /// Who rules; as a fresh one where there is no organization.
    pub governance: Arc<Governance>,
    /// Its roles: the standard ones and its own.
    pub roles: Arc<Roles>,
    /// What its publisher on NATS may do.
    pub publisher: Rights,
    /// What the gate counts: which commands, and the place among the governance's allowances.
    pub counted: Arc<[(Pattern, usize)]>,
    /// Who is at home here.
    pub residents: Shards<Principal, Arc<Resident>, 32>,
    /// Members who are at home elsewhere, as `name@home`.
    guests: Arc<HashMap<Principal, Rights>>,
}

static EMPTY: LazyLock<House> = LazyLock::new(|| House {
    governance: Arc::default(),
    roles: STANDARD.clone(),
    publisher: role_of(&STANDARD, &PUBLISHER),
    counted: Arc::from([]),
    residents: Shards::default(),
    guests: Arc::default(),
});

/// The roles where nobody has said more.
pub static STANDARD: LazyLock<Arc<Roles>> = LazyLock::new(|| Arc::new(Roles::standard()));

/// What a role allows; nothing when there is none.
pub fn role_of(roles: &Roles, name: &RoleName) -> Rights {
    Rights::of([], roles.get(name).map(|role| (role, None)))
}

impl Default for House {
    fn default() -> Self {
        EMPTY.clone()
    }
}

impl House {
    /// The tenant of which nothing is known.
    #[must_use]
    pub fn empty() -> &'static Self {
        &EMPTY
    }

    /// What a member who is at home elsewhere may do here.
    #[must_use]
    pub fn guest(&self, principal: &Principal) -> Option<&Rights> {
        self.guests.get(principal)
    }

    /// A principal was given or has lost something.
    pub fn settle(&mut self, name: &Principal, access: Access) {
        let member = self.governance.members.get(name).copied();
        let resident = Resident::new(access, &self.roles, member);
        self.residents.insert(name.clone(), Arc::new(resident));
    }

    /// The organization is another. What follows for its principals is worked out anew only where
    /// it may have changed.
    pub fn govern(&mut self, governance: Governance) {
        let before = std::mem::replace(&mut self.governance, Arc::new(governance));
        let (now, roles) = (self.governance.clone(), before.roles != self.governance.roles);
        if roles {
            self.roles = if now.roles.is_empty() {
                STANDARD.clone()
            } else {
                Arc::new(Roles::standard().and(now.roles.clone()))
            };
        }
        let counted = now.allowances.iter().enumerate();
        let counted = counted.filter_map(|(at, it)| Some((it.entitle.commands()?, at)));
        self.counted = counted.collect();
        if roles || before.publisher != now.publisher {
            self.publisher = self.publisher_rights();
        }
        if roles {
            let members = &now.members;
            let roles = self.roles.clone();
            self.residents.change(|name, resident| {
                let member = members.get(name).copied();
                Arc::new(Resident::new(resident.access.clone(), &roles, member))
            });
        } else if before.members != now.members {
            self.restate(&before, &now);
        }
        if roles || before.members != now.members {
            let strangers = now.members.iter().filter(|(name, _)| name.home().is_some());
            let guests = strangers.map(|(name, role)| (name.clone(), guest(&self.roles, *role)));
            self.guests = Arc::new(guests.collect());
        }
    }

    /// Works out anew what those may whose standing has changed.
    fn restate(&mut self, before: &Governance, now: &Governance) {
        let names = before.members.keys().chain(now.members.keys());
        let changed = names.filter(|name| before.members.get(*name) != now.members.get(*name));
        for name in changed {
            let Some(resident) = self.residents.get(name) else { continue };
            let (access, member) = (resident.access.clone(), now.members.get(name).copied());
            let resident = Resident::new(access, &self.roles, member);
            self.residents.insert(name.clone(), Arc::new(resident));
        }
    }

    fn publisher_rights(&self) -> Rights {
        match &self.governance.publisher {
            None => role_of(&self.roles, &PUBLISHER),
            Some(names) => {
                let roles = names.iter().filter_map(|name| self.roles.get(name));
                Rights::of([], roles.map(|role| (role, None)))
            }
        }
    }

    /// How many requests a minute the plan lets in.
    #[must_use]
    pub fn requests_per_minute(&self) -> Option<u32> {
        self.governance.limits.requests_per_minute_max
    }

    /// Whether the plan lets in no more principals.
    #[must_use]
    pub fn is_full(&self, kind: &Kind, command: &str) -> Option<u64> {
        let most = self.governance.limits.principals_max?;
        let begins = *kind == contracts::kinds::principal::KIND && command == "register";
        (begins && self.residents.len() as u64 >= u64::from(most)).then_some(u64::from(most))
    }
}
