//! What tools find: in the name of whoever is behind the call. What is protected is told in its
//! protected form, so that it is opened for nobody but the model, and can be erased.

use bytes::Bytes;
use contracts::kinds::{assistant, knowledge, run};
use contracts::ports::{History as _, Search as _};
use contracts::search::Asked;
use contracts::search::memory::{Scope, Until};
use contracts::view::At;
use contracts::{ActorId, Address, Caller, Hash, Refusal, privacy};
use serde_json::{Value, json};

use super::task::Task;

impl Task {
    /// Searches a base.
    ///
    /// # Errors
    /// `forbidden`, and why it cannot be searched.
    pub(super) async fn found(
        &self,
        by: &Caller,
        base: ActorId,
        asked: Asked,
    ) -> Result<Value, Refusal> {
        let base = Address::new(self.due().address.tenant.clone(), knowledge::KIND, base);
        self.runtime.shared.ensure_may_read(by, &base)?;
        let found = self.runtime.knowledge(&base, &asked, by).await?;
        Ok(json!(found))
    }

    /// Searches what `by` and an assistant said to each other: the one that runs, or another that
    /// `by` may read.
    ///
    /// # Errors
    /// `forbidden`, and why it cannot be searched.
    pub(super) async fn remembered(
        &self,
        by: &Caller,
        agent: Option<ActorId>,
        asked: Asked,
    ) -> Result<Value, Refusal> {
        let own = self.due().address.clone();
        let agent = match agent {
            Some(agent) => {
                let read = Address::new(own.tenant.clone(), assistant::KIND, agent.clone());
                self.runtime.shared.ensure_may_read(by, &read)?;
                agent
            }
            None => self.assistant(&own).await?,
        };
        let scope = Scope {
            tenant: own.tenant,
            agent,
            principal: Some(by.principal.clone()),
            until: Until::Now,
            without: Some(own.id),
        };
        let found = self.runtime.memory(&scope, &asked, by).await?;
        Ok(json!(found))
    }

    /// The assistant that a run is made from.
    async fn assistant(&self, own: &Address) -> Result<ActorId, Refusal> {
        let none = || {
            let message = "this is no run of an assistant; name one whose memory is meant";
            Refusal::rejected("tool_arguments_invalid", message)
        };
        if own.kind != run::KIND {
            return Err(none());
        }
        let view = self.runtime.state(own, At::Latest).await?;
        let assistant = view.state["run"]["of"]["assistant"].as_str().map(ActorId::new);
        assistant.and_then(Result::ok).ok_or_else(none)
    }

    /// What the tenant's blobs keep under a name.
    ///
    /// # Errors
    /// `document_unreadable` when there is nothing.
    pub(super) async fn kept(&self, blob: Hash) -> Result<Bytes, Refusal> {
        let tenant = &self.due().address.tenant;
        let kept = self.runtime.shared.world.blobs.get(tenant, blob).await?;
        kept.ok_or_else(|| {
            let message = format!("the document cannot be read: there is no blob {blob}");
            Refusal::rejected("document_unreadable", message)
        })
    }
}

/// Whether the arguments of a call are about a person, so that they must be written down nowhere
/// else.
pub(super) fn is_private(input: &Value) -> bool {
    privacy::within(input)
}
