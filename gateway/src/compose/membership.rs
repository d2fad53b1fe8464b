//! This process as one node of several.

use actors::runtime::{Membership, run_nonce};
use anyhow::Context as _;
use contracts::envelope::NodeKey;
use contracts::node::NodeRow;
use contracts::{Cursor, Hash, NodeId};
use nats::Broker;
use nats::streams::Bucket;

use super::reporter::now;
use crate::home::Home;
use crate::settings::Settings;

/// The file that holds the name of the node, made when there is none.
const FILE: &str = "node.id";

/// What makes this process a node; `None` where its broker is a child of its own, which nobody
/// else uses.
///
/// # Errors
/// When the node's name cannot be read or made.
pub(super) fn of(
    settings: &Settings,
    url: &str,
    broker: &Broker,
    key: &NodeKey,
) -> anyhow::Result<Option<Membership>> {
    let Some(id) = id(settings)? else { return Ok(None) };
    let row = NodeRow {
        id,
        run: run_nonce(),
        roles: settings.node.roles.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        address: url.to_owned(),
        started: now(),
        at: now(),
        partitions: Vec::new(),
        directory: Cursor::ZERO,
        draining: false,
        left: false,
        proof: Hash::keyed(&key.0, b"cambium node proof v1"),
    };
    Ok(Some(Membership {
        row,
        nodes: broker.store(Bucket::Nodes),
        leases: broker.leases(),
        peers: broker.peers(),
        lease_ttl_ms: settings.nats.lease_ttl_ms,
    }))
}

/// What this node is called: as the settings say, or as its data directory does; `None` where it
/// is alone.
///
/// # Errors
/// When the node's name cannot be read or made.
pub(super) fn id(settings: &Settings) -> anyhow::Result<Option<NodeId>> {
    if settings.nats.url.is_none() {
        return Ok(None);
    }
    match &settings.node.id {
        Some(id) => Ok(Some(id.clone())),
        None => kept(&Home::new(&settings.data)).map(Some),
    }
}

fn kept(home: &Home) -> anyhow::Result<NodeId> {
    let path = home.file(FILE);
    if !path.exists() {
        let mut bytes = [0_u8; 5];
        getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        home.write_private(FILE, format!("node-{text}").as_bytes())
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    text.trim().parse().with_context(|| format!("{} holds no name of a node", path.display()))
}
