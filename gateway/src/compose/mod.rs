//! The composition root: the one place that knows every crate and puts them together.

mod admin;
mod appends;
mod audit;
mod bench;
mod broker;
mod credentials;
mod engines;
mod erasures;
mod health;
mod huge_pages;
mod known_secrets;
mod limits;
mod membership;
mod metrics;
mod nats_users;
mod node_key;
mod open;
mod pacing;
mod patience;
mod reading;
mod rebuilds;
mod records;
mod reporter;
mod same_log;
mod sign_in;
mod stalls;
mod start;
mod supervisor;
mod underway;
mod watchdog;
mod world;

pub use broker::Bare;
pub use reporter::now;

use std::sync::Arc;

use actors::Registry;
use contracts::Pages;
use contracts::ports::Fut;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::cli::{Broker, Load, Local, Running};
use crate::dialects::mcp::extension::{Extension, Nothing};
use crate::openapi;
use crate::settings::Settings;

/// A program: Cambium with the kinds of a registry.
pub struct Composition {
    registry: Registry,
    pages: Pages,
    extension: Arc<dyn Extension>,
}

impl Composition {
    /// Cambium with the kinds of `registry`.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        let pages = registry.pages();
        Self { registry, pages, extension: Arc::new(Nothing) }
    }

    /// The same, with tools, resources and prompts for MCP's clients beside those of the kinds.
    #[must_use]
    pub fn with_extension(mut self, extension: impl Extension + 'static) -> Self {
        self.extension = Arc::new(extension);
        self
    }
}

impl Local for Composition {
    fn start(
        &self,
        settings: Settings,
        stop: CancellationToken,
    ) -> Fut<'_, anyhow::Result<Running>> {
        let extension = Arc::clone(&self.extension);
        Box::pin(start::start(settings, self.registry.clone(), extension, stop))
    }

    fn bench(&self, settings: Settings, load: Load) -> Fut<'_, anyhow::Result<Value>> {
        Box::pin(bench::run(settings, load, self.registry.clone()))
    }

    fn pages(&self) -> Pages {
        self.pages.clone()
    }

    fn openapi(&self) -> Value {
        openapi::describe(&self.pages)
    }

    fn broker<'a>(&'a self, settings: &'a Settings) -> Fut<'a, Result<Broker, String>> {
        Box::pin(broker::find(settings))
    }
}
