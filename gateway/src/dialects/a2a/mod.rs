//! What clients of A2A 1.0 (Agent2Agent) say: messages that begin tasks, and tasks watched, listed
//! and cancelled. A task is a run, its context a thread, its artifacts are the answers of the
//! model; whoever is to be called back is a webhook. Two bindings, JSON-RPC and plain HTTP, lead to
//! the same operations.

mod card;
mod desk;
mod faults;
mod http;
mod message;
mod push;
mod rpc;
mod send;
mod stream;
mod tasks;

use actors::a2a::MEDIA;

pub use self::message::PICTURES;

use crate::dialects::rest::respond::JSON;
use crate::edge::routes::{Access, Handler, Method, Needs, Param, Route};
use crate::edge::sse;

/// What a row offers that is answered at once.
const PLAIN: &[&str] = &[MEDIA, "application/json"];
/// What a row offers that may be a stream.
const EITHER: &[&str] = &["application/json", MEDIA, sse::CONTENT_TYPE];

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[CARDS, RPC, HTTP];

const CARDS: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/.well-known/agent-card.json",
        name: "a2a_card",
        about: "What this program can do as an agent of A2A, and where.",
        access: Access::Open,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(card::open(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/a2a/assistants/{id}/.well-known/agent-card.json",
        name: "a2a_assistant_card",
        about: "What an assistant can do as an agent of A2A, and where.",
        access: Access::Key,
        needs: Needs::Rows,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(card::of_assistant(shared, call)),
    },
];

const RPC: &[Route] = &[
    row(
        (Method::Post, "/a2a"),
        ("a2a_rpc", "Any operation of A2A, as a request of JSON-RPC 2.0."),
        (Needs::Command, EITHER, &[]),
        |shared, call| Box::pin(rpc::own(shared, call)),
    ),
    row(
        (Method::Post, "/a2a/assistants/{id}"),
        ("a2a_assistant_rpc", "Any operation of A2A with an assistant, as JSON-RPC 2.0."),
        (Needs::Command, EITHER, &[]),
        |shared, call| Box::pin(rpc::of_assistant(shared, call)),
    ),
];

const HTTP: &[Route] = &[
    http(
        (Method::Post, "/a2a/message:send"),
        ("a2a_send", "Says something to the agent, and waits for what comes of it."),
        (Needs::Command, PLAIN, &[]),
    ),
    http(
        (Method::Post, "/a2a/message:stream"),
        ("a2a_stream", "Says something to the agent, and watches what comes of it."),
        (Needs::Command, EITHER, &[]),
    ),
    http(
        (Method::Get, "/a2a/tasks"),
        ("a2a_tasks", "Lists tasks, the last changed first."),
        (
            Needs::Rows,
            PLAIN,
            &[
                http::AFTER,
                http::ARTIFACTS,
                http::CONTEXT,
                http::HISTORY,
                http::SIZE,
                http::STATUS,
                http::TENANT,
                http::TOKEN,
            ],
        ),
    ),
    http(
        (Method::Get, "/a2a/tasks/{id}"),
        ("a2a_task", "Shows a task; `{id}:subscribe` watches it."),
        (Needs::Rows, EITHER, &[http::HISTORY, http::TENANT]),
    ),
    http(
        (Method::Post, "/a2a/tasks/{id}"),
        ("a2a_task_do", "`{id}:cancel` ends a task, `{id}:subscribe` watches it."),
        (Needs::Command, EITHER, &[]),
    ),
    http(
        (Method::Post, "/a2a/tasks/{id}/pushNotificationConfigs"),
        ("a2a_push_create", "Has a receiver told whenever the task's state changes."),
        (Needs::Command, PLAIN, &[]),
    ),
    http(
        (Method::Get, "/a2a/tasks/{id}/pushNotificationConfigs"),
        ("a2a_push_list", "Lists who is told of the task."),
        (Needs::Rows, PLAIN, &[http::SIZE, http::TENANT, http::TOKEN]),
    ),
    http(
        (Method::Get, "/a2a/tasks/{id}/pushNotificationConfigs/{config}"),
        ("a2a_push", "Shows one who is told of the task."),
        (Needs::Rows, PLAIN, &[http::TENANT]),
    ),
    http(
        (Method::Delete, "/a2a/tasks/{id}/pushNotificationConfigs/{config}"),
        ("a2a_push_delete", "Tells a receiver no more."),
        (Needs::Command, PLAIN, &[http::TENANT]),
    ),
    http(
        (Method::Get, "/a2a/extendedAgentCard"),
        ("a2a_card_extended", "The card with the assistants that the caller may ask."),
        (Needs::Rows, PLAIN, &[]),
    ),
];

const fn row(
    (method, path): (Method, &'static str),
    (name, about): (&'static str, &'static str),
    (needs, offers, query): (Needs, &'static [&'static str], &'static [Param]),
    handler: Handler,
) -> Route {
    Route { method, path, name, about, access: Access::Key, needs, offers, query, handler }
}

const fn http(
    at: (Method, &'static str),
    told: (&'static str, &'static str),
    asks: (Needs, &'static [&'static str], &'static [Param]),
) -> Route {
    row(at, told, asks, |shared, call| Box::pin(http::answer(shared, call)))
}
