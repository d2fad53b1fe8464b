//! Tasks: calls that are asked about later. A command is one already: its id names the task, and
//! what came of it stands in the log, so that a task outlives its connection, its session and the
//! program. In 2025 a client asks for one; in 2026 a client says that it knows them, and is given
//! one where the answer is not there in time.

use contracts::view::{Answer, At, CommandView, Status};
use contracts::{Address, CommandId, Refusal, RefusalClass, Timestamp};
use serde_json::{Value, json};

use super::peer::Peer;
use super::revision::Revision;
use super::rpc::Exchange;
use super::wire::{Members, RpcError};
use super::{resources, tools};

/// The extension's name.
pub const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// After what time a client should ask again, in milliseconds.
const POLL_MS: u64 = 500;

/// Whether the answer to a call is to be a task: in any case, or where it is not there in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// In no case.
    Never,
    /// Where it is not there in time.
    Late,
    /// In any case.
    Always,
}

/// What a call wants.
#[must_use]
pub fn wanted(peer: &Peer, params: &Members) -> Wanted {
    match peer.revision {
        Revision::Stateful if params.get("task").is_some_and(Value::is_object) => Wanted::Always,
        Revision::Stateless if peer.extends(EXTENSION) => Wanted::Late,
        _ => Wanted::Never,
    }
}

/// The answer to a call that became a task.
///
/// # Errors
/// What the read models refuse with.
pub async fn begun(exchange: &Exchange, command: &Value) -> Result<Value, RpcError> {
    let view = resources::command(exchange, named(command)?).await?;
    let mut task = shown(exchange, &view).await?;
    if exchange.peer.revision == Revision::Stateful {
        return Ok(json!({ "task": task }));
    }
    task["resultType"] = json!("task");
    Ok(task)
}

/// Answers `tasks/get`, `tasks/result`, `tasks/cancel` and `tasks/update`.
///
/// # Errors
/// `-32021` for a client of 2026 that knows no tasks; `-32602` for a task that there is not;
/// `-32601` for methods that its revision has not.
pub async fn method(exchange: &Exchange, name: &str, params: &Members) -> Result<Value, RpcError> {
    let stateful = exchange.peer.revision == Revision::Stateful;
    let known = match name {
        "tasks/get" | "tasks/cancel" => true,
        "tasks/result" => stateful,
        "tasks/update" => !stateful,
        _ => false,
    };
    if !known {
        return Err(RpcError::method_not_found(name));
    }
    if !stateful && !exchange.peer.extends(EXTENSION) {
        let data = json!({ "requiredCapabilities": { "extensions": { EXTENSION: {} } } });
        return Err(RpcError::missing_capability("extensions").data(data));
    }
    let id = named(params.get("taskId").unwrap_or(&Value::Null))?;
    let view = resources::command(exchange, id).await;
    let missing = |refusal: Refusal| match refusal.class {
        RefusalClass::NotFound => RpcError::invalid_params("there is no such task"),
        _ => refusal.into(),
    };
    let view = view.map_err(missing)?;
    match name {
        "tasks/get" => got(exchange, &view).await,
        "tasks/result" => result(exchange, view).await,
        "tasks/cancel" => cancelled(exchange, &view).await,
        // No command of ours asks for more once it was accepted.
        _ => Ok(json!({})),
    }
}

fn named(value: &Value) -> Result<CommandId, RpcError> {
    let id = value.as_str().and_then(|text| text.parse().ok());
    id.ok_or_else(|| RpcError::invalid_params("taskId is one that a call was answered with"))
}

async fn got(exchange: &Exchange, view: &CommandView) -> Result<Value, RpcError> {
    let mut task = shown(exchange, view).await?;
    if exchange.peer.revision == Revision::Stateless && task["status"] == "completed" {
        task["result"] = outcome(exchange, view).await;
        task["result"]["resultType"] = json!("complete");
    }
    Ok(task)
}

/// What a call is answered with, once it is: as if it had been waited for.
async fn outcome(exchange: &Exchange, view: &CommandView) -> Value {
    let told = tools::outcome(exchange, &answer(exchange, view));
    tools::result(exchange, told).await
}

fn answer(exchange: &Exchange, view: &CommandView) -> Answer {
    let refused = view.rejection.as_ref().map(|refusal| json!(refusal));
    Answer {
        command: view.id,
        address: address(exchange, view),
        status: view.status,
        revision: view.revision,
        cursor: view.cursor,
        reply: refused.or_else(|| view.reply.clone()).unwrap_or_default(),
        at: exchange.shared.now(),
    }
}

fn address(exchange: &Exchange, view: &CommandView) -> Address {
    Address::new(exchange.asker.tenant.clone(), view.kind.clone(), view.actor.clone())
}

/// Answers `tasks/result`: waits until there is one.
async fn result(exchange: &Exchange, mut view: CommandView) -> Result<Value, RpcError> {
    if is_open(&view) {
        let config = &exchange.shared.edge.config;
        let accepted = answer(exchange, &view);
        let following = tools::until(exchange, &accepted);
        let limit = config.wait(Some(config.wait_max_ms / 1_000));
        // What is still open after that is told as it stands.
        if let Ok(told) = tokio::time::timeout(limit, following).await {
            told?;
        }
        view = resources::command(exchange, view.id).await?;
    }
    let mut told = outcome(exchange, &view).await;
    told["_meta"]["io.modelcontextprotocol/related-task"] = json!({ "taskId": view.id });
    Ok(told)
}

const fn is_open(view: &CommandView) -> bool {
    matches!(view.status, Status::Queued | Status::Accepted)
}

/// Answers `tasks/cancel`: a run is cancelled; any other command that was accepted is carried
/// through.
async fn cancelled(exchange: &Exchange, view: &CommandView) -> Result<Value, RpcError> {
    let stateful = exchange.peer.revision == Revision::Stateful;
    if is_open(view) {
        let run = tools::run_of(&address(exchange, view), view.id, view.name.as_str());
        let run = run.ok_or_else(|| {
            RpcError::invalid_params("a command that was accepted is carried through")
        })?;
        tools::cancel(exchange, run).await?;
    } else if stateful {
        return Err(RpcError::invalid_params("the task is over"));
    }
    if !stateful {
        return Ok(json!({}));
    }
    let view = resources::command(exchange, view.id).await?;
    Ok(shown(exchange, &view).await?)
}

/// A task as clients are told.
async fn shown(exchange: &Exchange, view: &CommandView) -> Result<Value, Refusal> {
    let stateful = exchange.peer.revision == Revision::Stateful;
    let at = At::Revision(view.revision);
    let updated = exchange.shared.edge.history.state(&address(exchange, view), at).await?.at;
    let (ttl, poll) = if stateful { ("ttl", "pollInterval") } else { ("ttlMs", "pollIntervalMs") };
    let mut task = json!({
        "taskId": view.id,
        "status": standing(view, stateful),
        "createdAt": view.id.made_at_ms().map_or(updated, Timestamp::from_millis),
        "lastUpdatedAt": updated,
        // The log forgets nothing.
        ttl: null,
        poll: POLL_MS,
    });
    if let Some(refusal) = &view.rejection {
        task["statusMessage"] = json!(refusal.to_string());
    }
    Ok(task)
}

/// Where a task stands. In 2026 a call that was answered is completed, whatever the answer.
fn standing(view: &CommandView, stateful: bool) -> &'static str {
    let code = view.rejection.as_ref().map(|refusal| refusal.code.as_ref());
    match view.status {
        Status::Queued | Status::Accepted => "working",
        Status::Completed => "completed",
        Status::Failed | Status::Rejected | Status::Dead => match code {
            Some("run_cancelled") => "cancelled",
            _ if stateful => "failed",
            _ => "completed",
        },
    }
}
