//! The shapes of what clients of the four systems before this one send.

use std::collections::BTreeSet;

use contracts::access::Pattern;
use contracts::kinds::organization::MemberRole;
use serde_json::{Map, Value, json};

use super::parameters::{TOKEN, instant};
use super::shapes::{inlined, object, reference};
use crate::dialects::seeds::AGENTS;
use crate::edge::routes::{Method, Route};

/// A member of a body: its name, its type, and whether it is needed.
type Member = (&'static str, &'static str, bool);

const MAIL: Member = ("email", "string", true);
const NAME: Member = ("name", "string", false);
const PASSWORD: Member = ("password", "string", true);
const DRY_RUN: Member = ("dry_run", "boolean", false);
const OVERRIDES: Member = ("overrides", "object", false);
const SCOPES: Member = ("scopes", "array", false);

/// The body of a row; `None` = it takes none.
pub(super) fn body(route: &Route) -> Option<Value> {
    if route.method == Method::Get {
        return None;
    }
    if route.name.starts_with("biowerk_ask") {
        return Some(asked());
    }
    let members: &[Member] = match route.name {
        "codex32_login" | "biowerk_login" => &[("username", "string", true), PASSWORD],
        "version7_register" | "version7_login" | "symbia_login" => &[MAIL, PASSWORD],
        "symbia_register" => &[MAIL, PASSWORD, NAME],
        "biowerk_register" => &[MAIL, ("username", "string", true), PASSWORD],
        "biowerk_refresh" => &[("refresh_token", "string", true)],
        "symbia_refresh" => &[("refreshToken", "string", true)],
        "biowerk_password" => {
            &[("current_password", "string", true), ("new_password", "string", true)]
        }
        "symbia_password" => {
            &[("currentPassword", "string", true), ("newPassword", "string", true)]
        }
        "symbia_forgot" => &[MAIL],
        "symbia_reset" => &[("token", "string", true), PASSWORD],
        "symbia_introspect" => &[("token", "string", true)],
        "symbia_agent_login" => &[("agentId", "string", true), ("credential", "string", true)],
        "symbia_agent_register" => &[
            ("agentId", "string", true),
            ("credential", "string", true),
            NAME,
            ("orgId", "string", false),
            ("capabilities", "array", false),
        ],
        "symbia_key_issue" => &[
            ("name", "string", true),
            SCOPES,
            ("orgId", "string", false),
            ("expiresAt", "string", false),
        ],
        "symbia_key_verify" => &[("apiKey", "string", true)],
        "symbia_org_create" => &[("name", "string", true), ("slug", "string", true)],
        "symbia_member_add" => &[MAIL, ("role", "string", true)],
        "symbia_member_change" => &[("role", "string", true)],
        "biowerk_key_issue" => {
            &[("name", "string", true), SCOPES, ("expires_in_days", "integer", false)]
        }
        "version7_set_settings" => &[],
        "version7_policy_reload" => &[("path", "string", false)],
        "version7_policy_dry_run" => &[("content", "string", true)],
        "version7_policy_apply" => &[("content", "string", true), DRY_RUN],
        "version7_policy_render" => &[("name", "string", true), OVERRIDES],
        "version7_policy_apply_template" => &[("name", "string", true), OVERRIDES, DRY_RUN],
        "version7_policy_wizard" => &[
            ("template", "string", true),
            ("goals", "array", false),
            ("risk_profile", "string", false),
            OVERRIDES,
            ("annotate", "boolean", false),
        ],
        _ => return None,
    };
    let properties: Map<_, _> =
        members.iter().map(|member| (member.0.to_owned(), shape(member))).collect();
    let needed: Vec<_> = members.iter().filter(|it| it.2).map(|it| it.0).collect();
    let about = "As the documentation of that system has it.";
    let mut whole = object(about, &needed, Value::Object(properties));
    whole["additionalProperties"] = json!(true);
    Some(whole)
}

/// A message to an agent, or its input alone.
fn asked() -> Value {
    json!({ "anyOf": [
        { "allOf": [
            reference("schemas", "Msg"),
            { "type": "object", "properties": { "api_version": { "const": "v1" } } },
        ] },
        { "type": "object", "description": "What the intent takes." },
    ] })
}

/// The agent that a path names.
pub(super) fn agent() -> Value {
    let agents: Vec<_> = AGENTS.iter().map(|(agent, _)| agent).collect();
    json!({ "name": "agent", "in": "path", "required": true, "description": "The agent.",
        "schema": { "type": "string", "enum": agents } })
}

/// The intent that a path names; which agent has which, `/v1/suite` and the howto tell.
pub(super) fn intent() -> Value {
    let intents: BTreeSet<_> = AGENTS.iter().flat_map(|(_, intents)| *intents).collect();
    json!({ "name": "intent", "in": "path", "required": true, "description": "What is asked.",
        "schema": { "type": "string", "enum": intents } })
}

/// What a member looks like.
fn shape((name, sort, _): &Member) -> Value {
    match (*name, *sort) {
        ("role", _) => inlined::<MemberRole>(),
        ("scopes" | "capabilities", _) => {
            json!({ "type": "array", "items": inlined::<Pattern>(), "maxItems": 64 })
        }
        ("slug" | "orgId" | "agentId", _) => json!({ "type": "string", "pattern": TOKEN }),
        ("expiresAt", _) => instant(),
        ("expires_in_days", _) => json!({ "type": "integer", "minimum": 1, "maximum": 365 }),
        ("credential", _) => json!({ "type": "string", "minLength": 32, "maxLength": 512 }),
        (_, "array") => json!({ "type": "array", "items": { "type": "string" } }),
        (_, "string") => json!({ "type": "string", "minLength": 1 }),
        (_, sort) => json!({ "type": sort }),
    }
}
