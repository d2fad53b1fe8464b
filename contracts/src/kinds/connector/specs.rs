//! What the page of `connector` says of itself.

use serde_json::{Value, json};

use super::{Authorize, Checked, Create, Nothing, Seal, Share, Standing, secret_of};
use crate::commit::sample_command_id;
use crate::hash::Hash;
use crate::ids::{ActorId, SecretName};
use crate::page::{CommandSpec, EventSpec, SchemaOf, schema_of};

fn command(
    name: &'static str,
    about: &'static str,
    (input, output): (SchemaOf, SchemaOf),
    example: Value,
) -> CommandSpec {
    CommandSpec { name, about, input, output, example, begins: name == "create" }
}

/// A secret of the connector that examples are about.
fn secret(name: &str) -> SecretName {
    secret_of(&ActorId::from_static("me"), &Hash::of(name.as_bytes()))
}

fn create() -> Value {
    json!({ "service": { "service": "model", "provider": "openai" }, "description": "my own" })
}

fn oauth() -> Value {
    let create = json!({
        "service": { "service": "mcp", "url": "https://mcp.example/mcp", "tools": ["search"] },
        "auth": {
            "auth": "oauth", "authorize_url": "https://login.example/authorize",
            "token_url": "https://login.example/token", "client_id": "cambium",
            "scopes": ["read"],
        },
    });
    json!({ "create": create, "owner": "ann" })
}

pub fn commands() -> Vec<CommandSpec> {
    let standing = schema_of::<Standing>;
    let seal = "Notes that a sealed key counts; `PUT /v1/connectors/{id}/key` seals it.";
    let authorize =
        "Notes that sealed tokens count; `POST /v1/connectors/{id}/authorize` leads to them.";
    vec![
        command(
            "create",
            "Says what the account is of.",
            (schema_of::<Create>, standing),
            create(),
        ),
        command(
            "share",
            "Lets everybody of the organization use it, or its owner alone.",
            (schema_of::<Share>, standing),
            json!({ "shared": true }),
        ),
        command("seal", seal, (schema_of::<Seal>, standing), json!({ "secret": secret("one") })),
        command(
            "authorize",
            authorize,
            (schema_of::<Authorize>, standing),
            json!({ "secret": secret("two"), "refreshable": true }),
        ),
        command(
            "refresh",
            "Has new tokens made of the present ones.",
            (schema_of::<Nothing>, standing),
            json!({}),
        ),
        command(
            "check",
            "Asks the service whether it takes the credential.",
            (schema_of::<Nothing>, schema_of::<Checked>),
            json!({}),
        ),
        command(
            "revoke",
            "Ends it: the credential is erased.",
            (schema_of::<Nothing>, standing),
            json!({}),
        ),
    ]
}

pub fn events() -> Vec<EventSpec> {
    let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
    let (at, later) = ("2026-11-22T01:00:00.000Z", "2026-11-22T00:55:00.000Z");
    let tokens = |more: Value| {
        let mut tokens = json!({
            "secret": secret("two"), "expires_at": at, "refreshable": true, "refresh_at": later,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            tokens[name] = value.clone();
        }
        tokens
    };
    let failed = json!({ "code": "oauth_refused", "reason": "the service gives no token" });
    let checked = json!({ "command": sample_command_id(1), "ok": false, "code": "model_auth" });
    vec![
        spec("Created", "Somebody has an account.", oauth()),
        spec("Shared", "Who may use it.", json!({ "shared": true, "by": "ann" })),
        spec("Sealed", "A key was sealed.", json!({ "secret": secret("one"), "by": "ann" })),
        spec("Authorized", "The service gave tokens.", tokens(json!({ "by": "ann" }))),
        spec("RefreshAsked", "New tokens are had for the present ones.", json!({})),
        spec("Refreshed", "The service gave new ones.", tokens(json!({}))),
        spec("RefreshFailed", "It did not.", failed),
        spec(
            "CheckAsked",
            "The service is asked whether it takes the credential.",
            json!({ "command": sample_command_id(1) }),
        ),
        spec("Checked", "It answered, or did not.", checked),
        spec("Revoked", "It was ended.", json!({ "by": "ann" })),
    ]
}
