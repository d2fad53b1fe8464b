//! `principal`: whoever acts. Users, agents and services are one kind: a name in a tenant, with
//! roles, grants, a password, keys and sessions. Secrets never come here, only their hashes.

mod commands;
mod events;
mod keys;
mod limits;
mod rejections;
mod specs;

use serde_json::{Value, json};

use crate::ids::Kind;
pub use crate::kinds::suspend::Suspend;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::privacy::{DataClass, Field, SubjectOf};

pub use commands::{
    Assign, Command, Grants, Nothing, Profile, Register, Revoke, SetPassword, Settings, Sort,
    Standing, Transfer, Unassign, is_free, is_name,
};
pub use events::{Event, SessionEnd};
pub use keys::{
    AskReset, BeginSession, Crowded, EndSession, IssueKey, RefreshSession, Refreshed, RevokeKey,
    RotateKey,
};
pub use limits::{
    GRANTS_MAX, KEYS_MAX, NAME_BYTES_MAX, PASSWORD_BYTES_MAX, ROLES_MAX, SCOPE_MAX, SESSION_MS_MAX,
    SESSIONS_MAX, SETTINGS_BYTES_MAX, TEXT_BYTES_MAX,
};
pub use rejections::Rejection;

/// The kind's name.
pub const KIND: Kind = Kind::from_static("principal");

/// Commands that a principal may send to itself, and its owner to it, without any capability: they
/// change nothing about what it may.
pub const OWN: &[&str] = &[
    "profile",
    "settings",
    "set_password",
    "issue_key",
    "rotate_key",
    "revoke_key",
    "begin_session",
    "refresh_session",
    "end_session",
    "end_sessions",
    "ask_reset",
];

/// Commands that need a proof which only signing in sees: a password, a refresh token, a link that
/// was sent. They come from the program itself, in the name of the principal.
pub const PROVED: &[&str] = &["set_password", "begin_session", "refresh_session", "ask_reset"];

/// What says something about the principal itself.
const fn personal(command: &'static str, pointer: &'static str) -> Field {
    Field::new(command, pointer, DataClass::Pii, SubjectOf::Actor)
}

/// The page of `principal`.
pub struct Principal;

impl Page for Principal {
    const KIND: Kind = KIND;
    const ABOUT: &'static str =
        "Whoever acts: a user, an agent or a service, with roles, keys and sessions.";
    const CREATE: &'static str = "register";
    const COMMANDS: &'static [&'static str] = &[
        "register",
        "profile",
        "settings",
        "set_password",
        "assign",
        "unassign",
        "grant",
        "revoke",
        "transfer",
        "issue_key",
        "rotate_key",
        "revoke_key",
        "begin_session",
        "refresh_session",
        "end_session",
        "end_sessions",
        "ask_reset",
        "suspend",
        "restore",
    ];
    const FIELDS: &'static [Field] = &[
        personal("register", "/display"),
        personal("register", "/email"),
        personal("profile", "/display"),
        personal("profile", "/email"),
        personal("profile", "/about"),
        personal("settings", "/settings/*"),
        personal("issue_key", "/label"),
        personal("begin_session", "/device"),
        personal("suspend", "/reason"),
    ];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Registered", 1),
        ("ProfileChanged", 1),
        ("SettingsChanged", 1),
        ("PasswordSet", 1),
        ("RoleAssigned", 1),
        ("RoleRemoved", 1),
        ("Granted", 1),
        ("Revoked", 1),
        ("Transferred", 1),
        ("KeyIssued", 1),
        ("KeyRotated", 1),
        ("KeyRevoked", 1),
        ("SessionBegun", 1),
        ("SessionRefreshed", 1),
        ("SessionEnded", 1),
        ("ResetAsked", 1),
        ("Suspended", 1),
        ("Restored", 1),
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
        rejections::all()
    }

    fn summary(event: &Event) -> Option<Value> {
        match event {
            Event::Registered { sort, display, owner, .. } => {
                Some(json!({ "sort": sort, "display": display, "owner": owner }))
            }
            Event::ProfileChanged(profile) => {
                profile.display.as_ref().map(|display| json!({ "display": display }))
            }
            Event::Transferred { owner } => Some(json!({ "owner": owner })),
            Event::Suspended { .. } => Some(json!({ "suspended": true })),
            Event::Restored {} => Some(json!({ "suspended": null })),
            _ => None,
        }
    }
}
