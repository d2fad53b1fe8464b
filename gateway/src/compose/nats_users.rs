//! Users of the broker: of our own child, or of an operator's broker, which we cannot change.

use contracts::ports::Fut;
use contracts::{ActorId, Refusal, RefusalClass, Tenant};
use nats::server::{NewUser, ServerConfig, UserError, Users, user_elsewhere};
use serde_json::{Value, json};

use crate::edge::NatsUsers;

/// The users of the program's broker.
pub struct BrokerUsers {
    /// The child's; `None` = the broker is an operator's.
    pub users: Option<Users>,
    /// Where clients find the broker.
    pub url: String,
    /// The limits that users have.
    pub config: ServerConfig,
}

impl BrokerUsers {
    fn ours(&self) -> Result<&Users, Refusal> {
        self.users.as_ref().ok_or_else(|| {
            let message = "the broker is an operator's: its own configuration lists its users";
            Refusal::new(RefusalClass::Conflict, "nats_users_elsewhere", message)
        })
    }

    async fn made(&self, tenant: Tenant, name: ActorId) -> Result<Value, Refusal> {
        let new = match &self.users {
            Some(users) => users.add(tenant, name).await,
            None => user_elsewhere(&self.config, tenant, name),
        };
        let NewUser { info, password, snippet } = new.map_err(refusal)?;
        let mut told = json!(info);
        told["password"] = json!(password.reveal());
        told["url"] = json!(self.url);
        told["snippet"] = json!(snippet);
        Ok(told)
    }
}

fn refusal(error: UserError) -> Refusal {
    let text = error.to_string();
    match error {
        UserError::Exists => Refusal::new(RefusalClass::Conflict, "nats_user_exists", text),
        UserError::Unknown => Refusal::not_found("nats_user_not_found", text),
        UserError::Server(_) | UserError::Password(_) => {
            tracing::error!(%text, "nats_users.unchanged");
            Refusal::internal("the broker did not take the change; its log says why")
        }
    }
}

impl NatsUsers for BrokerUsers {
    fn list(&self, tenant: Tenant) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            let users = self.ours()?.list(&tenant).map_err(refusal)?;
            Ok(json!({ "items": users }))
        })
    }

    fn add(&self, tenant: Tenant, name: ActorId) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(self.made(tenant, name))
    }

    fn revoke(&self, tenant: Tenant, name: ActorId) -> Fut<'_, Result<Value, Refusal>> {
        Box::pin(async move {
            self.ours()?.revoke(&tenant, &name).await.map_err(refusal)?;
            Ok(json!({ "name": name }))
        })
    }
}
