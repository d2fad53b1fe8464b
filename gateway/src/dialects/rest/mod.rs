//! The program's own dialect: `/v1/{kind}/{id}/{command}` and what belongs to it.

mod admin;
pub(crate) mod archive;
mod audit;
mod commands;
mod connectors;
mod conversions;
pub(crate) mod csv;
mod dead;
pub mod effects;
mod events;
mod history;
mod keys;
mod meta;
mod models;
mod nats_users;
mod noted;
pub(crate) mod params;
mod policy;
mod privacy;
mod reads;
pub(crate) mod respond;
mod search;
mod secrets;
mod suite;
mod tickets;
mod tools;
mod trees;
mod usage;
mod webhooks;
mod work;

pub use self::admin::{
    AcknowledgeInput, DrainInput, LogLevelInput, ModelsInput, RebuildInput, SkipInput,
};
pub use self::audit::{HoldInput, ReleaseInput};
pub use self::connectors::ConnectorKeyInput;
pub use self::keys::{KeyInput, OfPrincipal, RotateInput};
pub use self::nats_users::NatsUserInput;
pub use self::privacy::EraseInput;
pub use self::secrets::SecretInput;
pub use self::webhooks::{WebhookInput, WebhookRotateInput};
use crate::edge::routes::Route;

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[
    commands::ROUTES,
    reads::ROUTES,
    events::ROUTES,
    history::ROUTES,
    archive::ROUTES,
    audit::ROUTES,
    trees::ROUTES,
    super::ws::ROUTES,
    meta::ROUTES,
    admin::ROUTES,
    dead::ROUTES,
    keys::ROUTES,
    nats_users::ROUTES,
    secrets::ROUTES,
    tickets::ROUTES,
    policy::ROUTES,
    privacy::ROUTES,
    connectors::ROUTES,
    conversions::ROUTES,
    webhooks::ROUTES,
    work::ROUTES,
    effects::ROUTES,
    suite::ROUTES,
    tools::ROUTES,
    models::ROUTES,
    usage::ROUTES,
    search::ROUTES,
];
