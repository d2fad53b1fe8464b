//! Which tools somebody may use: the program's own, those of the sources of the settings, and those
//! of the MCP servers that he or his organization has an account with.

use std::sync::Arc;

use contracts::access::{Act, Capability};
use contracts::kinds::connector::Service;
use contracts::model::ToolView;
use contracts::ports::Toolbox;
use contracts::{ActorId, Caller, Refusal, RefusalClass, Tenant};

use super::Runtime;
use super::shared::Shared;
use crate::kinds::connector::State;
use crate::model::Keys;
use crate::tools::Tool;
use crate::tools::mcp::{self, Given, Source, Way};

/// What it takes to have a program of this machine run.
const EXEC: Capability<'static> = Capability::new("process", "exec");

impl Shared {
    /// The tool called `name`, as `by` may use it.
    ///
    /// # Errors
    /// `tool_unknown`, `tool_source_away`, `forbidden`.
    pub async fn tool(
        &self,
        tenant: &Tenant,
        by: &Caller,
        name: &str,
    ) -> Result<Arc<dyn Tool>, Refusal> {
        let Some((source, _)) = mcp::parts(name) else {
            return self.world.tools.get(name).cloned();
        };
        let found = match self.sources.known(tenant, source) {
            Some(source) => Some(source.clone()),
            None => self.account_source(tenant, by, source),
        };
        let found = found.ok_or_else(|| {
            Refusal::rejected("tool_unknown", format!("there is no source of tools {source}"))
        })?;
        if found.is_program() && !self.may_exec(tenant, by) {
            let message = format!("this takes {EXEC}, which {} has not", by.principal);
            return Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message));
        }
        found.tool(name).await
    }

    fn may_exec(&self, tenant: &Tenant, by: &Caller) -> bool {
        let now = self.world.clock.now();
        let rights = self.directory.snapshot().rights(tenant, by, now);
        let act = Act { capability: EXEC, id: None, road: by.origin, now };
        rights.is_some_and(|rights| rights.may(&act))
    }

    /// The source of a connector that `by` may use; one of the settings comes first.
    fn account_source(&self, tenant: &Tenant, by: &Caller, name: &str) -> Option<Arc<Source>> {
        if self.sources.is_known(name) {
            return None;
        }
        let snapshot = self.directory.snapshot();
        let mut usable = snapshot.connectors.usable(tenant, &by.principal);
        let (id, state) = usable.find(|(id, state)| {
            matches!(state.service(), Some(Service::Mcp { .. }))
                && mcp::source_of(id.as_str()) == name
        })?;
        self.mcp_account(tenant, id, state)
    }

    /// The source that a connector names.
    pub fn mcp_account(&self, tenant: &Tenant, id: &ActorId, state: &State) -> Option<Arc<Source>> {
        let Some(Service::Mcp { url, tools }) = state.service() else { return None };
        let secret = state.secret.as_ref();
        let name = mcp::source_of(id.as_str());
        let way = || Way::Place {
            url: url.clone(),
            key: secret.map_or_else(Keys::none, |secret| Keys::opened(self.opener(tenant, secret))),
            headers: Given::default(),
            guarded: Some(self.fetcher.clients()),
        };
        Some(self.sources.account((tenant, id), secret, (&name, tools), way))
    }

    /// What may be said of the tools that `by` may use.
    fn views(&self, tenant: &Tenant, by: &Caller) -> Vec<ToolView> {
        let mut views = self.world.tools.views();
        let exec = self.may_exec(tenant, by);
        let known = self.sources.of(tenant).filter(|source| exec || !source.is_program());
        views.extend(known.flat_map(|source| source.views()));
        let snapshot = self.directory.snapshot();
        let mut seen = Vec::new();
        for (id, state) in snapshot.connectors.usable(tenant, &by.principal) {
            let name = mcp::source_of(id.as_str());
            if self.sources.is_known(&name) || seen.contains(&name) {
                continue;
            }
            if let Some(source) = self.mcp_account(tenant, id, state) {
                views.extend(source.views());
                seen.push(name);
            }
        }
        views.sort_by(|one, other| one.name.cmp(&other.name));
        views
    }
}

impl Toolbox for Runtime {
    fn tools(&self, tenant: &Tenant, by: &Caller) -> Vec<ToolView> {
        self.shared.views(tenant, by)
    }
}
