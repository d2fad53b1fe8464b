//! One request of A2A, whatever its binding: who asks, which agent, and what is done.

use std::sync::Arc;

use axum::http::HeaderMap;
use contracts::access::Capability;
use contracts::kinds::run;
use contracts::ports::Flow;
use contracts::{ActorId, CommandId, Refusal, RefusalClass};
use serde_json::Value;

use super::{card, push, send, stream, tasks};
use crate::dialects::common::asker::Asker;
use crate::dialects::common::fields::Fields;
use crate::edge::headers::{self, Key};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// The version that is spoken.
pub const VERSION: &str = "1.0";

/// What may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Says something, and waits for what comes of it.
    Send,
    /// Says something, and watches what comes of it.
    SendStreaming,
    /// Shows a task.
    Get,
    /// Lists tasks.
    List,
    /// Ends a task.
    Cancel,
    /// Watches a task.
    Subscribe,
    /// Has a receiver told of a task.
    PushCreate,
    /// Shows such a receiver.
    PushGet,
    /// Lists them.
    PushList,
    /// Tells one no more.
    PushDelete,
    /// Shows the card with all that the caller may ask.
    Card,
}

impl Op {
    /// The operation that JSON-RPC calls so.
    #[must_use]
    pub fn named(method: &str) -> Option<Self> {
        Some(match method {
            "SendMessage" => Self::Send,
            "SendStreamingMessage" => Self::SendStreaming,
            "GetTask" => Self::Get,
            "ListTasks" => Self::List,
            "CancelTask" => Self::Cancel,
            "SubscribeToTask" => Self::Subscribe,
            "CreateTaskPushNotificationConfig" => Self::PushCreate,
            "GetTaskPushNotificationConfig" => Self::PushGet,
            "ListTaskPushNotificationConfigs" => Self::PushList,
            "DeleteTaskPushNotificationConfig" => Self::PushDelete,
            "GetExtendedAgentCard" => Self::Card,
            _ => return None,
        })
    }

    /// Whether it is answered by a stream.
    #[must_use]
    pub const fn streams(self) -> bool {
        matches!(self, Self::SendStreaming | Self::Subscribe)
    }
}

/// One request.
pub struct Desk {
    /// What all requests share.
    pub shared: Arc<Shared>,
    /// Who asks.
    pub asker: Asker,
    /// Which assistant is asked; `None` = the program itself.
    pub assistant: Option<ActorId>,
    /// Which version the caller speaks.
    pub version: String,
}

/// An answer.
pub enum Told {
    /// All of it.
    Value(Value),
    /// Piece by piece.
    Flow(Flow<Result<Value, Refusal>>),
}

/// The version that a request is in. A2A says that one without the header is in 0.3.
///
/// # Errors
/// `header_invalid`.
pub fn version(from: &HeaderMap) -> Result<String, Refusal> {
    let said = headers::text(from, "a2a-version")?.filter(|it| !it.is_empty());
    Ok(said.unwrap_or("0.3").to_owned())
}

fn ensure_version(version: &str) -> Result<(), Refusal> {
    let minor = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if version == "1" || version.strip_prefix("1.").is_some_and(minor) {
        return Ok(());
    }
    let message = format!("A2A {version} is not spoken here; say `A2A-Version: {VERSION}`");
    Err(Refusal::new(RefusalClass::Malformed, "unsupported_version", message))
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// What it is refused with.
    pub async fn perform(self, op: Op, params: Value) -> Result<Told, Refusal> {
        let mut params = Fields::new(params, "")?;
        if let Some(capability) = needs(op) {
            let id = params.peek("taskId").or_else(|| params.peek("id"));
            let id = id.and_then(Value::as_str).and_then(|id| ActorId::new(id).ok());
            let verb = (&run::KIND, capability);
            self.asker.ensure(&self.shared, verb, id.as_ref())?;
        }
        ensure_version(&self.version)?;
        self.ensure_tenant(&mut params)?;
        Ok(Told::Value(match op {
            Op::Send => send::send(self, params).await?,
            Op::SendStreaming => return send::stream(self, params).await.map(Told::Flow),
            Op::Subscribe => return stream::subscribe(self, params).await.map(Told::Flow),
            Op::Get => tasks::get(&self, params).await?,
            Op::List => tasks::list(&self, params).await?,
            Op::Cancel => tasks::cancel(&self, params).await?,
            Op::PushCreate => push::create(&self, params).await?,
            Op::PushGet => push::get(&self, params).await?,
            Op::PushList => push::list(&self, params).await?,
            Op::PushDelete => push::delete(&self, params).await?,
            Op::Card => card::extended(&self).await?,
        }))
    }

    /// A2A's own name for a house may only be the one that the caller is in.
    fn ensure_tenant(&self, params: &mut Fields) -> Result<(), Refusal> {
        match params.text("tenant")? {
            Some(named) if !named.is_empty() && named != self.asker.tenant.as_str() => {
                let message =
                    "a tenant is the caller's own; the header Cambium-Tenant names another";
                Err(codes::unknown_tenant().field("tenant", message))
            }
            _ => Ok(()),
        }
    }

    /// What the step `step` of a request about the message `message` is called: a message that
    /// comes again causes nothing new.
    #[must_use]
    pub fn key(&self, message: &str, step: &str) -> Key {
        let (tenant, principal) =
            (self.asker.tenant.as_str(), self.asker.caller.principal.as_str());
        let agent = self.assistant.as_ref().map_or("", ActorId::as_str);
        let parts = [tenant, principal, agent, message, step];
        Key::Id(CommandId::derived("cambium a2a message v1", &parts))
    }
}

/// What of the rights to runs an operation takes before anything is looked at.
const fn needs(op: Op) -> Option<&'static str> {
    match op {
        Op::Send | Op::SendStreaming => Some("start"),
        Op::Get | Op::Subscribe | Op::PushCreate | Op::PushGet | Op::PushList | Op::PushDelete => {
            Some(Capability::READ)
        }
        Op::Cancel => Some("cancel"),
        Op::List | Op::Card => None,
    }
}

/// The task that a member names.
///
/// # Errors
/// `invalid_input`, `actor_not_found` for what can be no task's name.
pub fn task_named(params: &mut Fields, name: &str) -> Result<ActorId, Refusal> {
    let id = params.needed_text(name)?;
    ActorId::new(&id).map_err(|_| tasks::unknown())
}
