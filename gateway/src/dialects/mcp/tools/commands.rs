//! A call of a tool that is a command: sent in the caller's name, waited for, told while it grows.

use std::time::Duration;

use contracts::kinds::{assistant, run};
use contracts::view::{Answer, Status};
use contracts::{ActorId, Address, CommandId, Refusal, Revision};
use serde_json::{Value, json};

use super::catalog::Tool;
use super::follow;
use crate::dialects::common::fields::Fields;
use crate::dialects::mcp::peer::Level;
use crate::dialects::mcp::rpc::Exchange;
use crate::dialects::mcp::wire::Members;
use crate::edge::headers::{Key, Lock, idempotency_key};
use crate::edge::submit::{Submission, submit};
use crate::problem::codes;

/// What a call says.
struct Said {
    id: Option<ActorId>,
    input: Value,
    lock: Lock,
    key: Option<Key>,
    wait: Duration,
}

fn said(exchange: &Exchange, arguments: Members) -> Result<Said, Refusal> {
    let config = &exchange.shared.edge.config;
    let mut fields = Fields::new(Value::Object(arguments), "arguments")?;
    let id = fields.text("id")?.map(ActorId::new).transpose();
    let id = id.map_err(|error| codes::invalid_id("arguments.id", &error))?;
    let input = fields.take("input").unwrap_or_else(|| json!({}));
    let lock = fields.integer("expected_revision", 0, u64::MAX)?;
    let lock = lock.map_or(Lock::None, |revision| Lock::Revision(Revision(revision)));
    let key = fields.text("idempotency_key")?;
    let key = key.map(|text| idempotency_key(&text)).transpose()?;
    let wait = fields.integer("wait_s", 0, config.wait_max_ms / 1_000)?;
    fields.done()?;
    contracts::input::check(&input)?;
    Ok(Said { id, input, lock, key: key.or_else(|| exchange.key()), wait: config.wait(wait) })
}

/// Calls a tool.
///
/// # Errors
/// `invalid_input`, `unknown_parameter`, `invalid_id`, `header_invalid`; what the bus refuses with;
/// what the command failed with.
pub async fn call(exchange: &Exchange, tool: &Tool, arguments: Members) -> Result<Value, Refusal> {
    let Said { id, mut input, lock, key, wait } = said(exchange, arguments)?;
    let shared = &exchange.shared;
    let grows = follow::grows(&tool.kind, tool.command);
    if grows && exchange.peer.wants_progress() && input.get("stream").is_none() {
        input["stream"] = json!(true);
    }
    let asker = &exchange.asker;
    // Who watches must know at once which actor it is.
    let at_once = grows || exchange.peer.wants_progress();
    let submission = Submission {
        page: shared.edge.pages.get(&tool.kind).ok_or_else(codes::unknown_kind)?,
        tenant: asker.tenant.clone(),
        caller: asker.caller.clone(),
        id,
        command: tool.command,
        body: input,
        key,
        lock,
        correlation: asker.correlation.clone(),
        trace: asker.scene.traced.trace.clone(),
        wait: if at_once { Duration::ZERO } else { wait },
    };
    let mut answer = submit(shared, submission).await?.answer;
    if at_once && answer.status == Status::Accepted && !wait.is_zero() {
        exchange.note_begun(run_of(&answer.address, answer.command, tool.command));
        let followed = tokio::time::timeout(wait, follow::answered(exchange, &answer, tool)).await;
        if let Ok(followed) = followed {
            answer = followed?;
        }
    }
    told(exchange, &answer)
}

/// The run that a command has begun.
#[must_use]
pub fn run_of(address: &Address, command: CommandId, name: &str) -> Option<Address> {
    match (address.kind.as_str(), name) {
        ("run", "start") => Some(address.clone()),
        ("assistant", "ask") => {
            let run = assistant::run_of(&address.tenant, &address.id, command);
            Some(Address::new(address.tenant.clone(), run::KIND, run))
        }
        _ => None,
    }
}

/// What became of a command.
///
/// # Errors
/// What it failed with.
pub fn told(exchange: &Exchange, answer: &Answer) -> Result<Value, Refusal> {
    let Answer { address, command, status, revision, cursor, reply, .. } = answer;
    if *status == Status::Failed {
        let refusal = contracts::read::from_ref(reply);
        return Err(refusal.unwrap_or_else(|_| Refusal::internal("the command failed")));
    }
    let mut told = json!({
        "kind": address.kind,
        "id": address.id,
        "command": command,
        "status": status,
        "revision": revision,
        "cursor": cursor,
    });
    if *status == Status::Completed {
        told["output"] = reply.clone();
    } else {
        let next = format!(
            "It goes on: call command_status with {{\"command\": \"{command}\"}}, \
             or read cambium://{}/{}",
            address.kind, address.id
        );
        told["next"] = json!(next);
    }
    exchange.peer.log(Level::Info, "cambium", &told);
    Ok(told)
}

/// Cancels the run that a request has begun, since its client has taken the request back.
pub async fn take_back(exchange: &Exchange) {
    let Some(run) = exchange.begun() else { return };
    if let Err(refusal) = cancel(exchange, run).await {
        tracing::debug!(error.code = %refusal.code, "a run that nobody waits for goes on");
    }
}

/// Cancels a run in the caller's name.
///
/// # Errors
/// What the bus refuses with.
pub async fn cancel(exchange: &Exchange, run: Address) -> Result<(), Refusal> {
    let (shared, asker) = (&exchange.shared, &exchange.asker);
    let submission = Submission {
        page: shared.edge.pages.get(&run::KIND).ok_or_else(codes::unknown_kind)?,
        tenant: run.tenant,
        caller: asker.caller.clone(),
        id: Some(run.id),
        command: "cancel",
        body: json!({ "reason": "the client took its request back" }),
        key: None,
        lock: Lock::None,
        correlation: asker.correlation.clone(),
        trace: asker.scene.traced.trace.clone(),
        wait: Duration::ZERO,
    };
    submit(shared, submission).await.map(drop)
}
