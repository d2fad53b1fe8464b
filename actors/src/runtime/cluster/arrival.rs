//! Whether this process may be the node that it is told to be.

use std::collections::BTreeMap;
use std::time::Duration;

use contracts::node::NodeRow;
use contracts::{NodeId, Refusal};
use tokio::time::Instant;

use super::{Cluster, Config};
use crate::runtime::StartError;

/// The pause between two looks at rows that may be those of the dead, in milliseconds.
const LOOK_MS: u64 = 50;

impl Cluster {
    /// Returns when nobody who lives is in this node's way: no other run under its id, and no node
    /// with another key. A row that stands unchanged for as long as a node may be silent is that
    /// of a dead one, whatever the clocks of the machines say.
    ///
    /// # Errors
    /// `node_id_in_use`, `node_key_differs`; when NODES cannot be read.
    pub(in crate::runtime) async fn arrive(&self, config: &Config) -> Result<(), StartError> {
        let ttl = Duration::from_millis(config.node_ttl_ms);
        self.members.look().await?;
        let (begun, first) = (Instant::now(), self.members.in_the_way(&self.ports.row));
        let first: BTreeMap<NodeId, u64> =
            first.into_iter().map(|(row, at)| (row.id, at)).collect();
        let speaks = |(row, at): &(NodeRow, u64)| first.get(&row.id) != Some(at);
        while begun.elapsed() < ttl {
            let met = self.members.in_the_way(&self.ports.row);
            if let Some((row, _)) = met.iter().find(|met| speaks(met)) {
                return Err(StartError::Refused(self.refusal(row)));
            }
            if met.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
            self.members.look().await?;
        }
        Ok(())
    }

    fn refusal(&self, row: &NodeRow) -> Refusal {
        let NodeRow { id, address, .. } = row;
        if id == self.id() {
            let message = format!(
                "another process runs as {id}, at {address}: end it first, or give this one a \
                 node.id of its own"
            );
            return Refusal::unavailable("node_id_in_use", message);
        }
        let message = format!(
            "{id} at {address} has another node key: give all nodes of one system the same \
             node.key_file"
        );
        Refusal::unavailable("node_key_differs", message)
    }
}
