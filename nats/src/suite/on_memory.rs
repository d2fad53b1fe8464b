use std::sync::Arc;

use bytes::Bytes;
use contracts::ports::{
    Asks, Audit, Blobs, Checkpoints, CommandQueue, DeadLetters, Flow, Fut, Gossip, Leases, Live,
    Log, Peers, Records, Restore, Snapshots, Store, Timers, TreeHeads, WorkCalls,
};
use contracts::{Hash, Tenant, Timestamp};

use super::World;
use super::world::config;
use crate::memory::{Faults, Memory, PAYLOAD_BYTES_MAX};
use crate::streams::Bucket;

crate::behaviour_suite!(super::world_in_memory);

async fn world_in_memory() -> Memory {
    Memory::starting_at(Timestamp::from_millis(1_760_000_000_000), config())
}

impl World for Memory {
    fn log(&self) -> Arc<dyn Log> {
        Self::log(self)
    }
    fn commands(&self) -> Arc<dyn CommandQueue> {
        Self::commands(self)
    }
    fn asks(&self) -> Arc<dyn Asks> {
        Self::asks(self)
    }
    fn work(&self) -> Arc<dyn WorkCalls> {
        Self::work(self)
    }
    fn timers(&self) -> Arc<dyn Timers> {
        Self::timers(self)
    }
    fn snapshots(&self) -> Arc<dyn Snapshots> {
        Self::snapshots(self)
    }
    fn blobs(&self) -> Arc<dyn Blobs> {
        Self::blobs(self)
    }
    fn leases(&self) -> Arc<dyn Leases> {
        Self::leases(self)
    }
    fn records(&self) -> Arc<dyn Records> {
        Self::records(self)
    }
    fn audit(&self) -> Arc<dyn Audit> {
        Self::audit(self)
    }
    fn dead_letters(&self) -> Arc<dyn DeadLetters> {
        Self::dead_letters(self)
    }
    fn gossip(&self) -> Arc<dyn Gossip> {
        Self::gossip(self)
    }
    fn peers(&self) -> Arc<dyn Peers> {
        Self::peers(self)
    }
    fn live(&self) -> Arc<dyn Live> {
        Self::live(self)
    }
    fn restore(&self) -> Arc<dyn Restore> {
        Self::restore(self)
    }
    fn checkpoints(&self) -> Arc<dyn Checkpoints> {
        Self::checkpoints(self)
    }
    fn trees(&self) -> Arc<dyn TreeHeads> {
        Self::trees(self)
    }
    fn store(&self) -> Arc<dyn Store> {
        Self::store(self, Bucket::SubjectKeys)
    }
    fn payload_bytes_max(&self) -> usize {
        PAYLOAD_BYTES_MAX
    }
    fn now(&self) -> Timestamp {
        Self::now(self)
    }
    fn publish(
        &self,
        subject: String,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, ()> {
        let published = Self::publish(self, &subject, headers, payload);
        Box::pin(async move { published.expect("the payload is small") })
    }
    fn request(
        &self,
        subject: String,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, Option<Bytes>> {
        Box::pin(async move { Self::request(self, &subject, headers, payload).await })
    }
    fn listen(&self, filter: String) -> Fut<'_, Flow<(String, Bytes)>> {
        let heard = Self::listen(self, &filter);
        Box::pin(std::future::ready(heard))
    }
    fn damage_blob(&self, tenant: Tenant, hash: Hash) -> Fut<'_, ()> {
        Self::damage_blob(self, &tenant, hash);
        Box::pin(std::future::ready(()))
    }
    /// What a crash does to appends under way: stored and unheard, lost, not sent.
    fn interrupt(&self) -> Fut<'_, ()> {
        self.set_faults(Faults {
            lose_ack_of: vec![1],
            lose_append: vec![2],
            fail_append: vec![3],
            ..Faults::default()
        });
        Box::pin(std::future::ready(()))
    }
    fn commands_pending(&self) -> Fut<'_, usize> {
        let pending = Self::commands_pending(self);
        Box::pin(std::future::ready(pending))
    }
}
