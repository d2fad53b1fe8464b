//! For brokers without the account mapping of `ask.`: of all nodes one takes the request that knows
//! no partition and publishes it again under its own. Where the mapping exists the broker never
//! delivers the unmapped subject, and this rests.
//!
//! A request for a partition that nobody serves then runs into its time limit, where the mapping
//! would have told its sender at once.

use async_nats::HeaderMap;
use contracts::Partition;
use futures_util::StreamExt as _;
use tokio_util::task::AbortOnDropHandle;

use super::QUEUE_GROUP;
use crate::connect::Connection;
use crate::error::Error;
use crate::subjects::ASK;

/// Forwards until the handle is dropped.
pub(crate) async fn start(connection: Connection) -> Result<AbortOnDropHandle<()>, Error> {
    let client = connection.client;
    let unmapped = client.queue_subscribe(format!("{ASK}.*.*.*"), QUEUE_GROUP.to_owned()).await;
    let mut unmapped = unmapped.map_err(|error| Error::Api(error.to_string()))?;
    Ok(AbortOnDropHandle::new(tokio::spawn(async move {
        while let Some(request) = unmapped.next().await {
            let (Some(subject), Some(reply)) = (mapped(&request.subject), request.reply) else {
                // Without a reply subject nobody hears an answer: `cmd.` is the road for that.
                continue;
            };
            let headers = request.headers.unwrap_or_else(HeaderMap::new);
            let sent = client
                .publish_with_reply_and_headers(subject, reply, headers, request.payload)
                .await;
            if let Err(error) = sent {
                tracing::warn!(error = %error, "a request could not be forwarded");
            }
        }
    })))
}

/// `ask.<tenant>.<kind>.<id>` under its partition, as the broker's mapping writes it.
fn mapped(subject: &str) -> Option<String> {
    let tokens: Vec<&str> = subject.strip_prefix("ask.")?.split('.').collect();
    let [tenant, kind, id] = tokens[..] else { return None };
    let partition = Partition::of_tokens([tenant, kind, id]);
    Some(format!("{ASK}.{partition}.{tenant}.{kind}.{id}"))
}
