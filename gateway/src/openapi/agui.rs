//! The body of the row that speaks AG-UI. The protocol's own description says what the members
//! mean.

use serde_json::{Value, json};

use super::shapes::sparse;
use crate::edge::routes::Route;

/// The body of the row, by its media type; `None` = it is another row.
pub(super) fn body(route: &Route) -> Option<Value> {
    if route.name != "agui_run" {
        return None;
    }
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 512 });
    let list = json!({ "type": ["array", "null"] });
    let members = json!({
        "protocolVersion": { "enum": ["1.0", null] },
        "threadId": name,
        "runId": name,
        "parentRunId": { "type": ["string", "null"] },
        "state": true,
        "messages": list,
        "tools": list,
        "context": list,
        "forwardedProps": true,
        "resume": { "type": ["array", "null"], "maxItems": 0 },
    });
    let schema = sparse("AG-UI's RunAgentInput.", &["threadId", "runId"], members);
    Some(json!({ "application/json": { "schema": schema } }))
}
