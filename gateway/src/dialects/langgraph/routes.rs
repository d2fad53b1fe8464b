//! The rows of this dialect.

use super::{assistants, batches, crons, follow, info, runs, store, threads};
use crate::dialects::rest::respond::SSE;
use crate::edge::routes::{Access, Handler, Method, Needs, Param, Route};

const SUBGRAPHS: Param = Param { name: "subgraphs", about: "Taken: there are none." };
const SELECT: Param = Param { name: "select", about: "Taken: all members are told." };
const INCLUDE: Param = Param { name: "include", about: "Taken: all members are told." };
const XRAY: Param = Param { name: "xray", about: "Taken: there are no subgraphs." };
const RECURSE: Param = Param { name: "recurse", about: "Taken: there are no subgraphs." };
const THREADS: Param =
    Param { name: "delete_threads", about: "Taken: threads are nobody's alone, and stay." };
const LIMIT: Param = Param { name: "limit", about: "How many, at most." };
const OFFSET: Param = Param { name: "offset", about: "How many are left out first." };
const STATUS: Param = Param { name: "status", about: "Runs of this status alone." };
const WAIT: Param = Param { name: "wait", about: "Taken: it is done when it is answered." };
const CHECKPOINT: Param =
    Param { name: "checkpoint_id", about: "As the thread was then; as it is when left out." };
const ACTION: Param = Param { name: "action", about: "`interrupt`: a run that happened stays." };
const MODE: Param = Param { name: "stream_mode", about: "What is told: `values` when left out." };
const THREAD_MODE: Param = Param {
    name: "stream_mode",
    about: "What is told: `run_modes` when left out, `lifecycle`, `state_update`.",
};
const DISCONNECT: Param = Param {
    name: "cancel_on_disconnect",
    about: "Only `false`: a run outlives whoever watches it.",
};

const fn flow(
    place: (Method, &'static str),
    called: (&'static str, &'static str),
    asks: (Needs, &'static [Param]),
    handler: Handler,
) -> Route {
    Route { offers: SSE, ..Route::keyed(place, called, asks, handler) }
}

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] =
    &[INFO, ASSISTANTS, THREADS_ROWS, STATES, RUNS, STATELESS, CRONS, STORE];

const INFO: &[Route] = &[
    Route {
        access: Access::Open,
        ..Route::keyed(
            (Method::Get, "/langgraph/ok"),
            ("langgraph_ok", "Says that it is there."),
            (Needs::Nothing, &[]),
            |shared, call| Box::pin(info::ok(shared, call)),
        )
    },
    Route::keyed(
        (Method::Get, "/langgraph/info"),
        ("langgraph_info", "Says what of the platform is served here."),
        (Needs::Nothing, &[]),
        |shared, call| Box::pin(info::info(shared, call)),
    ),
];

const KEY: Param = Param { name: "key", about: "What the item is called." };
const NAMESPACE: Param =
    Param { name: "namespace", about: "Where it is kept: names with dots between them." };
const REFRESH: Param =
    Param { name: "refresh_ttl", about: "Only `false`: to be read lets nothing live longer." };

const ASSISTANTS: &[Route] = &[
    Route::keyed(
        (Method::Post, "/langgraph/assistants"),
        ("langgraph_assistant_create", "Defines an assistant."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(assistants::create(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/assistants/search"),
        ("langgraph_assistants", "Lists assistants."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(assistants::search(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/assistants/count"),
        ("langgraph_assistants_count", "Counts assistants."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(assistants::count(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/assistants/{id}"),
        ("langgraph_assistant", "Shows an assistant."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(assistants::show(shared, call)),
    ),
    Route::keyed(
        (Method::Patch, "/langgraph/assistants/{id}"),
        ("langgraph_assistant_update", "Makes another version of an assistant."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(assistants::update(shared, call)),
    ),
    Route::keyed(
        (Method::Delete, "/langgraph/assistants/{id}"),
        ("langgraph_assistant_delete", "Retires an assistant."),
        (Needs::Command, &[THREADS]),
        |shared, call| Box::pin(assistants::delete(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/assistants/{id}/versions"),
        ("langgraph_assistant_versions", "Lists the versions of an assistant."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(assistants::versions(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/assistants/{id}/latest"),
        ("langgraph_assistant_latest", "Lets an earlier version count again."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(assistants::latest(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/assistants/{id}/schemas"),
        ("langgraph_assistant_schemas", "Shows what an assistant takes and gives."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(assistants::schemas(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/assistants/{id}/graph"),
        ("langgraph_assistant_graph", "Draws an assistant."),
        (Needs::Rows, &[XRAY]),
        |shared, call| Box::pin(assistants::drawn(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/assistants/{id}/subgraphs"),
        ("langgraph_assistant_subgraphs", "Lists subgraphs, of which there are none."),
        (Needs::Rows, &[RECURSE]),
        |shared, call| Box::pin(assistants::subgraphs(shared, call)),
    ),
];

const THREADS_ROWS: &[Route] = &[
    Route::keyed(
        (Method::Post, "/langgraph/threads"),
        ("langgraph_thread_create", "Begins a thread."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(threads::create(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/search"),
        ("langgraph_threads", "Lists threads."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(threads::search(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/count"),
        ("langgraph_threads_count", "Counts threads."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(threads::count(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/prune"),
        ("langgraph_threads_prune", "Hides threads from this interface."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(threads::prune(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/threads/{id}"),
        ("langgraph_thread", "Shows a thread."),
        (Needs::Rows, &[INCLUDE]),
        |shared, call| Box::pin(threads::show(shared, call)),
    ),
    Route::keyed(
        (Method::Patch, "/langgraph/threads/{id}"),
        ("langgraph_thread_update", "Changes what is noted of a thread."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(threads::update(shared, call)),
    ),
    Route::keyed(
        (Method::Delete, "/langgraph/threads/{id}"),
        ("langgraph_thread_delete", "Hides a thread from this interface."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(threads::delete(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/{id}/copy"),
        ("langgraph_thread_copy", "Forks a thread, at a checkpoint where one is named."),
        (Needs::Command, &[CHECKPOINT]),
        |shared, call| Box::pin(threads::copy(shared, call)),
    ),
    flow(
        (Method::Get, "/langgraph/threads/{id}/stream"),
        ("langgraph_thread_stream", "Watches a thread, from where `Last-Event-ID` says."),
        (Needs::Rows, &[THREAD_MODE]),
        |shared, call| Box::pin(follow::follow(shared, call)),
    ),
];

const STATES: &[Route] = &[
    Route::keyed(
        (Method::Get, "/langgraph/threads/{id}/state"),
        ("langgraph_state", "Shows the state of a thread."),
        (Needs::Rows, &[SELECT, SUBGRAPHS]),
        |shared, call| Box::pin(threads::now(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/threads/{id}/state/{checkpoint}"),
        ("langgraph_state_then", "Shows the state of a thread at a checkpoint."),
        (Needs::Rows, &[SELECT, SUBGRAPHS]),
        |shared, call| Box::pin(threads::then(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/{id}/state/checkpoint"),
        ("langgraph_state_at", "Shows the state of a thread at a checkpoint."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(threads::at(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/{id}/state"),
        ("langgraph_state_update", "Says more in a thread."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(threads::change(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/{id}/history"),
        ("langgraph_history", "Shows the states that a thread has had."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(threads::history(shared, call)),
    ),
];

const RUNS: &[Route] = &[
    Route::keyed(
        (Method::Post, "/langgraph/threads/{id}/runs"),
        ("langgraph_run_create", "Begins a run in a thread."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(runs::create(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/threads/{id}/runs"),
        ("langgraph_runs", "Lists the runs of a thread."),
        (Needs::Rows, &[LIMIT, OFFSET, SELECT, STATUS]),
        |shared, call| Box::pin(runs::list(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/{id}/runs/wait"),
        ("langgraph_run_wait", "Begins a run in a thread and waits for its end."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(runs::wait(shared, call)),
    ),
    flow(
        (Method::Post, "/langgraph/threads/{id}/runs/stream"),
        ("langgraph_run_stream", "Begins a run in a thread and watches it."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(runs::stream(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/threads/{id}/runs/{run}"),
        ("langgraph_run", "Shows a run."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(runs::show(shared, call)),
    ),
    Route::keyed(
        (Method::Delete, "/langgraph/threads/{id}/runs/{run}"),
        ("langgraph_run_delete", "Hides a run that is over from this interface."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(runs::delete(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/{id}/runs/{run}/cancel"),
        ("langgraph_run_cancel", "Cancels a run."),
        (Needs::Command, &[ACTION, WAIT]),
        |shared, call| Box::pin(runs::cancel(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/threads/{id}/runs/{run}/join"),
        ("langgraph_run_join", "Waits for the end of a run."),
        (Needs::Rows, &[DISCONNECT]),
        |shared, call| Box::pin(runs::join(shared, call)),
    ),
    flow(
        (Method::Get, "/langgraph/threads/{id}/runs/{run}/stream"),
        ("langgraph_run_join_stream", "Watches a run, from where `Last-Event-ID` says."),
        (Needs::Rows, &[DISCONNECT, MODE]),
        |shared, call| Box::pin(runs::join_stream(shared, call)),
    ),
];

const STATELESS: &[Route] = &[
    Route::keyed(
        (Method::Post, "/langgraph/runs"),
        ("langgraph_stateless_create", "Begins a run in a thread of its own."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(runs::create(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/runs/wait"),
        ("langgraph_stateless_wait", "Begins a run in a thread of its own; waits for its end."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(runs::wait(shared, call)),
    ),
    flow(
        (Method::Post, "/langgraph/runs/stream"),
        ("langgraph_stateless_stream", "Begins a run in a thread of its own and watches it."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(runs::stream(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/runs/batch"),
        ("langgraph_runs_batch", "Begins runs, each in a thread of its own."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(batches::create(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/runs/cancel"),
        ("langgraph_runs_cancel", "Cancels runs."),
        (Needs::Command, &[ACTION]),
        |shared, call| Box::pin(batches::cancel(shared, call)),
    ),
];

const CRONS: &[Route] = &[
    Route::keyed(
        (Method::Post, "/langgraph/runs/crons"),
        ("langgraph_cron_create", "Lets runs begin by the clock, each in a thread of its own."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(crons::create(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/threads/{id}/runs/crons"),
        ("langgraph_cron_create_in_thread", "Lets runs begin by the clock in a thread."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(crons::create(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/runs/crons/search"),
        ("langgraph_crons", "Lists crons."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(crons::search(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/runs/crons/count"),
        ("langgraph_crons_count", "Counts crons."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(crons::count(shared, call)),
    ),
    Route::keyed(
        (Method::Patch, "/langgraph/runs/crons/{id}"),
        ("langgraph_cron_update", "Changes a cron."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(crons::update(shared, call)),
    ),
    Route::keyed(
        (Method::Delete, "/langgraph/runs/crons/{id}"),
        ("langgraph_cron_delete", "Removes a cron."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(crons::delete(shared, call)),
    ),
];

const STORE: &[Route] = &[
    Route::keyed(
        (Method::Put, "/langgraph/store/items"),
        ("langgraph_item_put", "Keeps an item."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(store::put(shared, call)),
    ),
    Route::keyed(
        (Method::Get, "/langgraph/store/items"),
        ("langgraph_item", "Shows an item; `null` where there is none."),
        (Needs::Rows, &[KEY, NAMESPACE, REFRESH]),
        |shared, call| Box::pin(store::show(shared, call)),
    ),
    Route::keyed(
        (Method::Delete, "/langgraph/store/items"),
        ("langgraph_item_delete", "Removes an item."),
        (Needs::Command, &[]),
        |shared, call| Box::pin(store::delete(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/store/items/search"),
        ("langgraph_items", "Finds items."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(store::search(shared, call)),
    ),
    Route::keyed(
        (Method::Post, "/langgraph/store/namespaces"),
        ("langgraph_namespaces", "Lists namespaces."),
        (Needs::Rows, &[]),
        |shared, call| Box::pin(store::namespaces(shared, call)),
    ),
];
