//! Sending a command, whatever the dialect: from a body to an envelope, and from an answer to the
//! message that tells it.

use std::time::Duration;

use contracts::audit::{AuditRecord, Outcome, classes};
use contracts::caller::Caller;
use contracts::envelope::{Envelope, Trace};
use contracts::kinds::policy::{self, Scope};
use contracts::message::{Msg, MsgReply};
use contracts::page::PageRef;
use contracts::ports::Wait;
use contracts::view::{Answer, At, Status};
use contracts::{
    ActorId, Address, CommandId, CommandName, Correlation, Kind, Refusal, RefusalClass, Revision,
    Tenant,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::headers::{self, Key, Lock};
use super::shared::Shared;
use crate::problem::codes;

/// Kinds whose commands rule over people, rights and policies: what was done to them is in the
/// audit trail too.
const GOVERNING: &[&str] = &["organization", "policy", "principal"];

/// A command as a dialect understood it.
pub struct Submission<'a> {
    /// The kind.
    pub page: &'a PageRef,
    /// In whose house.
    pub tenant: Tenant,
    /// Whose word.
    pub caller: Caller,
    /// Which actor; `None` = a new one.
    pub id: Option<ActorId>,
    /// What is asked.
    pub command: &'a str,
    /// With what: the command's input, or a message envelope around it.
    pub body: Value,
    /// What the caller calls it.
    pub key: Option<Key>,
    /// What the caller wants of the actor's revision.
    pub lock: Lock,
    /// The errand it belongs to.
    pub correlation: Option<Correlation>,
    /// Where it stands in a trace.
    pub trace: Trace,
    /// How long its answer is waited for; zero = not at all.
    pub wait: Duration,
}

impl<'a> Submission<'a> {
    /// A command to an actor as a request orders it by itself: by its caller, with its key and its
    /// errand, and waited for as long as usual.
    ///
    /// # Errors
    /// `unknown_kind`, what is wrong with the headers.
    pub fn of(
        shared: &'a Shared,
        call: &Call,
        (kind, tenant, id): (&Kind, Tenant, ActorId),
        command: &'a str,
        body: Value,
    ) -> Result<Self, Refusal> {
        let from = &call.parts.headers;
        Ok(Self {
            page: shared.edge.pages.get(kind).ok_or_else(codes::unknown_kind)?,
            tenant,
            caller: call.caller()?,
            id: Some(id),
            command,
            body,
            key: headers::key(from)?,
            lock: Lock::None,
            correlation: headers::correlation(from)?,
            trace: call.scene.traced.trace.clone(),
            wait: shared.edge.config.wait(None),
        })
    }
}

/// What became of it.
pub struct Submitted {
    /// The actors' answer.
    pub answer: Answer,
    /// What the message envelope called it.
    pub message_id: Option<String>,
}

/// Sends a command and waits as long as its caller wants.
///
/// # Errors
/// What the bus refuses with, and `unknown_command`, `target_mismatch`, `unsupported_version`,
/// `invalid_message`, `precondition_failed`, `id_needed`.
pub async fn submit(shared: &Shared, submission: Submission<'_>) -> Result<Submitted, Refusal> {
    let Submission { page, tenant, caller, command, .. } = submission;
    let name = CommandName::new(command).ok().filter(|_| page.command(command).is_some());
    let name = name.ok_or_else(|| codes::unknown_command(page))?;
    let (input, message_id) = unwrap((page.kind.as_str(), command), submission.body)?;
    ensure_scope(shared, page, command, &input)?;
    let spoken = message_id.as_deref().map(|id| Key::Text(id.to_owned()));
    let key = submission.key.or(spoken);
    let command_id = match &key {
        Some(key) => key.command(&tenant, &caller.principal),
        None => CommandId(Uuid::now_v7()),
    };
    let id = match submission.id {
        Some(id) => id,
        None if page.named => return Err(codes::id_needed(page)),
        None => made(page, &tenant, &caller, key.as_ref()),
    };
    let to = Address::new(tenant, page.kind.clone(), id);
    let expected = expected(shared, &to, submission.lock).await?;
    let mut envelope = Envelope::new(command_id, to, name, input, caller);
    envelope.correlation = submission.correlation;
    envelope.trace = Some(submission.trace);
    envelope.expected = expected;
    let wait =
        if submission.wait.is_zero() { Wait::Accepted } else { Wait::Completed(submission.wait) };
    let governs = GOVERNING.contains(&page.kind.as_str()).then(|| governed(shared, &envelope));
    let answer = shared.edge.bus.ask(envelope, wait).await?;
    if let Some(mut record) = governs {
        record.add("revision", json!(answer.revision));
        // It stands in the log of its actor already: nothing is lost when the trail is away.
        if let Err(error) = shared.edge.audit.record(record).await {
            tracing::error!(%error, "audit.unwritten");
        }
    }
    Ok(Submitted { answer, message_id })
}

/// A switch of a kind that there is not would hold up nothing, and nobody would notice.
fn ensure_scope(
    shared: &Shared,
    page: &PageRef,
    command: &str,
    input: &Value,
) -> Result<(), Refusal> {
    if page.kind != policy::KIND || command != "engage" {
        return Ok(());
    }
    let scope = input["scope"].as_str().and_then(|scope| scope.parse().ok());
    let Some(Scope::Kind(kind) | Scope::Actor(kind, _)) = scope else { return Ok(()) };
    if shared.edge.pages.get(&kind).is_some() {
        return Ok(());
    }
    let message = format!("there is no kind `{kind}`, so the switch would stop nothing");
    let refusal = Refusal::new(RefusalClass::Malformed, "invalid_input", message.clone());
    Err(refusal.field("scope", message))
}

/// The record of a command that rules over people, rights or policies, and was done.
fn governed(shared: &Shared, envelope: &Envelope) -> AuditRecord {
    let Envelope { to, name, by, id, .. } = envelope;
    let said = "a command that rules over people, rights or policies was done";
    let record = AuditRecord::new(to.tenant.clone(), classes::ADMIN, shared.now(), said);
    let record = record.by(by).outcome(Outcome::Done).action(format!("{}.{name}", to.kind));
    AuditRecord {
        actor: Some(format!("{}/{}", to.kind, to.id)),
        trace_id: envelope.trace.as_ref().and_then(Trace::id),
        ..record.details(json!({ "command_id": id }))
    }
}

/// The id of a new actor: always the same for the same key of the same caller, so that a retried
/// creation meets the same actor.
#[must_use]
pub fn made(page: &PageRef, tenant: &Tenant, caller: &Caller, key: Option<&Key>) -> ActorId {
    let text = match key {
        None => Uuid::now_v7().to_string(),
        Some(key) => {
            let (principal, key) = (caller.principal.as_str(), key.to_text());
            let parts = [tenant.as_str(), principal, page.kind.as_str(), &key];
            CommandId::derived("cambium actor key v1", &parts).to_string()
        }
    };
    ActorId::new(text).expect("a UUID is one token")
}

/// The input inside a body, and what the message envelope around it calls itself.
///
/// # Errors
/// `target_mismatch`, `unsupported_version`, `invalid_message`.
pub(crate) fn unwrap(
    (target, intent): (&str, &str),
    body: Value,
) -> Result<(Value, Option<String>), Refusal> {
    let is_message = ["origin", "target", "intent"].iter().all(|name| body.get(name).is_some());
    if !is_message {
        return Ok((body, None));
    }
    let message: Msg = contracts::read::from_value(body).map_err(|error| {
        codes::invalid_message(format!("the message envelope is not of its shape: {error}"))
    })?;
    if message.target != target {
        return Err(codes::target_mismatch("target", &message.target, target));
    }
    if message.intent != intent {
        return Err(codes::target_mismatch("intent", &message.intent, intent));
    }
    if let Some(version) = message.api_version.filter(|version| version != "v1") {
        return Err(codes::unsupported_version(&version));
    }
    if message.id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 255) {
        let text = "the id of a message has 1 to 255 bytes";
        return Err(codes::invalid_message(text).field("id", text));
    }
    Ok((message.input, message.id))
}

/// The revision that the actor must be at.
async fn expected(shared: &Shared, to: &Address, lock: Lock) -> Result<Option<Revision>, Refusal> {
    match lock {
        Lock::None => Ok(None),
        Lock::Revision(revision) => Ok(Some(revision)),
        // Actors never cease to be, so what exists now exists when the command is decided.
        Lock::Exists => match shared.edge.history.state(to, At::Latest).await {
            Ok(_) => Ok(None),
            Err(refusal) if refusal.class == RefusalClass::NotFound => {
                Err(codes::precondition_failed("If-Match: * wants an actor that exists"))
            }
            Err(refusal) => Err(refusal),
        },
    }
}

impl Submitted {
    /// The body that tells the answer: the message envelope; of a command that is not answered
    /// yet, the same without `ok`, `output` and `state_hash`, with `status`.
    ///
    /// # Errors
    /// `internal` when the answer has no canonical form.
    pub fn to_json(&self) -> Result<Value, Refusal> {
        let reply = MsgReply::of(self.message_id.clone(), &self.answer)?;
        let mut value =
            serde_json::to_value(reply).map_err(|error| Refusal::internal(error.to_string()))?;
        if let (Status::Accepted, Some(members)) = (self.answer.status, value.as_object_mut()) {
            for name in ["ok", "output", "state_hash"] {
                members.remove(name);
            }
            members.insert("status".to_owned(), json!(self.answer.status));
            members.insert("command".to_owned(), json!(self.answer.command));
        }
        Ok(value)
    }

    /// The entity tag of the actor after it.
    #[must_use]
    pub fn tag(&self) -> String {
        tag(self.answer.revision)
    }
}

/// The entity tag of a revision.
#[must_use]
pub fn tag(revision: Revision) -> String {
    format!("\"{revision}\"")
}
