//! One call of gRPC: a message in its frame, and the status behind the answer.

use std::pin::Pin;

use axum::body::HttpBody as _;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, TE};
use bytes::{BufMut as _, BytesMut};
use reqwest::{Body, RequestBuilder};

use super::door::{ANSWER_BYTES_MAX, Failure, Taken, unreachable};

/// Statuses for which it may help to call again: cancelled, deadline exceeded, resource exhausted,
/// aborted, out of range, unavailable, data loss.
const PASSING: [&str; 7] = ["1", "4", "8", "10", "11", "14", "15"];

/// Calls with one message, and waits for the status.
///
/// # Errors
/// Any status but 0, and whatever keeps it from being told.
pub async fn call(request: RequestBuilder, message: &[u8]) -> Result<Taken, Failure> {
    let length = u32::try_from(message.len())
        .map_err(|_| Failure::for_good("the message is too long for gRPC"))?;
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(0);
    frame.put_u32(length);
    frame.put_slice(message);
    let request = request.header(CONTENT_TYPE, "application/grpc").header(TE, "trailers");
    let answer = request.body(frame.freeze()).send().await.map_err(unreachable)?;
    if !answer.status().is_success() {
        return Err(Failure::passing(format!("it answers {}", answer.status())));
    }
    // A status without an answer comes in the head.
    if answer.headers().contains_key(STATUS) {
        return concluded(answer.headers()).map(|()| Taken::default());
    }
    let mut told = BytesMut::new();
    let mut body = axum::http::Response::<Body>::from(answer).into_body();
    loop {
        let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        match frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    return concluded(trailers).map(|()| answered(&told));
                }
                if let Some(data) = frame.data_ref().filter(|_| told.len() < ANSWER_BYTES_MAX) {
                    told.extend_from_slice(data);
                }
            }
            Some(Err(error)) => return Err(unreachable(error)),
            None => return Err(Failure::passing("its answer ends without a status")),
        }
    }
}

/// What the answer in its frame says, unless it is packed, which nobody asked for.
fn answered(frame: &[u8]) -> Taken {
    match frame.split_at_checked(5) {
        Some(([0, ..], message)) => Taken::of(message),
        _ => Taken::default(),
    }
}

/// Where the status stands.
const STATUS: &str = "grpc-status";

fn concluded(headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match text(STATUS) {
        "0" => Ok(()),
        status => {
            let why = format!("it answers status {status}: {}", text("grpc-message"));
            let passing = PASSING.contains(&status);
            Err(if passing { Failure::passing(why) } else { Failure::for_good(why) })
        }
    }
}
