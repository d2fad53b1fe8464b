//! One operation: of a row, of a row for a kind, of a command.

use contracts::Pages;
use contracts::page::{CommandSpec, PageRef};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::parameters as of_request;
use super::shapes::{problem, reference};
use super::{a2a, agui, anthropic, langgraph, mcp, openai, requests, seeds, telemetry};
use crate::edge::routes::{Access, Method, Route};
use crate::edge::sse;

/// How an operation relates to new actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    /// It goes to an actor that the path names.
    No,
    /// It goes to a new actor.
    Command,
    /// It is the creation.
    Create,
}

/// The statuses that every operation with a credential may fail with.
const FAILURES: &[&str] = &["400", "401", "404", "405", "406", "413", "429", "500", "503", "504"];
/// The statuses that a command may fail with beside those.
const COMMAND_FAILURES: &[&str] = &["403", "409", "412", "415", "422"];

/// The operation of a row that is the same for all kinds.
pub(super) fn generic(route: &Route, pages: &Pages) -> Value {
    let mut whole = operation((route, pages), route.name.to_owned(), "system", reads(route));
    if let Some(shape) = body(route) {
        whole["requestBody"] = json!({
            "content": { "application/json": { "schema": reference("schemas", shape) } },
        });
        if shape.ends_with("Form") {
            let form = json!({ "schema": reference("schemas", shape) });
            whole["requestBody"]["content"]["application/x-www-form-urlencoded"] = form;
        }
    }
    if let Some(status) = made(route)
        && let Some(told) = whole["responses"].as_object_mut()
        && let Some(answer) = told.remove("200")
    {
        told.insert(status.to_owned(), answer);
    }
    if route.name.starts_with("biowerk_ask") {
        whole["responses"]["202"] = whole["responses"]["200"].clone();
    }
    // A new version of a secret is no new secret.
    if route.name == "secret_put" {
        whole["responses"]["201"] = whole["responses"]["200"].clone();
    }
    if matches!(route.name, "biowerk_logout" | "biowerk_password" | "biowerk_key_revoke")
        && let Some(told) = whole["responses"].as_object_mut()
    {
        told.remove("200");
        told.insert("204".to_owned(), json!({ "description": "It is done." }));
    }
    if matches!(route.name, "token" | "introspect" | "revoke") {
        for status in ["400", "401"] {
            whole["responses"][status] = reference("responses", "OAuthProblem");
        }
    }
    let content =
        openai::body(route).or_else(|| a2a::body(route)).or_else(|| langgraph::body(route));
    let content = content.or_else(|| anthropic::body(route)).or_else(|| agui::body(route));
    let content = content.or_else(|| telemetry::body(route));
    if let Some(content) = content {
        whole["requestBody"] = json!({ "content": content });
    }
    mcp::told(route, &mut whole);
    a2a::told(route, &mut whole);
    if let Some(schema) = seeds::body(route) {
        whole["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
    }
    if route.name == "import" {
        let lines = "Lines of an export in their order; a chunk may be sent again.";
        whole["requestBody"] = json!({
            "required": true,
            "content": { "application/x-ndjson": {
                "schema": { "type": "string", "description": lines },
            } },
        });
    }
    whole
}

/// The status of rows that do not answer with 200 when all is well.
fn made(route: &Route) -> Option<&'static str> {
    match route.name {
        "register"
        | "reset_issue"
        | "key_issue"
        | "key_rotate"
        | "ticket_issue"
        | "nats_user_add"
        | "webhooks_create"
        | "webhooks_rotate"
        | "biowerk_register"
        | "biowerk_key_issue"
        | "symbia_register"
        | "symbia_agent_register"
        | "symbia_org_create"
        | "symbia_member_add"
        | "symbia_key_issue"
        | "symbia_key_rotate" => Some("201"),
        "reset" => Some("202"),
        _ => None,
    }
}

/// The path of a row as it is shown. The router wants one name for a segment, whatever it stands
/// for; people want to know what it stands for.
pub(super) fn shown(route: &Route) -> String {
    match id_of(route) {
        Some(("id", _)) | None => route.path.replace("{*", "{"),
        Some((name, _)) => route.path.replace("{id}", &format!("{{{name}}}")),
    }
}

/// What the segment `{id}` of a row stands for: its name and its component.
fn id_of(route: &Route) -> Option<(&'static str, &'static str)> {
    if !route.path.contains("{id}") && !route.path.contains("{*id}") {
        return None;
    }
    Some(match route.name {
        "work_lease" => ("queue", "Queue"),
        "work_outcome" | "work_extend" => ("effect_id", "EffectId"),
        "command_status" => ("id", "OfCommand"),
        "model" => ("id", "OfModel"),
        "a2a_task_do" => ("id", "OfTask"),
        _ if route.path.starts_with("/v1/conversations/") => ("id", "OfConversation"),
        _ if route.path.starts_with("/v1/files/") => ("id", "OfFile"),
        _ if route.path.starts_with("/v1/responses/") => ("id", "OfResponse"),
        "telemetry_trace" => ("id", "OfTrace"),
        _ if route.path.starts_with("/v1/effects/") => ("id", "OfEffect"),
        _ => ("id", "Id"),
    })
}

/// The shape of a row's body, where it has one of its own.
fn body(route: &Route) -> Option<&'static str> {
    match route.name {
        "work_lease" => Some("LeaseInput"),
        "work_outcome" => Some("OutcomeInput"),
        "work_extend" => Some("ExtendInput"),
        "effect_pause" => Some("PauseInput"),
        "effect_cancel" => Some("CancelInput"),
        "effect_resolve" => Some("ResolveInput"),
        "policy_check" | "policy_what_if" => Some("WhatIf"),
        "privacy_erase" => Some("EraseInput"),
        "key_issue" => Some("KeyInput"),
        "nats_user_add" => Some("NatsUserInput"),
        "connector_key_put" => Some("ConnectorKeyInput"),
        "secret_put" => Some("SecretInput"),
        "ticket_issue" => Some("TicketInput"),
        "webhooks_create" => Some("WebhookInput"),
        "webhooks_rotate" => Some("WebhookRotateInput"),
        "key_rotate" => Some("RotateInput"),
        "key_revoke" => Some("OfPrincipal"),
        "admin_rebuild" => Some("RebuildInput"),
        "admin_roll_back" | "admin_forget" => Some("ModelsInput"),
        "admin_log_level" => Some("LogLevelInput"),
        "admin_skip" => Some("SkipInput"),
        "admin_drain" => Some("DrainInput"),
        "admin_acknowledge" => Some("AcknowledgeInput"),
        "audit_hold" => Some("HoldInput"),
        "audit_release" => Some("ReleaseInput"),
        "audit_retain" => Some("Retention"),
        "telemetry_tell" => Some("TelemetryInput"),
        "telemetry_retain" => Some("TelemetryRule"),
        "telemetry_summary" => Some("TelemetrySummaryInput"),
        "dead_edit" => Some("EditInput"),
        "dead_bulk" => Some("BulkInput"),
        "quarantine_skip" => Some("SkipForeignInput"),
        "login" => Some("LoginInput"),
        "refresh" => Some("RefreshInput"),
        "logout" => Some("LogoutInput"),
        "password" => Some("PasswordInput"),
        "register" => Some("RegisterInput"),
        "reset" => Some("ResetInput"),
        "reset_confirm" => Some("ConfirmInput"),
        "token" => Some("TokenForm"),
        "introspect" | "revoke" => Some("RevokeForm"),
        _ => None,
    }
}

/// The operation of a row as one kind has it.
pub(super) fn of_kind(route: &Route, page: &PageRef, pages: &Pages) -> Value {
    let name = format!("{}_{}", route.name, page.kind);
    let mut whole = operation((route, pages), name, page.kind.as_str(), reads(route));
    if route.name == "fork" {
        whole["requestBody"] = json!({
            "required": false,
            "content": { "application/json": { "schema": reference("schemas", "ForkInput") } },
        });
        let answer = json!({
            "description": "The new actor.",
            "headers": answer_headers(),
            "content": { "application/json": { "schema": reference("schemas", "Answer") } },
        });
        whole["responses"] = Value::Object(responses("201", answer, true));
    }
    whole
}

/// The operation of a command.
pub(super) fn of_command(
    (route, pages): (&Route, &Pages),
    page: &PageRef,
    spec: &CommandSpec,
    begins: Begins,
    generator: &mut SchemaGenerator,
) -> Value {
    let (kind, command) = (&page.kind, spec.name);
    let name = match begins {
        Begins::No => format!("{kind}_{command}"),
        Begins::Command => format!("new_{kind}_{command}"),
        Begins::Create => format!("{}_{kind}", route.name),
    };
    let input = (spec.input)(generator).to_value();
    let output = (spec.output)(generator).to_value();
    let status = if begins == Begins::Create { "201" } else { "200" };
    let answer = json!({
        "description": spec.about,
        "headers": answer_headers(),
        "content": { "application/json": { "schema": {
            "allOf": [reference("schemas", "Answer"), became(&output)],
        } } },
    });
    let mut whole = operation((route, pages), name, kind.as_str(), Vec::new());
    let mut told = responses(status, answer.clone(), true);
    told.insert("202".to_owned(), reference("responses", "Accepted"));
    if route.name == "create_with_id" {
        told.insert("200".to_owned(), answer);
    }
    whole["responses"] = Value::Object(told);
    whole["summary"] = json!(spec.about);
    whole["description"] = json!(route.about);
    whole["requestBody"] = json!({
        "content": {
            "application/json": {
                "schema": { "anyOf": [input.clone(), message(page, spec, &input)] },
                "example": spec.example,
            },
            "application/msgpack": { "schema": input },
        },
    });
    let classed: Map<_, _> = page
        .fields
        .iter()
        .filter(|field| field.command == command)
        .map(|field| (field.pointer.to_string(), json!(field.class)))
        .collect();
    if !classed.is_empty() {
        whole["x-data-class"] = Value::Object(classed);
    }
    let headers = ["IdempotencyKey", "CommandId", "Prefer", "IfMatch", "Correlation"];
    if let Some(parameters) = whole["parameters"].as_array_mut() {
        parameters.extend(headers.map(|name| reference("parameters", name)));
    }
    whole
}

/// What became of a command: its answer, or why the world did not do what it takes.
fn became(output: &Value) -> Value {
    let done = json!({ "ok": { "const": true }, "output": output });
    let not = json!({ "ok": { "const": false }, "output": reference("schemas", "Undone") });
    json!({ "anyOf": [
        { "type": "object", "properties": done },
        { "type": "object", "properties": not, "required": ["ok"] },
    ] })
}

/// The envelope of a message to this command.
fn message(page: &PageRef, spec: &CommandSpec, input: &Value) -> Value {
    let mut generator = super::generator();
    let told = (spec.input)(&mut generator).to_value();
    let needed = requests::needs(&told, &generator.take_definitions(true));
    let required: &[&str] = if needed { &["input"] } else { &[] };
    json!({ "allOf": [
        reference("schemas", "Msg"),
        { "type": "object", "properties": {
            "target": { "const": page.kind.as_str() },
            "intent": { "const": spec.name },
            "api_version": { "const": "v1" },
            "input": input,
        }, "required": required },
    ] })
}

fn operation(
    (route, pages): (&Route, &Pages),
    name: String,
    tag: &str,
    success: Vec<(&'static str, Value)>,
) -> Value {
    let mut parameters: Vec<_> = route
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .filter_map(|name| path_parameter(route, name.trim_start_matches('*')))
        .map(|name| reference("parameters", name))
        .filter(|_| route.name != "command_new")
        .collect();
    parameters.extend(route.query.iter().map(|param| of_request::query(route, param, pages)));
    let mut whole = json!({
        "operationId": name,
        "summary": route.about,
        "tags": [tag],
    });
    let mut told = Map::new();
    if matches!(route.access, Access::Open | Access::Probe) {
        whole["security"] = json!([]);
        for status in ["400", "403", "404", "405", "406", "413", "429", "500", "503"] {
            told.insert(status.to_owned(), problem());
        }
        // Whoever asks for more than to read may be refused as whoever has come in.
        if route.method != Method::Get {
            let all = FAILURES.iter().chain(COMMAND_FAILURES);
            told.extend(all.map(|status| ((*status).to_owned(), problem())));
        }
    } else {
        parameters.push(reference("parameters", "Tenant"));
        let all = FAILURES.iter().chain(COMMAND_FAILURES);
        told.extend(all.map(|status| ((*status).to_owned(), problem())));
    }
    if route.name == "audio_transcription" {
        told.insert("501".to_owned(), problem());
    }
    told.extend(success.into_iter().map(|(status, answer)| (status.to_owned(), answer)));
    whole["parameters"] = json!(parameters);
    whole["responses"] = Value::Object(told);
    whole
}

/// The component of a path parameter; those that are expanded have none.
fn path_parameter(route: &Route, name: &str) -> Option<&'static str> {
    match name {
        "id" => id_of(route).map(|(_, component)| component),
        "code" => Some("Code"),
        "letter" => Some("Letter"),
        "number" => Some("Number"),
        "run" => Some("OfRun"),
        "checkpoint" => Some("Checkpoint"),
        "config" => Some("Config"),
        "member" => Some("Member"),
        "signal" => Some("Signal"),
        "job" => Some("OfJob"),
        "agent" => Some("OfAgent"),
        "intent" => Some("OfIntent"),
        _ => None,
    }
}

/// What a row answers with when all is well.
fn reads(route: &Route) -> Vec<(&'static str, Value)> {
    if route.name == "ws" {
        return vec![("101", json!({ "description": "The socket is open." }))];
    }
    let shape = match route.name {
        "state" => "State",
        "list" | "messages" | "timeline" | "privacy_receipts" => "Rows",
        "events" | "actor_events" => "Commits",
        "command_status" => "CommandStatus",
        "diff" => "Diff",
        "verify" => "Verification",
        "replay" => "Replay",
        "waiting" => "Waiting",
        "effects" => "Effects",
        "usage" => "Usage",
        "knowledge_search" => "KnowledgeFound",
        "assistant_memory" => "MemoryFound",
        "effect" => "Effect",
        "effect_pause" | "effect_resume" | "effect_cancel" | "effect_resolve" => "EffectControl",
        "limits" => "Limits",
        "tools" => "Tools",
        "effect_text" => "EffectText",
        "model_circuits" => "Circuits",
        "connector_circuit" | "connector_circuit_reset" | "model_circuit_reset" => "Circuit",
        "audit" => "AuditRecords",
        "audit_verify" => "AuditReport",
        "audit_head" => "AuditHead",
        "audit_hold" => "Hold",
        "audit_holds" => "Items",
        "audit_retain" => "Retention",
        "dead" => "Letters",
        "dead_letter" => "Letter",
        "dead_retry" | "dead_edit" | "dead_skip" => "LetterDone",
        "quarantine" => "Doubts",
        "quarantine_skip" => "Skipped",
        "import" => "Imported",
        "admin_acknowledge" => "Acknowledged",
        "work_lease" => "WorkItems",
        "work_outcome" => "WorkAnswer",
        "work_extend" => "WorkExtended",
        "admin_streams" | "admin_peers" | "admin_lag" | "admin_partitions" | "admin_models"
        | "admin_nodes" | "admin_drain" | "admin_rebuild" | "admin_rebuilds"
        | "admin_roll_back" | "admin_forget" | "admin_refused" => "Items",
        "tree_key" => "TreeKey",
        "tree_heads" => "TreeHeads",
        "tree_head" | "tree_head_make" => "TreeHead",
        "tree_proof" => "TreeProof",
        name => telemetry::answer(name).unwrap_or("Anything"),
    };
    let content: Map<_, _> = route
        .offers
        .iter()
        .map(|media| {
            let json = *media == "application/json" || media.ends_with("+json");
            let schema = if json {
                reference("schemas", shape)
            } else if *media == sse::CONTENT_TYPE {
                // What an event says is the dialect's.
                json!({ "description": "Server-sent events." })
            } else {
                json!({ "type": "string" })
            };
            ((*media).to_owned(), json!({ "schema": schema }))
        })
        .collect();
    let mut told = vec![("200", json!({ "description": route.about, "content": content }))];
    told.extend(parts(route.name));
    told
}

/// What a row answers with when less than all of it is wanted.
fn parts(name: &str) -> Vec<(&'static str, Value)> {
    let some = ("206", json!({ "description": "The bytes that `Range` asks for." }));
    let same = ("304", json!({ "description": "It is as the caller's `ETag` says." }));
    match name {
        "chaperone_content" => vec![some, same],
        "state" => vec![same],
        _ => Vec::new(),
    }
}

fn responses(status: &str, success: Value, command: bool) -> Map<String, Value> {
    let more = if command { COMMAND_FAILURES } else { &[] };
    let mut told: Map<_, _> =
        FAILURES.iter().chain(more).map(|status| ((*status).to_owned(), problem())).collect();
    told.insert(status.to_owned(), success);
    told
}

fn answer_headers() -> Value {
    json!({
        "ETag": reference("headers", "ETag"),
        "Location": reference("headers", "Location"),
        "RateLimit": reference("headers", "RateLimit"),
    })
}
