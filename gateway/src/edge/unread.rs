//! What of a request nobody read. An answer may come before its request's body was taken: a
//! stranger is refused by his headers alone. Over HTTP/1 the rest stands between this request and
//! the next one, and a connection that closes with bytes unread may take the answer with it. So a
//! small rest is read; where it is not small, or does not come, the client is told that the
//! connection ends.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::oneshot;

use super::config::Config;

/// The body of a request, as a handler holds it. What it leaves comes back.
struct Lent {
    body: Option<BodyDataStream>,
    back: Option<oneshot::Sender<BodyDataStream>>,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = body.poll_next_unpin(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.body = None;
        }
        polled
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(body), Some(back)) = (self.body.take(), self.back.take()) {
            // Nobody waits for it when the request was given up.
            drop(back.send(body));
        }
    }
}

/// What may be left of a request's body.
pub(super) struct Rest {
    back: oneshot::Receiver<BodyDataStream>,
    /// The client sends nothing before it is asked to.
    expects: bool,
    /// More than may be read, by the client's own word.
    large: bool,
}

/// Lends a request's body to whoever handles it. `None` = nothing can be left of it: it is empty,
/// or the connection is not HTTP/1.
pub(super) fn lend(request: Request, config: &Config) -> (Request, Option<Rest>) {
    let sequential = request.version() <= Version::HTTP_11;
    if !sequential || request.body().is_end_stream() {
        return (request, None);
    }
    let expects = request.headers().contains_key(header::EXPECT);
    let large = request.body().size_hint().lower() > config.unread_bytes_max as u64;
    let (sender, back) = oneshot::channel();
    let lend = |body: Body| Lent { body: Some(body.into_data_stream()), back: Some(sender) };
    (request.map(|body| Body::from_stream(lend(body))), Some(Rest { back, expects, large }))
}

impl Rest {
    /// Reads what was left, or has the connection end after `response`.
    pub(super) async fn settle(mut self, mut response: Response, config: &Config) -> Response {
        // Whoever still reads it does so for the answer.
        let Ok(body) = self.back.try_recv() else { return response };
        let patience = Duration::from_millis(config.unread_timeout_ms);
        let reading = read(body, config.unread_bytes_max);
        let read = !self.expects
            && !self.large
            && tokio::time::timeout(patience, reading).await.unwrap_or(false);
        if !read {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Whether the body ended within `max` bytes.
async fn read(mut body: BodyDataStream, max: usize) -> bool {
    let mut left = max;
    while let Some(chunk) = body.next().await {
        let fits = chunk.ok().and_then(|chunk| left.checked_sub(chunk.len()));
        let Some(rest) = fits else { return false };
        left = rest;
    }
    true
}
