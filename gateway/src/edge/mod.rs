//! The HTTP edge: one table of routes, the layers around it, and what both share.
//!
//! A request goes through [`layers`] (trace, limits, version, problem bodies), through its row of
//! [`routes`] (credential, tenant, query, media type) and then to a dialect, which only
//! translates.

pub mod accept;
pub mod access_export;
pub mod admin;
pub mod admission;
mod allow;
pub mod body;
pub mod call;
pub mod config;
mod crossings;
mod denials;
pub mod headers;
pub mod health;
mod layers;
mod leaving;
pub mod limits;
mod listen;
pub mod metrics;
pub mod nats_users;
pub mod needs;
pub mod personal;
pub mod query;
pub mod reading;
pub mod records;
pub mod routes;
pub mod safety;
mod serve;
pub mod shared;
mod socket;
pub mod sse;
pub mod standing;
mod standstill;
pub mod stream;
pub mod submit;
pub mod tickets;
pub mod tls;
pub mod trace;
pub mod trail;
mod unread;
pub mod version;
pub mod watch;

use std::sync::Arc;

use axum::Router;
use contracts::Pages;
use contracts::ports::{
    Archive, Audit, Blobs, CommandBus, Connectors, Effects, Feed, Guard, History, Letters, Live,
    Models, Privacy, Search, Store, Toolbox, WorkBoard,
};
use contracts::telemetry::Telemetry;
use tokio_util::sync::CancellationToken;

pub use self::admin::{Admin, Rebuild};
pub use self::config::Config;
pub use self::health::Health;
pub use self::limits::Limiter;
pub use self::listen::listen;
pub use self::metrics::Metrics;
pub use self::nats_users::NatsUsers;
pub use self::reading::Reading;
pub use self::serve::{Connections, serve, serve_with};
use crate::auth::{Authenticator, SignIn};
use crate::dialects::mcp::extension::Extension;
use crate::vault::Vault;

/// Everything that the edge needs of the rest of the program.
pub struct Edge {
    /// Limits and defaults.
    pub config: Config,
    /// The kinds.
    pub pages: Pages,
    /// The way to the actors.
    pub bus: Arc<dyn CommandBus>,
    /// Their past and present.
    pub history: Arc<dyn History>,
    /// The log as a whole.
    pub archive: Arc<dyn Archive>,
    /// Dead letters and quarantined actors.
    pub letters: Arc<dyn Letters>,
    /// What somebody may have to answer for.
    pub audit: Arc<dyn Audit>,
    /// The same as rows, and what is signed of it.
    pub trail: Arc<dyn trail::Trail>,
    /// Personal data.
    pub privacy: Arc<dyn Privacy>,
    /// Work for any language.
    pub work: Arc<dyn WorkBoard>,
    /// What models may call.
    pub tools: Arc<dyn Toolbox>,
    /// Effects that wait, and what may be done about them.
    pub effects: Arc<dyn Effects>,
    /// Accounts with services.
    pub connectors: Arc<dyn Connectors>,
    /// Which models there are, and how their providers stand.
    pub models: Arc<dyn Models>,
    /// Large contents of the tenants.
    pub blobs: Arc<dyn Blobs>,
    /// The tail of the log.
    pub feed: Arc<dyn Feed>,
    /// What is shown and not kept.
    pub live: Arc<dyn Live>,
    /// The read models.
    pub reading: Arc<dyn Reading>,
    /// What programs of tenants tell of themselves.
    pub records: records::RecordDesk,
    /// Knowledge bases and memories.
    pub search: Arc<dyn Search>,
    /// How the parts are.
    pub health: Arc<dyn Health>,
    /// The parts as operators see them.
    pub admin: Arc<dyn Admin>,
    /// Users of the broker.
    pub nats_users: Arc<dyn NatsUsers>,
    /// Sealed secrets, under the master key.
    pub vault: Vault,
    /// What the master key lies over: secrets, and the keys of persons.
    pub sealed: [(&'static str, Arc<dyn Store>); 2],
    /// Tickets that are good for one use.
    pub tickets: Arc<dyn Store>,
    /// Who is known, and what each may.
    pub guard: Arc<dyn Guard>,
    /// Who checks credentials.
    pub authenticator: Arc<dyn Authenticator>,
    /// How much everybody may ask for.
    pub limiter: Arc<Limiter>,
    /// All that signing in takes.
    pub sign_in: Arc<SignIn>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where it is told what is done.
    pub telemetry: Telemetry,
    /// What is added to MCP's language beside the kinds.
    pub extension: Arc<dyn Extension>,
    /// Whether callers are answered; else only who looks after the program.
    pub is_edge: bool,
    /// Cancelled when the program is to end: streams close, `/readyz` says no.
    pub shutdown: CancellationToken,
}

impl Edge {
    /// All routes with their layers, ready for [`serve`].
    pub fn router(self) -> Router {
        let shared = Arc::new(shared::Shared::new(self));
        layers::around(routes::table(&shared), &shared)
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
