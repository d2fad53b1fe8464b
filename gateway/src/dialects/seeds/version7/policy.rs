//! `/policy/…` of Version_7: the policy `version7` of the tenant.

use std::sync::Arc;

use actors::policy::templates::{self, Template};
use actors::policy::{Compiled, value, write};
use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::kinds::policy;
use contracts::{ActorId, Address, FieldError, Refusal, RefusalClass, Tenant, state_hash};
use serde_json::{Value, json};

use super::translate::{self, Translated};
use crate::dialects::rest::respond;
use crate::dialects::seeds::text;
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, submit};

/// Reading policies.
const READ: Needs = Needs::Tenant(Capability::new("policy", "read"));
/// Checking a policy.
const CHECK: Needs = Needs::Tenant(Capability::new("policy", "check"));
/// What the policy is called here.
const NAME: ActorId = ActorId::from_static("version7");

/// The rows.
pub const ROUTES: &[Route] = &[
    Route::known(
        (Method::Get, "/seeds/version7/policy/current"),
        "version7_policy_current",
        "Tells the policy in force.",
        READ,
        |shared, call| Box::pin(current(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/version7/policy/reload"),
        "version7_policy_reload",
        "Puts the last version into force anew.",
        Needs::Command,
        |shared, call| Box::pin(reload(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/version7/policy/dry-run"),
        "version7_policy_dry_run",
        "Checks a policy; the answer says what is wrong with it.",
        CHECK,
        |shared, call| Box::pin(dry_run(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/version7/policy/apply"),
        "version7_policy_apply",
        "Puts a policy into force, or only checks it.",
        Needs::Command,
        |shared, call| Box::pin(apply(shared, call)),
    ),
    Route::known(
        (Method::Get, "/seeds/version7/policy/templates"),
        "version7_policy_templates",
        "Lists policies to begin with.",
        Needs::Nothing,
        |_, _| Box::pin(std::future::ready(list())),
    ),
    Route::known(
        (Method::Get, "/seeds/version7/policy/templates/{id}"),
        "version7_policy_template",
        "Tells a policy to begin with.",
        Needs::Nothing,
        |_, call| Box::pin(std::future::ready(one(&call))),
    ),
    Route::known(
        (Method::Post, "/seeds/version7/policy/render-from-template"),
        "version7_policy_render",
        "Lays overrides upon a template.",
        CHECK,
        |shared, call| Box::pin(render(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/version7/policy/apply-from-template"),
        "version7_policy_apply_template",
        "Lays overrides upon a template and puts that into force, or only checks it.",
        Needs::Command,
        |shared, call| Box::pin(apply_template(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/version7/policy/wizard"),
        "version7_policy_wizard",
        "Makes a policy of a template, a level of risk and overrides, and tells what differs.",
        CHECK,
        |shared, call| Box::pin(wizard(shared, call)),
    ),
];

/// A policy that can be put into force, or everything that is wrong with it.
fn checked(value: &Value) -> Result<Translated, Vec<FieldError>> {
    let translated = translate::read(value)?;
    Compiled::new(NAME.as_str(), &translated.document)?;
    Ok(translated)
}

fn unreadable(errors: Vec<FieldError>) -> Refusal {
    let class = RefusalClass::Malformed;
    let mut refusal = Refusal::new(class, "policy_unreadable", "the policy is no YAML");
    refusal.errors = errors;
    refusal
}

fn invalid(errors: Vec<FieldError>) -> Refusal {
    let mut refusal = Refusal::rejected("policy_invalid", "the policy cannot be used");
    refusal.errors = errors;
    refusal
}

/// The version in force, and what is kept.
async fn standing(shared: &Shared, tenant: &Tenant) -> Result<Option<Value>, Refusal> {
    let to = Address::new(tenant.clone(), policy::KIND, NAME);
    Ok(shared.kept(&to).await?.map(|view| view.state))
}

fn in_force(state: &Value) -> Option<&Value> {
    let versions = state["versions"].as_array()?;
    versions.iter().find(|it| it["version"] == state["active"])
}

async fn current(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let tenant = call.tenant;
    let state = standing(&shared, &tenant).await?.unwrap_or_default();
    let version = in_force(&state).unwrap_or(&Value::Null);
    let rules = version["document"]["rules"].as_array().map_or(0, Vec::len);
    let told = json!({
        "policy": version["document"], "rules_count": rules, "loaded_at": version["at"],
    });
    respond::json(StatusCode::OK, &told)
}

async fn reload(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let tenant = call.tenant.clone();
    let state = standing(&shared, &tenant).await?;
    let last = state.as_ref().and_then(|state| state["versions"].as_array()?.last().cloned());
    // A path would name a file of the server, which nobody reads by being asked.
    let Some(last) = last.filter(|_| body["path"].is_null()) else {
        let message = "there is no policy; apply one";
        return Err(Refusal::not_found("policy_version_not_found", message));
    };
    let input = json!({ "version": last["version"] });
    let asked = Submission::of(&shared, &call, (&policy::KIND, tenant, NAME), "activate", input)?;
    let done = submit(&shared, asked).await?;
    let rules = last["document"]["rules"].as_array().map_or(0, Vec::len);
    let told = json!({
        "status": "reloaded", "loaded_at": shared.now(), "rule_count": rules,
        "revision": done.answer.revision,
    });
    respond::json(StatusCode::OK, &told)
}

async fn dry_run(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let told = match value(text(&body, "content")?) {
        Err(errors) => {
            json!({ "status": "error", "error": "yaml_parse", "message": said(&errors) })
        }
        Ok(value) => match checked(&value) {
            Ok(Translated { document, notes }) => {
                json!({ "status": "ok", "policy": document, "notes": notes })
            }
            Err(errors) => json!({
                "status": "invalid", "error": "validation", "message": said(&errors),
                "errors": errors,
            }),
        },
    };
    respond::json(StatusCode::OK, &told)
}

fn said(errors: &[FieldError]) -> String {
    let lines = errors.iter().map(|FieldError { field, message }| format!("{field}: {message}"));
    lines.collect::<Vec<_>>().join("; ")
}

async fn apply(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let value = value(text(&body, "content")?).map_err(unreadable)?;
    put(shared, call, &value, body["dry_run"] == true).await
}

/// Puts a policy into force, or only checks it.
async fn put(
    shared: Arc<Shared>,
    call: Call,
    value: &Value,
    only: bool,
) -> Result<Response, Refusal> {
    let Translated { document, notes } = checked(value).map_err(invalid)?;
    let status = if only { "validated" } else { "applied" };
    let mut told = json!({
        "status": status, "path": format!("policy/{NAME}"), "policy": document, "notes": notes,
    });
    if !only {
        let to = (&policy::KIND, call.tenant.clone(), NAME);
        let input = json!({ "document": document, "activate": true });
        let asked = Submission::of(&shared, &call, to, "put", input)?;
        let done = submit(&shared, asked).await?;
        told["version"] = done.answer.reply["version"].clone();
        told["revision"] = json!(done.answer.revision);
    }
    respond::json(StatusCode::OK, &told)
}

fn list() -> Result<Response, Refusal> {
    let all = templates::ALL.iter();
    let all: Vec<_> = all
        .map(|it| {
            let path = format!("policy/templates/{}.yaml", it.name);
            json!({ "name": it.name, "path": path, "size": it.text.len(), "about": it.about })
        })
        .collect();
    respond::json(StatusCode::OK, &json!(all))
}

/// A template by our name or theirs.
fn template(name: &str) -> Result<&'static Template, Refusal> {
    let ours = if name == "solo_dev" { "solo" } else { name };
    let message = format!("there is no template {name}");
    templates::named(ours).ok_or_else(|| Refusal::not_found("policy_template_not_found", message))
}

fn one(call: &Call) -> Result<Response, Refusal> {
    let template = template(call.param("id"))?;
    let told = json!({
        "name": template.name, "path": format!("policy/templates/{}.yaml", template.name),
        "size": template.text.len(), "content": template.text,
    });
    respond::json(StatusCode::OK, &told)
}

/// A template, and the same with overrides.
fn laid(body: &Value, name: &str) -> Result<(&'static str, Value, Value), Refusal> {
    let template = template(text(body, name)?)?;
    let before = value(template.text).map_err(unreadable)?;
    let mut after = before.clone();
    if !body["overrides"].is_null() {
        translate::merge(&mut after, &ours(&body["overrides"])?);
    }
    Ok((template.name, before, after))
}

/// Their members among overrides, by our names: templates are written in ours.
fn ours(overrides: &Value) -> Result<Value, Refusal> {
    let members = overrides.as_object().ok_or_else(|| {
        invalid(vec![FieldError { field: "overrides".to_owned(), message: "is a map".to_owned() }])
    })?;
    let mut out = json!({});
    for (name, member) in members {
        match name.as_str() {
            "allowed_dirs" | "deny_globs" | "max_diff_lines" => {
                out["files"][name.as_str()] = member.clone();
            }
            "llm" | "branching" | "reviews" | "name" | "version" => {}
            _ => out[name.as_str()] = member.clone(),
        }
    }
    Ok(out)
}

async fn render(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (name, _, after) = laid(&body, "name")?;
    let Translated { document, .. } = checked(&after).map_err(invalid)?;
    let content = write(&document).map_err(Refusal::internal)?;
    let told = json!({
        "status": "rendered", "name": name, "content": content, "policy": document,
    });
    respond::json(StatusCode::OK, &told)
}

async fn apply_template(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (_, _, after) = laid(&body, "name")?;
    put(shared, call, &after, body["dry_run"] == true).await
}

async fn wizard(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (name, before, mut after) = laid(&body, "template")?;
    let mut notes = Vec::new();
    let threshold = match body["risk_profile"].as_str() {
        None => None,
        Some("low") => Some(json!({ "review": "low", "deny": "medium" })),
        Some("medium") => Some(json!({ "review": "medium", "deny": "high" })),
        Some("high") => Some(json!({ "deny": "critical" })),
        Some(_) => {
            let message = "is low, medium or high".to_owned();
            let field = "risk_profile".to_owned();
            return Err(invalid(vec![FieldError { field, message }]));
        }
    };
    if let Some(threshold) = threshold {
        after["risk"]["default"] = threshold;
        notes.push(format!("inputs are judged for a {} risk", body["risk_profile"]));
    }
    if body["annotate"] == true {
        let goals: Vec<_> = body["goals"].as_array().into_iter().flatten().collect();
        let goals: Vec<_> = goals.into_iter().filter_map(Value::as_str).collect();
        after["description"] = json!(format!("Made of {name} for: {}.", goals.join(", ")));
    }
    let Translated { document, notes: more } = checked(&after).map_err(invalid)?;
    notes.extend(more);
    let hash =
        state_hash(&json!(document)).map_err(|error| Refusal::internal(error.to_string()))?;
    let told = json!({
        "source_template": name, "policy": document, "digest": hash,
        "diff": translate::difference(&before, &after), "notes": notes,
    });
    respond::json(StatusCode::OK, &told)
}
