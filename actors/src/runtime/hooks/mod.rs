//! Webhooks: the log is followed, and each event that somebody has asked for becomes a command to
//! his webhook, which then sends it.

mod cloud_event;
mod follow;
mod table;
mod task;

pub use cloud_event::cloud_event;
pub use follow::spawn;
pub use task::task;

use contracts::access::{Act, Capability};
use contracts::{ActorId, Caller, Kind, Tenant};

use super::shared::Shared;

/// Whether `reader` may now read the actor `id` of `kind` in `tenant`.
fn may_read(shared: &Shared, tenant: &Tenant, reader: &Caller, kind: &Kind, id: &ActorId) -> bool {
    let now = shared.world.clock.now();
    let rights = shared.directory.snapshot().rights(tenant, reader, now);
    let capability = Capability::read(kind.as_str());
    let act = Act { capability, id: Some(id.as_str()), road: reader.origin, now };
    rights.is_some_and(|rights| rights.may(&act))
}
