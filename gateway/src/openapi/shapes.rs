//! The shapes that all kinds share.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::dialects::sign_in;

/// What the names of the shared schemas begin with, so that no type of a kind meets them.
const PREFIX: &str = "Cambium";

/// The reference to a component.
pub fn reference(family: &str, name: &str) -> Value {
    let prefix = if family == "schemas" { PREFIX } else { "" };
    json!({ "$ref": format!("#/components/{family}/{prefix}{name}") })
}

/// The reference to the answer of every failure.
pub fn problem() -> Value {
    reference("responses", "Problem")
}

pub(super) fn object(about: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object",
        "description": about,
        "required": required,
        "properties": properties,
    })
}

/// An object that has no other members.
pub(super) fn closed(about: &str, required: &[&str], properties: Value) -> Value {
    let mut whole = object(about, required, properties);
    whole["additionalProperties"] = json!(false);
    whole
}

/// An object whose other members say nothing: `null` is as if it were not there.
pub(super) fn sparse(about: &str, required: &[&str], properties: Value) -> Value {
    let mut whole = object(about, required, properties);
    whole["additionalProperties"] = json!({ "type": "null" });
    whole
}

pub(super) fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

pub(super) fn hash() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

pub(super) fn revision() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

pub(super) fn page(items: Value) -> Value {
    object(
        "A page; `next` goes into `after` for the next one, null = that was all.",
        &["items", "next"],
        json!({
            "items": { "type": "array", "items": items },
            "next": { "type": ["string", "null"] },
        }),
    )
}

/// Which actor, and which of its commits.
fn place() -> Value {
    json!({
        "kind": text("The actor's kind."),
        "id": text("The actor."),
        "revision": revision(),
    })
}

/// The members of a commit.
fn commit() -> Value {
    let mut commit = place();
    merge(
        &mut commit,
        json!({
            "cursor": text("Its position, opaque."), "tenant": text("Whose."),
            "at": { "type": "string", "format": "date-time" }, "prev": hash(), "hash": hash(),
            "command": { "type": "object" }, "gate": { "type": "object" },
            "events": { "type": "array", "items": { "type": "object" } },
            "effects": { "type": "array", "items": { "type": "object" } },
            "completions": { "type": "array", "items": { "type": "object" } },
            "raw": text("The stored bytes as base64."),
        }),
    );
    commit
}

/// The members of a state.
fn state() -> Value {
    let mut state = place();
    merge(
        &mut state,
        json!({
            "cursor": text("Its position, opaque."), "commit_hash": hash(), "state_hash": hash(),
            "at": { "type": "string", "format": "date-time" }, "state": {},
        }),
    );
    state
}

/// The shapes of what is read.
pub fn schemas() -> Map<String, Value> {
    let mut generator = super::generator();
    let (answer, message) = (
        contracts::message::MsgReply::json_schema(&mut generator).to_value(),
        contracts::message::Msg::json_schema(&mut generator).to_value(),
    );
    let (commit, state) = (commit(), state());
    let members = json!({
        "Answer": answer,
        "Msg": message,
        "Undone": object(
            "Why a command that was accepted came to nothing.",
            &["code", "message"],
            json!({
                "class": text("What sort of failure it is."),
                "code": text("A stable code."),
                "message": text("The same in a sentence."),
            }),
        ),
        "Anything": { "description": "A value." },
        "Json": super::requests::json(),
        "OAuthError": object("A failure (RFC 6749).", &["error"], json!({
            "error": text("Its code."), "error_description": text("What went wrong."),
        })),
        "Commit": object("What one command caused.", &["cursor", "kind", "id", "revision"], commit),
        "State": object(
            "An actor's state.",
            &["kind", "id", "revision", "cursor", "commit_hash", "state_hash", "state"],
            state,
        ),
        "Commits": page(reference("schemas", "Commit")),
        "Rows": page(json!({ "type": "object" })),
        "Items": object(
            "Rows, one object each.",
            &["items"],
            json!({
                "items": { "type": "array", "items": { "type": "object" } },
                "next": { "type": ["string", "null"] },
            }),
        ),
        "Waiting": object(
            "What an actor waits for.",
            &["items"],
            json!({ "items": { "type": "array", "items": { "type": "object" } } }),
        ),
        "ForkInput": closed("Where a fork begins.", &[], json!({
            "id": { "type": "string", "pattern": super::parameters::TOKEN,
                "description": "The new actor's id; absent = a made one." },
            "at": super::parameters::at(),
            "unmuted": { "type": "boolean", "description": "Whether its effects are performed." },
        })),
    });
    let mut schemas: Map<_, _> = members.as_object().cloned().unwrap_or_default();
    schemas.extend(reports());
    schemas.extend(work());
    schemas.extend(effects());
    schemas.extend(super::models::shapes());
    schemas.extend(operators());
    schemas.extend(super::letters::schemas());
    schemas.extend(super::audit::schemas());
    schemas.extend(super::telemetry::schemas());
    schemas.into_iter().map(|(name, schema)| (format!("{PREFIX}{name}"), schema)).collect()
}

/// The shapes of tree heads and of what operators ask.
fn operators() -> Map<String, Value> {
    let members = json!({
        "TreeKey": object("The key of tree heads.", &["algorithm", "public_key"], json!({
            "algorithm": { "const": "ed25519" }, "public_key": hash(),
        })),
        "TreeHead": tree_head(),
        "TreeHeads": page(reference("schemas", "TreeHead")),
        "TreeProof": object("That a tree head covers an actor.", &["tree_head", "proof"], json!({
            "tree_head": reference("schemas", "TreeHead"),
            "proof": { "type": "object", "description": "Checked with the public key alone." },
        })),
        "WhatIf": inlined::<contracts::kinds::policy::WhatIf>(),
        "EraseInput": inlined::<crate::dialects::rest::EraseInput>(),
        "KeyInput": inlined::<crate::dialects::rest::KeyInput>(),
        "NatsUserInput": inlined::<crate::dialects::rest::NatsUserInput>(),
        "WebhookInput": inlined::<crate::dialects::rest::WebhookInput>(),
        "WebhookRotateInput": inlined::<crate::dialects::rest::WebhookRotateInput>(),
        "ConnectorKeyInput": inlined::<crate::dialects::rest::ConnectorKeyInput>(),
        "SecretInput": inlined::<crate::dialects::rest::SecretInput>(),
        "TicketInput": super::tickets::input(),
        "LoginInput": inlined::<sign_in::LoginInput>(),
        "RefreshInput": inlined::<sign_in::RefreshInput>(),
        "LogoutInput": inlined::<sign_in::LogoutInput>(),
        "PasswordInput": inlined::<sign_in::PasswordInput>(),
        "RegisterInput": inlined::<sign_in::RegisterInput>(),
        "ResetInput": inlined::<sign_in::ResetInput>(),
        "ConfirmInput": inlined::<sign_in::ConfirmInput>(),
        "TokenForm": inlined::<sign_in::TokenForm>(),
        "RevokeForm": inlined::<sign_in::RevokeForm>(),
        "OfPrincipal": inlined::<crate::dialects::rest::OfPrincipal>(),
        "RotateInput": inlined::<crate::dialects::rest::RotateInput>(),
        "RebuildInput": inlined::<crate::dialects::rest::RebuildInput>(),
        "ModelsInput": inlined::<crate::dialects::rest::ModelsInput>(),
        "AcknowledgeInput": inlined::<crate::dialects::rest::AcknowledgeInput>(),
        "DrainInput": inlined::<crate::dialects::rest::DrainInput>(),
        "LogLevelInput": inlined::<crate::dialects::rest::LogLevelInput>(),
        "SkipInput": inlined::<crate::dialects::rest::SkipInput>(),
    });
    members.as_object().cloned().unwrap_or_default()
}

fn tree_head() -> Value {
    object(
        "A signed root over all chain heads.",
        &["v", "number", "at", "cursor", "root", "prev", "hash", "public_key", "signature"],
        json!({
            "v": { "type": "integer" }, "number": { "type": "integer", "minimum": 1 },
            "at": { "type": "string", "format": "date-time" },
            "cursor": text("It covers all commits up to here, opaque."),
            "root": hash(), "prev": hash(), "hash": hash(), "public_key": hash(),
            "signature": { "type": "string", "pattern": "^[0-9a-f]{128}$" },
        }),
    )
}

/// The shapes of work for any language.
fn work() -> Map<String, Value> {
    use contracts::work::{
        ExtendInput, LeaseInput, OutcomeInput, WorkAnswer, WorkExtended, WorkItem,
    };
    let item = inlined::<WorkItem>();
    let members = json!({
        "LeaseInput": inlined::<LeaseInput>(),
        "OutcomeInput": inlined::<OutcomeInput>(),
        "ExtendInput": inlined::<ExtendInput>(),
        "WorkAnswer": inlined::<WorkAnswer>(),
        "WorkExtended": inlined::<WorkExtended>(),
        "WorkItems": object(
            "Leased work; none = there was nothing.",
            &["items"],
            json!({ "items": { "type": "array", "items": item } }),
        ),
    });
    members.as_object().cloned().unwrap_or_default()
}

/// The shapes of effects and limits.
fn effects() -> Map<String, Value> {
    use crate::dialects::rest::effects::{CancelInput, PauseInput, ResolveInput};
    let count = || json!({ "type": "integer", "minimum": 0 });
    let time = || json!({ "type": ["string", "null"], "format": "date-time" });
    let maybe = |about: &str| json!({ "type": ["string", "null"], "description": about });
    let effect = object(
        "What an actor has asked of the world.",
        &["id", "kind", "actor", "revision", "index", "class", "status", "attempts", "asked_at"],
        json!({
            "id": hash(), "kind": text("The actor's kind."), "actor": text("The actor."),
            "revision": revision(), "index": count(), "class": text("Its class."),
            "limit": maybe("Its limit key."), "queue": maybe("Of work: its queue."),
            "status": text("What it does, or how it stands in the log."),
            "why": maybe("What holds it."), "hold": { "type": ["object", "null"] },
            "attempts": count(), "asked_at": time(), "concluded_at": time(), "next_at": time(),
            "code": maybe("Why it failed."), "reason": maybe("What somebody said of it."),
            "by": maybe("Who."), "last": { "type": ["object", "null"] },
        }),
    );
    let limit = object(
        "A limit that is set.",
        &["tenant", "scope", "limits", "paused"],
        json!({
            "tenant": text("Whose; `system` = of all tenants."), "scope": text("Of what."),
            "limits": { "type": "object" }, "paused": { "type": "boolean" },
            "queued": count(), "running": count(), "retrying": count(), "leased": count(),
            "held": count(), "unknown": count(), "muted": count(),
            "why": maybe("What of it holds the next one."), "next_at": time(),
        }),
    );
    let limits = json!({ "items": { "type": "array", "items": limit } });
    let members = json!({
        "KnowledgeFound": inlined::<contracts::search::knowledge::Found>(),
        "MemoryFound": inlined::<contracts::search::memory::Found>(),
        "Usage": page(inlined::<contracts::usage::UsageRow>()),
        "PauseInput": inlined::<PauseInput>(),
        "CancelInput": inlined::<CancelInput>(),
        "ResolveInput": inlined::<ResolveInput>(),
        "Effect": effect,
        "Effects": page(reference("schemas", "Effect")),
        "Tools": page(inlined::<contracts::model::ToolView>()),
        "Limits": object("The limits that are set.", &["items"], limits),
        "EffectControl": object(
            "How an effect stands after somebody's word on it.",
            &["id", "kind", "actor", "status", "revision", "cursor"],
            json!({
                "id": hash(), "kind": text("The actor's kind."), "actor": text("The actor."),
                "status": text("How it stands now."), "revision": revision(),
                "cursor": text("Where that is written, opaque."),
            }),
        ),
    });
    members.as_object().cloned().unwrap_or_default()
}

/// The schema of a type with everything that it refers to in its place.
pub(super) fn inlined<T: JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The shapes of problems and of what history answers.
fn reports() -> Map<String, Value> {
    let field = object(
        "A member at fault.",
        &["field", "message"],
        json!({
            "field": text("Where."), "message": text("What is wrong with it."),
        }),
    );
    let members = json!({
        "Problem": object(
            "A failure (RFC 9457).",
            &["type", "title", "status", "detail", "code", "trace_id", "errors", "error"],
            json!({
                "type": text("Where the code is explained."), "title": text("The code in words."),
                "status": { "type": "integer" }, "detail": text("What went wrong this time."),
                "instance": text("The path."), "code": text("Stable, snake case."),
                "trace_id": text("Finds it in logs and traces."),
                "errors": { "type": "array", "items": field },
                "details": { "description": "Facts for programs." },
                "retry_after_ms": { "type": "integer" },
                "error": { "type": "object", "description": "As model providers tell it." },
            }),
        ),
        "CommandStatus": object(
            "Where a command stands.",
            &["id", "kind", "actor", "name", "status", "revision", "cursor"],
            json!({
                "id": text("The command."), "kind": text("The actor's kind."),
                "actor": text("The actor."), "name": text("The command's name."),
                "status": { "enum": [
                    "queued", "accepted", "completed", "failed", "rejected", "dead",
                ] },
                "revision": revision(), "cursor": text("Its position, opaque."),
                "reply": { "description": "The answer." },
                "rejection": { "description": "Why not." },
            }),
        ),
        "Diff": object("What stands between two states.", &["left", "right", "patch"], json!({
            "left": { "type": "object" }, "right": { "type": "object" }, "common": revision(),
            "left_only": { "type": "array" }, "right_only": { "type": "array" },
            "patch": { "type": "array", "description": "JSON Patch (RFC 6902)." },
        })),
        "Verification": object("What a check found.", &["ok", "commits", "revision"], json!({
            "kind": text("The kind."), "id": text("The actor."), "ok": { "type": "boolean" },
            "commits": revision(), "revision": revision(), "commit_hash": hash(),
            "state_hash": { "type": ["string", "null"] }, "reason": { "type": ["string", "null"] },
            "broken_at": { "type": ["integer", "null"] },
        })),
        "Replay": object("What a replay found.", &["state", "commits", "drift"], json!({
            "state": reference("schemas", "State"), "commits": revision(), "events": revision(),
            "matches_cell": { "type": ["boolean", "null"] }, "drift": { "type": "array" },
        })),
    });
    members.as_object().cloned().unwrap_or_default()
}

/// The answers that all operations share.
pub fn responses() -> Value {
    json!({
        "Problem": {
            "description": "It failed; `code` says how, `type` leads to an explanation.",
            "headers": { "Retry-After": reference("headers", "RetryAfter") },
            "content": { crate::problem::CONTENT_TYPE: {
                "schema": reference("schemas", "Problem"),
            } },
        },
        "OAuthProblem": {
            "description": "It failed, in the words of RFC 6749 or in ours.",
            "content": {
                "application/json": { "schema": reference("schemas", "OAuthError") },
                crate::problem::CONTENT_TYPE: { "schema": reference("schemas", "Problem") },
            },
        },
        "A2aProblem": super::a2a::problem(),
        "Accepted": {
            "description": "The command is stored and not answered yet; `Location` tells its fate.",
            "headers": { "Location": reference("headers", "Location") },
            "content": { "application/json": { "schema": { "type": "object" } } },
        },
    })
}

/// What `id` of a path names in words of OpenAI's.
fn named(pattern: &str, about: &str) -> Value {
    in_path("id", pattern, about)
}

/// A text in the path.
fn in_path(name: &str, pattern: &str, about: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": about,
        "schema": { "type": "string", "pattern": pattern },
    })
}

/// The parameters that several operations share.
pub fn parameters() -> Value {
    let token = json!({ "type": "string", "pattern": super::parameters::TOKEN });
    let mut whole = json!({
        "Id": { "name": "id", "in": "path", "required": true, "schema": token },
        "Code": {
            "name": "code", "in": "path", "required": true,
            "schema": { "type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$" },
        },
        "Queue": {
            "name": "queue", "in": "path", "required": true,
            "description": "The queue of the work.", "schema": token,
        },
        "OfCommand": {
            "name": "id", "in": "path", "required": true,
            "description": "The command's id.",
            "schema": { "type": "string", "format": "uuid", "pattern": super::parameters::UUID },
        },
        "OfModel": named("^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,200}$", "The model: `provider/model`."),
        "OfConversation": named("^conv_[A-Za-z0-9]{1,100}$", "The conversation."),
        "OfTask": named(
            "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,117}:(cancel|subscribe)$",
            "The task, and what is done: `{id}:cancel`, `{id}:subscribe`.",
        ),
        "OfFile": named("^file-[A-Za-z0-9]{1,100}$", "The file."),
        "OfJob": in_path("job", contracts::kinds::chaperone::JOB, "The job."),
        "OfAgent": super::seeds::agent(),
        "OfIntent": super::seeds::intent(),
        "OfResponse": named("^resp_[A-Za-z0-9]{1,100}$", "The response."),
        "OfEffect": {
            "name": "id", "in": "path", "required": true,
            "description": "The effect's id.", "schema": hash(),
        },
        "EffectId": {
            "name": "effect_id", "in": "path", "required": true,
            "description": "The effect, as its lease names it.", "schema": hash(),
        },
        "Signal": super::telemetry::signal(),
        "OfTrace": super::telemetry::trace(),
        "Letter": {
            "name": "letter", "in": "path", "required": true,
            "description": "The id of a dead letter.",
            "schema": { "type": "string", "pattern": "^[1-9][0-9]{0,17}$" },
        },
        "Number": {
            "name": "number", "in": "path", "required": true,
            "description": "The number of a tree head, or `latest`.",
            "schema": { "type": "string", "pattern": "^(latest|[1-9][0-9]{0,17})$" },
        },
        "Checkpoint": {
            "name": "checkpoint", "in": "path", "required": true,
            "description": "A revision of the thread.",
            "schema": { "type": "string", "pattern": "^[1-9][0-9]{0,17}$" },
        },
        "OfRun": in_path("run", "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}$", "A run."),
        "Config": {
            "name": "config", "in": "path", "required": true,
            "description": "Who is told of the task.",
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9_:@-]{1,64}$" },
        },
        "Member": {
            "name": "member", "in": "path", "required": true,
            "description": "A member of the organization.",
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}$" },
        },
    });
    if let Some(members) = whole.as_object_mut() {
        let headers = super::parameters::headers();
        members.extend(headers.map(|(name, header)| (name.to_owned(), header)));
    }
    whole
}

/// The response headers that several operations share.
pub fn headers() -> Value {
    let header = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    json!({
        "ETag": header("The actor's revision in quotes."),
        "Location": header("The actor, or the command that is not answered yet."),
        "RateLimit": header("What is left of the credential's share."),
        "RetryAfter": header("After how many seconds another try is worth it."),
    })
}

fn merge(into: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (into.as_object_mut(), more) {
        members.extend(more);
    }
}
