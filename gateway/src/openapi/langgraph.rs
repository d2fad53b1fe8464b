//! The bodies of the rows that speak the language of the LangGraph Platform, whose own description
//! says what each member means.

use contracts::kinds::run::limits::DELAY_S_MAX;
use serde_json::{Value, json};

use crate::dialects::langgraph::BATCH_MAX;
use crate::edge::routes::{Method, Route};

/// The body of a row, by its media type; `None` = it is none of these rows, or takes none.
pub(super) fn body(route: &Route) -> Option<Value> {
    let body = matches!(route.method, Method::Post | Method::Patch | Method::Put)
        || route.name == "langgraph_item_delete";
    if !body || !route.path.starts_with("/langgraph/") {
        return None;
    }
    let (needed, members): (&[&str], Value) = match route.name {
        "langgraph_assistant_create" => (
            &["graph_id"],
            json!({
                "graph_id": { "type": "string" }, "assistant_id": { "type": "string" },
                "config": { "type": "object" }, "context": { "type": "object" },
                "metadata": { "type": "object" }, "name": { "type": "string" },
                "description": { "type": "string" },
                "if_exists": { "enum": ["raise", "do_nothing"] },
            }),
        ),
        "langgraph_assistant_latest" => {
            (&["version"], json!({ "version": { "type": "integer", "minimum": 1 } }))
        }
        "langgraph_run_create"
        | "langgraph_run_wait"
        | "langgraph_run_stream"
        | "langgraph_stateless_create"
        | "langgraph_stateless_wait"
        | "langgraph_stateless_stream" => (&["assistant_id"], run()),
        "langgraph_runs_batch" => return Some(batch()),
        "langgraph_cron_create" | "langgraph_cron_create_in_thread" => {
            (&["assistant_id", "schedule"], cron())
        }
        "langgraph_cron_update" => (&[], cron()),
        "langgraph_item_put" => (
            &["namespace", "key", "value"],
            json!({
                "namespace": names(), "key": { "type": "string" }, "value": { "type": "object" },
                "index": { "type": ["boolean", "array", "null"] },
                "ttl": { "type": ["number", "null"] },
            }),
        ),
        "langgraph_item_delete" => {
            (&["namespace", "key"], json!({ "namespace": names(), "key": { "type": "string" } }))
        }
        "langgraph_items" => (
            &[],
            json!({
                "namespace_prefix": names(), "filter": { "type": ["object", "null"] },
                "query": { "type": ["string", "null"] },
            }),
        ),
        "langgraph_namespaces" => (&[], json!({ "prefix": names(), "suffix": names() })),
        _ => (&[], json!({})),
    };
    let schema = json!({
        "type": "object",
        "description": "As the LangGraph Platform has it.",
        "required": needed,
        "properties": members,
    });
    Some(json!({ "application/json": { "schema": schema } }))
}

fn run() -> Value {
    json!({
        "assistant_id": { "type": "string", "examples": ["agent"] },
        "input": input(),
        "command": { "type": ["object", "null"] },
        "stream_mode": { "type": ["string", "array", "null"] },
        "config": { "type": ["object", "null"] },
        "context": { "type": ["object", "null"] },
        "metadata": { "type": ["object", "null"] },
        "multitask_strategy": { "enum": ["reject", "enqueue", "interrupt", "rollback", null] },
        "checkpoint": { "type": ["object", "null"] },
        "checkpoint_id": { "type": ["string", "null"] },
        "after_seconds": { "type": ["integer", "null"], "minimum": 0, "maximum": DELAY_S_MAX },
        "webhook": { "type": ["string", "null"] },
        "if_not_exists": { "enum": ["create", "reject", null] },
    })
}

fn input() -> Value {
    let said = json!({ "messages": [{ "role": "user", "content": "What is 6 times 7?" }] });
    json!({ "type": ["object", "null"], "examples": [said] })
}

fn names() -> Value {
    json!({ "type": ["array", "null"], "items": { "type": "string" } })
}

fn batch() -> Value {
    let mut members = run();
    members["thread_id"] = json!({ "type": ["string", "null"] });
    let run = json!({
        "type": "object", "required": ["assistant_id"], "properties": members,
    });
    json!({ "application/json": { "schema": { "type": "array", "maxItems": BATCH_MAX, "items": run } } })
}

fn cron() -> Value {
    json!({
        "assistant_id": { "type": "string" }, "schedule": { "type": "string" },
        "timezone": { "type": ["string", "null"] }, "end_time": { "type": ["string", "null"] },
        "enabled": { "type": ["boolean", "null"] }, "input": { "type": ["object", "null"] },
        "config": { "type": ["object", "null"] }, "context": { "type": ["object", "null"] },
        "metadata": { "type": ["object", "null"] },
        "multitask_strategy": { "enum": ["reject", "enqueue", null] },
        "on_run_completed": { "enum": ["keep", null] },
    })
}
