//! Which accounts there are, and who may use them. Names of secrets stand here, never secrets.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use contracts::kinds::connector;
use contracts::page::{EventError, read_event};
use contracts::{ActorId, Commit, Principal, Tenant};

use crate::kinds::connector::{State, Status};

/// The connectors of all tenants. A copy shares what it does not change.
#[derive(Debug, Clone, Default)]
pub struct Connectors {
    houses: HashMap<Tenant, Arc<BTreeMap<ActorId, Arc<State>>>>,
}

impl Connectors {
    /// Folds a commit of a connector.
    ///
    /// # Errors
    /// When an event of it cannot be read; what can be is folded.
    pub fn apply(&mut self, commit: &Commit) -> Result<(), EventError> {
        let house = Arc::make_mut(self.houses.entry(commit.tenant.clone()).or_default());
        let known = house.get(&commit.id).map(|state| State::clone(state));
        let (mut state, mut told) = (known.unwrap_or_default(), Ok(()));
        for event in &commit.events {
            if event.r#type.starts_with(contracts::lifecycle::PREFIX) {
                continue;
            }
            match read_event::<connector::Connector>(event) {
                Ok(event) => state = state.after(&event),
                Err(error) => told = Err(error),
            }
        }
        if state.status == Status::Revoked {
            house.remove(&commit.id);
        } else {
            house.insert(commit.id.clone(), Arc::new(state));
        }
        told
    }

    /// The connectors that `principal` may use, his own before those of the organization.
    pub fn usable(
        &self,
        tenant: &Tenant,
        principal: &Principal,
    ) -> impl Iterator<Item = (&ActorId, &State)> {
        let house = self.houses.get(tenant);
        let own = move |own: bool| {
            let all = house.into_iter().flat_map(|house| house.iter());
            all.map(|(id, state)| (id, &**state)).filter(move |(_, state)| {
                state.serves(principal) && (state.owner.as_ref() == Some(principal)) == own
            })
        };
        own(true).chain(own(false))
    }

    /// Whether a tenant has any.
    #[must_use]
    pub fn has_any(&self, tenant: &Tenant) -> bool {
        self.houses.get(tenant).is_some_and(|house| !house.is_empty())
    }
}
