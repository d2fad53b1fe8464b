use std::sync::Arc;

use bytes::Bytes;
use contracts::decider::Signal;
use contracts::ports::{Flow, Fut, Live, LiveItem, PortError};
use contracts::{ActorId, Address, Kind, Tenant};
use futures_util::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::{World, done};
use crate::subjects::{self, LIVE};

/// The port on the wire, in the bytes that the real one uses.
pub(super) struct MemoryLive(pub(super) Arc<World>);

impl Live for MemoryLive {
    fn publish<'a>(
        &'a self,
        address: &'a Address,
        signal: &'a Signal,
    ) -> Fut<'a, Result<(), PortError>> {
        done(
            serde_json::to_vec(signal).map_err(|error| PortError::Refused(error.to_string())).map(
                |json| self.0.wire.publish(&subjects::plain(LIVE, address), &Bytes::from(json)),
            ),
        )
    }

    fn listen(&self, tenant: &Tenant, kind: Option<&Kind>, id: Option<&ActorId>) -> Flow<LiveItem> {
        let messages = self.0.wire.listen(&subjects::live_filter(tenant, kind, id));
        Box::pin(UnboundedReceiverStream::new(messages).filter_map(|(subject, payload)| {
            std::future::ready(crate::signals::parse(&subject, &payload))
        }))
    }
}
