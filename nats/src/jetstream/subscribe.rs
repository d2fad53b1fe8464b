use async_nats::client::Client;
use async_nats::{Message, SubscribeError};
use futures_util::{FutureExt as _, Stream, StreamExt as _};

/// The messages on `filter`, shared with those of the same `group`. The request is handed to the
/// connection now, not when the stream is first read, so that whatever this process publishes next
/// is heard.
pub(super) fn subscribe(
    client: &Client,
    filter: String,
    group: Option<&'static str>,
) -> impl Stream<Item = Result<Message, SubscribeError>> + Send + use<> {
    let client = client.clone();
    let mut subscribing = Box::pin(async move {
        match group {
            Some(group) => client.queue_subscribe(filter, group.to_owned()).await,
            None => client.subscribe(filter).await,
        }
    });
    let now = subscribing.as_mut().now_or_never();
    let subscribed = async move {
        match now {
            Some(subscribed) => subscribed,
            None => subscribing.await,
        }
    };
    futures_util::stream::once(subscribed).flat_map(|subscribed| match subscribed {
        Ok(messages) => messages.map(Ok).left_stream(),
        Err(error) => futures_util::stream::iter([Err(error)]).right_stream(),
    })
}
