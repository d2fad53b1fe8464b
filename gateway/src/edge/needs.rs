//! What a row asks of its caller's rights.

use contracts::access::{Act, Capability, SYSTEM};
use contracts::caller::{Identity, Origin};
use contracts::ports::{Entrance, Guard};
use contracts::{Kind, Refusal, Tenant, Timestamp};

use super::shared::Shared;
use crate::problem::codes;

/// What a row asks of its caller's rights. A row without it does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing beyond what its access asks.
    Nothing,
    /// What the gate in the cell asks of the command that it sends.
    Command,
    /// `cap:<kind>.<verb>` of the kind that the path names, for the actor that it names.
    Kind(&'static str),
    /// This, of the thing that the path names by `id`.
    Named(Capability<'static>),
    /// This, in the tenant.
    Tenant(Capability<'static>),
    /// This, in the tenant `system`: it concerns all tenants.
    System(Capability<'static>),
    /// Nothing by itself: of its answer only that is told which the caller may read.
    Rows,
    /// What each frame asks.
    Frames,
}

/// Somebody who has come in, asked again and again: what is taken from him counts at once.
#[derive(Clone)]
pub struct Reader {
    pub(super) shared: std::sync::Arc<Shared>,
    pub(super) identity: Identity,
    pub(super) tenant: Tenant,
}

impl Reader {
    /// `identity` in `tenant`.
    #[must_use]
    pub fn new(shared: &std::sync::Arc<Shared>, identity: Identity, tenant: Tenant) -> Self {
        Self { shared: shared.clone(), identity, tenant }
    }

    /// Whether it may now read the actor `id` of `kind`; without one, such actors in general.
    #[must_use]
    pub fn reads(&self, kind: &Kind, id: Option<&str>) -> bool {
        let now = self.shared.now();
        let entrance = self.shared.edge.guard.enter(&self.identity, &self.tenant, now);
        entrance.is_some_and(|entrance| reads(&entrance, kind, id, now))
    }

    /// Whether it may now do this in its house.
    #[must_use]
    pub fn may(&self, capability: Capability<'_>) -> bool {
        let now = self.shared.now();
        let act = Act { capability, id: None, road: Origin::Http, now };
        let entrance = self.shared.edge.guard.enter(&self.identity, &self.tenant, now);
        entrance.is_some_and(|entrance| entrance.rights.may(&act))
    }
}

/// Whether who came in may read the actor `id` of `kind`.
#[must_use]
pub fn reads(entrance: &Entrance, kind: &Kind, id: Option<&str>, now: Timestamp) -> bool {
    let capability = Capability::read(kind.as_str());
    entrance.rights.may(&Act { capability, id, road: Origin::Http, now })
}

/// Lets a request through its row, or not.
///
/// # Errors
/// `forbidden`.
pub(super) fn ensure(
    needs: Needs,
    shared: &Shared,
    identity: &Identity,
    entrance: &Entrance,
    param: impl Fn(&str) -> String,
) -> Result<(), Refusal> {
    let now = shared.now();
    let may = |capability, id| {
        let act = Act { capability, id, road: Origin::Http, now };
        if entrance.rights.may(&act) {
            Ok(())
        } else {
            Err(codes::forbidden_capability(capability, entrance.principal.as_str()))
        }
    };
    match needs {
        Needs::Nothing | Needs::Command | Needs::Rows | Needs::Frames => Ok(()),
        Needs::Tenant(capability) => may(capability, None),
        Needs::Named(capability) => may(capability, Some(param("id")).as_deref()),
        Needs::System(capability) => above(&*shared.edge.guard, identity, capability, now),
        Needs::Kind(verb) => {
            let (kind, id) = (param("kind"), param("id"));
            let known = kind.parse().is_ok_and(|kind| shared.edge.pages.get(&kind).is_some());
            // That there is no such kind is for the row to say.
            if !known {
                return Ok(());
            }
            may(Capability::new(&kind, verb), Some(id.as_str()).filter(|id| !id.is_empty()))
        }
    }
}

/// What concerns all tenants takes the capability in the system's own.
///
/// # Errors
/// `forbidden`.
pub(super) fn above(
    guard: &dyn Guard,
    identity: &Identity,
    capability: Capability<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let act = Act { capability, id: None, road: Origin::Http, now };
    let entrance = guard.enter(identity, &SYSTEM, now);
    let may = entrance.is_some_and(|entrance| entrance.rights.may(&act));
    if may { Ok(()) } else { Err(codes::forbidden()) }
}
