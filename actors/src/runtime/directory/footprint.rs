//! What principals take in the directory, to be measured.

use std::sync::Arc;

use contracts::kinds::principal::Event;
use contracts::{Hash, Principal, Tenant, Timestamp};

use super::snapshot::{Holder, Snapshot};
use crate::kinds::principal::Access;

/// A directory of so many principals of one tenant, each with a role and a key. Whoever holds it
/// can see what it takes.
pub struct Footprint(Snapshot);

impl Footprint {
    /// Makes one.
    #[must_use]
    pub fn of(principals: usize) -> Self {
        let (mut snapshot, tenant) = (Snapshot::default(), Tenant::from_static("main"));
        let now = Timestamp::from_millis(0);
        for number in 0..principals {
            let name = format!("principal-{number}");
            let (Ok(name), Ok(key)) = (Principal::new(name), format!("k{number}").parse()) else {
                continue;
            };
            let hash = Hash::of(name.as_str().as_bytes());
            let mut access = Access::default();
            let role = contracts::access::RoleName::from_static("user");
            access.follow(&Event::RoleAssigned { role, expires_at: None }, now);
            let (label, scope, expires_at) = ("laptop".to_owned(), None, None);
            let id: contracts::CredentialId = key;
            let issued = Event::KeyIssued { id: id.clone(), hash, label, scope, expires_at };
            access.follow(&issued, now);
            let holder = Holder { tenant: tenant.clone(), principal: name.clone(), key: id };
            snapshot.keys.insert(hash, holder);
            let house = snapshot.houses.entry(tenant.clone()).or_default();
            Arc::make_mut(house).settle(&name, access);
        }
        Self(snapshot)
    }

    /// How many there are.
    #[must_use]
    pub fn principals(&self) -> usize {
        self.0.principals()
    }
}
