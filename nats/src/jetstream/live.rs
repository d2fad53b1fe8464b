use contracts::decider::Signal;
use contracts::ports::{Flow, Fut, Live, LiveItem, PortError};
use contracts::{ActorId, Address, Kind, Tenant};
use futures_util::StreamExt as _;

use super::away;
use super::subscribe::subscribe;
use crate::connect::Connection;
use crate::signals;
use crate::subjects::{self, LIVE};

/// `live.` on the broker's core.
pub(crate) struct NatsLive {
    pub(crate) connection: Connection,
}

impl Live for NatsLive {
    fn publish<'a>(
        &'a self,
        address: &'a Address,
        signal: &'a Signal,
    ) -> Fut<'a, Result<(), PortError>> {
        Box::pin(async move {
            let json = serde_json::to_vec(signal);
            let json = json.map_err(|error| PortError::Refused(error.to_string()))?;
            let subject = subjects::plain(LIVE, address);
            self.connection.client.publish(subject, json.into()).await.map_err(away)
        })
    }

    fn listen(&self, tenant: &Tenant, kind: Option<&Kind>, id: Option<&ActorId>) -> Flow<LiveItem> {
        let filter = subjects::live_filter(tenant, kind, id);
        let messages = subscribe(&self.connection.client, filter, None);
        Box::pin(messages.filter_map(|message| {
            let item = message.ok().and_then(|it| signals::parse(&it.subject, &it.payload));
            std::future::ready(item)
        }))
    }
}
