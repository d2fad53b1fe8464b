//! What the page of `policy` says of itself.

use serde_json::{Value, json};

use super::{Activate, Engage, Event, InForce, Nothing, Put, Release, Switches, Why};
use crate::hash::Hash;
use crate::page::{CommandSpec, EventSpec, RejectionSpec, SchemaOf, schema_of};

fn command(
    name: &'static str,
    about: &'static str,
    input: SchemaOf,
    example: Value,
) -> CommandSpec {
    let switch = matches!(name, "engage" | "release");
    let output = if switch { schema_of::<Switches> } else { schema_of::<InForce> };
    CommandSpec { name, about, input, output, example, begins: matches!(name, "put" | "engage") }
}

pub fn commands() -> Vec<CommandSpec> {
    let document = json!({
        "version": 1,
        "rules": [{ "id": "no-resets", "effect": "deny", "match": { "commands": ["reset"] } }],
    });
    let put = "Adds a version and puts it into force; one that cannot be used changes nothing.";
    let rollback =
        "Puts the version before the one in force into force again; the last when none is.";
    let engage = "Stops all commands in scope at once.";
    let release = "Lets what is in scope go on.";
    let stop = json!({ "scope": "kind:osteon", "reason": "wrong figures in reports" });
    let go = json!({ "scope": "kind:osteon" });
    vec![
        command("put", put, schema_of::<Put>, json!({ "document": document })),
        command(
            "activate",
            "Puts a version into force.",
            schema_of::<Activate>,
            json!({ "version": 1 }),
        ),
        command(
            "retire",
            "Puts no version into force.",
            schema_of::<Why>,
            json!({ "reason": "replaced by `team`" }),
        ),
        command("rollback", rollback, schema_of::<Nothing>, json!({})),
        command("engage", engage, schema_of::<Engage>, stop),
        command("release", release, schema_of::<Release>, go),
    ]
}

pub fn events() -> Vec<EventSpec> {
    let document = json!({
        "version": 1,
        "description": "Nobody sets counters back.",
        "default": "allow",
        "rules": [{
            "id": "no-resets",
            "effect": "deny",
            "priority": 10,
            "match": { "kinds": ["counter"], "commands": ["reset"] },
            "when": "caller.principal != \"anna\"",
            "reason": "counters are never set back",
        }],
        "files": {
            "allowed_dirs": ["api"],
            "deny_globs": ["**/*.pem"],
            "max_diff_lines": 400,
            "path_fields": ["path"],
            "diff_fields": ["diff"],
        },
        "risk": {
            "default": { "review": "medium", "deny": "critical" },
            "classes": { "secret": { "deny": "high" } },
        },
        "approvals": {
            "escalate": { "quorum": 2, "approvers": ["role:admin"], "expires_s": 3_600 },
        },
    });
    let digest = Hash::of(b"sample policy");
    let put = json!({
        "version": 2, "document": document, "digest": digest, "by": "admin",
        "text": "version: 1\n",
    });
    let activated = json!({ "version": 2, "digest": digest, "by": "admin" });
    let engaged =
        json!({ "scope": "kind:osteon", "reason": "wrong figures in reports", "by": "admin" });
    let released = json!({ "scope": "kind:osteon", "by": "admin", "reason": "repaired" });
    let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
    vec![
        spec("Put", "A version was added.", put),
        spec("Activated", "A version is in force.", activated),
        spec("Retired", "No version is in force.", json!({ "by": "admin", "reason": "replaced" })),
        spec("Engaged", "All commands in scope stand still.", engaged),
        spec("Released", "What is in scope goes on.", released),
    ]
}

pub fn rejections() -> Vec<RejectionSpec> {
    let spec = |code, about| RejectionSpec { code, about };
    vec![
        spec("policy_invalid", "The document cannot be used; what was in force stays in force."),
        spec("policy_version_not_found", "There is no such version, or it is kept no longer."),
        spec(
            "kill_scope_forbidden",
            "Only the tenant `system` stops everything or another tenant.",
        ),
        spec("kill_switches_exhausted", "Too many switches are engaged at once."),
        spec("invalid_input", "A member of the input breaks a rule."),
    ]
}

pub fn summary(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Put { version, document, .. } => {
            json!({ "latest": version, "description": document.description })
        }
        Event::Activated { version, digest, .. } => {
            json!({ "active": version, "digest": digest.to_string(), "status": "active" })
        }
        Event::Retired { .. } => json!({ "active": null, "digest": null, "status": "retired" }),
        Event::Engaged { scope, reason, .. } => json!({ "engaged": { scope.to_string(): reason } }),
        Event::Released { scope, .. } => json!({ "engaged": { scope.to_string(): null } }),
    })
}
