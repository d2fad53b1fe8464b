//! `conversation`: people and agents talk; messages are numbered without gaps.

mod commands;
mod events;
pub mod limits;
mod rejections;
mod specs;

pub use commands::{
    Command, Create, DeleteMessage, EditMessage, Edited, Join, Leave, MarkRead, Marked, Membership,
    MessageRef, NewMember, Post, Posted, Presence, Rename, Shown, Status, Typing,
};
pub use events::{
    AgentFailed, Created, Event, Joined, Left, Member, MessageDeleted, MessageEdited,
    MessagePosted, ReadMarked, Renamed, Role, Sort,
};
pub use rejections::Rejection;
use serde_json::{Value, json};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::privacy;

/// The page of `conversation`.
pub struct Conversation;

impl Page for Conversation {
    const KIND: Kind = Kind::from_static("conversation");
    const ABOUT: &'static str = "Members, people and agents, who talk in numbered messages.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] = &[
        "create",
        "join",
        "post",
        "edit_message",
        "mark_read",
        "typing",
        "presence",
        "delete_message",
        "rename",
        "leave",
    ];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("Joined", 1),
        ("Left", 1),
        ("MessagePosted", 1),
        ("MessageEdited", 1),
        ("MessageDeleted", 1),
        ("ReadMarked", 1),
        ("Renamed", 1),
        ("AgentFailed", 1),
    ];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        specs::commands()
    }

    fn events() -> Vec<EventSpec> {
        specs::events()
    }

    fn rejections() -> Vec<RejectionSpec> {
        rejections::specs()
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Created(created) => json!({
                "title": created.title,
                "kind": created.kind,
                "members": created.members.len(),
                "messages": 0,
                "last": { "event": "Created", "by": created.by },
            }),
            Event::Joined(joined) => json!({
                "members": joined.members,
                "last": last("Joined", &json!({ "by": joined.member.principal })),
            }),
            Event::Left(left) => json!({
                "members": left.members,
                "last": last("Left", &json!({ "by": left.principal })),
            }),
            Event::MessagePosted(posted) => json!({
                "messages": posted.sequence,
                "last": last("MessagePosted", &json!({
                    "by": posted.author, "sequence": posted.sequence,
                    "text": excerpt(&posted.text),
                })),
            }),
            Event::MessageEdited(edited) => json!({
                "last": last("MessageEdited", &json!({
                    "sequence": edited.sequence, "text": excerpt(&edited.text),
                })),
            }),
            Event::MessageDeleted(deleted) => json!({
                "last": last("MessageDeleted", &json!({
                    "by": deleted.by, "sequence": deleted.sequence,
                })),
            }),
            Event::Renamed(renamed) => json!({
                "title": renamed.title,
                "last": last("Renamed", &json!({ "by": renamed.by })),
            }),
            Event::AgentFailed(failed) => json!({
                "last": last("AgentFailed", &json!({ "by": failed.agent, "code": failed.code })),
            }),
            Event::ReadMarked(_) => return None,
        })
    }
}

/// The last thing that happened. A merge patch keeps what it does not name, so that members of the
/// thing before are taken out by name.
fn last(event: &str, members: &Value) -> Value {
    let mut last =
        json!({ "event": event, "by": null, "sequence": null, "text": null, "code": null });
    for (name, value) in members.as_object().into_iter().flatten() {
        last[name] = value.clone();
    }
    last
}

/// The beginning of a text; of a protected one nothing, since a piece of it cannot be opened.
fn excerpt(text: &str) -> String {
    if privacy::carries(text) {
        return String::new();
    }
    text.chars().take(limits::EXCERPT_CHARS_MAX).collect()
}
