//! The commands and events of a conversation, as documented.

use serde_json::json;

use super::commands;
use crate::page::{self, CommandSpec, EventSpec, command, event};

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    let all = vec![
        command::<commands::Create, commands::Created>(
            "create",
            "Begins a conversation; the caller is in it.",
            json!({ "title": "Plans", "kind": "group", "members": [
                { "principal": "helper", "name": "Helper", "role": "agent" }
            ] }),
        ),
        command::<commands::Join, commands::Membership>(
            "join",
            "Makes somebody a member.",
            json!({ "principal": "mira", "name": "Mira" }),
        ),
        command::<commands::Post, commands::Posted>(
            "post",
            "Says something; agents among the members answer with later messages.",
            json!({ "client_id": "c-1", "text": "What is left to do?" }),
        ),
        command::<commands::EditMessage, commands::Edited>(
            "edit_message",
            "Changes what one has said.",
            json!({ "message": 1, "text": "What is left to do today?" }),
        ),
        command::<commands::MarkRead, commands::Marked>(
            "mark_read",
            "Says how far one has read; marks never go back.",
            json!({ "up_to": 1 }),
        ),
        command::<commands::Typing, commands::Shown>(
            "typing",
            "Shows that one is writing; a live signal, kept nowhere.",
            json!({ "active": true }),
        ),
        command::<commands::Presence, commands::Shown>(
            "presence",
            "Shows whether one is there; a live signal, kept nowhere.",
            json!({ "status": "online" }),
        ),
        command::<commands::DeleteMessage, commands::Posted>(
            "delete_message",
            "Takes back what was said; its place stays, without text.",
            json!({ "message": 1 }),
        ),
        command::<commands::Rename, commands::Renamed>(
            "rename",
            "Changes the title.",
            json!({ "title": "Plans for spring" }),
        ),
        command::<commands::Leave, commands::Membership>(
            "leave",
            "Stops being a member.",
            json!({ "principal": "mira" }),
        ),
    ];
    page::beginning(&["create"], all)
}

/// The events, in the order of the docs.
pub(super) fn events() -> Vec<EventSpec> {
    let helper = json!({
        "principal": "helper", "name": "Helper", "role": "agent",
        "model": "local/rules", "instructions": "Be brief."
    });
    let ada = json!({ "principal": "ada", "role": "member" });
    vec![
        event(
            "Created",
            "The conversation began.",
            json!({ "title": "Plans", "kind": "group", "members": [ada, helper], "by": "ada" }),
        ),
        event(
            "Joined",
            "Somebody became a member.",
            json!({ "member": { "principal": "mira", "role": "member" }, "members": 3,
                "by": "admin" }),
        ),
        event(
            "Left",
            "Somebody stopped being a member.",
            json!({
                "principal": "mira", "members": 2
            }),
        ),
        event(
            "MessagePosted",
            "Somebody said something.",
            json!({ "message": "m_2_1f0c29ab34", "sequence": 2, "author": "helper",
                "name": "Helper", "role": "agent", "text": "The roof.",
                "in_reply_to": "m_1_00c29ab34f",
                "generated_by": { "provider": "local", "model": "local/rules" } }),
        ),
        event(
            "MessageEdited",
            "A message says something else now.",
            json!({ "message": "m_1_00c29ab34f", "sequence": 1, "text": "What is left?",
                "edits": 1 }),
        ),
        event(
            "MessageDeleted",
            "A message was taken back; its place stays.",
            json!({ "message": "m_1_00c29ab34f", "sequence": 1, "by": "ada" }),
        ),
        event(
            "ReadMarked",
            "Somebody has read up to a message.",
            json!({ "principal": "ada", "up_to": 2 }),
        ),
        event("Renamed", "The title changed.", json!({ "title": "Spring", "by": "ada" })),
        event(
            "AgentFailed",
            "An agent owed an answer and could not give one.",
            json!({ "agent": "helper", "message": "m_1_00c29ab34f", "code": "model_answer_invalid",
                "reason": "the model gave no text" }),
        ),
    ]
}
