use std::sync::Arc;

use contracts::decider::Signal;
use contracts::ports::{Flow, Fut, Live, LiveItem, PortError};
use contracts::{ActorId, Address, Kind, Tenant};
use futures_util::{StreamExt as _, stream};

use super::away;
use super::hub::Hub;
use super::subscribe::subscribe;
use crate::connect::Connection;
use crate::signals;
use crate::subjects::{self, LIVE};

/// `live.` on the broker's core, and the short way within this process.
pub(crate) struct NatsLive {
    pub(crate) connection: Connection,
    pub(crate) hub: Arc<Hub>,
}

impl Live for NatsLive {
    fn publish<'a>(
        &'a self,
        address: &'a Address,
        signal: &'a Signal,
    ) -> Fut<'a, Result<(), PortError>> {
        Box::pin(async move {
            self.hub.tell(address, signal);
            let json = serde_json::to_vec(signal);
            let json = json.map_err(|error| PortError::Refused(error.to_string()))?;
            let (subject, headers) = (subjects::plain(LIVE, address), self.hub.headers());
            let client = &self.connection.client;
            client.publish_with_headers(subject, headers, json.into()).await.map_err(away)
        })
    }

    fn listen(&self, tenant: &Tenant, kind: Option<&Kind>, id: Option<&ActorId>) -> Flow<LiveItem> {
        let filter = subjects::live_filter(tenant, kind, id);
        let (own, hub) = (self.hub.listen(tenant, kind, id), Arc::clone(&self.hub));
        let others = subscribe(&self.connection.client, filter, None).filter_map(move |message| {
            let message = message.ok().filter(|it| !hub.is_own(it.headers.as_ref()));
            let item = message.and_then(|it| signals::parse(&it.subject, &it.payload));
            std::future::ready(item)
        });
        // When the broker is gone for good, so is the flow.
        let others = others.map(Some).chain(stream::iter([None]));
        let all = stream::select(own.map(Some), others);
        Box::pin(
            all.take_while(|item| std::future::ready(item.is_some()))
                .filter_map(std::future::ready),
        )
    }
}
