//! Requests refer to what was said instead of repeating it: here it is read from the log. Nothing
//! is decided and nobody is called.

use std::sync::Arc;

use contracts::access::{Act, Capability};
use contracts::model::{
    After, HistoryRef, ModelRequest, RemoteTools, Role, Told, Tool, ToolView, Turn,
};
use contracts::view::At;
use contracts::{ActorId, Address, Caller, Refusal, RefusalClass, Revision};

use crate::runtime::living::{Living, is_runtime};
use crate::runtime::shared::Shared;
use crate::tools::mcp;

/// A request as a provider is asked it.
pub struct Prompt {
    /// With all turns, tools and the schema in it.
    pub request: ModelRequest,
    /// Whose turns were read for it, the nearest first.
    pub histories: Vec<HistoryRef>,
    /// What is told of tools that others have, and whether their calls may be made again.
    pub remote: Vec<(Tool, bool)>,
}

/// What is read for one request.
struct Reading<'a> {
    /// Who asks.
    own: &'a Address,
    /// In whose name.
    by: &'a Caller,
    /// As of which revisions it was read before.
    before: &'a [HistoryRef],
    histories: Vec<HistoryRef>,
}

impl Reading<'_> {
    fn before(&self, id: &ActorId) -> Option<Revision> {
        self.before.iter().find(|it| it.id == *id).map(|it| it.revision)
    }
}

impl Shared {
    /// Puts what a request of `own`'s refers to into it, in the name of `by`. What was read before
    /// is read as it was then.
    ///
    /// # Errors
    /// `history_not_found`, `history_unfinished`, `history_too_deep`, `history_too_large`,
    /// `tool_unknown`, `forbidden`, or that the log is away.
    pub async fn prompt(
        &self,
        (own, by): (&Address, &Caller),
        asked: &ModelRequest,
        before: &[HistoryRef],
    ) -> Result<Prompt, Refusal> {
        self.prompt_with((own, by), asked, (before, Vec::new())).await
    }

    async fn prompt_with(
        &self,
        (own, by): (&Address, &Caller),
        asked: &ModelRequest,
        (before, told): (&[HistoryRef], Vec<(Tool, bool)>),
    ) -> Result<Prompt, Refusal> {
        let mut request = asked.clone();
        let mut reading = Reading { own, by, before, histories: Vec::new() };
        if let Some(history) = request.history.take() {
            self.remember(&mut reading, history, &mut request).await?;
        }
        let mut remote = Vec::new();
        for name in std::mem::take(&mut request.uses) {
            if mcp::parts(&name).is_none() {
                request.tools.push(self.world.tools.definition(&name)?);
                continue;
            }
            let told = match told.iter().find(|(told, _)| told.name == name) {
                Some(told) => told.clone(),
                None => {
                    let view = self.tool(&own.tenant, by, &name).await?.view().clone();
                    (definition(&view), view.repeatable)
                }
            };
            request.tools.push(told.0.clone());
            remote.push(told);
        }
        Ok(Prompt { request, histories: reading.histories, remote })
    }

    /// The same again: nobody is asked what tools of others are, since that is kept.
    ///
    /// # Errors
    /// As [`Shared::prompt`].
    pub async fn prompt_again(
        &self,
        (own, by): (&Address, &Caller),
        asked: &ModelRequest,
        (before, remote): (&[HistoryRef], Option<&RemoteTools>),
    ) -> Result<Prompt, Refusal> {
        let told = match remote {
            Some(remote) => self.kept_tools(own, remote).await?,
            None => Vec::new(),
        };
        self.prompt_with((own, by), asked, (before, told)).await
    }

    async fn kept_tools(
        &self,
        own: &Address,
        remote: &RemoteTools,
    ) -> Result<Vec<(Tool, bool)>, Refusal> {
        let kept = self.world.blobs.get(&own.tenant, remote.told).await?;
        let tools = kept.and_then(|bytes| contracts::read::from_slice::<Vec<Tool>>(&bytes).ok());
        let tools = tools.ok_or_else(|| {
            Refusal::not_found("blob_missing", "what was told of tools of others is gone")
        })?;
        let with = |tool: Tool| {
            let repeats = remote.repeatable.contains(&tool.name);
            (tool, repeats)
        };
        Ok(tools.into_iter().map(with).collect())
    }

    /// Keeps what was told of tools that others have.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_tools(
        &self,
        own: &Address,
        remote: Vec<(Tool, bool)>,
    ) -> Result<Option<RemoteTools>, Refusal> {
        if remote.is_empty() {
            return Ok(None);
        }
        let repeats = remote.iter().filter(|(_, repeats)| *repeats);
        let repeatable = repeats.map(|(tool, _)| tool.name.clone()).collect();
        let tools: Vec<Tool> = remote.into_iter().map(|(tool, _)| tool).collect();
        let bytes = serde_json::to_vec(&tools);
        let bytes = bytes.map_err(|error| Refusal::internal(error.to_string()))?;
        let told = self.world.blobs.put(&own.tenant, bytes.into()).await?;
        Ok(Some(RemoteTools { told, repeatable }))
    }

    async fn remember(
        &self,
        reading: &mut Reading<'_>,
        history: HistoryRef,
        request: &mut ModelRequest,
    ) -> Result<(), Refusal> {
        let (mut bytes, mut turns) = (0, Vec::new());
        let mut next = Some((history.id, Some(history.revision)));
        while let Some((id, revision)) = next.take() {
            if reading.histories.len() >= self.config.history_depth_max {
                return Err(too_deep(self.config.history_depth_max));
            }
            let nearest = reading.histories.is_empty();
            let tenant = reading.own.tenant.clone();
            let address = Address::new(tenant, history.kind.clone(), id.clone());
            if address != *reading.own {
                self.ensure_may_read(reading.by, &address)?;
            }
            let revision = revision.or_else(|| reading.before(&id));
            let (told, revision) = self.told(&address, revision).await?;
            if told.unfinished && !nearest {
                return Err(unfinished(&address));
            }
            bytes += told.turns.iter().map(|turn| turn.content.len()).sum::<usize>();
            if bytes > self.config.history_bytes_max {
                return Err(too_large(self.config.history_bytes_max));
            }
            if nearest && history.frame {
                let frame = Arc::unwrap_or_clone(told.frame);
                let system = frame.instructions.map(|text| Turn::new(Role::System, text));
                request.turns.splice(0..0, system);
                request.tools.splice(0..0, frame.tools);
                request.schema = request.schema.take().or(frame.schema);
            }
            let frame = nearest && history.frame;
            let kind = history.kind.clone();
            reading.histories.push(HistoryRef { kind, id, revision, frame });
            turns.push(told.turns);
            next = told.after.map(|After { id, revision }| (id, revision));
        }
        let said = turns.into_iter().rev().flatten().map(Arc::unwrap_or_clone);
        let system = request.turns.iter().take_while(|turn| turn.role == Role::System).count();
        request.turns.splice(system..system, said);
        Ok(())
    }

    /// Whether `by` may read an actor at this moment.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn ensure_may_read(&self, by: &Caller, address: &Address) -> Result<(), Refusal> {
        let now = self.world.clock.now();
        let rights = self.directory.snapshot().rights(&address.tenant, by, now);
        let capability = Capability::read(address.kind.as_str());
        let act = Act { capability, id: Some(address.id.as_str()), road: by.origin, now };
        if rights.is_some_and(|rights| rights.may(&act)) {
            return Ok(());
        }
        let message = format!("this takes {capability}, which {} has not", by.principal);
        Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message))
    }

    /// What an actor was told, and as of which revision.
    pub async fn told(
        &self,
        address: &Address,
        revision: Option<Revision>,
    ) -> Result<(Told, Revision), Refusal> {
        if let Some(revision) = revision
            && let Some(turns) = self.told_by_commit(address, revision).await?
        {
            return Ok((Told { turns, ..Told::default() }, revision));
        }
        let mut living = self.hydrator.wake(address).await?;
        if let Some(revision) = revision.filter(|it| *it != living.head.revision) {
            living = self.hydrator.fold(address, At::Revision(revision).into()).await?;
        }
        let Living { head, machine, .. } = &living;
        if revision.is_some_and(|it| it != head.revision) || head.revision == Revision::ZERO {
            let Address { kind, id, .. } = address;
            let message = format!("there is no {kind} {id} that could come first");
            return Err(Refusal::not_found("history_not_found", message));
        }
        let told = contracts::read::from_value(machine.state());
        let told = told.map_err(|error| Refusal::internal(error.to_string()))?;
        Ok((told, head.revision))
    }
}

impl Shared {
    /// The turns that one commit alone says, where its kind has such. A base with many documents
    /// refers to each of its parts: the history is not folded for each of them.
    async fn told_by_commit(
        &self,
        address: &Address,
        revision: Revision,
    ) -> Result<Option<Vec<Arc<Turn>>>, Refusal> {
        let machine = self.hydrator.fresh(address)?.machine;
        if !machine.tells_by_commit() {
            return Ok(None);
        }
        let Some(found) = self.places.find(&self.hydrator, address, revision).await? else {
            return Ok(None);
        };
        let events = found.commit.events.iter().filter(|event| !is_runtime(&event.r#type));
        let told = machine.told_by(&events.collect::<Vec<_>>());
        told.map_err(|error| Refusal::internal(error.to_string()))
    }
}

fn definition(view: &ToolView) -> Tool {
    let ToolView { name, about, parameters, .. } = view.clone();
    Tool { name, description: about, parameters, strict: false }
}

fn unfinished(address: &Address) -> Refusal {
    let Address { kind, id, .. } = address;
    let message = format!("{kind} {id} has not answered yet, so nothing can come after it");
    Refusal::new(RefusalClass::Conflict, "history_unfinished", message)
}

fn too_deep(depth_max: usize) -> Refusal {
    let message = format!("at most {depth_max} actors may come one after another");
    Refusal::rejected("history_too_deep", message)
}

fn too_large(bytes_max: usize) -> Refusal {
    let message = format!("what was said has more than {bytes_max} bytes");
    Refusal::new(RefusalClass::TooLarge, "history_too_large", message)
}
