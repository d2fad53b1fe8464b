//! Personal data of a world in which nobody may see any.

use contracts::ports::{Counted, Erasure, Fut, Privacy};
use contracts::privacy::{SignedReceipt, Viewer};
use contracts::{ActorId, Refusal, Tenant};
use serde_json::{Value, json};

use super::world::World;

impl Privacy for World {
    fn show<'a>(&'a self, _: &'a Tenant, viewer: &'a Viewer, _: Value) -> Fut<'a, Value> {
        let told = json!({ "masked": true, "all": viewer.all, "own": viewer.own });
        Box::pin(async move { told })
    }

    fn erase(&self, _: Erasure) -> Fut<'_, Result<SignedReceipt, Refusal>> {
        let message = "nothing is protected under a key of this subject";
        Box::pin(async move { Err(Refusal::not_found("nothing_protected", message)) })
    }

    fn finish<'a>(
        &'a self,
        _: &'a Tenant,
        _: &'a ActorId,
        _: Counted,
    ) -> Fut<'a, Result<Option<SignedReceipt>, Refusal>> {
        Box::pin(async { Ok(None) })
    }
}
