//! The shapes of parameters, as narrow as what the edge takes, so that a client made of the
//! description sends nothing that is refused for its form.

use contracts::Pages;
use contracts::effect::EffectClass;
use contracts::kinds::check::{PLAIN, SAID};
use serde_json::{Value, json};

use crate::edge::routes::{Param, Route};

/// A token of ours: an id, a tenant.
pub(super) const TOKEN: &str = "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}$";
/// An instant as RFC 3339 writes it.
const INSTANT: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3])\
    :[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";
/// A position in the log.
pub(super) const CURSOR: &str = "^(0|[1-9][0-9]{0,17})$";

/// A UUID.
pub(super) const UUID: &str = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

/// The largest number that a revision in a query has here: what other languages count exactly.
const REVISION_MAX: u64 = 9_007_199_254_740_991;

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// An instant.
pub(super) fn instant() -> Value {
    json!({ "type": "string", "format": "date-time", "pattern": INSTANT })
}

/// A revision from 1, or an instant.
pub(super) fn at() -> Value {
    json!({ "anyOf": [{ "type": "integer", "minimum": 1, "maximum": REVISION_MAX }, instant()] })
}

/// A parameter of a query.
pub(super) fn query(route: &Route, param: &Param, pages: &Pages) -> Value {
    json!({
        "name": param.name,
        "in": "query",
        "required": matches!((route.name, param.name),
            ("quarantine" | "tree_proof", "kind" | "id")
            | ("connector_callback", "state")
            | ("knowledge_search", "q")),
        "description": param.about,
        "schema": schema(route, param.name, pages),
    })
}

fn schema(route: &Route, name: &str, pages: &Pages) -> Value {
    let dead = route.path.starts_with("/v1/dead");
    if let Some(schema) = super::telemetry::parameter(route, name) {
        return schema;
    }
    match (route.name, name) {
        ("conversations_items" | "files" | "response_input", "limit") => {
            json!({ "type": "integer", "minimum": 1, "maximum": 100 })
        }
        ("a2a_tasks" | "a2a_push_list", "contextId" | "tenant") | (_, "tenant")
            if route.path.starts_with("/a2a") =>
        {
            super::a2a::named()
        }
        ("a2a_tasks", "status") => super::a2a::states(),
        ("a2a_tasks", "pageToken") => super::a2a::token(),
        (_, "pageSize") => json!({ "type": "integer", "minimum": 1, "maximum": 100 }),
        (_, "historyLength") => json!({ "type": "integer", "minimum": 0, "maximum": 1_000_000 }),
        (_, "includeArtifacts") => json!({ "type": "string", "enum": ["true", "false"] }),
        (_, "statusTimestampAfter") => instant(),
        (_, "order")
            if ["conversations_items", "files", "response_input"].contains(&route.name) =>
        {
            json!({ "type": "string", "enum": ["asc", "desc"] })
        }
        ("models", "limit") => json!({ "type": "integer", "minimum": 1, "maximum": 1_000 }),
        ("knowledge_search" | "assistant_memory", "limit") => {
            json!({ "type": "integer", "minimum": 1, "maximum": contracts::search::LIMIT_MAX })
        }
        ("knowledge_search" | "assistant_memory", "mode") => {
            json!({ "type": "string", "enum": ["hybrid", "words", "vectors"] })
        }
        ("knowledge_search" | "assistant_memory", "q") => question(route),
        ("assistant_memory", "as_of") => json!({ "anyOf": [pattern(CURSOR), instant()] }),
        (_, "limit") => json!({ "type": "integer", "minimum": 1, "maximum": 500 }),
        ("list", "status") => pattern("^[a-z_]{1,32}$"),
        ("response", "starting_after") => {
            json!({ "type": "integer", "minimum": 0, "maximum": REVISION_MAX })
        }
        (_, "raw" | "all_tenants" | "states" | "decide" | "parent")
        | ("response", "stream" | "include_obfuscation") => {
            json!({ "type": "string", "enum": ["0", "1", "true", "false"] })
        }
        (_, "at" | "with_at") => at(),
        (_, "from" | "to") => instant(),
        (_, "before") if dead => instant(),
        (_, "min_cursor" | "until") => pattern(CURSOR),
        ("events" | "export", "after") => pattern(CURSOR),
        ("actor_events", "after") => pattern("^(0|[1-9][0-9]{0,17})(-[0-9]{1,15})?$"),
        ("admin_refused" | "dead" | "tree_heads", "after") => pattern(CURSOR),
        (_, "order") => json!({ "type": "string", "enum": ["newest", "id"] }),
        (_, "kind") => {
            let kinds: Vec<_> = pages.iter().map(|page| page.kind.as_str()).collect();
            json!({ "type": "string", "enum": kinds })
        }
        (_, "id" | "tenant" | "principal" | "correlation" | "with") => pattern(TOKEN),
        ("connector_callback", "state" | "code") => {
            json!({ "type": "string", "minLength": 1 })
        }
        ("effects", "class") => {
            json!({ "type": "string", "enum": EffectClass::ALL.map(EffectClass::as_str) })
        }
        ("effects", "key") | ("usage", "key_id" | "connector") => pattern(TOKEN),
        ("usage", "by") => {
            pattern("^((day|hour|principal|credential|kind|actor|model|connector)(,|$))*$")
        }
        (_, "ticket") => pattern(super::tickets::TICKET),
        _ => json!({ "type": "string" }),
    }
}

/// What is searched for: of a knowledge base something, of a memory anything.
fn question(route: &Route) -> Value {
    let said = if route.name == "knowledge_search" { SAID } else { PLAIN };
    json!({ "type": "string", "pattern": said, "maxLength": contracts::search::QUERY_BYTES_MAX })
}

/// A header of a request.
pub(super) fn header(name: &str, about: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "header", "description": about, "schema": schema })
}

/// The headers that mean something to a request, by the names of their components.
pub(super) fn headers() -> [(&'static str, Value); 6] {
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 255,
        "pattern": "^[!#-~]([ !#-~]{0,253}[!#-~])?$" });
    // What a preference is not understood as is ignored (RFC 7240).
    let wait = json!({ "type": "string" });
    let lock = json!({ "anyOf": [
        { "type": "string", "const": "*" },
        { "type": "string", "pattern": "^\"[0-9]{1,15}\"$" },
    ] });
    let uuid = json!({ "type": "string", "format": "uuid", "pattern": UUID });
    [
        (
            "Tenant",
            header("Cambium-Tenant", "Another tenant than the credential's own.", pattern(TOKEN)),
        ),
        (
            "IdempotencyKey",
            header("Idempotency-Key", "A repeat with this key causes nothing new.", key),
        ),
        (
            "CommandId",
            header(
                "Cambium-Command-Id",
                "The command's id, instead of a key: one of \
            the two at most.",
                uuid,
            ),
        ),
        (
            "Prefer",
            header("Prefer", "`wait=N`: seconds to wait; 0 = only until it is accepted.", wait),
        ),
        (
            "IfMatch",
            header("If-Match", "The revision in quotes that the actor must be at, or `*`.", lock),
        ),
        (
            "Correlation",
            header("X-Correlation-ID", "The errand that the command belongs to.", pattern(TOKEN)),
        ),
    ]
}
