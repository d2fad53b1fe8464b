//! Work from any node: a worker asks where it likes, and the owner of the work answers.

use contracts::ports::PeerName;
use contracts::work::{
    ExtendInput, LeaseRequest, OutcomeInput, WorkAnswer, WorkExtended, WorkItem,
};
use contracts::{EffectId, Partition, Refusal, Tenant};

use super::calls::{Call, Told};
use super::questions::Heard;
use crate::runtime::Runtime;

/// Answers another node's worker.
pub(super) async fn answer(runtime: &Runtime, question: Call) -> Told {
    let refused = |refusal| Told::Refused(Box::new(refusal));
    match question {
        Call::Lease(request) => match runtime.lease_here(&request).await {
            Ok(items) => Told::Items(items),
            Err(refusal) => refused(refusal),
        },
        Call::Conclude(tenant, effect, outcome) => {
            match runtime.conclude_here(&tenant, effect, outcome).await {
                Ok(answer) => Told::Concluded(Box::new(answer)),
                Err(refusal) => refused(refusal),
            }
        }
        Call::Extend(tenant, effect, input) => {
            match runtime.extend_here(&tenant, effect, input).await {
                Ok(extended) => Told::Extended(extended),
                Err(refusal) => refused(refusal),
            }
        }
        _ => Told::NotMine,
    }
}

impl Runtime {
    /// Work that another node has for a worker here; none = nobody has any.
    pub(in crate::runtime) async fn lease_elsewhere(
        &self,
        request: &LeaseRequest,
    ) -> Vec<WorkItem> {
        let Some(cluster) = &self.shared.cluster else { return Vec::new() };
        let call = Call::Lease(LeaseRequest { wait_ms: 0, ..request.clone() });
        for row in cluster.others().into_iter().filter(|row| !row.partitions.is_empty()) {
            match self.ask_peer(PeerName::Node(row.id), &call).await {
                Ok(Heard::Told(Told::Items(items))) if !items.is_empty() => return items,
                Ok(Heard::Told(Told::Refused(refusal))) => {
                    tracing::debug!(%refusal, "work.unleased");
                }
                _ => {}
            }
        }
        Vec::new()
    }

    /// Has an outcome taken by the owner of its work.
    ///
    /// # Errors
    /// As the owner says; `partition_unowned` when there is none.
    pub(in crate::runtime) async fn conclude_elsewhere(
        &self,
        partition: Partition,
        (tenant, effect): (&Tenant, EffectId),
        outcome: OutcomeInput,
    ) -> Result<WorkAnswer, Refusal> {
        let call = Call::Conclude(tenant.clone(), effect, outcome);
        match self.ask_owner(partition, &call).await? {
            Told::Concluded(answer) => Ok(*answer),
            _ => Err(super::questions::unowned(partition)),
        }
    }

    /// Has a lease lengthened by the owner of its work.
    ///
    /// # Errors
    /// As the owner says; `partition_unowned` when there is none.
    pub(in crate::runtime) async fn extend_elsewhere(
        &self,
        partition: Partition,
        (tenant, effect): (&Tenant, EffectId),
        input: ExtendInput,
    ) -> Result<WorkExtended, Refusal> {
        let call = Call::Extend(tenant.clone(), effect, input);
        match self.ask_owner(partition, &call).await? {
            Told::Extended(extended) => Ok(extended),
            _ => Err(super::questions::unowned(partition)),
        }
    }
}
