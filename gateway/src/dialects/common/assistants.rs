//! Assistants asked as models: `cambium/assistant/<id>`. What its definition says nobody says
//! again; the answer is a run that the assistant begins in the name of whoever asked.

use std::time::Duration;

use contracts::access::Capability;
use contracts::kinds::assistant::{self, Ask};
use contracts::kinds::run::{self, Start};
use contracts::view::{At, Status};
use contracts::{
    ActorId, Address, CommandId, Completion, Cursor, Entry, Refusal, RefusalClass, Timestamp,
};
use futures_util::StreamExt as _;
use serde_json::json;

use super::asker::{Asker, Order as Sent};
use super::runs::{self, Begun};
use crate::edge::reading::{HeadsQuery, Order};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// What the names of assistants begin with as models.
pub const PREFIX: &str = assistant::MODEL_PREFIX;

/// What asking one takes.
const ASK: Capability<'static> = Capability::new("assistant", "ask");

/// An assistant that may be asked as a model.
#[derive(Debug, Clone)]
pub struct Addressed {
    /// Which one.
    pub id: ActorId,
    /// When it was last changed, where that is known.
    pub at: Option<Timestamp>,
}

impl Addressed {
    /// What it is called as a model.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{PREFIX}{}", self.id)
    }
}

pub use contracts::kinds::assistant::named;

/// Assistants of a list, at most.
const ASSISTANTS_MAX: usize = 1_000;

/// The assistants that the caller may ask, as models.
///
/// # Errors
/// When the read models are away.
pub async fn all(shared: &Shared, asker: &Asker) -> Result<Vec<Addressed>, Refusal> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = HeadsQuery {
            tenant: asker.tenant.clone(),
            kind: Some(assistant::KIND),
            id_prefix: None,
            text: None,
            status: None,
            after,
            limit: shared.edge.config.page_items_max,
            order: Order::Id,
        };
        let page = shared.edge.reading.heads(query).await?;
        for row in &page.items {
            let id = row["id"].as_str().and_then(|id| ActorId::new(id).ok());
            let may = |id: &ActorId| asker.may(shared, ASK, Some(id.as_str()));
            if let Some(id) = id.filter(may).filter(|_| row["summary"]["retired"] != true) {
                let at = row["at"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
                all.push(Addressed { id, at });
            }
        }
        after = page.next;
        if after.is_none() || all.len() >= ASSISTANTS_MAX {
            return Ok(all);
        }
    }
}

/// The assistant as a model, for who may ask it.
///
/// # Errors
/// When its state cannot be read.
pub async fn show(
    shared: &Shared,
    asker: &Asker,
    assistant: ActorId,
) -> Result<Option<Addressed>, Refusal> {
    if !asker.may(shared, ASK, Some(assistant.as_str())) {
        return Ok(None);
    }
    let address = Address::new(asker.tenant.clone(), assistant::KIND, assistant);
    Ok(shared.kept(&address).await?.map(|view| Addressed { id: address.id, at: Some(view.at) }))
}

/// The run that the caller's request will be to an assistant; `None` where the request has no key.
#[must_use]
pub fn foreseen(asker: &Asker, assistant: &ActorId) -> Option<ActorId> {
    let command = asker.key.as_ref()?.command(&asker.tenant, &asker.caller.principal);
    Some(assistant::run_of(&asker.tenant, assistant, command))
}

/// Asks an assistant.
///
/// # Errors
/// What the assistant refuses with, and as [`runs::begin`]; `unsupported_parameter` for what its
/// definition says already.
pub async fn ask(
    shared: &Shared,
    asker: &Asker,
    (assistant, start): (ActorId, &Start),
    wait: Duration,
) -> Result<Begun, Refusal> {
    ensure_plain(start)?;
    let ask = Ask {
        text: None,
        turns: start.turns.clone(),
        after: start.after.clone(),
        tools: start.tools.clone(),
        stream: start.stream,
        metadata: start.metadata.clone(),
        queue: start.queue,
        delay_s: start.delay_s,
    };
    let (kind, id, key) = (&assistant::KIND, Some(assistant.clone()), asker.key.clone());
    let order = Sent { kind, id, command: "ask", body: json!(ask), key, wait: Some(wait) };
    let told = asker.order(shared, order).await?;
    let run = assistant::run_of(&asker.tenant, &assistant, told.command);
    let (command, cursor, waits) = (told.command, told.cursor, told.status == Status::Accepted);
    let address = Address::new(asker.tenant.clone(), run::KIND, run);
    if waits && wait.is_zero() {
        appeared(shared, &address, command, cursor).await?;
    }
    let begun = runs::begun(told, wait)?;
    Ok(Begun { address, command: None, ..begun })
}

/// That nothing is asked which the definition says.
///
/// # Errors
/// `unsupported_parameter`.
pub fn ensure_plain(start: &Start) -> Result<(), Refusal> {
    for (said, name) in [
        (start.instructions.is_some(), "instructions"),
        (!start.tool_choice.is_auto(), "tool_choice"),
        (start.schema.is_some(), "response_format"),
        (start.max_tokens.is_some(), "max_tokens"),
        (start.seed.is_some(), "seed"),
        (start.options.temperature.is_some(), "temperature"),
        (start.options.top_p.is_some(), "top_p"),
        (start.options.top_k.is_some(), "top_k"),
        (start.options.effort.is_some(), "reasoning_effort"),
        (!start.options.stop.is_empty(), "stop"),
        (!start.options.is_default(), "parallel_tool_calls"),
    ] {
        if said {
            return Err(codes::unsupported_parameter(name));
        }
    }
    Ok(())
}

/// Resolves once the run has begun.
async fn appeared(
    shared: &Shared,
    run: &Address,
    command: CommandId,
    since: Cursor,
) -> Result<(), Refusal> {
    let mut entries = shared.edge.feed.subscribe(since);
    if shared.edge.history.state(run, At::Latest).await.is_ok() {
        return Ok(());
    }
    let begun = async {
        while let Some(entry) = entries.next().await {
            let Entry::Commit(recorded) = entry? else { continue };
            if recorded.commit.is_of(run) {
                return Ok(());
            }
            // It could not be begun.
            if let Some(refusal) = recorded.commit.completion(command).and_then(Completion::refusal)
            {
                return Err(refusal);
            }
        }
        Err(codes::unanswered())
    };
    let patience = Duration::from_millis(shared.edge.config.request_timeout_ms);
    let late = || {
        let message = format!("run/{} has not begun yet", run.id);
        Refusal::new(RefusalClass::Timeout, "timeout", message)
    };
    tokio::time::timeout(patience, begun).await.unwrap_or_else(|_| Err(late()))
}
