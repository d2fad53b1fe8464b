use contracts::decider::Signal;
use contracts::ports::{Flow, Fut, Live, LiveItem, PortError};
use contracts::{ActorId, Address, Kind, Tenant};
use futures_util::{FutureExt as _, StreamExt as _};

use super::away;
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
        let client = self.connection.client.clone();
        let filter = subjects::live_filter(tenant, kind, id);
        let subscribed = async move { client.subscribe(filter).await };
        // The request is handed to the connection now, not when the stream is first read, so that
        // whatever this process publishes next is heard.
        let mut subscribed = Box::pin(subscribed);
        let now = subscribed.as_mut().now_or_never();
        let subscriber = async move {
            match now {
                Some(subscriber) => subscriber,
                None => subscribed.await,
            }
        };
        Box::pin(
            futures_util::stream::once(subscriber)
                .filter_map(|subscriber| std::future::ready(subscriber.ok()))
                .flatten()
                .filter_map(|message| {
                    std::future::ready(signals::parse(&message.subject, &message.payload))
                }),
        )
    }
}
