//! The Model Context Protocol, as a server, in both of its revisions: 2026-07-28, in which each
//! request stands for itself, and 2025-11-25 with sessions. Every command that the caller may send
//! is a tool, every actor that it may read a resource; time travel is tools, too. Nothing is done
//! here that the other roads do not do: a call is a command in the caller's name.

mod completion;
mod config;
mod discovery;
mod door;
pub mod extension;
mod listen;
mod outbox;
pub mod peer;
mod prompts;
mod resources;
mod revision;
mod rpc;
mod session;
mod stream;
mod tasks;
#[cfg(test)]
mod tests;
mod tools;
mod watch;
pub mod wire;

use std::sync::OnceLock;

use contracts::Pages;

pub use self::config::Config;
pub use self::discovery::challenge;
pub use self::revision::supported;
use self::session::Sessions;
use self::tools::Catalog;
use crate::dialects::rest::respond::{JSON_OR_SSE, SSE};
use crate::edge::routes::{Access, Method, Needs, Route};

/// The path of MCP.
pub const PATH: &str = "/mcp";

/// What of MCP lives as long as the program.
pub struct State {
    /// The sessions of this node.
    sessions: Sessions,
    pages: Pages,
    /// The tools that the kinds make, once somebody asks: hundreds of schemas take a while.
    catalog: OnceLock<Catalog>,
}

impl State {
    /// As `config` and the kinds have it.
    #[must_use]
    pub fn new(config: &Config, pages: &Pages) -> Self {
        let (sessions, pages) = (Sessions::new(config), pages.clone());
        Self { sessions, pages, catalog: OnceLock::new() }
    }

    /// The tools that the kinds make.
    fn catalog(&self) -> &Catalog {
        self.catalog.get_or_init(|| Catalog::of(&self.pages))
    }
}

const fn row(
    method: Method,
    name: &'static str,
    about: &'static str,
    offers: &'static [&'static str],
    handler: crate::edge::routes::Handler,
) -> Route {
    Route {
        method,
        path: PATH,
        name,
        about,
        access: Access::Key,
        needs: Needs::Rows,
        offers,
        query: &[],
        handler,
    }
}

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[
    &[
        row(
            Method::Post,
            "mcp",
            "Takes a message of the Model Context Protocol, revision 2026-07-28 or 2025-11-25.",
            JSON_OR_SSE,
            |shared, call| Box::pin(door::post(shared, call)),
        ),
        row(
            Method::Get,
            "mcp_stream",
            "Follows what a session of 2025-11-25 is told; resumes a stream by Last-Event-ID.",
            SSE,
            |shared, call| Box::pin(door::get(shared, call)),
        ),
        row(
            Method::Delete,
            "mcp_end",
            "Ends a session of 2025-11-25.",
            JSON_OR_SSE,
            |shared, call| Box::pin(std::future::ready(door::delete(&shared, &call))),
        ),
    ],
    discovery::ROUTES,
];
