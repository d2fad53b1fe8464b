//! Personal data on its way through the runtime: protected before anybody decides, opened for
//! models and for whoever may see it, and erased.

mod effects;
mod erase;
mod protect;
mod show;

use contracts::ports::{Counted, Erasure, Fut, Privacy};
use contracts::privacy::{SignedReceipt, Viewer};
use contracts::{ActorId, Refusal, Tenant};
use serde_json::Value;

pub use effects::{Opened, Sealing};
pub use protect::ensure_plain;

use super::Runtime;

impl Privacy for Runtime {
    fn show<'a>(&'a self, tenant: &'a Tenant, viewer: &'a Viewer, value: Value) -> Fut<'a, Value> {
        Box::pin(show::shown(&self.shared.keys, tenant, viewer, value))
    }

    fn erase(&self, erasure: Erasure) -> Fut<'_, Result<SignedReceipt, Refusal>> {
        Box::pin(self.erase_now(erasure))
    }

    fn finish<'a>(
        &'a self,
        tenant: &'a Tenant,
        subject: &'a ActorId,
        counted: Counted,
    ) -> Fut<'a, Result<Option<SignedReceipt>, Refusal>> {
        Box::pin(self.finish_now(tenant, subject, counted))
    }
}
