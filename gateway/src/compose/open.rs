//! The edge over all that has grown beneath it.

use std::sync::Arc;
use std::time::Duration;

use actors::Runtime;
use contracts::Pages;
use contracts::node::Role;
use contracts::ports::{Archive, Feed, History, Letters, Store};
use nats::streams::Bucket;
use projections::Models;
use tokio_util::sync::CancellationToken;

use super::admin::Operators;
use super::audit::Trails;
use super::credentials::SameAsEdge;
use super::erasures::Erasures;
use super::health::Parts;
use super::pacing::Pacing;
use super::reading::ModelsReading;
use super::start::Kept;
use super::{limits, records, sign_in};
use crate::auth::Authenticator;
use crate::dialects::mcp::extension::Nothing;
use crate::edge::Edge;
use crate::edge::records::RecordDesk;
use crate::settings::Settings;
use crate::vault::{MasterKey, Vault};

/// What the edge stands on.
pub(super) struct Grown {
    pub(super) pages: Pages,
    pub(super) broker: Arc<nats::Broker>,
    pub(super) feed: Arc<dyn Feed>,
    pub(super) models: Models,
    pub(super) pacing: Pacing,
    pub(super) trails: Trails,
    pub(super) records: RecordDesk,
    pub(super) health: Parts,
    pub(super) master_key: MasterKey,
    pub(super) credentials: SameAsEdge,
}

impl Grown {
    /// Lets callers in: the roads of the broker first, then the edge.
    ///
    /// # Errors
    /// When the keys of tokens or the limits cannot be had.
    pub(super) async fn edge(
        self,
        settings: &Settings,
        runtime: &Runtime,
        authenticator: Arc<dyn Authenticator>,
        kept: Kept<'_>,
    ) -> anyhow::Result<Edge> {
        let Self { pages, broker, feed, models, pacing, trails, health, master_key, .. } = self;
        let Kept { underway, supervisor, metrics, nats_users, telemetry } = kept;
        let opening = sign_in::open(settings, &master_key, authenticator, &broker, runtime);
        let (sign_in, ring) = opening.await?;
        let _ = self.credentials.0.set(ring.clone());
        underway.watched(sign_in::follow(&sign_in, supervisor));
        let erasures = Erasures {
            models: models.clone(),
            privacy: Arc::new(runtime.clone()),
            audit: trails.audit.clone(),
            feed: feed.clone(),
            pause: Duration::from_millis(settings.supervision.restart_pause_ms_max),
        };
        underway.watched(erasures.supervised(supervisor));
        let limiter = limits::start(&settings.edge.limits, &broker, underway, supervisor)?;
        records::take(runtime, &settings.edge.records, &limiter, &self.records);
        runtime.open_roads();
        let (acting, tenant) = (runtime.clone(), settings.edge.tenant.clone());
        let (reading, guard) = (Arc::new(ModelsReading(models.clone())), runtime.guard());
        let operators = Operators {
            broker: broker.clone(),
            feed: feed.clone(),
            runtime: acting,
            models,
            pacing,
            tenant,
            trails: trails.clone(),
        };
        Ok(Edge {
            config: settings.edge.clone(),
            limiter,
            pages,
            bus: Arc::new(runtime.clone()),
            history: Arc::new(runtime.clone()) as Arc<dyn History>,
            archive: Arc::new(runtime.clone()) as Arc<dyn Archive>,
            letters: Arc::new(runtime.clone()) as Arc<dyn Letters>,
            audit: trails.audit.clone(),
            trail: Arc::new(trails),
            privacy: Arc::new(runtime.clone()),
            work: Arc::new(runtime.clone()),
            tools: Arc::new(runtime.clone()),
            effects: Arc::new(runtime.clone()),
            connectors: Arc::new(runtime.clone()),
            models: runtime.models(),
            blobs: broker.blobs(),
            feed: feed.clone(),
            live: broker.live(),
            reading,
            records: self.records,
            search: Arc::new(runtime.clone()),
            health: Arc::new(health),
            admin: Arc::new(operators),
            nats_users,
            vault: Vault::new(master_key, broker.store(Bucket::Secrets)),
            sealed: sealed(&broker),
            tickets: broker.store(Bucket::Tickets),
            guard,
            authenticator: ring,
            sign_in: Arc::new(sign_in),
            metrics,
            telemetry,
            extension: Arc::new(Nothing),
            is_edge: settings.node.roles.contains(&Role::Edge),
            shutdown: CancellationToken::new(),
        })
    }
}

/// What the master key lies over.
fn sealed(broker: &nats::Broker) -> [(&'static str, Arc<dyn Store>); 2] {
    [
        ("secrets", broker.store(Bucket::Secrets)),
        ("subject_keys", broker.store(Bucket::SubjectKeys)),
    ]
}
