//! What each route of the LangGraph dialect takes, and what it is asked with.

use cambium::edge::routes::Route;
use serde_json::{Value, json};

use super::Takes;

/// These routes by their names.
pub const ROUTES: &[(&str, Takes)] = &[
    ("langgraph_assistant", Takes::Own("cap:assistant.read")),
    ("langgraph_assistant_create", Takes::Own("cap:assistant.define")),
    ("langgraph_assistant_delete", Takes::Own("cap:assistant.retire")),
    ("langgraph_assistant_graph", Takes::Own("cap:assistant.read")),
    ("langgraph_assistant_latest", Takes::Own("cap:assistant.define")),
    ("langgraph_assistant_schemas", Takes::Own("cap:assistant.read")),
    ("langgraph_assistant_subgraphs", Takes::Own("cap:assistant.read")),
    ("langgraph_assistant_update", Takes::Own("cap:assistant.define")),
    ("langgraph_assistant_versions", Takes::Own("cap:assistant.read")),
    ("langgraph_assistants", Takes::Known),
    ("langgraph_assistants_count", Takes::Known),
    ("langgraph_cron_create", Takes::Own("cap:cron.set")),
    ("langgraph_cron_create_in_thread", Takes::Own("cap:cron.set")),
    ("langgraph_cron_delete", Takes::Own("cap:cron.remove")),
    ("langgraph_cron_update", Takes::Own("cap:cron.set")),
    ("langgraph_crons", Takes::Known),
    ("langgraph_crons_count", Takes::Known),
    ("langgraph_history", Takes::Own("cap:thread.read")),
    ("langgraph_info", Takes::Known),
    ("langgraph_item", Takes::Own("cap:item.read")),
    ("langgraph_item_delete", Takes::Own("cap:item.remove")),
    ("langgraph_item_put", Takes::Own("cap:item.put")),
    ("langgraph_items", Takes::Known),
    ("langgraph_namespaces", Takes::Known),
    ("langgraph_ok", Takes::Open),
    ("langgraph_run", Takes::Own("cap:run.read")),
    ("langgraph_run_cancel", Takes::Own("cap:run.cancel")),
    ("langgraph_run_create", Takes::Own("cap:run.start")),
    ("langgraph_run_delete", Takes::Own("cap:thread.note")),
    ("langgraph_run_join", Takes::Own("cap:run.read")),
    ("langgraph_run_join_stream", Takes::Own("cap:run.read")),
    ("langgraph_run_stream", Takes::Own("cap:run.start")),
    ("langgraph_run_wait", Takes::Own("cap:run.start")),
    ("langgraph_runs", Takes::Own("cap:thread.read")),
    ("langgraph_runs_batch", Takes::Own("cap:run.start")),
    ("langgraph_runs_cancel", Takes::Own("cap:run.cancel")),
    ("langgraph_state", Takes::Own("cap:thread.read")),
    ("langgraph_state_at", Takes::Own("cap:thread.read")),
    ("langgraph_state_then", Takes::Own("cap:thread.read")),
    ("langgraph_state_update", Takes::Own("cap:thread.append")),
    ("langgraph_stateless_create", Takes::Own("cap:run.start")),
    ("langgraph_stateless_stream", Takes::Own("cap:run.start")),
    ("langgraph_stateless_wait", Takes::Own("cap:run.start")),
    ("langgraph_thread", Takes::Own("cap:thread.read")),
    ("langgraph_thread_copy", Takes::Own("cap:thread.fork")),
    ("langgraph_thread_create", Takes::Own("cap:thread.open")),
    ("langgraph_thread_delete", Takes::Own("cap:thread.note")),
    ("langgraph_thread_stream", Takes::Own("cap:thread.read")),
    ("langgraph_thread_update", Takes::Own("cap:thread.note")),
    ("langgraph_threads", Takes::Known),
    ("langgraph_threads_count", Takes::Known),
    ("langgraph_threads_prune", Takes::Own("cap:thread.note")),
];

/// A body that a route of these takes; `None` = none is needed, or it is none of these.
pub fn body(route: &Route) -> Option<Value> {
    let run = || {
        let input = json!({ "messages": [{ "role": "user", "content": "x" }] });
        json!({ "assistant_id": "agent", "input": input, "if_not_exists": "create" })
    };
    Some(match route.name {
        "langgraph_assistant_create" => json!({ "graph_id": "agent" }),
        "langgraph_run_create"
        | "langgraph_run_stream"
        | "langgraph_run_wait"
        | "langgraph_stateless_create"
        | "langgraph_stateless_stream"
        | "langgraph_stateless_wait" => run(),
        "langgraph_cron_create" | "langgraph_cron_create_in_thread" => {
            let input = json!({ "messages": [{ "role": "user", "content": "x" }] });
            json!({ "assistant_id": "agent", "schedule": "0 0 1 1 *", "input": input })
        }
        "langgraph_item_put" => json!({ "namespace": ["seen"], "key": "x", "value": {} }),
        "langgraph_item_delete" => json!({ "namespace": ["seen"], "key": "x" }),
        "langgraph_runs_batch" => json!([run()]),
        "langgraph_runs_cancel" => json!({ "status": "running" }),
        _ => return None,
    })
}
