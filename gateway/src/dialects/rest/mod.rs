//! The program's own dialect: `/v1/{kind}/{id}/{command}` and what belongs to it.

mod admin;
mod commands;
mod events;
mod history;
mod meta;
mod params;
mod reads;
mod respond;

use crate::edge::routes::Route;

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[
    commands::ROUTES,
    reads::ROUTES,
    events::ROUTES,
    history::ROUTES,
    super::ws::ROUTES,
    meta::ROUTES,
    admin::ROUTES,
];

/// Names that a kind may not give to a command, since a route has them.
pub const RESERVED_COMMANDS: &[&str] =
    &["diff", "events", "fork", "live", "messages", "replay", "verify", "waiting"];

/// Names that no kind may have, since a route or a dialect has them.
pub const RESERVED_KINDS: &[&str] = &[
    "admin",
    "chat",
    "commands",
    "events",
    "files",
    "messages",
    "models",
    "responses",
    "timeline",
    "work",
    "ws",
];
