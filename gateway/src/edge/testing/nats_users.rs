use contracts::ports::Fut;
use contracts::{ActorId, Refusal, Tenant};
use serde_json::{Value, json};

use super::world::World;
use crate::edge::NatsUsers;

impl NatsUsers for World {
    fn list(&self, _: Tenant) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async { Ok(json!({ "items": [] })) })
    }

    fn add(&self, tenant: Tenant, name: ActorId) -> Fut<'_, Result<Value, Refusal>> {
        let made = json!({ "name": name, "user": format!("{tenant}.{name}"), "password": "p" });
        Box::pin(async { Ok(made) })
    }

    fn revoke(&self, _: Tenant, name: ActorId) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move { Ok(json!({ "name": name })) })
    }
}
