//! The AsyncAPI 3.0 description: the subjects of the broker and the frames of the socket.

use contracts::Pages;
use contracts::page::PageRef;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::dialects::ws::ClientFrame;
use crate::openapi::generator;

/// The whole description.
#[must_use]
pub fn describe(pages: &Pages) -> Value {
    let mut generator = generator();
    let mut messages = Map::new();
    for page in pages.iter() {
        for spec in page.commands.iter() {
            let payload = (spec.input)(&mut generator).to_value();
            let message = json!({
                "name": spec.name, "title": format!("{} {}", page.kind, spec.name),
                "summary": spec.about, "payload": payload,
                "examples": [{ "payload": spec.example }],
            });
            messages.insert(command_message(page, spec.name), message);
        }
        for spec in page.events.iter() {
            let message = json!({
                "name": spec.r#type, "title": format!("{} {}", page.kind, spec.r#type),
                "summary": spec.about, "payload": { "type": "object" },
                "examples": [{ "payload": spec.sample }],
            });
            messages.insert(event_message(page, spec.r#type), message);
        }
    }
    messages.insert(
        "Signal".to_owned(),
        json!({
            "summary": "Something to be seen at once and kept nowhere.",
            "payload": {
                "type": "object",
                "required": ["type", "data"],
                "properties": { "type": { "type": "string" }, "data": {} },
            },
        }),
    );
    let frame = ClientFrame::json_schema(&mut generator).to_value();
    messages.insert(
        "ClientFrame".to_owned(),
        json!({
            "summary": "What a client says on the socket.", "payload": frame,
        }),
    );
    messages.insert(
        "ServerFrame".to_owned(),
        json!({
            "summary": "What the server says on the socket.", "payload": server_frame(),
        }),
    );
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Cambium", "version": env!("CARGO_PKG_VERSION") },
        "defaultContentType": "application/json",
        "channels": channels(pages),
        "operations": operations(),
        "components": { "messages": messages, "schemas": generator.take_definitions(true) },
    })
}

fn command_message(page: &PageRef, command: &str) -> String {
    format!("{}.{command}", page.kind)
}

fn event_message(page: &PageRef, r#type: &str) -> String {
    format!("{}.{type}", page.kind)
}

fn server_frame() -> Value {
    let types =
        ["ready", "answer", "error", "subscribed", "unsubscribed", "event", "signal", "pong"];
    json!({
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": { "enum": types },
            "ref": { "type": ["string", "number", "null"] },
            "sub": { "type": ["string", "number"] },
            "cursor": { "type": "string" },
            "commit": { "type": "object" },
            "signal": { "type": "object" },
            "problem": { "type": "object" },
        },
    })
}

fn channels(pages: &Pages) -> Value {
    let named = |name: String| {
        let reference = json!({ "$ref": format!("#/components/messages/{name}") });
        (name, reference)
    };
    let commands: Map<_, _> = pages
        .iter()
        .flat_map(|page| page.commands.iter().map(|spec| command_message(page, spec.name)))
        .map(named)
        .collect();
    let events: Map<_, _> = pages
        .iter()
        .flat_map(|page| page.events.iter().map(|spec| event_message(page, spec.r#type)))
        .map(named)
        .collect();
    let signal: Map<_, _> = std::iter::once(named("Signal".to_owned())).collect();
    let frames: Map<_, _> =
        ["ClientFrame", "ServerFrame"].map(str::to_owned).map(named).into_iter().collect();
    let actor = json!({
        "tenant": { "description": "Whose actor." },
        "kind": { "description": "Its kind." },
        "id": { "description": "Which one." },
    });
    let mut partitioned = actor.clone();
    partitioned["partition"] = json!({ "description": "Its share of all actors, 0 to 63." });
    json!({
        "cmd": {
            "address": "cmd.{tenant}.{kind}.{id}",
            "description": "Durable commands: stored, and acknowledged after their commit.",
            "parameters": actor, "messages": commands,
        },
        "ask": {
            "address": "ask.{tenant}.{kind}.{id}",
            "description": "Commands as requests: answered on the reply subject, not stored.",
            "parameters": actor, "messages": commands,
        },
        "live": {
            "address": "live.{tenant}.{kind}.{id}",
            "description": "What an actor shows and nobody keeps.",
            "parameters": actor, "messages": signal,
        },
        "evt": {
            "address": "evt.{partition}.{tenant}.{kind}.{id}",
            "description": "Commits as MessagePack; only to be read. Each holds its events.",
            "parameters": partitioned, "messages": events,
        },
        "ws": {
            "address": "/v1/ws",
            "description": "One socket for commands, subscriptions and live signals.",
            "messages": frames,
        },
    })
}

fn operations() -> Value {
    let on = |action: &str, channel: &str, summary: &str| {
        json!({
            "action": action,
            "channel": { "$ref": format!("#/channels/{channel}") },
            "summary": summary,
        })
    };
    json!({
        "take_command": on("receive", "cmd", "The program takes durable commands."),
        "answer_command": on("receive", "ask", "The program answers commands."),
        "show_signal": on("send", "live", "The program shows signals."),
        "publish_commit": on("send", "evt", "The program appends commits; nobody else may."),
        "take_frame": on("receive", "ws", "The program takes frames."),
        "send_frame": on("send", "ws", "The program sends frames."),
    })
}

#[cfg(test)]
mod tests {
    use contracts::Pages;

    use super::describe;

    #[test]
    fn every_channel_names_messages_that_exist() {
        let whole = describe(&Pages::standard());
        let channels = whole["channels"].as_object().unwrap();
        assert_eq!(channels.len(), 5);
        for channel in channels.values() {
            let messages = channel["messages"].as_object().unwrap();
            assert!(!messages.is_empty());
            for (name, reference) in messages {
                let pointer = reference["$ref"].as_str().unwrap().strip_prefix('#').unwrap();
                assert!(whole.pointer(pointer).is_some(), "{name} leads nowhere");
            }
        }
        for operation in whole["operations"].as_object().unwrap().values() {
            let pointer = operation["channel"]["$ref"].as_str().unwrap();
            assert!(whole.pointer(&pointer[1..]).is_some());
        }
    }

    #[test]
    fn every_event_of_every_kind_is_among_the_messages() {
        let (pages, whole) = (Pages::standard(), describe(&Pages::standard()));
        for page in pages.iter() {
            for event in page.events.iter() {
                let name = format!("{}.{}", page.kind, event.r#type);
                let examples = &whole["components"]["messages"][&name]["examples"];
                assert_eq!(examples[0]["payload"], event.sample, "{name}");
            }
        }
    }
}
