//! The fold: from commits to a snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::chain::{Doubts, Head};
use contracts::kinds::{connector, organization, policy, principal};
use contracts::page::read_event;
use contracts::{Address, Entry, Hash, Principal, Recorded, lifecycle};

use super::is_of;
use super::snapshot::{Holder, Snapshot};
use crate::kinds::organization::Governance;

/// Folds the commits of organizations and principals, each chain checked as a cell checks it: a
/// message that does not continue its actor's chain gives nobody anything.
#[derive(Default)]
pub struct Fold {
    snapshot: Snapshot,
    chains: HashMap<Address, Chain>,
}

#[derive(Default)]
struct Chain {
    head: Head,
    /// Only where a message is in doubt.
    doubts: Option<Box<Doubts>>,
}

impl Fold {
    /// Who there is after what was folded.
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Folds the next entry; true when somebody was given or has lost something.
    pub fn take(&mut self, entry: &Entry) -> bool {
        let address = match entry {
            Entry::Commit(recorded) => recorded.commit.address(),
            Entry::Foreign(foreign) => match &foreign.address {
                Some(address) => address.clone(),
                None => return false,
            },
        };
        if !is_of(&address.kind) || !self.follows(&address, entry) {
            return false;
        }
        let Entry::Commit(recorded) = entry else { return false };
        // A fork starts from nothing, and nobody is called so.
        if Head::forked_from(entry).is_some() {
            return false;
        }
        if address.kind == policy::KIND {
            Arc::make_mut(&mut self.snapshot.policies).apply(&recorded.commit)
        } else if address.kind == connector::KIND {
            let connectors = Arc::make_mut(&mut self.snapshot.connectors);
            if let Err(error) = connectors.apply(&recorded.commit) {
                unreadable(&address, recorded, &error);
            }
            true
        } else if address.kind == organization::KIND {
            self.organization(&address, recorded)
        } else {
            self.principal(&address, recorded)
        }
    }

    fn follows(&mut self, address: &Address, entry: &Entry) -> bool {
        let chain = self.chains.entry(address.clone()).or_default();
        let mut doubts = chain.doubts.take().unwrap_or_default();
        let next = doubts.follow(chain.head, address, entry);
        if let Some(next) = next {
            chain.head = next;
        } else {
            tracing::error!(
                actor = %address, cursor = %entry.cursor(),
                "directory.doubt: a message does not continue the chain and counts for nothing"
            );
            chain.doubts = Some(doubts);
        }
        next.is_some()
    }

    fn organization(&mut self, address: &Address, recorded: &Recorded) -> bool {
        // Only the one that is called as its tenant is rules there.
        if address.id.as_str() != address.tenant.as_str() {
            return false;
        }
        let house = self.snapshot.houses.entry(address.tenant.clone()).or_default();
        let mut governance = Governance::clone(&house.governance);
        for event in own_events(recorded) {
            match read_event::<organization::Organization>(event) {
                Ok(event) => governance.follow(&event, recorded.commit.at),
                Err(error) => unreadable(address, recorded, &error),
            }
        }
        if governance == *house.governance {
            return false;
        }
        Arc::make_mut(house).govern(governance);
        true
    }

    fn principal(&mut self, address: &Address, recorded: &Recorded) -> bool {
        let Ok(name) = Principal::new(address.id.as_str()) else { return false };
        if !principal::is_name(name.as_str()) {
            return false;
        }
        let house = self.snapshot.houses.entry(address.tenant.clone()).or_default();
        let before = house.residents.get(name.as_str()).map(|resident| &resident.access);
        let mut access = before.cloned().unwrap_or_default();
        let known: Vec<Hash> = access.keys.iter().map(|key| key.hash).collect();
        for event in own_events(recorded) {
            match read_event::<principal::Principal>(event) {
                Ok(event) => access.follow(&event, recorded.commit.at),
                Err(error) => unreadable(address, recorded, &error),
            }
        }
        let keys = &mut self.snapshot.keys;
        let is_own = |holder: &Holder| holder.tenant == address.tenant && holder.principal == name;
        for hash in known.iter().filter(|hash| access.keys.iter().all(|key| key.hash != **hash)) {
            if keys.get(hash).is_some_and(is_own) {
                keys.remove(hash);
            }
        }
        for key in &access.keys {
            // Who had the hash first keeps it: nobody takes over another's key by telling its hash.
            if keys.get(&key.hash).is_none() {
                let (tenant, principal) = (address.tenant.clone(), name.clone());
                keys.insert(key.hash, Holder { tenant, principal, key: key.id.clone() });
            }
        }
        Arc::make_mut(house).settle(&name, access);
        true
    }
}

fn own_events(recorded: &Recorded) -> impl Iterator<Item = &contracts::EventRecord> {
    let events = recorded.commit.events.iter();
    events.filter(|event| !event.r#type.starts_with(lifecycle::PREFIX))
}

fn unreadable(address: &Address, recorded: &Recorded, error: &contracts::page::EventError) {
    tracing::error!(actor = %address, cursor = %recorded.cursor, %error, "directory.unreadable");
}
