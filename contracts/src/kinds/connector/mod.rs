//! `connector`: somebody's account with a service: a provider of models, an MCP server, an HTTP
//! API. Its credential is sealed, and named here, never told.

mod commands;
mod events;
pub mod limits;
mod rejections;
mod service;
mod specs;

use serde_json::{Value, json};

use crate::hash::Hash;
use crate::ids::{ActorId, Kind, SecretName};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};

pub use commands::{Authorize, Checked, Command, Nothing, Seal, Share, Standing, Tokens};
pub use events::Event;
pub use rejections::Rejection;
pub use service::{Auth, Create, OAuth, Service};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("connector");

/// The page of `connector`.
pub struct Connector;

/// What every secret of the connector `id` begins with in the vault.
#[must_use]
pub fn folder_of(id: &ActorId) -> String {
    let hash = Hash::of_parts("cambium connector secret v1", &[id.as_str()]).to_string();
    format!("connector:{}:", &hash[..24])
}

/// What a secret of the connector `id` is called, told from its others by `name`.
#[must_use]
pub fn secret_of(id: &ActorId, name: &Hash) -> SecretName {
    let name = name.to_string();
    SecretName::new(format!("{}{}", folder_of(id), &name[..32])).expect("digits are a token")
}

/// Whether a secret is the connector's own.
#[must_use]
pub fn is_secret_of(id: &ActorId, secret: &SecretName) -> bool {
    secret.as_str().starts_with(&folder_of(id))
}

impl Page for Connector {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "Somebody's account with a service, its credential sealed.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] =
        &["create", "share", "seal", "authorize", "refresh", "check", "revoke"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("Shared", 1),
        ("Sealed", 1),
        ("Authorized", 1),
        ("RefreshAsked", 1),
        ("Refreshed", 1),
        ("RefreshFailed", 1),
        ("CheckAsked", 1),
        ("Checked", 1),
        ("Revoked", 1),
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
            Event::Created { create, owner } => json!({
                "status": "waiting", "service": create.service.summary(), "owner": owner,
                "shared": false,
            }),
            Event::Shared { shared, .. } => json!({ "shared": shared }),
            Event::Authorized { .. } | Event::Refreshed { .. } => json!({ "status": "ready" }),
            Event::RefreshFailed { again_at: None, .. } => json!({ "status": "expired" }),
            Event::Checked { checked, .. } => json!({ "checked": checked.ok }),
            Event::Revoked { .. } => json!({ "status": "revoked" }),
            Event::Sealed { .. }
            | Event::RefreshAsked {}
            | Event::RefreshFailed { .. }
            | Event::CheckAsked { .. } => return None,
        })
    }
}

impl Service {
    /// What tells accounts apart at a glance.
    fn summary(&self) -> Value {
        let place = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
        match self {
            Self::Model { provider, .. } => json!({ "service": "model", "provider": provider }),
            Self::Mcp { url, .. } => json!({ "service": "mcp", "url": place(url) }),
            Self::Http { base_url, .. } => json!({ "service": "http", "url": place(base_url) }),
        }
    }
}
