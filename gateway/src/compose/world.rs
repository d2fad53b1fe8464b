//! The world that the runtime acts on: the broker's ports, and what stands beside them.

use std::sync::Arc;

use actors::World;
use actors::model::{Prices, Providers};
use actors::runtime::{Credentials, Membership, SystemClock};
use actors::tools::Tools;
use contracts::envelope::NodeKey;
use contracts::ports::{Audit, CommandIndex, Feed, Log, SearchIndex, Secrets, Signer, Wrap};
use contracts::telemetry::Telemetry;
use nats::streams::Bucket;
use projections::Models;

/// What stands beside the broker.
pub(super) struct Known<'a> {
    /// The log, appended to at the pace of the read models.
    pub(super) log: Arc<dyn Log>,
    /// The tail of the log.
    pub(super) feed: Arc<dyn Feed>,
    /// The read models.
    pub(super) models: &'a Models,
    /// The audit trail, written with bounds.
    pub(super) audit: Arc<dyn Audit>,
    /// Who signs tree heads.
    pub(super) signer: Arc<dyn Signer>,
    /// Who checks credentials that come over NATS.
    pub(super) credentials: Arc<dyn Credentials>,
    /// Sealed secrets of tenants.
    pub(super) secrets: Arc<dyn Secrets>,
    /// What keeps keys under the master key.
    pub(super) wrap: Arc<dyn Wrap>,
    /// What models cost.
    pub(super) prices: Arc<Prices>,
    /// What makes this process one node of several.
    pub(super) cluster: Option<Membership>,
    /// The key of this node's envelopes.
    pub(super) node_key: NodeKey,
    /// Who can be asked for text.
    pub(super) providers: Providers,
    /// Where it is told what is done.
    pub(super) telemetry: Telemetry,
}

/// The world on `broker`.
pub(super) fn of(broker: &nats::Broker, known: Known<'_>) -> World {
    let Known {
        log,
        feed,
        models,
        audit,
        signer,
        credentials,
        secrets,
        wrap,
        prices,
        cluster,
        node_key,
        providers,
        telemetry,
    } = known;
    World {
        log,
        feed,
        queue: broker.commands(),
        asks: broker.asks(),
        timers: broker.timers(),
        snapshots: broker.snapshots(),
        blobs: broker.blobs(),
        restore: broker.restore(),
        trees: broker.trees(),
        checkpoints: broker.checkpoints(),
        secrets,
        subject_keys: broker.store(Bucket::SubjectKeys),
        tickets: broker.store(Bucket::Tickets),
        signer,
        audit,
        dead: broker.dead_letters(),
        live: broker.live(),
        work: broker.work(),
        index: Arc::new(models.clone()) as Arc<dyn CommandIndex>,
        search: Arc::new(models.clone()) as Arc<dyn SearchIndex>,
        credentials,
        providers,
        tools: Tools::standard(),
        prices,
        telemetry,
        clock: Arc::new(SystemClock),
        wrap,
        cluster,
        node_key,
        nonce: actors::runtime::run_nonce(),
    }
}
